#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

namespace {

constexpr const char* kTopics = R"({"topic_keywords":["ABM"],"posts_to_analyze":10})";
constexpr const char* kOtherTopics = R"({"topic_keywords":["ABM"],"posts_to_analyze":30})";

struct Staged : Night {
  std::vector<CreatorKey> creators = find_creators(3);
  StageKey search_stage = stage(StageName::search);

  WorkState enrich_state(CreatorKey creator) {
    const std::vector<CreatorKey> one{creator};
    return store.work_states(StageName::enrich, criteria(StageName::enrich), run.key, one).at(0);
  }
  /// Bought, accepted and come back.
  JobKey enrich(CreatorKey creator, const OptionalText& enriched_at = {}) {
    const auto intent = send(StageName::enrich, {creator}, 1);
    accept(intent, Charge{1, "body"});
    EnrichmentRecord record;
    record.enriched_at = enriched_at;
    record.raw_json = "{}";
    PollCommit poll;
    poll.run = run.key;
    poll.jobs = {{.job = intent.jobs[0], .status = JobStatus::succeeded}};
    poll.enrichments = {{intent.jobs[0], &record}};
    store.commit_poll(poll, answer());
    return intent.jobs[0];
  }
  void match(CreatorKey creator, const std::string& analysis_id, double score, const char* topics = kTopics) {
    const auto intent = send(StageName::content_match, {creator}, 3, topics);
    accept(intent, Charge{3, "price_table"});
    Night::poll(intent.jobs[0], content_match(analysis_id, score));
  }
};

}  // namespace

TEST_CASE("equal criteria of a family are one") {
  Night night;
  const auto key = night.store.ensure_criteria(StageName::content_match, kTopics);
  CHECK(night.store.ensure_criteria(StageName::content_match, kTopics) == key);
  CHECK(night.store.find_criteria(StageName::content_match, kTopics) == key);
  CHECK_FALSE(night.store.find_criteria(StageName::content_match, kOtherTopics).has_value());
  CHECK_FALSE(night.store.find_criteria(StageName::audience_match, kTopics).has_value());
  CHECK(night.store.ensure_criteria(StageName::enrich, "{}") != night.store.ensure_criteria(StageName::search, "{}"));
}

TEST_CASE("a stage is made once and keeps its progress") {
  Night night;
  const auto criteria = night.criteria(StageName::enrich);
  const auto made = night.store.ensure_stage(night.run.key, "saas", StageName::enrich, std::nullopt, night.now());
  CHECK(made.status == StageStatus::waiting);
  CHECK(made.stage == StageName::enrich);
  CHECK(made.keyword_set == "saas");
  CHECK_FALSE(made.started_at.has_value());
  night.store.record_progress(made.key, {StageStatus::running, 10, 4, 1, {}}, night.now());
  const auto again = night.store.ensure_stage(night.run.key, "saas", StageName::enrich, criteria, night.now());
  CHECK(again.key == made.key);
  CHECK(again.items_total == 10);
  CHECK(again.items_done == 4);
  CHECK(again.items_failed == 1);
  CHECK(night.value("SELECT criteria FROM stages") == "{}");
  night.store.ensure_stage(night.run.key, "saas", StageName::enrich, std::nullopt, night.now());
  CHECK(night.value("SELECT criteria FROM stages") == "{}");
  CHECK(night.store.ensure_stage(night.run.key, "abm", StageName::enrich, criteria, night.now()).key != made.key);
}

