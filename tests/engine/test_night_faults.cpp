// Nights in which the network, the gateway or the API fail.
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
using Kind = Fault::Kind;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

Fault fault(Kind kind, std::string path, int times = 1) {
  Fault one;
  one.kind = kind;
  one.strikes = to(std::move(path));
  one.times = times;
  return one;
}

Fault status(int status, std::string code, std::string path, int times = 1) {
  auto one = fault(Kind::answer, std::move(path), times);
  one.status = status;
  one.code = std::move(code);
  return one;
}

/// Five creators through every stage.
struct FullNight : Night {
  FullNight() : Night(pipeline_of({set_with("saas", {kSearch, kEnrich, kContent, kAudience, kLeaders})})) {
    pipeline.keyword_sets[0].thought_leaders->max_candidates_to_analyze = 10;
    api.found_by["saas"] = numbers(1, 5);
  }
};

constexpr Credits kFullPrice = 1 + 5 + 5 * 3 + 5 * 10 + 10 * 2;

const std::vector<std::string> kReads{
    "/v1/account/usage",          "/v1/enrichments/results",    "/v1/content-match/results", "/v1/content-match/posts",
    "/v1/audience-match/results", "/v1/audience-match/details", "/v1/jobs/results:bulk"};
const std::vector<std::string> kStarts{"/v1/creators/enrich", "/v1/creators/content-match",
                                       "/v1/creators/audience-match", "/v1/creators/thought-leaders"};

TEST_CASE("details that an earlier run wanted are fetched, although the pipeline asks for none any longer") {
  Night night(pipeline_of({set_with("saas", {kSearch, kContent})}));
  night.api.found_by["saas"] = numbers(1, 3);
  night.api.faults = {{.kind = Kind::kill_after, .strikes = to("/v1/content-match/posts")}};
  REQUIRE(night.play_and_die());
  night.pipeline.keyword_sets[0].content_match->evidence_posts = 0;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM content_match_posts") > 0);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
  CHECK(night.api.bought_twice().empty());
}

TEST_CASE("an enrichment that ends without a result has failed") {
  Night night(pipeline_of({set_with("saas", {StageName::search, StageName::enrich})}));
  night.api.found_by["saas"] = numbers(1, 10);
  SUBCASE("with others that succeed") {
    night.api.failing = {3, 7};
    CHECK(night.play().exit_code() == 3);
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'enrich' AND status = 'succeeded'") == 8);
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'enrich' AND status = 'failed'") == 2);
  }
  SUBCASE("and so do all") {
    night.api.failing = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    CHECK(night.play().exit_code() == 3);
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'enrich' AND status = 'failed'") == 10);
  }
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
  CHECK(night.api.bought_twice().empty());
  night.check_books();
}

TEST_CASE("a read that fails is tried again, whatever its failure") {
  for (const auto& path : kReads) {
    auto gateway = status(502, "", path);
    gateway.body = "<html>Bad gateway</html>";
    auto busy = status(429, "RATE_LIMITED", path);
    busy.retry_after = 7;
    auto garbage = status(200, "", path);
    garbage.body = "{\"success\": true, \"data\": {";
    for (const auto& one : {gateway, busy, garbage, status(500, "INTERNAL_ERROR", path),
                            fault(Kind::lose_request, path), fault(Kind::lose_answer, path),
                            fault(Kind::refuse_connection, path), fault(Kind::truncate_after_work, path)}) {
      CAPTURE(path);
      CAPTURE(static_cast<int>(one.kind));
      CAPTURE(one.status);
      FullNight night;
      night.api.faults = {one};
      CHECK(night.play().exit_code() == 0);
      CHECK(night.api.billed() == kFullPrice);
      night.check_books();
    }
  }
}

TEST_CASE("a read that keeps failing gives its stage up for now, and a later run collects") {
  for (const auto& path : kReads) {
    CAPTURE(path);
    FullNight night;
    night.api.faults = {status(500, "INTERNAL_ERROR", path, 1000)};
    const auto result = night.play();
    CHECK(result.exit_code() == 5);
    CHECK_FALSE(result.messages.empty());
    CHECK(night.api.bought_twice().empty());
    night.api.faults.clear();
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.billed() == kFullPrice);
    CHECK(night.ask("SELECT count(*) FROM runs") == 1);
    night.check_books();
  }
}

