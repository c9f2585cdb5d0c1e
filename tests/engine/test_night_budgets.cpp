// Nights in which the credits run out: by our own limits, by the account's balance, by a 402.
#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using test::to;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kLeaders = StageName::thought_leaders;

/// One keyword set that finds ten creators and enriches them: 11 credits.
Night eleven_credits() { return Night(pipeline_of({set_with("saas", {kSearch, kEnrich})})); }

TEST_CASE("the run's budget stops a step that does not fit, before it is sent") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.pipeline.budget.max_credits_per_run = 10;
  const auto result = night.play();
  CHECK(result.exit_code() == 8);
  CHECK(result.status() == store::RunStatus::stopped);
  CHECK(result.messages.at(0).find("max_credits_per_run") != std::string::npos);
  CHECK(night.api.billed() == 1);
  CHECK(night.sent_to("/v1/creators/enrich") == 0);
  night.check_books();
}

TEST_CASE("a run that was stopped goes on when the budget is raised, and pays for nothing twice") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.pipeline.budget.max_credits_per_run = 10;
  CHECK(night.play().exit_code() == 8);
  night.pipeline.budget.max_credits_per_run = 11;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == 11);
  CHECK(night.ask("SELECT count(*) FROM runs") == 1);
  night.check_books();
}

TEST_CASE("who is chosen by content score is not chosen before there are scores") {
  auto set = set_with("saas", {kSearch, kContent, StageName::audience_match});
  set.audience_match->select.top = 2;
  set.audience_match->select.order_by = OrderBy::content_score;
  const auto chosen = [&](std::optional<Credits> first_budget) {
    Night night(pipeline_of({set}));
    night.api.found_by["saas"] = numbers(1, 10);
    if (first_budget) {
      night.pipeline.budget.max_credits_per_run = first_budget;
      CHECK(night.play().exit_code() == 8);
      CHECK(night.sent_to("/v1/creators/audience-match") == 0);
      night.pipeline.budget.max_credits_per_run.reset();
    }
    CHECK(night.play().exit_code() == 0);
    night.check_books();
    return night.ask_text("SELECT group_concat(creator_id) FROM (SELECT creator_id FROM audience_matches ORDER BY 1)");
  };
  CHECK(chosen(29) == chosen(std::nullopt));
}

TEST_CASE("the budget of a run counts all its resumptions") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.pipeline.budget.max_credits_per_run = 10;
  for (int i = 0; i < 3; ++i) CHECK(night.play().exit_code() == 8);
  CHECK(night.api.billed() == 1);
}

TEST_CASE("the month's budget counts what other runs spent") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.pipeline.budget.max_credits_per_month = 11;
  CHECK(night.play().exit_code() == 0);
  night.clock.advance(std::chrono::hours{1});
  const auto second = night.play();
  CHECK(second.exit_code() == 8);
  CHECK(second.messages.at(0).find("max_credits_per_month") != std::string::npos);
  CHECK(night.api.billed() == 11);
  night.clock.advance(std::chrono::days{31});
  CHECK(night.play().exit_code() == 0);
}

TEST_CASE("a walk is admitted as a whole") {
  auto set = set_with("saas", {kSearch});
  set.search->max_creators = 300;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 300);
  night.pipeline.budget.max_credits_per_run = 2;
  CHECK(night.play().exit_code() == 8);
  CHECK(night.api.billed() == 0);
}

TEST_CASE("what a walk did not need is there for the next step") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->max_creators = 300;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 50);
  night.pipeline.budget.max_credits_per_run = 51;
  CHECK(night.play().exit_code() == 0);
  night.check_books();
}

TEST_CASE("fit shrinks each step to what the budget allows") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.pipeline.budget.max_credits_per_run = 7;
  night.pipeline.budget.on_shortfall = pipeline::OnShortfall::fit;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == 7);
  CHECK(night.ask("SELECT count(*) FROM stage_creators WHERE stage = 'enrich' AND decision = 'unaffordable'") == 4);
  CHECK(night.ask("SELECT max(rank) FROM search_hits JOIN enrichments USING (creator_id)") == 6);
  night.check_books();
}