TEST_CASE("progress tells when a stage first ran and when it ended") {
  Night night;
  const auto stage = night.stage(StageName::enrich);
  const auto times = [&night] {
    return night.value("SELECT started_at || ' ' || coalesce(finished_at, '-') FROM stages");
  };
  night.store.record_progress(stage, {StageStatus::running, 2, 0, 0, {}}, night.now());
  night.clock.advance(Milliseconds{60'000});
  night.store.record_progress(stage, {StageStatus::stopped, 2, 1, 0, "budget"}, night.now());
  CHECK(times() == "2026-06-01T00:00:00Z 2026-06-01T00:01:00Z");
  CHECK(night.value("SELECT error FROM stages") == "budget");
  night.store.record_progress(stage, {StageStatus::running, 2, 1, 0, {}}, night.now());
  CHECK(times() == "2026-06-01T00:00:00Z -");
  CHECK(night.value("SELECT error FROM stages") == "NULL");
  night.clock.advance(Milliseconds{60'000});
  night.store.record_progress(stage, {StageStatus::succeeded, 2, 2, 0, {}}, night.now());
  CHECK(times() == "2026-06-01T00:00:00Z 2026-06-01T00:02:00Z");
  const auto stages = stages_of(night.store, night.run.key);
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].status == StageStatus::succeeded);
  CHECK(stages[0].finished_at == "2026-06-01T00:02:00Z");
}

TEST_CASE("a skipped stage never started") {
  Night night;
  night.store.record_progress(night.stage(StageName::enrich), {StageStatus::skipped, 0, 0, 0, "no input"}, night.now());
  CHECK(night.value("SELECT started_at FROM stages") == "NULL");
  CHECK(night.value("SELECT finished_at FROM stages") == "2026-06-01T00:00:00Z");
}

TEST_CASE_FIXTURE(Staged, "a selection is kept in its order, and replaced as a whole") {
  const auto stage_key = stage(StageName::enrich);
  const std::vector<SelectedCreator> chosen{
      {creators[2], Decision::buy}, {creators[0], Decision::unaffordable}, {creators[1], Decision::held}};
  store.record_selection(stage_key, chosen, now());
  const auto kept = store.selection(stage_key);
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].creator == creators[2]);
  CHECK(kept[1].decision == Decision::unaffordable);
  CHECK(value("SELECT creator_id || ' ' || decision FROM stage_creators WHERE position = 3") == "c2 held");
  store.record_selection(stage_key, std::vector<SelectedCreator>{{creators[1], Decision::fresh}}, now());
  CHECK(store.selection(stage_key).size() == 1);
  CHECK(store.selection(search_stage).empty());
}

