#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "night.hpp"
#include "store/dictionary.hpp"
#include "store/impl.hpp"

namespace toksync::store {

namespace {

using Texts = std::vector<std::string>;

constexpr const char* kCreate = R"(CREATE TABLE rooms (
  -- A room, which may
  -- be locked.
  name   TEXT NOT NULL,           -- what it is called
  colour TEXT DEFAULT '--'
         CHECK (colour <> 'mud'), -- of the walls;
                                  -- none: not painted
  -- The next two are for whoever reads the file.
  width  REAL,
  height REAL,                    -- in metres (m)
  PRIMARY KEY (name)              -- no column
) STRICT)";

std::map<std::string, RelationEntry> dictionary_by_name(Store& store) {
  std::map<std::string, RelationEntry> entries;
  for (auto& entry : data_dictionary(store)) entries.emplace(entry.name, entry);
  return entries;
}

Texts names_of(const std::vector<ColumnEntry>& columns) {
  Texts names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

/// The names of the columns of the SELECT behind a view.
Texts names_of_query(SQLite::Database& database, const std::string& view) {
  SQLite::Statement sql(database, "SELECT sql FROM sqlite_schema WHERE name = ?1");
  sql.bind(1, view);
  REQUIRE(sql.executeStep());
  const auto text = sql.getColumn(0).getString();
  SQLite::Statement query(database, text.substr(text.find("\n) AS\n") + 6));
  Texts names;
  for (int i = 0; i < query.getColumnCount(); ++i) names.emplace_back(query.getColumnName(i));
  return names;
}

}  // namespace

TEST_CASE("comments belong to the relation, to the column before them, or to nobody") {
  const auto comments = read_comments(kCreate);
  CHECK(comments.relation == "A room, which may be locked.");
  CHECK(comments.of("name") == "what it is called");
  CHECK(comments.of("colour") == "of the walls; none: not painted");
  CHECK(comments.of("width").empty());
  CHECK(comments.of("height") == "in metres (m)");
  CHECK(comments.of("depth").empty());
  CHECK(read_comments("CREATE TABLE numbers (n INTEGER)").relation.empty());
  CHECK(read_comments("").columns.empty());
}

TEST_CASE("every relation has a comment, and every column of those that are read") {
  auto store = Store::open({}, OpenMode::memory).value();
  const auto entries = data_dictionary(store);
  CHECK(entries.size() > 40);
  for (const auto& entry : entries) {
    CHECK_MESSAGE(!entry.comment.empty(), entry.name);
    CHECK_MESSAGE(!entry.columns.empty(), entry.name);
    if (!entry.is_for_reading) continue;
    for (const auto& column : entry.columns) CHECK_MESSAGE(!column.comment.empty(), entry.name << "." << column.name);
  }
}

TEST_CASE("what analysts rely on is described") {
  auto store = Store::open({}, OpenMode::memory).value();
  const auto entries = dictionary_by_name(store);
  for (const auto* const name : {"creators",
                                 "creator_tags",
                                 "creator_metrics",
                                 "search_hits",
                                 "enrichments",
                                 "content_matches",
                                 "content_match_posts",
                                 "audience_matches",
                                 "audience_engagers",
                                 "audience_companies",
                                 "audience_job_titles",
                                 "thought_leaders",
                                 "runs",
                                 "stages",
                                 "jobs",
                                 "credit_ledger",
                                 "api_requests",
                                 "shortlist",
                                 "creator_growth",
                                 "credit_spend_daily",
                                 "run_summary"}) {
    CAPTURE(name);
    REQUIRE(entries.contains(name));
    CHECK(entries.at(name).is_for_reading);
  }
  CHECK_FALSE(entries.at("run_rows").is_for_reading);
  CHECK_FALSE(entries.contains("sqlite_sequence"));
  const auto& creators = entries.at("creators");
  CHECK_FALSE(creators.is_view);
  CHECK(creators.columns[1].name == "creator_id");
  CHECK(creators.columns[1].type == "TEXT");
  CHECK(creators.columns[1].comment == "the API's UUID");
}

TEST_CASE("a view names the columns of its query, in their order") {
  auto store = Store::open({}, OpenMode::memory).value();
  for (const auto& entry : data_dictionary(store)) {
    if (!entry.is_view) continue;
    CAPTURE(entry.name);
    CHECK(names_of(entry.columns) == names_of_query(store.database(), entry.name));
  }
}

TEST_CASE("comments are about columns that are there") {
  auto store = Store::open({}, OpenMode::memory).value();
  SQLite::Statement schema(store.database(),
                           "SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE %('||char(10)||'%'");
  const auto entries = dictionary_by_name(store);
  while (schema.executeStep()) {
    const auto name = schema.getColumn(0).getString();
    if (!entries.contains(name)) continue;
    const auto columns = names_of(entries.at(name).columns);
    for (const auto& [column, comment] : read_comments(schema.getColumn(1).getString()).columns) {
      if (comment.empty()) continue;
      CHECK_MESSAGE(std::ranges::find(columns, column) != columns.end(), name << "." << column);
    }
  }
}

}  // namespace toksync::store