TEST_CASE("a start that surely did nothing is sent again") {
  for (auto path : kStarts) {
    auto busy = status(429, "RATE_LIMITED", path);
    busy.retry_after = 20;
    for (const auto& one : {busy, status(503, "UNAVAILABLE", path, 2), fault(Kind::refuse_connection, path, 3)}) {
      CAPTURE(path);
      CAPTURE(one.status);
      FullNight night;
      night.api.faults = {one};
      CHECK(night.play().exit_code() == 0);
      CHECK(night.api.billed() == kFullPrice);
      night.check_books();
    }
  }
}

TEST_CASE("a start that never gets through is given back, and the run can be picked up") {
  for (const auto& path : kStarts) {
    CAPTURE(path);
    FullNight night;
    night.api.faults = {fault(Kind::refuse_connection, path, 1000)};
    CHECK(night.play().exit_code() == 5);
    CHECK(night.totals().open() == 0);
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'ambiguous'") == 0);
    night.api.faults.clear();
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.billed() == kFullPrice);
    night.check_books();
  }
}

TEST_CASE("a start whose answer is lost is found out about: bought once, whether it arrived or not") {
  for (const auto& path : kStarts) {
    auto gateway = fault(Kind::answer_after_work, path);
    gateway.status = 504;
    gateway.body = "<html>Gateway timeout</html>";
    auto broken = fault(Kind::answer_after_work, path);
    broken.status = 500;
    for (const auto& one : {fault(Kind::lose_answer, path), fault(Kind::lose_request, path),
                            fault(Kind::truncate_after_work, path), gateway, broken}) {
      CAPTURE(path);
      CAPTURE(static_cast<int>(one.kind));
      FullNight night;
      night.api.faults = {one};
      const bool done = one.kind != Kind::lose_request;
      // The id of a job that finds thought leaders stands nowhere but in its answer.
      const bool is_gone = done && path == "/v1/creators/thought-leaders";
      const auto result = night.play();
      CHECK(result.exit_code() == (is_gone ? 3 : 0));
      CHECK(night.sent_to(path) == (done ? 1 : 2));
      CHECK(night.ask("SELECT count(*) FROM jobs WHERE error_code = 'RESULT_LOST'") == (is_gone ? 1 : 0));
      CHECK(night.ask("SELECT count(*) FROM thought_leaders") == (is_gone ? 0 : 1));
      CHECK(night.ask("SELECT count(*) FROM content_match_posts") == 5);
      CHECK(night.ask("SELECT count(*) FROM audience_engagers") == 5);
      CHECK(night.ask("SELECT count(DISTINCT decision) FROM job_evidence WHERE decision IS NOT NULL") == 1);
      CHECK(night.api.billed() == kFullPrice);
      night.check_books();
      // A later run buys nothing of it again, lost or not.
      const auto starts = night.api.requests(path);
      night.clock.advance(std::chrono::hours{1});
      night.pipeline.keyword_sets[0].search->refresh_after = std::chrono::days{1};
      CHECK(night.play().exit_code() == (is_gone ? 3 : 0));
      CHECK(night.api.requests(path) == starts);
      night.check_books();
    }
  }
}

TEST_CASE("a lost answer does not keep the other batches from going on") {
  auto set = set_with("saas", {kSearch, kEnrich, kContent});
  set.enrich->batch_size = 5;
  set.content_match->batch_size = 5;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 20);
  night.api.faults = {fault(Kind::lose_answer, "/v1/creators/enrich")};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 20);
  CHECK(night.api.count("/v1/creators/content-match") == 20);
  // What was not lost was collected long before the lost batch was found out about.
  CHECK(night.ask("SELECT count(DISTINCT finished_at) FROM jobs WHERE family = 'enrich'") > 1);
  night.check_books();
}

