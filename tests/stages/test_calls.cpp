#include <doctest/doctest.h>

#include "keyword_sets.hpp"
#include "stages/stage.hpp"

namespace toksync::stages {
namespace {

using test::full_set;
using Texts = std::vector<std::string>;

/// The billable call of a stage's first purchase.
Call start(StageName name, const KeywordSet& set, StartInput input) {
  return stage(name).start(set, stage(name).purchases(set).at(0), std::move(input));
}

TEST_CASE("a discovery search asks at the offset that the cursor names") {
  auto set = full_set();
  set.search->mode = "strict";
  set.search->filters["min_followers"] = 5000.0;
  const auto call = std::get<DiscoverySearch>(start(StageName::search, set, {{}, "200", 50}));
  CHECK(call.keywords == set.keywords);
  CHECK(call.mode == "strict");
  CHECK(call.filters == set.search->filters);
  CHECK(call.limit == 50);
  CHECK(call.offset == 200);
  CHECK(std::get<DiscoverySearch>(start(StageName::search, set, {{}, std::nullopt, 100})).offset == 0);
}

TEST_CASE("a database search hands its cursor on as it came") {
  auto set = full_set();
  set.search->kind = SearchKind::database;
  set.search->platform = Platform::youtube;
  set.search->query = "growth";
  set.search->sort_by = "followers_count";
  set.search->sort_order = "desc";
  const auto call = std::get<DatabaseSearch>(start(StageName::search, set, {{}, "abc==", 30}));
  CHECK(call.platform == Platform::youtube);
  CHECK(call.query == "growth");
  CHECK(call.sort_by == "followers_count");
  CHECK(call.sort_order == "desc");
  CHECK(call.cursor == "abc==");
  CHECK(call.limit == 30);
}

TEST_CASE("starts name the creators and what to look for, keywords in the order of the file") {
  const auto set = full_set();
  const Texts ids{"c2", "c1"};
  CHECK(std::get<StartEnrichment>(start(StageName::enrich, set, {ids, {}, 0})).creator_ids == ids);
  const auto content = std::get<StartContentMatch>(start(StageName::content_match, set, {ids, {}, 0}));
  CHECK(content.creator_ids == ids);
  CHECK(content.topic_keywords == set.keywords);
  CHECK(content.posts_to_analyze == 10);
  const auto audience = std::get<StartAudienceMatch>(start(StageName::audience_match, set, {ids, {}, 0}));
  CHECK(audience.creator_ids == ids);
  CHECK(audience.criteria == set.audience);
  CHECK(audience.analysis_depth == AnalysisDepth::quick_scan);
}

TEST_CASE("thought leaders start in the mode of the purchase") {
  auto set = full_set();
  set.thought_leaders->modes = {"strict", "broad"};
  const auto& leaders = stage(StageName::thought_leaders);
  const auto purchases = leaders.purchases(set);
  const auto call = std::get<StartThoughtLeaders>(leaders.start(set, purchases.at(1), {}));
  CHECK(call.mode == "broad");
  CHECK(call.keywords == set.keywords);
  CHECK(call.config == *set.thought_leaders);
}

TEST_CASE("only what starts or searches is billable") {
  const auto set = full_set();
  for (const auto name : kAllStages) {
    CAPTURE(to_string(name));
    CHECK(is_billable(start(name, set, {{"c1"}, {}, 10})));
    const auto read = stage(name).read({"j1"}, {}, Seconds{30});
    if (read) CHECK_FALSE(is_billable(*read));
    const auto details = stage(name).read_details({"j1"}, {});
    if (details) CHECK_FALSE(is_billable(*details));
  }
}

TEST_CASE("results are read by ids, held as long as the endpoint allows") {
  const Texts ids{"a", "b"};
  const auto read = [&](StageName name, ReadOptions options = {}) {
    return stage(name).read(ids, options, Seconds{30});
  };
  CHECK_FALSE(read(StageName::search).has_value());
  const auto enrichments = std::get<ReadEnrichments>(read(StageName::enrich, {false, 0, 0}).value());
  CHECK(enrichments.creator_ids == ids);
  CHECK_FALSE(enrichments.full_detail);
  CHECK(enrichments.wait == Seconds{30});
  const auto content = std::get<ReadContentMatches>(read(StageName::content_match).value());
  CHECK(content.job_ids == ids);
  CHECK(content.wait == Seconds{30});
  const auto audience = std::get<ReadAudienceMatches>(read(StageName::audience_match).value());
  CHECK(audience.job_ids == ids);
  CHECK(audience.wait == Seconds{30});
  CHECK(std::get<ReadThoughtLeaders>(read(StageName::thought_leaders).value()).job_ids == ids);
}

TEST_CASE("details are read where there are any and they are wanted") {
  const auto details = [](StageName name, ReadOptions options) { return stage(name).read_details({"j"}, options); };
  const ReadOptions some{true, 4, 7};
  CHECK_FALSE(details(StageName::search, some).has_value());
  CHECK_FALSE(details(StageName::enrich, some).has_value());
  CHECK_FALSE(details(StageName::thought_leaders, some).has_value());
  CHECK(std::get<ReadContentPosts>(details(StageName::content_match, some).value()).posts_per_creator == 4);
  CHECK(std::get<ReadAudienceDetails>(details(StageName::audience_match, some).value()).engagers == 7);
  CHECK_FALSE(details(StageName::content_match, {true, 0, 7}).has_value());
  CHECK_FALSE(details(StageName::audience_match, {true, 4, 0}).has_value());
}

TEST_CASE("a pipeline reads back the most that any keyword set asks for") {
  // A stage that no keyword set has may still have results to collect, which an earlier run paid for.
  CHECK(read_options({}).evidence_posts == 3);
  CHECK(read_options({}).engagers == 10);
  CHECK(read_options({}).full_detail);
  auto little = full_set();
  little.enrich->full_detail = false;
  little.content_match->evidence_posts = 0;
  little.audience_match->engagers = 5;
  auto much = full_set();
  much.enrich.reset();
  much.content_match->evidence_posts = 8;
  much.audience_match->engagers = 0;
  const auto most = read_options({little, much});
  CHECK_FALSE(most.full_detail);
  CHECK(most.evidence_posts == 8);
  CHECK(most.engagers == 5);
  CHECK(read_options({little, full_set()}).full_detail);
}

TEST_CASE("each stage chooses by its own table") {
  auto set = full_set();
  set.enrich->select.top = 1;
  set.content_match->select.top = 2;
  set.audience_match->select.top = 3;
  set.enrich->batch_size = 4;
  set.content_match->batch_size = 5;
  set.audience_match->batch_size = 6;
  const auto choice = [&](StageName name) { return stage(name).choice(set).value(); };
  CHECK(choice(StageName::enrich).select.top == 1);
  CHECK(choice(StageName::content_match).select.top == 2);
  CHECK(choice(StageName::audience_match).select.top == 3);
  CHECK(choice(StageName::enrich).batch_size == 4);
  CHECK(choice(StageName::content_match).batch_size == 5);
  CHECK(choice(StageName::audience_match).batch_size == 6);
  CHECK_FALSE(stage(StageName::search).choice(set).has_value());
  CHECK_FALSE(stage(StageName::thought_leaders).choice(set).has_value());
}

}  // namespace
}  // namespace toksync::stages
