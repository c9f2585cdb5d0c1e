#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

TEST_CASE("a page, its hits, its cursor and its charge are one fact") {
  Night night;
  const auto stage = night.stage(StageName::search);
  CHECK(night.search(stage, Night::found(1, 3), "100") == 3);
  CHECK(night.value("SELECT cursor FROM stages") == "100");
  CHECK(night.value("SELECT status FROM stages") == "waiting");
  CHECK(night.value("SELECT items_done FROM stages") == "3");
  CHECK(night.count("SELECT count(*) FROM search_hits WHERE search_mode = 'balanced' AND score = 90.5"
                    " AND match_rank = 1 AND run_id = 'run-1' AND keyword_set = 'saas'") == 3);
  CHECK(night.value("SELECT meta_json FROM search_pages WHERE page = 1 AND new_count = 3") == R"({"total":3})");
  CHECK(night.value("SELECT request_id FROM search_pages") == "req-1");
  CHECK(night.value("SELECT status || ' ' || credits_charged FROM jobs") == "succeeded 1");
  CHECK(night.count("SELECT count(*) FROM api_requests") == 1);
  night.check_ledger();
}

TEST_CASE("a creator that comes again counts once, within a page and across pages") {
  Night night;
  const auto stage = night.stage(StageName::search);
  auto first = Night::found(1, 3);
  first.push_back(Night::found_one("c2"));
  CHECK(night.search(stage, first, "100") == 3);
  CHECK(night.search(stage, {Night::found_one("c3"), Night::found_one("c4"), Night::found_one("c1")}, "200") == 1);
  CHECK(night.search(stage, Night::found(1, 4), "300") == 0);
  CHECK(night.store.count_hits(stage) == 4);
  CHECK(night.value("SELECT group_concat(creator_id) FROM (SELECT creator_id FROM search_hits ORDER BY rank)") ==
        "c1,c2,c3,c4");
  CHECK(night.value("SELECT group_concat(rank) FROM (SELECT rank FROM search_hits ORDER BY rank)") == "1,2,3,4");
  CHECK(night.value("SELECT creator_count || ' ' || new_count FROM search_pages WHERE page = 2") == "3 1");
}

TEST_CASE("creators beyond the wanted number are kept, but are no hits") {
  Night night;
  const auto stage = night.stage(StageName::search);
  CHECK(night.search(stage, Night::found(1, 5), "5", 3) == 3);
  CHECK(night.store.count_hits(stage) == 3);
  CHECK(night.count("SELECT count(*) FROM creators") == 5);
  CHECK(night.search(stage, Night::found(4, 2), "7", 0) == 0);
  CHECK(night.store.count_hits(stage) == 3);
}

TEST_CASE("the cursor may depend on what was new") {
  Night night;
  const auto stage = night.stage(StageName::search);
  night.search(stage, Night::found(1, 3), "3");
  const auto intent = night.send(StageName::search, {}, 1);
  std::int64_t told = -1;
  SearchPageCommit page;
  page.intent = intent;
  page.stage = stage;
  const auto creators = Night::found(2, 3);
  page.creators = creators;
  page.keep_at_most = 10;
  page.meta_json = "{}";
  page.charge = {1, "header"};
  page.cursor_after = [&told](std::int64_t new_creators) -> OptionalText {
    told = new_creators;
    return "after " + std::to_string(new_creators);
  };
  CHECK(night.store.commit_search_page(page, night.run.key, night.answer()) == 1);
  CHECK(told == 1);
  CHECK(night.value("SELECT cursor FROM stages") == "after 1");
}

TEST_CASE("a walk that is over ends its stage with its last page") {
  Night night;
  const auto stage = night.stage(StageName::search);
  CHECK_FALSE(night.store.finished_search(night.criteria(StageName::search)).has_value());
  night.search(stage, Night::found(1, 2), "2");
  CHECK_FALSE(night.store.finished_search(night.criteria(StageName::search)).has_value());
  night.search(stage, Night::found(3, 2));
  CHECK(night.value("SELECT status FROM stages") == "succeeded");
  CHECK(night.value("SELECT cursor FROM stages") == "NULL");
  const auto finished = night.store.finished_search(night.criteria(StageName::search));
  REQUIRE(finished.has_value());
  CHECK(finished->first == stage);
  CHECK(finished->second == night.now());
}

TEST_CASE("a search that is still fresh lends its hits, as they were") {
  Night night;
  const auto first = night.stage(StageName::search);
  night.search(first, Night::found(1, 3));
  const auto walked_at = night.now();
  const auto seen = night.value("SELECT seen_at FROM search_hits");
  night.clock.advance(std::chrono::hours{5});
  night.run = night.begin_run("run-2");
  const auto second = night.stage(StageName::search);
  CHECK(night.store.reuse_search(first, second, night.now()) == 3);
  CHECK(night.store.count_hits(second) == 3);
  CHECK(night.store.count_hits(first) == 3);
  CHECK(night.count("SELECT count(*) FROM search_hits WHERE run_id = 'run-2' AND seen_at = '" + seen + "'") == 3);
  CHECK(night.value("SELECT status || ' ' || items_done FROM stages WHERE run_id = 'run-2'") == "succeeded 3");
  CHECK(night.store.spent_in_run(night.run.key) == 0);
  // What was taken over is as old as it was: its age must not begin anew.
  const auto finished = night.store.finished_search(night.criteria(StageName::search));
  REQUIRE(finished.has_value());
  CHECK(finished->first == first);
  CHECK(finished->second == walked_at);
  CHECK(night.store.reuse_search(first, second, night.now()) == 3);
  CHECK(night.store.count_hits(second) == 3);
}

TEST_CASE("a page that cannot be stored leaves nothing behind") {
  Night night;
  const auto stage = night.stage(StageName::search);
  const auto intent = night.send(StageName::search, {}, 1);
  SearchPageCommit page;
  page.intent = intent;
  page.stage = stage;
  const auto creators = Night::found(1, 3);
  page.creators = creators;
  page.keep_at_most = 10;
  page.meta_json = "{}";
  page.charge = {1, "header"};
  page.cursor_after = [](std::int64_t) -> OptionalText { throw std::runtime_error("no cursor"); };
  CHECK_THROWS_AS(night.store.commit_search_page(page, night.run.key, night.answer()), std::runtime_error);
  CHECK(night.count("SELECT count(*) FROM creators") == 0);
  CHECK(night.count("SELECT count(*) FROM api_requests") == 0);
  CHECK(night.value("SELECT status FROM jobs") == "sent");
  CHECK(night.store.ledger_totals().open() == 1);
  page.cursor_after = {};
  CHECK(night.store.commit_search_page(page, night.run.key, night.answer()) == 3);
}

}  // namespace toksync::store
