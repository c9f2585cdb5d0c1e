// Nights that are cut short: by a signal, by a time limit, by a kill at any moment.
#include <csignal>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using Kind = Fault::Kind;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

/// Two keyword sets with two creators in common, through every stage, in small batches.
struct SmallNight : Night {
  SmallNight() : Night(pipeline_of({small_set("a"), small_set("b")})) {
    api.found_by["a"] = numbers(1, 4);
    api.found_by["b"] = numbers(3, 6);
  }

  static KeywordSet small_set(const std::string& name) {
    auto set = set_with(name, {kSearch, kEnrich, kContent, kAudience, kLeaders});
    set.enrich->batch_size = 3;
    set.content_match->select.top = 2;
    set.audience_match->select.top = 1;
    set.audience_match->select.order_by = OrderBy::content_score;
    set.thought_leaders->max_candidates_to_analyze = 4;
    return set;
  }
};

struct Reference {
  Credits billed = 0;
  int requests = 0;
};

Reference uninterrupted() {
  SmallNight night;
  REQUIRE(night.play().exit_code() == 0);
  return {night.api.billed(), static_cast<int>(night.log().size())};
}

Fault kill_at(Kind kind, int request) {
  Fault one;
  one.kind = kind;
  one.skip = request;
  return one;
}

/// Plays on after a kill: everything is settled, and nothing but a search is paid for twice.
void play_on(Night& night, const Reference& whole) {
  const auto code = night.play().exit_code();
  // The id of a job that finds thought leaders stands nowhere but in its answer.
  const auto gone = night.ask("SELECT count(*) FROM jobs WHERE error_code = 'RESULT_LOST' AND family <> 'search'");
  CHECK(code == (gone > 0 ? 3 : 0));
  CHECK(night.ask("SELECT count(*) FROM runs") == 1);
  night.check_books();
  const auto searched_again = night.ask(
      "SELECT coalesce(sum(credits_charged), 0) FROM jobs WHERE error_code = 'RESULT_LOST' AND family = 'search'");
  CHECK(night.api.billed() == whole.billed + searched_again);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 6);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
}

TEST_CASE("a kill before any request costs nothing but time") {
  const auto whole = uninterrupted();
  for (int request = 0; request < whole.requests; ++request) {
    CAPTURE(request);
    SmallNight night;
    night.api.faults = {kill_at(Kind::kill_before, request)};
    REQUIRE(night.play_and_die());
    play_on(night, whole);
  }
}

TEST_CASE("a kill after any request never leads to a second purchase") {
  const auto whole = uninterrupted();
  for (int request = 0; request < whole.requests; ++request) {
    CAPTURE(request);
    SmallNight night;
    night.api.faults = {kill_at(Kind::kill_after, request)};
    REQUIRE(night.play_and_die());
    play_on(night, whole);
  }
}

TEST_CASE("killed again and again, a run still ends") {
  const auto whole = uninterrupted();
  SmallNight night;
  int deaths = 0;
  for (bool alive = false; !alive; ++deaths) {
    REQUIRE(deaths < 200);
    // Only reads, which leave nothing in doubt.
    auto kill = kill_at(Kind::kill_after, 1);
    kill.strikes = [](const http::Request& request) { return !request.exactly_once; };
    kill.skip = deaths % 7;
    night.api.faults = {kill};
    alive = !night.play_and_die();
  }
  CHECK(deaths > 2);
  CHECK(night.api.billed() == whole.billed);
  night.check_books();
}

TEST_CASE("a signal at any moment saves the state, and the next run buys nothing twice") {
  const auto whole = uninterrupted();
  for (const int signal : {SIGINT, SIGTERM}) {
    for (int moment = 1; moment < 60; moment += signal == SIGINT ? 1 : 7) {
      CAPTURE(moment);
      SmallNight night;
      int asked = 0;
      night.options.signal = [&] { return ++asked >= moment ? signal : 0; };
      const auto first = night.play();
      if (first.exit_code() == 0) break;
      CHECK(first.exit_code() == 128 + signal);
      CHECK(first.status() == store::RunStatus::interrupted);
      CHECK(night.ask("SELECT count(*) FROM stages WHERE status = 'running'") == 0);
      night.options.signal = [] { return 0; };
      CHECK(night.play().exit_code() == 0);
      CHECK(night.ask("SELECT count(*) FROM runs") == 1);
      CHECK(night.api.billed() == whole.billed);
      night.check_books();
    }
  }
}

TEST_CASE("a run that may last only so long goes on where it was") {
  const auto whole = uninterrupted();
  SmallNight night;
  night.options.max_duration = Seconds{10};
  int processes = 1;
  for (auto result = night.play(); result.exit_code() != 0; result = night.play()) {
    CHECK(result.exit_code() == 8);
    REQUIRE(++processes < 50);
    night.clock.advance(std::chrono::minutes{5});
  }
  CHECK(processes > 1);
  CHECK(night.api.billed() == whole.billed);
  night.check_books();
}

