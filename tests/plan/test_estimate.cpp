#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "pipelines.hpp"
#include "plan/estimate.hpp"
#include "stages/stage.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::plan {
namespace {

using store::Decision;
using test::full_set;
using test::pipeline_of;
using test::set_with;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

PriceTable prices() {
  PriceTable table;
  table.set(PriceItem::creator_search, 1);
  table.set(PriceItem::discovery_search, 1);
  table.set(PriceItem::enrich, 1);
  table.set(PriceItem::content_match_10, 3);
  table.set(PriceItem::audience_match_quick_scan, 10);
  table.set(PriceItem::thought_leaders_balanced, 2);
  table.set(PriceItem::thought_leaders_strict, 3);
  return table;
}

/// A store in a folder of its own, filled as a run fills it.
class Fixture {
 public:
  Fixture() : store_(open()) {
    run_ = store_.begin_run({"run_1", "nightly", "version = 1", "0f", "0.1.0"}, clock.wall()).key;
  }

  /// A search of that keyword set that walked to its end and found creators first..last.
  void found(const KeywordSet& set, int first, int last) {
    const auto stage = ensure(set, kSearch);
    std::vector<FoundCreator> creators;
    for (int i = first; i <= last; ++i) {
      FoundCreator one;
      one.creator.creator_id = fmt::format("c{}", i);
      one.creator.metrics.followers_count = 100 * i;
      creators.push_back(one);
    }
    store::SearchPageCommit page;
    page.intent = intend(set, kSearch, stage, {std::nullopt});
    page.stage = stage;
    page.creators = creators;
    page.keep_at_most = 1000;
    page.charge = {1, "header"};
    page.cursor_after = [](std::int64_t) { return std::nullopt; };
    store_.commit_search_page(page, run_, log());
    search_ = stage;
  }

  /// Bought for the creators at those ranks, in that state.
  void bought(const KeywordSet& set, StageName stage, const std::vector<std::size_t>& ranks, JobStatus status) {
    const auto row = ensure(set, stage);
    std::vector<std::optional<CreatorKey>> creators;
    for (const auto rank : ranks) creators.emplace_back(store_.candidates({search_, {}, {}, {}}).at(rank - 1).creator);
    if (stage == kLeaders) creators = {std::nullopt};
    const auto intent = intend(set, stage, row, creators);
    if (status == JobStatus::ambiguous) return store_.record_ambiguous(intent, run_, {}, log());
    std::vector<store::AcceptedJob> jobs;
    for (const auto job : intent.jobs) jobs.push_back({job, "j", status, store::Charge{1, "body"}, {}, {}});
    store_.record_accepted(intent, run_, jobs, log());
  }

  /// What earlier runs learned of a family's jobs.
  void jobs_took(StageName family, std::int64_t shortest, std::int64_t longest) {
    const std::vector<store::ApiFact> facts{{family, store::Fact::shortest_job_ms, shortest},
                                            {family, store::Fact::longest_job_ms, longest}};
    store_.record_api_facts(pipeline::Source{}.base_url, facts, clock.wall());
  }

  void has_record(const std::string& creator_id) {
    for (const auto creator : store_.hits_after(search_, 0)) {
      if (store_.creator_ids({&creator, 1}).front() != creator_id) continue;
      store_.commit_creator_detail(run_, creator, {CreatorRecord{.creator_id = creator_id}, {}}, log());
    }
  }
  void wants_posts(int posts) { store_.want_hit_posts(search_, posts); }

  void end_run() { store_.finish_run(run_, {store::RunStatus::succeeded, 0, {}}, clock.wall()); }

  Estimate plan(const pipeline::Pipeline& pipeline, const EstimateOptions& options = {}) {
    return estimate(pipeline, prices(), store_, clock.wall(), options);
  }

  toksync::test::ManualClock clock;