TEST_CASE("fit shortens a walk") {
  auto set = set_with("saas", {kSearch});
  set.search->max_creators = 300;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 300);
  night.pipeline.budget.max_credits_per_run = 2;
  night.pipeline.budget.on_shortfall = pipeline::OnShortfall::fit;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == 2);
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 200);
  night.check_books();
}

TEST_CASE("fit with nothing left to fit stops") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.pipeline.budget.max_credits_per_run = 1;
  night.pipeline.budget.on_shortfall = pipeline::OnShortfall::fit;
  CHECK(night.play().exit_code() == 8);
  CHECK(night.api.billed() == 1);
}

TEST_CASE("two keyword sets that want the same creators share what fits") {
  for (const Credits limit : {Credits{2}, Credits{5}, Credits{12}, Credits{30}}) {
    for (const auto mode : {pipeline::OnShortfall::stop, pipeline::OnShortfall::fit}) {
      CAPTURE(limit);
      CAPTURE(static_cast<int>(mode));
      auto slow = set_with("b", {kSearch, kEnrich, kContent});
      slow.search->max_creators = 250;
      Night night(pipeline_of({set_with("a", {kSearch, kEnrich, kContent}), slow}));
      night.api.found_by["a"] = numbers(1, 10);
      night.api.found_by["b"] = numbers(1, 150);
      night.pipeline.budget.max_credits_per_run = limit;
      night.pipeline.budget.on_shortfall = mode;
      const auto code = night.play().exit_code();
      CHECK((code == 8 || (code == 0 && mode == pipeline::OnShortfall::fit)));
      CHECK(night.api.billed() <= limit);
      night.check_books();
    }
  }
}

TEST_CASE("an account that does not hold what a step needs stops it before it is sent") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.api.balance = 10;
  CHECK(night.play().exit_code() == 7);
  CHECK(night.sent_to("/v1/creators/enrich") == 0);
  night.api.balance = 10;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.balance == 0);
  night.check_books();
}

TEST_CASE("a step that would go below what is to be kept is a matter of our budget") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  night.api.balance = 30;
  night.pipeline.budget.keep_credits = 20;
  const auto result = night.play();
  CHECK(result.exit_code() == 8);
  CHECK(night.api.billed() == 1);
  CHECK(night.api.balance == 29);
  night.api.balance = 30;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.balance == 20);
  night.check_books();
}

TEST_CASE("what a job still reserves for an earlier process is not spent, whether or not the balance counts it") {
  for (const bool counted : {true, false}) {
    CAPTURE(counted);
    auto leaders = set_with("voices", {kLeaders});
    leaders.thought_leaders->max_candidates_to_analyze = 10;
    Night night(pipeline_of({leaders}));
    night.api.found_by["saas"] = numbers(1, 10);
    night.api.job_time_of = [](std::string_view family, int) {
      return family == "leaders" ? Milliseconds{std::chrono::minutes{20}} : Milliseconds{5'000};
    };
    night.api.balance_counts_reservations = counted;
    night.api.balance = 50;
    night.pipeline.budget.keep_credits = 20;
    night.api.faults = {{.kind = Fault::Kind::kill_before, .strikes = to("/v1/jobs/results:bulk")}};
    REQUIRE(night.play_and_die());
    night.pipeline.keyword_sets.push_back(set_with("saas", {kSearch, kEnrich}));
    night.start_new_run = true;
    // 10 are left above those to be kept, and 11 wanted. A report that counts the reservation leaves nothing for sure.
    CHECK(night.play().exit_code() == 8);
    CHECK(night.api.billed() == 20 + (counted ? 0 : 1));
    CHECK(night.api.lowest_balance().value() >= 20);
    night.check_books();
    night.api.balance = 100;
    CHECK(night.play().exit_code() == 0);
    night.check_books();
  }
}

TEST_CASE("a 402 stops buying, keeps what is paid for, and a later run buys the rest") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.enrich->batch_size = 4;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 10);
  Fault broke;
  broke.kind = Fault::Kind::answer;
  broke.strikes = to("/v1/creators/enrich");
  broke.skip = 1;
  broke.status = 402;
  broke.code = "INSUFFICIENT_CREDITS";
  night.api.faults = {broke};
  const auto result = night.play();
  CHECK(result.exit_code() == 7);
  CHECK(result.status() == store::RunStatus::stopped);
  CHECK(night.totals().open() == 0);
  CHECK(night.ask("SELECT count(*) FROM enrichments") >= 4);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 10);
  CHECK(night.api.billed() == 11);
  CHECK(night.ask("SELECT count(*) FROM runs") == 1);
  night.check_books();
}