TEST_CASE("a stop waits a moment for answers that tell what was charged") {
  SmallNight night;
  night.api.latency = Seconds{4};
  night.options.longest_wait = Milliseconds{500};
  bool started = false;
  night.api.faults.push_back({});
  night.api.faults[0].times = 1000;
  night.api.faults[0].strikes = [&](const http::Request& request) {
    started = started || request.path == "/v1/creators/enrich";
    return false;
  };
  night.options.signal = [&] { return started ? SIGTERM : 0; };
  CHECK(night.play().exit_code() == 143);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'sent'") == 0);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'enrich' AND status = 'queued'") > 0);
}

TEST_CASE("a run of a changed pipeline collects what the old one paid for") {
  SmallNight night;
  Fault kill = kill_at(Kind::kill_before, 0);
  kill.strikes = test::to("/v1/content-match/results");
  night.api.faults = {kill};
  REQUIRE(night.play_and_die());
  night.pipeline.sha256 = "1f";
  night.pipeline.keyword_sets.pop_back();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM runs") == 2);
  CHECK(night.ask_text("SELECT status FROM runs ORDER BY started_at, run_id LIMIT 1") == "abandoned");
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") ==
        night.api.count("/v1/creators/content-match"));
  night.check_books();
}

TEST_CASE("what an earlier run paid for is collected before anything new is bought for it") {
  SmallNight night;
  Fault kill = kill_at(Kind::kill_before, 0);
  kill.strikes = test::to("/v1/enrichments/results");
  night.api.faults = {kill};
  REQUIRE(night.play_and_die());
  const auto paid = night.api.count("/v1/creators/enrich");
  CHECK(paid > 0);
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/enrich") == 6);
  night.check_books();
}

TEST_CASE("a job that never ends holds up one night, and none after it") {
  SmallNight night;
  for (auto& set : night.pipeline.keyword_sets) set.thought_leaders.reset();
  night.api.never_ending = {3};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 1);
  night.clock.advance(std::chrono::hours{25});
  night.api.found_by["a"] = numbers(1, 5);
  night.start_new_run = true;
  const auto begun = night.clock.steady();
  CHECK(night.play().exit_code() == 3);
  CHECK(night.clock.steady() - begun < std::chrono::minutes{20});
  CHECK(night.ask("SELECT count(*) FROM stages WHERE status IN ('failed', 'skipped')"
                  " AND run_id = (SELECT max(run_id) FROM runs)") == 0);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 1);
  CHECK(night.api.bought_twice().empty());
  // Who only collects is told that it did not come.
  night.options.collect_only = night.options.collect_everything = true;
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 1);
}

TEST_CASE("a job of thought leaders that an earlier run paid for is settled for that run") {
  Night night(pipeline_of({set_with("saas", {kLeaders})}));
  night.api.analyzed = 7;
  Fault kill = kill_at(Kind::kill_before, 0);
  kill.strikes = test::to("/v1/jobs/results:bulk");
  night.api.faults = {kill};
  REQUIRE(night.play_and_die());
  CHECK(night.totals().open() == 200);
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  night.check_books();
  CHECK(night.ask_text("SELECT group_concat(credits_charged) FROM (SELECT * FROM runs ORDER BY run_id)") == "14,0");
}

TEST_CASE("a stage that holds something in doubt stays exit 6 when the run is picked up") {
  SmallNight night;
  Fault lost;
  lost.kind = Kind::lose_request;
  lost.strikes = test::to("/v1/creators/content-match");
  Fault kill;
  kill.kind = Kind::kill_before;
  kill.strikes = test::to("/v1/jobs/results:bulk");
  night.api.faults = {lost, kill};
  // Somebody else's spending makes the usage worthless as evidence.
  night.api.others_spend(night.clock.wall() + Seconds{21}, "content_match", 7);
  REQUIRE(night.play_and_die());
  CHECK(night.play().exit_code() == 6);
  night.clock.advance(std::chrono::hours{1});
  night.pipeline.keyword_sets[0].search->refresh_after = std::chrono::days{1};
  CHECK(night.play().exit_code() == 6);
}

TEST_CASE("a run that is picked up keeps to the creators that it chose") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->max_creators = 10;
  set.enrich->select.top = 3;
  // Those enriched turn out to have less than the search said, and would be chosen no more.
  set.enrich->select.order_by = OrderBy::engagement_rate;
  set.enrich->batch_size = 1;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 10);
  // Held for 30 seconds, the first read brings some of the three and not all.
  night.api.job_time_spread = Seconds{60};
  Fault kill = kill_at(Kind::kill_before, 1);
  kill.strikes = test::to("/v1/enrichments/results");
  night.pipeline.source.max_in_flight = 1;
  night.api.faults = {kill};
  REQUIRE(night.play_and_die());
  const auto enriched = night.ask("SELECT count(*) FROM enrichments");
  CHECK((enriched > 0 && enriched < 3));
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/enrich") == 3);
  night.check_books();
}

}  // namespace
}  // namespace toksync::engine