 private:
  store::Store open() {
    auto store = store::Store::open(folder_.file("plan.db"), store::OpenMode::read_write);
    return std::move(store.value());
  }
  [[nodiscard]] store::RequestLog log() const {
    return {clock.wall(), "POST", "/v1", 200, {}, "req_1", Milliseconds{5}, 1, {}};
  }
  CriteriaKey criteria(const KeywordSet& set, StageName stage) {
    return store_.ensure_criteria(stage, stages::stage(stage).purchases(set).front().criteria);
  }
  StageKey ensure(const KeywordSet& set, StageName stage) {
    return store_.ensure_stage(run_, set.name, stage, criteria(set, stage), clock.wall()).key;
  }
  store::Intent intend(const KeywordSet& set, StageName stage, StageKey row,
                       const std::vector<std::optional<CreatorKey>>& creators) {
    store::NewIntent intent{run_, row, stage, criteria(set, stage), "{}", {}};
    for (const auto& creator : creators) intent.jobs.push_back({creator, 1, 1});
    auto recorded = store_.record_intent(intent, clock.wall());
    store_.record_sent(recorded, clock.wall());
    return recorded;
  }

  toksync::test::TemporaryFolder folder_;
  store::Store store_;
  RunKey run_{};
  StageKey search_{};
};

const StageEstimate& line(const Estimate& estimate, StageName stage, const std::string& set = "saas") {
  const auto fits = [&](const StageEstimate& one) { return one.stage == stage && one.keyword_set == set; };
  return *std::ranges::find_if(estimate.stages, fits);
}

TEST_CASE("the least time is a minute for each full window before the last") {
  CHECK(least_time(0, 60) == Milliseconds{0});
  CHECK(least_time(60, 60) == Milliseconds{0});
  CHECK(least_time(61, 60) == std::chrono::minutes{1});
  CHECK(least_time(120, 60) == std::chrono::minutes{1});
  CHECK(least_time(121, 60) == std::chrono::minutes{2});
  CHECK(least_time(5, 1) == std::chrono::minutes{4});
  CHECK(least_time(100, 0) == Milliseconds{0});
  CHECK(least_time(-1, 60) == Milliseconds{0});
}

TEST_CASE("jobs that wait for each other are a chain, as long as jobs took lately") {
  auto set = full_set("saas");
  set.audience_match->select.bounds[Measure::content_score] = {};
  Fixture fixture;
  fixture.end_run();
  const auto unknown = fixture.plan(pipeline_of({set}));
  CHECK_FALSE(unknown.jobs.has_value());
  CHECK(unknown.unknown_jobs == std::vector{kEnrich, kContent, kAudience, kLeaders});
  fixture.jobs_took(kEnrich, 1'000, 4'000);
  fixture.jobs_took(kContent, 10'000, 20'000);
  fixture.jobs_took(kAudience, 5'000, 50'000);
  const auto scored = fixture.plan(pipeline_of({set}));
  REQUIRE(scored.jobs.has_value());
  CHECK(scored.jobs->shortest == Milliseconds{16'000});
  CHECK(scored.jobs->longest == Milliseconds{74'000});
  CHECK(scored.unknown_jobs == std::vector{kLeaders});
  // Without a bound on the content score the two analyses go side by side.
  set.audience_match->select.bounds.clear();
  const auto side_by_side = fixture.plan(pipeline_of({set}));
  CHECK(side_by_side.jobs->shortest == Milliseconds{11'000});
  CHECK(side_by_side.jobs->longest == Milliseconds{54'000});
  fixture.clock.advance(std::chrono::days{31});
  CHECK_FALSE(fixture.plan(pipeline_of({set})).jobs.has_value());
}

TEST_CASE("the usage is read twice in a run that buys, however many stages do") {
  Fixture fixture;
  fixture.end_run();
  const auto plan = fixture.plan(pipeline_of({full_set("saas"), full_set("devtools")}));
  std::int64_t requests = 0;
  for (const auto& stage : plan.stages) requests += stage.requests;
  CHECK(plan.usage_requests == 2);
  CHECK(plan.requests == requests + 2);
  CHECK(fixture.plan(pipeline_of({})).requests == 0);
}

const ExtraEstimate& extra(const Estimate& plan, ExtraEstimate::Kind kind, const std::string& keyword_set) {
  const auto found = std::ranges::find_if(
      plan.extras, [&](const auto& line) { return line.kind == kind && line.keyword_set == keyword_set; });
  REQUIRE(found != plan.extras.end());
  return *found;
}

TEST_CASE("posts behind hits and full records are priced in requests, and in nothing else") {
  using Kind = ExtraEstimate::Kind;
  auto set = full_set("saas");
  set.search->max_creators = 250;
  set.audience_match->select.top = 20;
  Fixture fixture;
  fixture.end_run();
  const auto without = fixture.plan(pipeline_of({set}));
  CHECK(without.extras.empty());
  set.search->evidence_posts = 3;
  set.search->detail = true;
  const auto plan = fixture.plan(pipeline_of({set}));
  CHECK(extra(plan, Kind::hit_posts, "saas").units == 3);
  CHECK(extra(plan, Kind::hit_posts, "saas").requests == 3);
  CHECK(extra(plan, Kind::creator_records, "saas").requests == 20);
  CHECK(plan.requests == without.requests + 23);
  CHECK(plan.credits_at_most == without.credits_at_most);
  EstimateOptions slow;
  slow.requests_per_minute = 10;
  CHECK(fixture.plan(pipeline_of({set}), slow).least_time == least_time(without.requests + 23, 10));
}

TEST_CASE("what lies behind hits that are known already is asked for where it is missing") {
  using Kind = ExtraEstimate::Kind;
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->refresh_after = std::nullopt;
  set.search->evidence_posts = 3;
  set.search->detail = true;
  set.enrich->select.top = 5;
  auto other = set;
  other.name = "other";
  Fixture fixture;
  fixture.found(set, 1, 20);
  fixture.has_record("c2");
  fixture.end_run();
  const auto plan = fixture.plan(pipeline_of({set, other}));
  CHECK(extra(plan, Kind::hit_posts, "saas").requests == 1);
  CHECK(extra(plan, Kind::creator_records, "saas").units == 5);
  CHECK(extra(plan, Kind::creator_records, "saas").fresh == 1);
  CHECK(extra(plan, Kind::creator_records, "saas").requests == 4);
  // The same creators, once.
  CHECK(extra(plan, Kind::creator_records, "other").requests == 0);
  fixture.wants_posts(3);
  const auto resumed = fixture.plan(pipeline_of({set}));
  CHECK(extra(resumed, Kind::hit_posts, "saas").requests == 0);
  CHECK(extra(resumed, Kind::hit_posts, "").requests == 1);
  fixture.clock.advance(std::chrono::days{31});
  CHECK(extra(fixture.plan(pipeline_of({set})), Kind::creator_records, "saas").requests == 5);
}

TEST_CASE("the pipeline's prices replace the provider's, one by one") {
  auto pipeline = pipeline_of({});
  pipeline.prices[PriceItem::enrich] = 9;
  const auto table = effective_prices(prices(), pipeline);
  CHECK(table.at(PriceItem::enrich) == 9);
  CHECK(table.at(PriceItem::content_match_10) == 3);
}

TEST_CASE("before the first run everything is priced at most") {
  Fixture fixture;
  fixture.end_run();
  auto set = full_set("saas");
  set.search->max_creators = 250;
  set.enrich->select.top = 100;
  set.content_match->select.top = 40;
  set.audience_match->select.top = 500;
  set.thought_leaders->modes = {"balanced", "strict"};
  set.thought_leaders->max_candidates_to_analyze = 50;
  const auto plan = fixture.plan(pipeline_of({set}));
  CHECK(line(plan, kSearch).units == 3);
  CHECK(line(plan, kSearch).credits_at_most == 3);
  CHECK(line(plan, kEnrich).units == 100);
  CHECK(line(plan, kEnrich).credits_at_most == 100);
  CHECK(line(plan, kContent).credits_at_most == 120);
  // Nobody is analyzed whom enrich did not choose.
  CHECK(line(plan, kAudience).units == 100);
  CHECK(line(plan, kAudience).credits_at_most == 1000);
  CHECK(line(plan, kLeaders).units == 2);
  CHECK(line(plan, kLeaders).credits_at_most == 50 * 2 + 50 * 3);
  CHECK(plan.credits_at_most == 3 + 100 + 120 + 1000 + 250);
  CHECK(plan.requests >= 3 + 4 + 3 + 6 + 3);
  CHECK_FALSE(plan.resumes.has_value());
}

TEST_CASE("an earlier search tells what to expect, and what it found fresh is free") {
  Fixture fixture;
  const auto set = set_with("saas", {kSearch, kEnrich});
  fixture.found(set, 1, 20);
  fixture.bought(set, kEnrich, {1, 2, 3, 4, 5}, JobStatus::succeeded);
  fixture.bought(set, kEnrich, {6, 7}, JobStatus::queued);
  fixture.bought(set, kEnrich, {8}, JobStatus::ambiguous);
  fixture.end_run();
  const auto plan = fixture.plan(pipeline_of({set}));
  const auto& enrich = line(plan, kEnrich);
  CHECK(enrich.fresh == 5);
  CHECK(enrich.outstanding == 2);
  CHECK(enrich.held == 1);
  CHECK(enrich.credits_expected == 12);
  // The search is made anew and may find a hundred others.
  CHECK(enrich.credits_at_most == 100);
  CHECK(line(plan, kSearch).credits_expected == 1);
}

TEST_CASE("data that has aged is bought again") {
  Fixture fixture;
  const auto set = set_with("saas", {kSearch, kEnrich});
  fixture.found(set, 1, 3);
  fixture.bought(set, kEnrich, {1, 2, 3}, JobStatus::succeeded);
  fixture.end_run();
  CHECK(line(fixture.plan(pipeline_of({set})), kEnrich).credits_expected == 0);
  fixture.clock.advance(std::chrono::days{31});
  CHECK(line(fixture.plan(pipeline_of({set})), kEnrich).credits_expected == 3);
}

TEST_CASE("a search that is fresh is certain: the plan is exact") {
  Fixture fixture;
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->refresh_after = std::chrono::days{7};
  fixture.found(set, 1, 20);
  fixture.end_run();
  const auto plan = fixture.plan(pipeline_of({set}));
  CHECK(line(plan, kSearch).fresh == 1);
  CHECK(line(plan, kSearch).credits_at_most == 0);
  CHECK(line(plan, kEnrich).units == 20);
  CHECK(line(plan, kEnrich).credits_expected == 20);
  CHECK(line(plan, kEnrich).credits_at_most == 20);
}

TEST_CASE("the same creator in two keyword sets is planned once") {
  Fixture fixture;
  auto a = set_with("a", {kSearch, kEnrich});
  auto b = set_with("b", {kSearch, kEnrich});
  a.search->refresh_after = b.search->refresh_after = std::nullopt;
  b.keywords.emplace_back("other");
  fixture.found(a, 1, 10);
  fixture.found(b, 6, 15);
  fixture.end_run();
  const auto plan = fixture.plan(pipeline_of({a, b}));
  CHECK(line(plan, kEnrich, "a").credits_expected == 10);
  CHECK(line(plan, kEnrich, "b").credits_expected == 5);
  CHECK(line(plan, kEnrich, "b").outstanding == 5);
  CHECK(plan.credits_expected == 15);
}

TEST_CASE("stages that the scope leaves out cost nothing") {
  Fixture fixture;
  const auto set = full_set("saas");
  fixture.found(set, 1, 10);
  fixture.end_run();
  EstimateOptions options;
  options.scope.stages = {kEnrich};
  const auto plan = fixture.plan(pipeline_of({set}), options);
  CHECK(line(plan, kSearch).credits_at_most == 0);
  CHECK(line(plan, kEnrich).credits_at_most == 10);
  CHECK(line(plan, kContent).credits_at_most == 0);
  CHECK(plan.credits_at_most == 10);
}

TEST_CASE("an unfinished run of the same file is counted as done as far as it went") {
  Fixture fixture;
  const auto set = set_with("saas", {kSearch, kEnrich});
  fixture.found(set, 1, 10);
  fixture.bought(set, kEnrich, {1, 2}, JobStatus::succeeded);
  const auto pipeline = pipeline_of({set});
  const auto plan = fixture.plan(pipeline);
  CHECK(plan.resumes == "run_1");
  CHECK(line(plan, kSearch).done == 1);
  CHECK(line(plan, kSearch).credits_at_most == 0);
  CHECK(line(plan, kEnrich).credits_at_most == 8);
  EstimateOptions anew;
  anew.start_new_run = true;
  CHECK_FALSE(fixture.plan(pipeline, anew).resumes.has_value());
  CHECK(line(fixture.plan(pipeline, anew), kSearch).credits_at_most == 1);
  auto changed = pipeline;
  changed.sha256 = "1f";
  CHECK_FALSE(fixture.plan(changed).resumes.has_value());
}

TEST_CASE("bounds and top shrink the estimate when the hits are known") {
  Fixture fixture;
  auto set = set_with("saas", {kSearch, kEnrich, kContent});
  set.search->refresh_after = std::nullopt;
  set.enrich->select.bounds[Measure::followers] = {600.0, std::nullopt};
  set.content_match->select.top = 2;
  fixture.found(set, 1, 10);
  fixture.end_run();
  const auto plan = fixture.plan(pipeline_of({set}));
  CHECK(line(plan, kEnrich).credits_at_most == 5);
  CHECK(line(plan, kContent).credits_at_most == 6);
}

TEST_CASE("reasons say for each creator whether it is in, and why") {
  Fixture fixture;
  auto set = set_with("saas", {kSearch, kEnrich});
  set.enrich->select.top = 2;
  fixture.found(set, 1, 3);
  fixture.bought(set, kEnrich, {1}, JobStatus::succeeded);
  fixture.end_run();
  EstimateOptions options;
  CHECK(fixture.plan(pipeline_of({set}), options).reasons.empty());
  options.explain = true;
  const auto reasons = fixture.plan(pipeline_of({set}), options).reasons;
  REQUIRE(reasons.size() == 3);
  CHECK(reasons[0].creator_id == "c1");
  CHECK(reasons[0].chosen);
  CHECK(reasons[0].decision == Decision::fresh);
  CHECK(reasons[1].chosen);
  CHECK(reasons[1].decision == Decision::buy);
  CHECK_FALSE(reasons[2].chosen);
  CHECK(reasons[0].text.starts_with("free: known since "));
  CHECK(reasons[1].text == "to be bought: nothing is known yet");
  CHECK(reasons[2].text == "out: 2 others come before by rank (top = 2)");
}

TEST_CASE("thought leaders are planned once a mode, and are free while fresh") {
  Fixture fixture;
  auto set = set_with("saas", {kLeaders});
  set.thought_leaders->max_candidates_to_analyze = 10;
  fixture.bought(set, kLeaders, {}, JobStatus::succeeded);
  fixture.end_run();
  CHECK(fixture.plan(pipeline_of({set})).credits_at_most == 0);
  set.thought_leaders->modes = {"balanced", "strict"};
  CHECK(fixture.plan(pipeline_of({set})).credits_at_most == 30);
  CHECK(line(fixture.plan(pipeline_of({set})), kLeaders).fresh == 1);
}

}  // namespace
}  // namespace toksync::plan
