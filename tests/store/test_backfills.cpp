// Backfills as the store keeps them, and whom a person means who names creators.
#include <doctest/doctest.h>

#include "night.hpp"
#include "store/creator_search.hpp"
#include "store/forget.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

Backfill order() {
  return {{StageName::enrich, StageName::content_match}, {"saas", "hr-tech"}, true, "where rank < 3", "5f"};
}

RunRow begin(Night& night, const std::vector<CreatorKey>& creators) {
  return night.store.begin_backfill({"backfill-1", "nightly (backfill)", "version = 1", "0f", "0.1.0"}, order(),
                                    creators, night.now());
}

TEST_CASE("a backfill is found again by what it is, and keeps its creators in their order") {
  Night night;
  const auto creators = night.find_creators(4);
  const std::vector chosen{creators[2], creators[0], creators[3]};
  const auto run = begin(night, chosen);
  CHECK(night.store.backfill_creators(run.key) == chosen);
  CHECK(night.store.backfill_creators(night.run.key).empty());
  const auto kept = night.store.backfill_of(run.key).value();
  CHECK(kept.stages == order().stages);
  CHECK(kept.keyword_sets == order().keyword_sets);
  CHECK(kept.ignores_freshness);
  CHECK(kept.chosen_by == order().chosen_by);
  CHECK_FALSE(night.store.backfill_of(night.run.key));
  CHECK(night.store.unfinished_backfill("5f").value().run_id == "backfill-1");
  CHECK_FALSE(night.store.unfinished_backfill("6f"));
  night.store.finish_run(run.key, {RunStatus::partial, 3, {}, {}}, night.now());
  CHECK_FALSE(night.store.unfinished_backfill("5f"));
}

TEST_CASE("a backfill that is begun anew abandons its unfinished self, and nothing else") {
  Night night;
  const auto run = begin(night, night.find_creators(2));
  night.store.abandon_backfill("6f", night.now());
  CHECK(night.store.unfinished_backfill("5f"));
  night.store.abandon_backfill("5f", night.now());
  CHECK_FALSE(night.store.unfinished_backfill("5f"));
  CHECK(night.store.unfinished_run("nightly").value().key == night.run.key);
}

TEST_CASE("a backfill's creators are candidates like the hits of a search") {
  Night night;
  const auto creators = night.find_creators(4);
  const auto run = begin(night, {creators[3], creators[1]});
  const CandidateQuery query{.search = {}, .chosen_by = {}, .content = {}, .audience = {}, .backfill = run.key};
  const auto all = night.store.candidates(query);
  REQUIRE(all.size() == 2);
  CHECK(all[0].creator == creators[3]);
  CHECK(all[0].rank == 1);
  CHECK(all[1].creator == creators[1]);
  CHECK(all[1].followers == night.store.candidates(query, std::vector{creators[1]}).front().followers);
  CHECK(night.store.candidates(query, std::vector{creators[0]}).empty());
  const auto enrich = night.store.ensure_stage(run.key, "saas", StageName::enrich, {}, night.now()).key;
  night.store.record_selection(enrich, std::vector{SelectedCreator{creators[1], Decision::fresh}}, night.now());
  auto chosen = query;
  chosen.chosen_by = enrich;
  REQUIRE(night.store.candidates(chosen).size() == 1);
  CHECK(night.store.candidates(chosen).front().creator == creators[1]);
}

TEST_CASE("whoever is forgotten is gone from backfills, and the others move up") {
  Night night;
  const auto creators = night.find_creators(3);
  const auto run = begin(night, creators);
  REQUIRE(night.store.forget("c2", night.now(), false));
  CHECK(night.store.backfill_creators(run.key) == std::vector{creators[0], creators[2]});
  for (const auto& check : check_database(night.store)) CHECK_MESSAGE(check.problems.empty(), check.name);
}

TEST_CASE("creators are found by id, handle, profile URL and, when asked, by name") {
  Night night;
  night.find_creators(3);
  night.store.database().exec(
      "UPDATE creators SET handle = 'jane-doe', name = 'Jane Doe' WHERE creator_id = 'c1';"
      "UPDATE creators SET handle = 'jane-doe', name = 'Jane Roe' WHERE creator_id = 'c2';"
      "UPDATE creators SET profile_url = 'https://www.linkedin.com/in/ada/', name = 'Ada' WHERE creator_id = 'c3'");
  const std::vector<std::string> texts{"c2", "@Jane-Doe", "linkedin.com/in/Ada?x=1", "ada", "nobody", ""};
  const auto ids = [](const std::vector<KnownCreator>& creators) {
    std::string text;
    for (const auto& one : creators) text += one.creator_id + " ";
    return text;
  };
  const auto found = find_creators(night.store, texts);
  CHECK(ids(found[0]) == "c2 ");
  CHECK(ids(found[1]) == "c1 c2 ");
  CHECK(ids(found[2]) == "c3 ");
  CHECK(ids(found[3]).empty());
  CHECK(ids(found[4]).empty());
  CHECK(ids(found[5]).empty());
  CHECK(ids(find_creators(night.store, texts, true)[3]) == "c3 ");
}

TEST_CASE("a condition chooses creators, and can do nothing else") {
  Night night;
  night.find_creators(3);
  const auto matches = [&](const std::string& condition) { return creators_where(night.store, condition, "nightly"); };
  CHECK(matches("creator_id <> 'c1'").value().size() == 2);
  CHECK(matches("rank <= 2 AND keyword_set = 'saas'").value().size() == 2);
  CHECK(matches("content_score IS NULL -- not matched yet").value().size() == 3);
  CHECK(creators_where(night.store, "rank <= 2", "another").value().empty());
  for (const auto& wrong : {"", "(", "nonsense = 1", "1); DELETE FROM creators; --", "1); SELECT (1"}) {
    CAPTURE(wrong);
    CHECK(matches(wrong).error().kind == ErrorKind::usage);
  }
  CHECK(night.count("SELECT count(*) FROM creators") == 3);
}

TEST_CASE("a look at a database tells its version, its journal and whether its pages are whole") {
  Night night;
  const auto condition = inspect(night.store);
  CHECK(condition.version == night.count("PRAGMA user_version"));
  CHECK(condition.journal_mode == "wal");
  CHECK(condition.problems.empty());
  CHECK(check_writable(night.folder.file("new.db")));
  CHECK_FALSE(check_writable(night.folder.file("missing/new.db")));
}

}  // namespace
}  // namespace toksync::store