TEST_CASE("a search whose answer is lost is searched again, and the lost one is booked by what the usage says") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->max_creators = 300;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 150);
  bool charged = false;
  SUBCASE("charged") { charged = true; }
  SUBCASE("not charged") { charged = false; }
  auto lost = fault(charged ? Kind::lose_answer : Kind::lose_request, "/v1/creators/discovery-search");
  lost.skip = 1;
  night.api.faults = {lost};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/discovery-search") == (charged ? 3 : 2));
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 150);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 150);
  CHECK(night.ask("SELECT count(*) FROM credit_ledger WHERE source = 'usage' AND kind = 'charge'") ==
        (charged ? 1 : 0));
  night.check_books();
}

TEST_CASE("a search whose answers are always lost gives up after a bounded number") {
  FullNight night;
  night.api.faults = {fault(Kind::lose_answer, "/v1/creators/discovery-search", 1000)};
  CHECK(night.play().exit_code() == 5);
  CHECK(night.api.count("/v1/creators/discovery-search") <= 6);
  CHECK(night.api.count("/v1/creators/enrich") == 0);
}

TEST_CASE("a refused key ends the run at once") {
  FullNight night;
  night.api.faults = {status(401, "UNAUTHORIZED", "/v1/creators/enrich")};
  const auto result = night.play();
  CHECK(result.exit_code() == 4);
  CHECK(result.status() == store::RunStatus::failed);
  CHECK(night.log().back().request.path == "/v1/creators/enrich");
  CHECK(night.totals().open() == 0);
  night.api.faults.clear();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == kFullPrice);
  night.check_books();
}

TEST_CASE("usage that cannot be read any more keeps only those from buying who need it") {
  Night night(pipeline_of({set_with("voices", {kSearch, kLeaders}), set_with("saas", {kSearch, kEnrich})}));
  night.api.found_by["voices"] = numbers(1, 3);
  night.api.found_by["saas"] = numbers(1, 10);
  night.api.faults = {status(503, "UNAVAILABLE", "/v1/account/usage", 1000)};
  night.api.faults[0].skip = 1;
  CHECK(night.play().exit_code() == 5);
  CHECK(night.sent_to("/v1/creators/thought-leaders") == 0);
  CHECK(night.api.count("/v1/creators/enrich") == 10);
  night.api.faults.clear();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.bought_twice().empty());
  night.check_books();
}

TEST_CASE("a key that is refused from the first request on spends nothing") {
  FullNight night;
  Fault refused;
  refused.kind = Kind::answer;
  refused.times = 1000;
  refused.status = 401;
  refused.code = "UNAUTHORIZED";
  night.api.faults = {refused};
  CHECK(night.play().exit_code() == 4);
  CHECK(night.log().size() == 1);
  CHECK(night.totals().reserved == 0);
}

TEST_CASE("a forbidden family does not keep the others from working") {
  FullNight night;
  night.api.faults = {status(403, "FORBIDDEN", "/v1/creators/content-match", 1000)};
  const auto result = night.play();
  CHECK(result.exit_code() == 4);
  CHECK(night.ask("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") == 5);
  CHECK(night.ask("SELECT count(*) FROM thought_leaders") == 1);
  CHECK(night.totals().open() == 0);
  night.api.faults.clear();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == kFullPrice);
  night.check_books();
}

TEST_CASE("a rejected start fails its creators and no others") {
  FullNight night;
  night.api.faults = {status(400, "VALIDATION_ERROR", "/v1/creators/content-match", 1000)};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'content_match' AND status = 'failed'") == 5);
  CHECK(night.api.count("/v1/creators/audience-match") == 5);
  night.check_books();
}

TEST_CASE("a start with too many ids is split until it fits, and each creator is bought once") {
  for (const int most : {1, 3, 7}) {
    CAPTURE(most);
    auto set = set_with("saas", {kSearch, kEnrich, kContent});
    set.enrich->batch_size = 20;
    Night night(pipeline_of({set}));
    night.api.found_by["saas"] = numbers(1, 20);
    night.api.most_ids = most;
    night.pipeline.budget.max_credits_per_run = 1 + 20 + 60;
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.count("/v1/creators/enrich") == 20);
    CHECK(night.api.count("/v1/creators/content-match") == 20);
    night.check_books();
  }
}