TEST_CASE("after a 402 nothing billable leaves any more, in any keyword set") {
  auto a = set_with("a", {kSearch, kEnrich, kContent, kLeaders});
  auto b = set_with("b", {kSearch, kEnrich, kContent, kLeaders});
  b.search->max_creators = 1000;
  Night night(pipeline_of({a, b}));
  night.api.found_by["a"] = numbers(1, 10);
  night.api.found_by["b"] = numbers(1, 900);
  Fault broke;
  broke.kind = Fault::Kind::answer;
  broke.strikes = to("/v1/creators/enrich");
  broke.status = 402;
  broke.code = "INSUFFICIENT_CREDITS";
  night.api.faults = {broke};
  CHECK(night.play().exit_code() == 7);
  SteadyTime told{};
  for (const auto& logged : night.log()) {
    if (logged.request.path == "/v1/creators/enrich") told = logged.started_at_steady + night.api.latency;
  }
  for (const auto& logged : night.log()) {
    const bool late = logged.started_at_steady > told;
    CAPTURE(logged.request.path);
    CHECK_FALSE((late && logged.request.exactly_once));
  }
  CHECK(night.play().exit_code() == 0);
  night.check_books();
}

TEST_CASE("without a balance in the answer our own limits still hold") {
  auto night = eleven_credits();
  night.api.found_by["saas"] = numbers(1, 10);
  Fault forbidden;
  forbidden.kind = Fault::Kind::answer;
  forbidden.strikes = to("/v1/account/usage");
  forbidden.times = 100;
  forbidden.status = 403;
  forbidden.code = "FORBIDDEN";
  night.api.faults = {forbidden};
  night.pipeline.budget.max_credits_per_run = 11;
  CHECK(night.play().exit_code() == 0);
  night.check_books();
}

