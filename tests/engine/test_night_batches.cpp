// Nights in which the API takes fewer ids in one request than the pipeline asks for, or refuses a batch for one of
// its creators.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

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

const std::string kEnrichStart = "/v1/creators/enrich";
const std::string kContentStart = "/v1/creators/content-match";

/// Many creators, in batches of 50, through search, enrichment and content match; each run searches anew.
struct BigNight : Night {
  explicit BigNight(int creators) : Night(pipeline_of({set_with("saas", {kSearch, kEnrich, kContent})})) {
    pipeline.keyword_sets[0].search->max_creators = 1'000;
    find(creators);
  }

  void find(int creators) { api.found_by["saas"] = numbers(1, creators); }
  std::int64_t refused(const std::string& path) {
    return ask("SELECT count(*) FROM api_requests WHERE status BETWEEN 400 AND 499 AND path = '" + path + "'");
  }
  std::int64_t refused() { return ask("SELECT count(*) FROM api_requests WHERE status BETWEEN 400 AND 499"); }
  std::string facts() { return ask_all("SELECT base_url, family, fact, value FROM api_facts WHERE fact LIKE 'ids%'"); }
};

std::size_t ids_in(const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  return body.is_object() && body.contains("creator_ids") ? body.at("creator_ids").size() : 0;
}

/// Refuses, without a word of a limit, starts at that path for which `condition` holds.
template <typename Condition>
Fault refusal(const std::string& path, const Condition& condition, int status = 400) {
  Fault fault{.kind = Kind::answer};
  fault.strikes = [=](const http::Request& request) { return request.path == path && condition(request); };
  fault.times = 1'000'000;
  fault.status = status;
  fault.code = "VALIDATION_ERROR";
  return fault;
}

auto holds(int creator) {
  return [id = test::FakeToksta::creator_id(creator)](const http::Request& request) {
    return request.body.find(id) != std::string::npos;
  };
}

auto holds_more_than(std::size_t most) {
  return [=](const http::Request& request) { return ids_in(request) > most; };
}

TEST_CASE("a limit on the ids of a start costs one refusal a kind, and a later run none") {
  BigNight night(120);
  night.api.most_ids = 20;
  night.pipeline.budget.max_credits_per_run = 2 + 120 + 120 * 3;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused(kEnrichStart) == 1);
  CHECK(night.refused(kContentStart) == 1);
  CHECK(night.refused() == 2);
  CHECK(night.sent_to(kEnrichStart) == 1 + 120 / 20);
  CHECK(night.sent_to(kContentStart) == 1 + 120 / 20);
  CHECK(night.facts() ==
        "https://api.toksta.com|content_match|ids_per_start|20|\nhttps://api.toksta.com|enrich|ids_per_start|20|");
  night.check_books();

  night.find(200);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused() == 2);
  CHECK(night.sent_to(kEnrichStart) == 80 / 20);
  CHECK(night.sent_to(kContentStart) == 80 / 20);
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 200);
  night.check_books();
}

TEST_CASE("what was learned is tried anew after 30 days") {
  BigNight night(50);
  night.api.most_ids = 20;
  CHECK(night.play().exit_code() == 0);
  night.api.most_ids.reset();
  night.clock.advance(std::chrono::hours{24 * 31});
  night.find(100);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) <= 2);
  CHECK(night.refused() == 2);
}

TEST_CASE("two keyword sets learn from each other's refusals") {
  Night night(pipeline_of({set_with("saas", {kSearch, kEnrich}), set_with("law", {kSearch, kEnrich})}));
  night.api.found_by = {{"saas", numbers(1, 60)}, {"law", numbers(61, 120)}};
  night.api.most_ids = 20;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) == 1 + 120 / 20);
  night.check_books();
}

TEST_CASE("a limit on the ids of a read costs one refusal a kind, and a later run none") {
  BigNight night(120);
  night.api.most_read_ids = 20;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused("/v1/enrichments/results") == 1);
  CHECK(night.refused() == 2);
  CHECK(night.facts() ==
        "https://api.toksta.com|content_match|ids_per_read|20|\nhttps://api.toksta.com|enrich|ids_per_read|20|");
  night.find(200);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused() == 2);
  CHECK(night.ask("SELECT count(DISTINCT analysis_id) FROM content_match_posts") == 200);
  night.check_books();
}