TEST_CASE("a read with too many ids is asked in halves until it fits") {
  auto set = set_with("saas", {kSearch, kEnrich, kContent, kAudience});
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 20);
  night.api.most_read_ids = 6;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 20);
  CHECK(night.ask("SELECT count(*) FROM content_match_posts") == 20);
  CHECK(night.ask("SELECT count(*) FROM audience_engagers") == 20);
  night.check_books();
}

TEST_CASE("a read that is refused for one id fails that id alone, and a later run tries it again") {
  FullNight night;
  auto poisoned = status(404, "NOT_FOUND", "/v1/content-match/results", 1000);
  poisoned.strikes = [](const http::Request& request) {
    return request.path == "/v1/content-match/results" && request.body.find("00000003-") != std::string::npos;
  };
  night.api.faults = {poisoned};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 4);
  CHECK(night.totals().charged == night.api.billed());
  night.api.faults.clear();
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 5);
  CHECK(night.api.bought_twice().empty());
}

TEST_CASE("what turns a purchase away does not change what the run buys in the end") {
  auto paths = kStarts;
  paths.emplace_back("/v1/creators/discovery-search");
  for (const auto& path : paths) {
    for (const auto& [http_status, exit] : std::vector<std::pair<int, int>>{{401, 4}, {402, 7}, {403, 4}}) {
      const int code = http_status;
      CAPTURE(path);
      CAPTURE(code);
      FullNight night;
      night.api.faults = {status(code, "DENIED", path)};
      CHECK(night.play().exit_code() == exit);
      CHECK(night.totals().open() == 0);
      CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'failed'") == 0);
      CHECK(night.play().exit_code() == 0);
      CHECK(night.api.billed() == kFullPrice);
      night.check_books();
    }
  }
}

TEST_CASE("jobs that the API has lost or let expire are failed and not asked for for ever") {
  FullNight night;
  night.api.unknown_jobs = {2};
  night.api.expired_jobs = {3};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'content_match' AND status = 'failed'") == 1);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'content_match' AND status = 'expired'") == 1);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE family = 'audience_match' AND status = 'succeeded'") == 3);
  night.check_books();
}

TEST_CASE("a job of thought leaders that the API does not know is booked as it was reserved") {
  auto set = set_with("saas", {kLeaders});
  Night night(pipeline_of({set}));
  night.api.unknown_jobs = {0};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.totals().open() == 0);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'failed'") == 1);
}

TEST_CASE("a job that never ends is left to a later run after a while") {
  for (const int creator : {0, 3}) {
    CAPTURE(creator);
    FullNight night;
    night.api.never_ending = {creator};
    const auto begun = night.clock.steady();
    const auto result = night.play();
    CHECK(result.exit_code() == 3);
    CHECK_FALSE(result.messages.empty());
    CHECK(night.clock.steady() - begun >= std::chrono::minutes{30});
    CHECK(night.clock.steady() - begun <= std::chrono::hours{5});
    // Asking is free, but every request counts against the rate limit.
    CHECK(night.log().size() < 600);
    night.api.never_ending.clear();
    night.start_new_run = true;
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.bought_twice().empty());
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
    CHECK(night.totals().charged == night.api.billed());
  }
}

TEST_CASE("somebody else on the same key costs time, not credits") {
  FullNight night;
  Fault busy;
  busy.kind = Kind::answer;
  busy.status = 429;
  busy.code = "RATE_LIMITED";
  busy.retry_after = 30;
  busy.times = 5;
  busy.skip = 1;
  night.api.faults = {busy};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == kFullPrice);
  night.check_books();
}

TEST_CASE("a server without rate limit headers is asked no more than the smallest plan allows") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->max_creators = 100;
  set.enrich->batch_size = 2;
  Night night(pipeline_of({set}));
  night.api.limits_are_told = false;
  night.api.found_by["saas"] = numbers(1, 100);
  CHECK(night.play().exit_code() == 0);
  const auto& log = night.log();
  for (std::size_t i = 20; i < log.size(); ++i) {
    CHECK(log[i].started_at_steady - log[i - 20].started_at_steady >= std::chrono::minutes{1});
  }
}

}  // namespace
}  // namespace toksync::engine
