#include "cli/creator_list.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>

namespace toksync::cli {
namespace {

constexpr std::string_view kColumn = "creator_id";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// One record of a table (RFC 4180): a field in quotes may hold separators, line breaks and doubled quotes.
struct Record {
  std::vector<std::string> fields;
  int line = 0;  ///< on which it begins
};

class Table {
 public:
  Table(std::string_view text, char separator) : text_(text), separator_(separator) {}

  [[nodiscard]] bool at_end() const { return text_.empty(); }

  Record next() {
    Record record{{""}, line_};
    bool quoted = false;
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '\n') ++line_;
      if (quoted) {
        quoted = c != '"' || is_doubled();
        if (quoted) record.fields.back() += c;
      } else if (c == '"') {
        quoted = true;
      } else if (c == separator_) {
        record.fields.emplace_back();
      } else if (c == '\n') {
        break;
      } else {
        record.fields.back() += c;
      }
    }
    return record;
  }

 private:
  bool is_doubled() {
    if (!text_.starts_with('"')) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string_view text_;
  char separator_;
  int line_ = 1;
};

/// The separator of a table by its first line; a list has none.
std::optional<char> separator_of(std::string_view text) {
  const auto header = text.substr(0, text.find('\n'));
  for (const char separator : {',', ';', '\t'}) {
    if (trimmed(header).find(separator) != std::string_view::npos) return separator;
  }
  return trimmed(header) == kColumn ? std::optional(',') : std::nullopt;
}

class Collected {
 public:
  void add(std::string_view text, int line) {
    const auto creator = trimmed(text);
    if (creator.empty() || !known_.insert(std::string{creator}).second) return;
    creators_.push_back({std::string{creator}, line});
  }
  std::vector<ListedCreator> all() { return std::move(creators_); }

 private:
  std::set<std::string> known_;
  std::vector<ListedCreator> creators_;
};

Expected<std::vector<ListedCreator>> parse_table(std::string_view text, char separator, const std::string& file) {
  Table table(text, separator);
  const auto header = table.next().fields;
  const auto column = std::ranges::find_if(header, [](const auto& title) { return trimmed(title) == kColumn; });
  if (column == header.end()) {
    return unexpected(ErrorKind::usage, "read " + file, "line 1 has several columns, and none of them is creator_id",
                      "name the column of the ids creator_id, or write one id, handle or profile URL a line");
  }
  const auto index = static_cast<std::size_t>(column - header.begin());
  Collected collected;
  while (!table.at_end()) {
    const auto record = table.next();
    if (index < record.fields.size()) collected.add(record.fields[index], record.line);
  }
  return collected.all();
}

std::vector<ListedCreator> parse_lines(std::string_view text) {
  Collected collected;
  for (int line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    const auto content = trimmed(text.substr(0, end));
    if (!content.starts_with('#')) collected.add(content, line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return collected.all();
}

}  // namespace

Expected<std::vector<ListedCreator>> parse_creator_list(std::string_view text, const std::string& file) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find('\0') != std::string_view::npos) {
    return unexpected(ErrorKind::usage, "read " + file, "it is no text", "name a text or CSV file of creators");
  }
  if (const auto separator = separator_of(text)) return parse_table(text, *separator, file);
  return parse_lines(text);
}

Expected<std::vector<ListedCreator>> read_creator_list(const std::string& file) {
  const auto all_of = [](std::istream& stream) { return std::string{std::istreambuf_iterator<char>{stream}, {}}; };
  if (file == "-") return parse_creator_list(all_of(std::cin), "standard input");
  std::error_code problem;
  if (std::filesystem::is_directory(file, problem)) {
    return unexpected(ErrorKind::usage, "read " + file, "it is a folder", "name a file, or - for standard input");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return unexpected(ErrorKind::usage, "read " + file, std::system_category().message(errno),
                      "name a file that can be read, or - for standard input");
  }
  return parse_creator_list(all_of(stream), file);
}

}  // namespace toksync::cli