TEST_CASE_FIXTURE(Staged, "candidates are the hits in rank order, with what is known of them") {
  const auto all = store.candidates({search_stage, {}, {}, {}});
  REQUIRE(all.size() == 3);
  CHECK(all[0].creator == creators[0]);
  CHECK(store.creator_ids({&all[0].creator, 1}) == std::vector<std::string>{"c1"});
  CHECK(all[2].rank == 3);
  CHECK(all[0].score == 90.5);
  CHECK(all[0].followers == 12'000);
  CHECK(all[0].engagement_rate == 2.5);
  CHECK_FALSE(all[0].posts_per_month.has_value());
  CHECK_FALSE(all[0].content_score.has_value());
}

TEST_CASE_FIXTURE(Staged, "a candidate's score is that of its newest succeeded analysis with the same criteria") {
  match(creators[0], "a1", 40);
  match(creators[0], "a2", 70);
  match(creators[1], "a3", 55, kOtherTopics);
  auto failed = content_match("a4", 99);
  failed.status = JobStatus::failed;
  const auto intent = send(StageName::content_match, {creators[0]}, 3, kTopics);
  accept(intent, Charge{3, "price_table"});
  Night::poll(intent.jobs[0], failed);
  CandidateQuery query{search_stage, {}, criteria(StageName::content_match, kTopics), {}};
  auto found = store.candidates(query);
  CHECK(found[0].content_score == 70);
  CHECK_FALSE(found[1].content_score.has_value());
  query.content = criteria(StageName::content_match, kOtherTopics);
  found = store.candidates(query);
  CHECK_FALSE(found[0].content_score.has_value());
  CHECK(found[1].content_score == 55);

  const auto audience = send(StageName::audience_match, {creators[2]}, 10, R"({"criteria":["CMO"]})");
  accept(audience, Charge{10, "price_table"});
  Night::poll(audience.jobs[0], audience_match("b1", 61));
  query.audience = criteria(StageName::audience_match, R"({"criteria":["CMO"]})");
  found = store.candidates(query);
  CHECK(found[2].audience_score == 61);
  CHECK_FALSE(found[0].audience_score.has_value());
}

TEST_CASE_FIXTURE(Staged, "who was chosen and came back, or is fresh, may be chosen again") {
  const auto enrich_stage = stage(StageName::enrich);
  const auto chosen_ids = [&] {
    std::string ids;
    for (const auto& candidate : store.candidates({search_stage, enrich_stage, {}, {}})) {
      ids += store.creator_ids({&candidate.creator, 1}).front();
    }
    return ids;
  };
  enrich(creators[2]);
  CHECK(chosen_ids().empty());
  store.record_selection(
      enrich_stage,
      std::vector<SelectedCreator>{
          {creators[2], Decision::buy}, {creators[1], Decision::fresh}, {creators[0], Decision::buy}},
      now());
  CHECK(chosen_ids() == "c2c3");
  const auto intent = send(StageName::enrich, {creators[0]}, 1);
  accept(intent, Charge{1, "body"});
  CHECK(chosen_ids() == "c2c3");
  Night::poll({.job = intent.jobs[0], .status = JobStatus::succeeded});
  CHECK(chosen_ids() == "c1c2c3");
}

TEST_CASE_FIXTURE(Staged, "what succeeded before the run does not count as chosen and bought") {
  enrich(creators[0]);
  clock.advance(std::chrono::days{60});
  run = begin_run("run-2");
  const auto search_again = stage(StageName::search);
  search(search_again, found(1, 3));
  const auto enrich_stage = stage(StageName::enrich);
  store.record_selection(enrich_stage, std::vector<SelectedCreator>{{creators[0], Decision::buy}}, now());
  CHECK(store.candidates({search_again, enrich_stage, {}, {}}).empty());
  store.record_selection(enrich_stage, std::vector<SelectedCreator>{{creators[0], Decision::outstanding}}, now());
  CHECK(store.candidates({search_again, enrich_stage, {}, {}}).empty());
}

TEST_CASE_FIXTURE(Staged, "work nobody bought is unknown") {
  const auto state = enrich_state(creators[0]);
  CHECK_FALSE(state.fresh_at.has_value());
  CHECK_FALSE(state.succeeded_in_run);
  CHECK_FALSE(state.failed_in_run);
  CHECK_FALSE(state.ambiguous);
  CHECK_FALSE(state.outstanding.has_value());
}

TEST_CASE_FIXTURE(Staged, "the age of an enrichment is what the API says, else when it came") {
  enrich(creators[0], "2026-05-01T12:00:00Z");
  CHECK(enrich_state(creators[0]).fresh_at == from_iso8601("2026-05-01T12:00:00Z"));
  enrich(creators[1], "last week");
  CHECK(enrich_state(creators[1]).fresh_at == now());
  enrich(creators[0]);
  CHECK(enrich_state(creators[0]).fresh_at == now());
  CHECK(enrich_state(creators[0]).succeeded_in_run);
}

TEST_CASE_FIXTURE(Staged, "the age of an analysis is when it was completed") {
  match(creators[0], "a1", 40);
  const auto states =
      store.work_states(StageName::content_match, criteria(StageName::content_match, kTopics), run.key, creators);
  REQUIRE(states.size() == 3);
  CHECK(states[0].fresh_at == from_iso8601("2026-05-20T08:00:00Z"));
  CHECK_FALSE(states[1].fresh_at.has_value());
  const auto other =
      store.work_states(StageName::content_match, criteria(StageName::content_match, kOtherTopics), run.key, creators);
  CHECK_FALSE(other[0].fresh_at.has_value());
}

TEST_CASE_FIXTURE(Staged, "work is outstanding from its intent to its end") {
  const auto intent = intend(StageName::enrich, {creators[0]}, 1);
  CHECK(enrich_state(creators[0]).outstanding == intent.jobs[0]);
  store.record_sent(intent, now());
  CHECK(enrich_state(creators[0]).outstanding == intent.jobs[0]);
  accept(intent, Charge{1, "body"});
  CHECK(enrich_state(creators[0]).outstanding == intent.jobs[0]);
  Night::poll({.job = intent.jobs[0], .status = JobStatus::running});
  CHECK(enrich_state(creators[0]).outstanding == intent.jobs[0]);
  Night::poll({.job = intent.jobs[0], .status = JobStatus::succeeded});
  CHECK_FALSE(enrich_state(creators[0]).outstanding.has_value());
  CHECK(enrich_state(creators[0]).succeeded_in_run);
}

TEST_CASE_FIXTURE(Staged, "a failure counts for its run until the work succeeds in it") {
  const auto first = send(StageName::enrich, {creators[0]}, 1);
  accept(first);
  Night::poll({.job = first.jobs[0], .status = JobStatus::expired, .charge = Charge{0, "body"}});
  CHECK(enrich_state(creators[0]).failed_in_run);
  enrich(creators[0]);
  CHECK_FALSE(enrich_state(creators[0]).failed_in_run);
  const auto second = send(StageName::enrich, {creators[1]}, 1);
  accept(second);
  Night::poll({.job = second.jobs[0], .status = JobStatus::failed});
  CHECK(enrich_state(creators[1]).failed_in_run);
  run = begin_run("run-2");
  CHECK_FALSE(enrich_state(creators[1]).failed_in_run);
}

TEST_CASE_FIXTURE(Staged, "what an earlier run paid for and this one collected succeeded in this one") {
  const auto intent = send(StageName::enrich, {creators[0]}, 1);
  accept(intent, Charge{1, "body"});
  enrich(creators[1]);
  clock.advance(std::chrono::hours{24});
  run = begin_run("run-2");
  CHECK_FALSE(enrich_state(creators[1]).succeeded_in_run);
  CHECK(enrich_state(creators[0]).outstanding.has_value());
  Night::poll({.job = intent.jobs[0], .status = JobStatus::succeeded});
  CHECK(enrich_state(creators[0]).succeeded_in_run);
}

TEST_CASE_FIXTURE(Staged, "a plan asks without a run, and nothing is of it") {
  enrich(creators[0]);
  const std::vector<CreatorKey> one{creators[0]};
  const auto state = store.work_states(StageName::enrich, criteria(StageName::enrich), RunKey{}, one).at(0);
  CHECK(state.fresh_at.has_value());
  CHECK_FALSE(state.succeeded_in_run);
}

TEST_CASE_FIXTURE(Staged, "an ambiguous purchase is known as such") {
  const auto intent = send(StageName::enrich, {creators[0]}, 1);
  store.record_ambiguous(intent, run.key, {FailureKind::unavailable, "TIMEOUT", "", true}, answer());
  CHECK(enrich_state(creators[0]).ambiguous);
  CHECK_FALSE(enrich_state(creators[0]).outstanding.has_value());
}

TEST_CASE_FIXTURE(Staged, "work without a creator has a state too") {
  constexpr const char* kMode = R"({"mode":"broad"})";
  const auto key = criteria(StageName::thought_leaders, kMode);
  CHECK_FALSE(store.work_state(StageName::thought_leaders, key, run.key).fresh_at.has_value());
  const auto intent = send(StageName::thought_leaders, {}, 100, kMode);
  CHECK(store.work_state(StageName::thought_leaders, key, run.key).outstanding == intent.jobs[0]);
  accept(intent);
  Night::poll({.job = intent.jobs[0], .status = JobStatus::succeeded, .charge = Charge{9, "body"}});
  const auto state = store.work_state(StageName::thought_leaders, key, run.key);
  CHECK(state.fresh_at == now());
  CHECK(state.succeeded_in_run);
}

}  // namespace toksync::store
