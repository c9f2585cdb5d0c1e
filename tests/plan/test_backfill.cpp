// The pipeline of a backfill, and what tells two backfills apart.
#include <doctest/doctest.h>

#include "pipelines.hpp"
#include "plan/backfill.hpp"

namespace toksync::plan {
namespace {

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kLeaders = StageName::thought_leaders;

pipeline::Pipeline two_sets() {
  auto first = test::set_with("a", {kSearch, kEnrich, kContent, kLeaders});
  first.enrich->select.top = 3;
  return test::pipeline_of({first, test::set_with("b", {kSearch, kEnrich})});
}

TEST_CASE("a backfill runs what its order names, and what the pipeline has of it") {
  const auto all = make_backfill(two_sets(), {{}, false, "all"}).value();
  CHECK(all.stages == std::vector{kEnrich, kContent});
  CHECK(all.keyword_sets == std::vector<std::string>{"a", "b"});
  const auto content = make_backfill(two_sets(), {{{kContent}, {}}, false, "all"}).value();
  CHECK(content.keyword_sets == std::vector<std::string>{"a"});
  for (const auto stage : {kSearch, kLeaders, StageName::audience_match}) {
    CHECK(make_backfill(two_sets(), {{{stage}, {}}, false, "all"}).error().kind == ErrorKind::usage);
  }
  CHECK(make_backfill(two_sets(), {{{}, {"c"}}, false, "all"}).error().kind == ErrorKind::usage);
  CHECK_FALSE(make_backfill(two_sets(), {{{kContent}, {"b"}}, false, "all"}));
}

TEST_CASE("two backfills are the same when everything about them is") {
  const auto key = [](const BackfillOrder& order) { return make_backfill(two_sets(), order).value().sha256; };
  const auto usual = key({{}, false, "all"});
  CHECK(usual == key({{}, false, "all"}));
  CHECK(usual == key({{{kEnrich, kContent}, {}}, false, "all"}));
  CHECK(usual != key({{}, true, "all"}));
  CHECK(usual != key({{}, false, "where 1"}));
  CHECK(usual != key({{{kEnrich}, {}}, false, "all"}));
  CHECK(usual != key({{{}, {"a"}}, false, "all"}));
  auto changed = two_sets();
  changed.sha256 = "another";
  CHECK(usual != make_backfill(changed, {{}, false, "all"}).value().sha256);
}

TEST_CASE("the pipeline of a backfill has no search, no choice, and no freshness where it is ignored") {
  const auto forced = make_backfill(two_sets(), {{{kEnrich}, {"a"}}, true, "all"}).value();
  const auto pipeline = for_backfill(two_sets(), forced);
  REQUIRE(pipeline.keyword_sets.size() == 1);
  const auto& set = pipeline.keyword_sets.front();
  CHECK_FALSE(set.search);
  CHECK_FALSE(set.content_match);
  CHECK_FALSE(set.thought_leaders);
  CHECK(set.enrich->select == Select{});
  CHECK(set.enrich->refresh_after == Seconds{0});
  const auto usual = for_backfill(two_sets(), make_backfill(two_sets(), {{}, false, "all"}).value());
  CHECK(usual.keyword_sets.front().enrich->refresh_after == two_sets().keyword_sets.front().enrich->refresh_after);
}

}  // namespace
}  // namespace toksync::plan
