#include <doctest/doctest.h>

#include "stages/search.hpp"

namespace toksync::stages {
namespace {

SearchConfig search(SearchKind kind, int max_creators) {
  SearchConfig config;
  config.kind = kind;
  config.max_creators = max_creators;
  return config;
}

SearchPage page_of(std::size_t creators, OptionalText next_cursor = std::nullopt, bool ended = false) {
  SearchPage page;
  page.creators.resize(creators);
  page.next_cursor = std::move(next_cursor);
  page.ended = ended;
  return page;
}

TEST_CASE("a page asks for what is missing, at least one and at most a hundred") {
  struct Row {
    int max_creators;
    std::int64_t kept;
    int limit;
  };
  const std::vector<Row> rows{{300, 0, 100}, {300, 200, 100}, {300, 201, 99}, {300, 299, 1}, {300, 300, 1},
                              {300, 400, 1}, {7, 0, 7},       {1, 0, 1},      {100, 0, 100}};
  for (const auto& row : rows) {
    CAPTURE(row.max_creators);
    CAPTURE(row.kept);
    CHECK(page_limit(search(SearchKind::discovery, row.max_creators), row.kept) == row.limit);
  }
}

struct Walk {
  std::string what;
  SearchKind kind;
  OptionalText cursor;
  int limit;
  SearchPage page;
  std::int64_t new_creators, kept;
  OptionalText next;
  bool finished;
};

TEST_CASE("the walk goes on until a page says or shows that it is over") {
  constexpr auto discovery = SearchKind::discovery;
  constexpr auto database = SearchKind::database;
  const std::vector<Walk> walks{
      {"full first page", discovery, {}, 100, page_of(100), 100, 0, "100", false},
      {"full later page", discovery, "100", 100, page_of(100), 60, 100, "200", false},
      {"smaller pages move by what was asked for", discovery, "200", 40, page_of(40), 30, 200, "240", false},
      {"more than was asked for", discovery, "100", 50, page_of(60), 60, 100, "150", false},
      {"short page", discovery, "100", 100, page_of(99), 99, 100, {}, true},
      {"empty page", discovery, "100", 100, page_of(0), 0, 100, {}, true},
      {"nothing new", discovery, "100", 100, page_of(100), 0, 100, {}, true},
      {"explicit end", discovery, "100", 100, page_of(100, {}, true), 100, 100, {}, true},
      {"enough", discovery, "200", 100, page_of(100), 100, 200, {}, true},
      {"one short of enough", discovery, "200", 100, page_of(100), 99, 200, "300", false},
      {"a cursor that is no number begins again", discovery, "x", 100, page_of(100), 50, 50, "100", false},
      {"cursor", database, {}, 100, page_of(100, "next"), 100, 0, "next", false},
      {"short page with a cursor", database, "a", 100, page_of(20, "b"), 20, 100, "b", false},
      {"no cursor", database, "a", 100, page_of(100), 100, 100, {}, true},
      {"cursor and nothing new", database, "a", 100, page_of(100, "b"), 0, 100, {}, true},
      {"cursor and explicit end", database, "a", 100, page_of(100, "b", true), 50, 100, {}, true},
      {"cursor and enough", database, "a", 100, page_of(100, "b"), 100, 200, {}, true},
  };
  for (const auto& walk : walks) {
    CAPTURE(walk.what);
    const auto step =
        next_step(search(walk.kind, 300), {walk.cursor, walk.limit, walk.kept}, walk.page, walk.new_creators);
    CHECK(step.finished == walk.finished);
    CHECK(step.cursor == walk.next);
  }
}

TEST_CASE("every walk ends, whatever the pages hold") {
  // A server that repeats itself for ever: at most one page a hundred creators, and one more.
  const auto config = search(SearchKind::discovery, 1000);
  std::int64_t kept = 0;
  OptionalText cursor;
  int pages = 0;
  for (bool finished = false; !finished; ++pages) {
    REQUIRE(pages < 1000);
    const auto limit = page_limit(config, kept);
    const std::int64_t fresh = pages < 5 ? 3 : 0;
    const auto step = next_step(config, {cursor, limit, kept}, page_of(static_cast<std::size_t>(limit)), fresh);
    kept += fresh;
    cursor = step.cursor;
    finished = step.finished;
  }
  CHECK(pages == 6);
}

}  // namespace
}  // namespace toksync::stages