TEST_CASE("what is in doubt counts as spent, for the run and for the month") {
  auto night_of = [](Night& night) {
    night.api.found_by["saas"] = numbers(1, 10);
    Fault lost;
    lost.kind = Fault::Kind::lose_request;
    lost.strikes = to("/v1/creators/enrich");
    night.api.faults = {lost};
    // Somebody else with the same account: the usage decides nothing.
    night.api.others_spend(night.clock.wall() + Seconds{1}, "profile_enrichment", 30);
    CHECK(night.play().exit_code() == 6);
    CHECK(night.totals().open() == 10);
    night.clock.advance(std::chrono::hours{1});
  };
  Night night(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  night_of(night);
  night.pipeline.budget.max_credits_per_month = 11;
  CHECK(night.play().exit_code() == 8);
  // In doubt for as long as nobody settles it, in whatever month that is.
  night.clock.advance(std::chrono::days{40});
  night.pipeline.budget.max_credits_per_month = 10;
  CHECK(night.play().exit_code() == 8);
  night.pipeline.budget.max_credits_per_month = 11;
  CHECK(night.play().exit_code() == 6);
}

TEST_CASE("a reservation that waits to be sent again is no longer anybody else's to spend") {
  // Two keyword sets want 10 each and the account has 15 above what is to be kept. The first start is
  // told to wait; while it waits, the second asks for the usage.
  auto a = set_with("a", {kSearch, kEnrich});
  auto b = set_with("b", {kSearch, kEnrich});
  b.search->max_creators = 200;
  Night night(pipeline_of({a, b}));
  night.api.found_by["a"] = numbers(1, 10);
  night.api.found_by["b"] = numbers(11, 20);
  night.api.balance = 3 + 15 + 20;
  night.pipeline.budget.keep_credits = 20;
  Fault busy;
  busy.kind = Fault::Kind::answer;
  busy.strikes = [](const http::Request& request) {
    return request.path == "/v1/creators/enrich" && request.body.find("000000000001\"") != std::string::npos;
  };
  busy.status = 503;
  busy.code = "UNAVAILABLE";
  busy.times = 2;
  Fault slow;
  slow.kind = Fault::Kind::answer;
  slow.strikes = [](const http::Request& request) {
    return request.path == "/v1/creators/discovery-search" && request.body.find("\"b\"") != std::string::npos;
  };
  slow.status = 503;
  slow.code = "UNAVAILABLE";
  night.api.faults = {busy, slow};
  (void)night.play();
  CHECK(night.api.balance.value() >= 20);
  CHECK(night.totals().charged == night.api.billed());
}

TEST_CASE("a balance that was read before something was bought, and arrives after it, is not what is left") {
  auto a = set_with("a", {kSearch, kEnrich});
  auto b = set_with("b", {kSearch, kEnrich});
  b.enrich->batch_size = 1;
  Night night(pipeline_of({a, b}));
  night.pipeline.source.max_in_flight = 2;
  night.api.found_by["a"] = numbers(1, 10);
  night.api.found_by["b"] = numbers(11, 20);
  night.api.latency = Milliseconds{200};
  // Enough for both searches and ten enrichments, and for half of the other ten.
  night.pipeline.budget.keep_credits = 20;
  night.api.balance = 20 + 2 + 10 + 5;
  Fault search;
  search.kind = Fault::Kind::slow;
  search.strikes = [](const http::Request& request) {
    return request.path == "/v1/creators/discovery-search" && request.body.find("\"a\"") != std::string::npos;
  };
  search.late = Seconds{1};
  // The reading for a's enrichments: told while b's are bought one by one, known when they all are.
  const Fault usage{.kind = Fault::Kind::slow, .strikes = to("/v1/account/usage"), .skip = 2, .late = Seconds{3}};
  night.api.faults = {search, usage};
  CHECK(night.play().exit_code() == 8);
  CHECK(night.api.requests("/v1/account/usage") == 4);  // the last one at the end, to compare
  CHECK(night.api.count("/v1/creators/enrich") == 10);
  CHECK(night.api.balance == 25);
}

TEST_CASE("what may still be carried out late is not left to spend") {
  Night night(pipeline_of({set_with("a", {kSearch, kEnrich}), set_with("b", {kSearch, kContent})}));
  night.api.found_by["a"] = numbers(1, 10);
  night.api.found_by["b"] = numbers(11, 20);
  night.pipeline.budget.keep_credits = 20;
  night.pipeline.budget.on_shortfall = pipeline::OnShortfall::fit;
  // Two searches and ten enrichments; of the content matches there is enough for three, once those count.
  night.api.balance = 20 + 2 + 10 + 9;
  night.api.start_delay = std::chrono::minutes{3};
  Fault search;
  search.kind = Fault::Kind::slow;
  search.strikes = [](const http::Request& request) {
    return request.path == "/v1/creators/discovery-search" && request.body.find("\"b\"") != std::string::npos;
  };
  search.late = Seconds{5};
  night.api.faults = {search, {.kind = Fault::Kind::lose_answer, .strikes = to("/v1/creators/enrich")}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/content-match") == 3);
  CHECK(night.api.count("/v1/creators/enrich") == 10);
  CHECK(night.api.balance == 20);
}

}  // namespace
}  // namespace toksync::engine
