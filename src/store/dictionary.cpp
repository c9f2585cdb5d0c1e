#include "store/dictionary.hpp"

#include <algorithm>

#include "store/query.hpp"

namespace toksync::store {
namespace {

constexpr std::size_t kIndentation = 2;  // of a column
constexpr std::string_view kMark = "--";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Where the comment of a line begins, or npos. A mark inside quotes is none.
std::size_t comment_in(std::string_view line) {
  bool is_quoted = false;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (line[i] == '\'') is_quoted = !is_quoted;
    if (!is_quoted && line.substr(i, kMark.size()) == kMark) return i;
  }
  return std::string_view::npos;
}

void append(std::string& comment, std::string_view more) {
  if (!comment.empty() && !more.empty()) comment += ' ';
  comment += more;
}

/// Reads the lines one by one, and knows whose comment the next one is.
class CommentReader {
 public:
  void read(std::string_view line) {
    const auto mark = comment_in(line);
    const auto code = trimmed(line.substr(0, mark));
    const auto comment = mark == std::string_view::npos ? "" : trimmed(line.substr(mark + kMark.size()));
    const auto indentation = line.find_first_not_of(' ');
    if (code.empty() && indentation <= kIndentation) {
      if (!had_code_) append(comments.relation, comment);
      current_ = nullptr;
      return;
    }
    if (!code.empty() && indentation <= kIndentation) {
      const auto name = code.substr(0, code.find_first_of(" ,("));
      current_ = &comments.columns.emplace_back(std::string{name}, std::string{}).second;
    }
    had_code_ = had_code_ || !code.empty();
    if (current_ != nullptr) append(*current_, comment);
  }

  SchemaComments comments;

 private:
  std::string* current_ = nullptr;
  bool had_code_ = false;
};

std::vector<ColumnEntry> columns_of(Store& store, const std::string& relation, const SchemaComments& comments) {
  std::vector<ColumnEntry> columns;
  Query query(store.database(), "SELECT name, type FROM pragma_table_xinfo(?1) ORDER BY cid");
  query.each(
      [&](const Row& row) {
        auto name = row.text(0);
        auto comment = comments.of(name);
        columns.push_back({std::move(name), row.text(1), std::move(comment)});
      },
      relation);
  return columns;
}

}  // namespace

std::string SchemaComments::of(std::string_view column) const {
  const auto found =
      std::ranges::find(columns, column, [](const auto& entry) { return std::string_view{entry.first}; });
  return found == columns.end() ? std::string{} : found->second;
}

SchemaComments read_comments(std::string_view create_statement) {
  CommentReader reader;
  auto rest = create_statement.substr(std::min(create_statement.find('\n'), create_statement.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(')')) break;
    reader.read(line);
    rest.remove_prefix(line.size());
  }
  return std::move(reader.comments);
}

std::vector<RelationEntry> data_dictionary(Store& store) {
  std::vector<RelationEntry> entries;
  Query query(store.database(),
              "SELECT name, type = 'view', sql FROM sqlite_schema WHERE type IN ('table', 'view')"
              " AND name NOT LIKE 'sqlite_%' ORDER BY name");
  query.each([&](const Row& row) {
    const auto comments = read_comments(row.text_view(2));
    RelationEntry entry{row.text(0), row.flag(1), false, comments.relation, {}};
    entry.is_for_reading = entry.is_view || entry.name == "creators";
    entry.columns = columns_of(store, entry.name, comments);
    entries.push_back(std::move(entry));
  });
  return entries;
}

}  // namespace toksync::store
