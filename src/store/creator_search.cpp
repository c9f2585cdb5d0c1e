#include "store/creator_search.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "store/forgotten.hpp"
#include "store/impl.hpp"

namespace toksync::store {
namespace {

constexpr std::string_view kColumns = "creator_key, creator_id, platform, handle, name, profile_url";

KnownCreator read_known(const Row& row) {
  return {row.key<CreatorKey>(0), row.text(1),          row.optional_text(2),
          row.optional_text(3),   row.optional_text(4), row.optional_text(5)};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string simple_handle(std::string_view text) {
  while (text.starts_with('@')) text.remove_prefix(1);
  return lower_case(text);
}

/// What texts ask for, so that one look at everybody answers all of them.
class Wanted {
 public:
  void add(const std::string& text, std::size_t index, bool by_name) {
    const auto url = simple_url(text);
    url.empty() ? handles_[simple_handle(text)].push_back(index) : urls_[url].push_back(index);
    if (by_name) names_[lower_case(text)].push_back(index);
  }

  [[nodiscard]] bool is_empty() const { return handles_.empty() && urls_.empty(); }

  template <typename Use>
  void match(const KnownCreator& creator, const Use& use) const {
    if (creator.handle) use_all(handles_, simple_handle(*creator.handle), use);
    if (creator.profile_url) use_all(urls_, simple_url(*creator.profile_url), use);
  }

  template <typename Use>
  void match_name(const KnownCreator& creator, const Use& use) const {
    if (creator.name) use_all(names_, lower_case(*creator.name), use);
  }

 private:
  using Indices = std::unordered_map<std::string, std::vector<std::size_t>>;

  template <typename Use>
  static void use_all(const Indices& indices, const std::string& key, const Use& use) {
    const auto found = indices.find(key);
    if (key.empty() || found == indices.end()) return;
    for (const auto index : found->second) use(index);
  }

  Indices handles_, urls_, names_;
};

void add_once(std::vector<KnownCreator>& creators, const KnownCreator& creator) {
  if (std::ranges::find(creators, creator.key, &KnownCreator::key) == creators.end()) creators.push_back(creator);
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// One statement that only reads; otherwise what is wrong with it.
tl::expected<Statement, std::string> prepare_reading(SQLite::Database& database, const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const auto code =
      sqlite3_prepare_v2(database.getHandle(), sql.c_str(), static_cast<int>(sql.size()), &prepared, &rest);
  Statement statement(prepared);
  if (code != SQLITE_OK) return tl::unexpected(std::string{sqlite3_errmsg(database.getHandle())});
  if (rest != nullptr && *rest != '\0') return tl::unexpected(std::string{"it is more than one condition"});
  if (!statement || sqlite3_stmt_readonly(statement.get()) == 0) return tl::unexpected(std::string{"it would write"});
  return statement;
}

// The line break ends a comment in the condition.
std::string among_creators(const std::string& condition) {
  return "SELECT creator_key FROM creators WHERE (" + condition + "\n) ORDER BY followers_count DESC, creator_key";
}

std::string among_shortlisted(const std::string& condition) {
  return "SELECT creator_key FROM (SELECT c.*, s.keyword_set, s.rank, s.search_score, s.content_score,"
         " s.audience_score, s.thought_leader_score FROM creators c"
         " LEFT JOIN (SELECT * FROM shortlist WHERE pipeline = ?1) s USING (creator_id)) WHERE (" +
         condition + "\n) GROUP BY creator_key ORDER BY min(rank) NULLS LAST, creator_key";
}

}  // namespace

std::vector<std::vector<KnownCreator>> find_creators(Store& store, std::span<const std::string> texts, bool by_name) {
  std::vector<std::vector<KnownCreator>> found(texts.size());
  Query by_id(store.database(), fmt::format("SELECT {} FROM creators WHERE creator_id IN (?1, lower(?1))", kColumns));
  Wanted wanted;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (auto creator = by_id.first(read_known, texts[i])) {
      found[i].push_back(std::move(*creator));
    } else {
      wanted.add(texts[i], i, by_name);
    }
  }
  if (wanted.is_empty()) return found;
  Query everybody(store.database(), fmt::format("SELECT {} FROM creators", kColumns));
  std::vector<std::vector<KnownCreator>> named(texts.size());
  everybody.each([&](const Row& row) {
    const auto creator = read_known(row);
    wanted.match(creator, [&](std::size_t index) { add_once(found[index], creator); });
    wanted.match_name(creator, [&](std::size_t index) { add_once(named[index], creator); });
  });
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (found[i].empty()) found[i] = std::move(named[i]);
  }
  return found;
}

std::vector<KnownCreator> known_creators(Store& store, std::span<const CreatorKey> creators) {
  Query query(store.database(), fmt::format("SELECT {} FROM creators WHERE creator_key = ?1", kColumns));
  std::vector<KnownCreator> known;
  for (const auto creator : creators) known.push_back(query.first(read_known, creator).value());
  return known;
}

std::vector<CreatorKey> all_creators(Store& store) {
  std::vector<CreatorKey> creators;
  Query query(store.database(), "SELECT creator_key FROM creators ORDER BY followers_count DESC, creator_key");
  query.each([&creators](const Row& row) { creators.push_back(row.key<CreatorKey>(0)); });
  return creators;
}

Expected<std::vector<CreatorKey>> creators_where(Store& store, const std::string& condition,
                                                 const std::string& pipeline) {
  auto& database = store.database();
  auto statement = prepare_reading(database, among_creators(condition));
  if (!statement && statement.error().find("no such column") != std::string::npos) {
    statement = prepare_reading(database, among_shortlisted(condition));
    if (statement) sqlite3_bind_text(statement->get(), 1, pipeline.data(), static_cast<int>(pipeline.size()), nullptr);
  }
  const auto refused = [&](const std::string& problem) {
    return unexpected(ErrorKind::usage, "--where " + condition, problem,
                      "write an SQL condition on columns of creators or shortlist, such as \"followers_count > 10000"
                      " AND content_score IS NULL\"");
  };
  if (!statement) return refused(statement.error());
  std::vector<CreatorKey> creators;
  auto code = sqlite3_step(statement->get());
  for (; code == SQLITE_ROW; code = sqlite3_step(statement->get())) {
    creators.push_back(static_cast<CreatorKey>(sqlite3_column_int64(statement->get(), 0)));
  }
  if (code != SQLITE_DONE) return refused(sqlite3_errmsg(database.getHandle()));
  return creators;
}

}  // namespace toksync::store