TEST_CASE("a limit that is not told is found by halving, and a later run knows it") {
  BigNight night(100);
  night.api.most_ids = 20;
  night.api.most_read_ids = 20;
  night.api.most_ids_is_told = false;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused(kEnrichStart) == 2);
  CHECK(night.refused(kContentStart) == 2);
  CHECK(night.ask("SELECT count(*) FROM api_facts WHERE value BETWEEN 10 AND 20 AND fact = 'ids_per_start'") == 2);
  CHECK(night.ask("SELECT count(*) FROM api_facts WHERE fact LIKE 'ids%' AND value > 20") == 0);
  night.check_books();
  const auto before = night.refused();
  night.find(200);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused() == before);
  night.check_books();
}

TEST_CASE("a gateway that finds a start too large is answered with half of it") {
  BigNight night(100);
  night.api.faults = {refusal(kEnrichStart, holds_more_than(30), 413)};
  night.api.faults.front().body = "<html>413 Request Entity Too Large</html>";
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused() == 1);
  CHECK(night.sent_to(kEnrichStart) == 1 + 100 / 25);
  CHECK(night.facts() == "https://api.toksta.com|enrich|ids_per_start|25|");
  night.check_books();
}

TEST_CASE("what a lost start has left is looked for in portions that are taken, and the polls learn from it") {
  BigNight night(100);
  night.api.most_read_ids = 20;
  night.api.faults = {{.kind = Kind::lose_answer, .strikes = test::to(kEnrichStart), .times = 2}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.refused("/v1/enrichments/results") == 1);
  night.check_books();
}

TEST_CASE("one creator whom the API does not take fails alone, and nothing is concluded of the batch's size") {
  for (const int bad : {1, 7, 50, 64, 100}) {
    CAPTURE(bad);
    BigNight night(100);
    night.api.faults = {refusal(kEnrichStart, holds(bad))};
    night.pipeline.budget.max_credits_per_run = 1 + 100 + 99 * 3;
    CHECK(night.play().exit_code() == 3);
    CHECK(night.ask("SELECT count(*) FROM enrichments") == 99);
    CHECK(night.ask("SELECT count(*) FROM content_matches") == 99);
    const std::string failed = "FROM jobs WHERE status = 'failed'";
    CHECK(night.ask("SELECT count(*) " + failed) == 1);
    CHECK(night.ask_text("SELECT creator_id " + failed) == test::FakeToksta::creator_id(bad));
    CHECK(night.ask_text("SELECT error_code || ': ' || error_message " + failed) ==
          "VALIDATION_ERROR: as the test wishes");
    CHECK(night.sent_to(kEnrichStart) <= 2 + 2 * 6);
    CHECK(night.facts().empty());
    night.check_books();
  }
}

TEST_CASE("what is wrong with every start of a stage is tried within bounds, and fails it") {
  BigNight night(200);
  night.api.faults = {refusal(kContentStart, [](const http::Request&) { return true; })};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'failed' AND family = 'content_match'") == 200);
  CHECK(night.sent_to(kContentStart) <= 4 + 2 * 6);
  CHECK(night.facts().empty());
  night.check_books();
}

TEST_CASE("a batch that is refused without a reason, and accepted in halves, was too large") {
  BigNight night(200);
  night.api.faults = {refusal(kEnrichStart, holds_more_than(30))};
  night.pipeline.source.max_in_flight = 1;  // others would leave before both halves are answered
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) == 1 + 200 / 25);
  CHECK(night.facts() == "https://api.toksta.com|enrich|ids_per_start|25|");
  night.check_books();
  night.find(300);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) == 100 / 25);
  CHECK(night.refused() == 1);
}

TEST_CASE("a run that dies between the halves of a batch buys the rest, and nothing twice") {
  for (int dies_after = 0; dies_after < 6; ++dies_after) {
    for (const auto kind : {Kind::kill_before, Kind::kill_after}) {
      CAPTURE(dies_after);
      CAPTURE(static_cast<int>(kind));
      BigNight night(50);
      // The next refusal that is due is answered as such; only what would be accepted dies.
      const auto is_taken = [](const http::Request& request) {
        return request.path == kEnrichStart && !holds(20)(request);
      };
      night.api.faults = {{.kind = kind, .strikes = is_taken, .skip = dies_after}, refusal(kEnrichStart, holds(20))};
      CHECK(night.play_and_die());
      night.api.faults.erase(night.api.faults.begin());
      CHECK(night.play().exit_code() == 3);
      CHECK(night.ask("SELECT count(*) FROM enrichments") == 49);
      night.check_books();
    }
  }
}

}  // namespace
}  // namespace toksync::engine
