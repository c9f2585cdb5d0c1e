// Nights in which others use the same account while an answer is lost, prices are not the table's, or several
// answers are lost at once: what cannot be told apart is held and not guessed.
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
using Json = nlohmann::json;
using Kind = Fault::Kind;
using std::chrono::minutes;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

const std::string kEnriching = "/v1/creators/enrich";
const std::string kMatching = "/v1/creators/content-match";
const std::string kAudiences = "/v1/creators/audience-match";
const std::string kLeading = "/v1/creators/thought-leaders";

Fault lost(Kind kind, std::string path, int times = 1, int skip = 0) {
  return {.kind = kind, .strikes = to(std::move(path)), .times = times, .skip = skip};
}

Json ids(const std::vector<int>& creators) {
  Json all = Json::array();
  for (const int creator : creators) all.push_back(test::FakeToksta::creator_id(creator));
  return all;
}

/// Three creators of whom one stage is bought.
struct OneStage : Night {
  explicit OneStage(StageName stage) : Night(pipeline_of({set_with("saas", {kSearch, stage})})) {
    api.found_by["saas"] = numbers(1, 3);
    auto& set = pipeline.keyword_sets[0];
    if (set.thought_leaders) set.thought_leaders->max_candidates_to_analyze = 10;
  }
};

struct Family {
  StageName stage;
  std::string path, operation;
};

const std::vector<Family> kFamilies{{kEnrich, kEnriching, "profile_enrichment"},
                                    {kContent, kMatching, "content_match"},
                                    {kAudience, kAudiences, "audience_match"},
                                    {kLeaders, kLeading, "thought_leaders"}};

std::string undecided_because(Night& night) {
  return night.ask_text("SELECT evidence FROM jobs WHERE status = 'ambiguous' LIMIT 1");
}

TEST_CASE("others who spend in the same operation make the usage worthless: held, and never guessed") {
  for (const auto& family : kFamilies) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (const auto moment : {Seconds{1}, Seconds{60}, Seconds{150}}) {
        CAPTURE(family.path);
        CAPTURE(static_cast<int>(kind));
        CAPTURE(moment.count());
        OneStage night(family.stage);
        night.api.faults = {lost(kind, family.path)};
        // Not a multiple of any price but that of enrichment, and more than the request could have cost.
        night.api.others_spend(night.clock.wall() + moment, family.operation, 47);
        const auto code = night.play().exit_code();
        // What is shown of a family with results may have been adopted before they spent.
        const bool seen_before = kind == Kind::lose_answer && family.stage != kLeaders && moment > Seconds{30};
        const bool has_profiles = family.stage == kEnrich && kind == Kind::lose_answer;
        CHECK(code == (seen_before || has_profiles ? 0 : 6));
        CHECK(night.sent_to(family.path) == 1);
        CHECK(night.api.bought_twice().empty());
        if (code == 6)
          CHECK(undecided_because(night).find("credits more than this database knows of") != std::string::npos);
        // Held for good: a later run neither sends it again nor forgets it.
        night.clock.advance(std::chrono::hours{1});
        CHECK(night.play().exit_code() == code);
        CHECK(night.api.bought_twice().empty());
      }
    }
  }
}

TEST_CASE("others who spend in another operation are noticed, and nothing is guessed") {
  for (const auto& family : kFamilies) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (const Credits credits : {3, 9, 30, 20, 47}) {
        CAPTURE(family.path);
        CAPTURE(static_cast<int>(kind));
        CAPTURE(credits);
        OneStage night(family.stage);
        night.api.faults = {lost(kind, family.path)};
        night.api.others_spend(night.clock.wall() + Seconds{1}, "creator_search", credits);
        const auto code = night.play().exit_code();
        CHECK(night.api.bought_twice().empty());
        CHECK(night.sent_to(family.path) == 1);
        CHECK(code == (family.stage == kEnrich && kind == Kind::lose_answer ? 0 : 6));
        if (code == 6) CHECK(undecided_because(night).find("other operations") != std::string::npos);
      }
    }
  }
}

TEST_CASE("what others spent before the request does not matter") {
  for (const auto& family : kFamilies) {
    CAPTURE(family.path);
    OneStage night(family.stage);
    night.api.others_spend(night.clock.wall(), family.operation, 47);
    night.api.faults = {lost(Kind::lose_request, family.path)};
    CHECK(night.play().exit_code() == 0);
    CHECK(night.sent_to(family.path) == 2);
    night.check_books();
  }
}

TEST_CASE("creators whom others enriched meanwhile are taken as they are, and are free") {
  OneStage night(kEnrich);
  night.api.faults = {lost(Kind::lose_request, kEnriching)};
  SUBCASE("after the request would have arrived") {
    night.api.others_send(night.clock.wall() + Seconds{10}, kEnriching, {{"creator_ids", ids({1, 2})}});
    CHECK(night.play().exit_code() == 0);
    CHECK(night.ask("SELECT count(*) FROM enrichments") == 3);
  }
  SUBCASE("all of them") {
    night.api.others_send(night.clock.wall() + Seconds{10}, kEnriching, {{"creator_ids", ids({1, 2, 3})}});
    CHECK(night.play().exit_code() == 0);
    CHECK(night.ask("SELECT count(*) FROM enrichments") == 3);
  }
  CHECK(night.api.bought_twice().empty());
  CHECK(night.api.count(kEnriching) <= 1);
}

TEST_CASE("an analysis that others bought of the same creator is not taken for the lost one where criteria are told") {
  for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
    for (const int posts : {10, 20}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(posts);
      OneStage night(kContent);
      night.api.criteria_are_told = true;
      night.api.found_by["saas"] = {1};
      night.api.faults = {lost(kind, kMatching)};
      night.api.others_send(night.clock.wall() + Milliseconds{500}, kMatching,
                            {{"creator_ids", ids({1})}, {"topic_keywords", {"theirs"}}, {"posts_to_analyze", posts}});
      CHECK(night.play().exit_code() == 6);
      CHECK(night.ask("SELECT count(*) FROM content_matches") == 0);
      CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'ambiguous'") == 1);
      CHECK(night.sent_to(kMatching) == 1);
    }
  }
}

TEST_CASE("with criteria untold and more charged than was asked for, an analysis is held") {
  OneStage night(kContent);
  night.api.found_by["saas"] = {1};
  night.api.faults = {lost(Kind::lose_answer, kMatching)};
  night.api.others_send(night.clock.wall() + Milliseconds{500}, kMatching,
                        {{"creator_ids", ids({1})}, {"topic_keywords", {"theirs"}}, {"posts_to_analyze", 10}});
  CHECK(night.play().exit_code() == 6);
  CHECK(night.sent_to(kMatching) == 1);
  CHECK(undecided_because(night).find("6 credits") != std::string::npos);
}

TEST_CASE("an analysis that tells its criteria is collected, whatever others spend") {
  for (const auto& family : {kFamilies[1], kFamilies[2]}) {
    CAPTURE(family.path);
    OneStage night(family.stage);
    night.api.criteria_are_told = true;
    night.api.faults = {lost(Kind::lose_answer, family.path)};
    night.api.others_spend(night.clock.wall() + Seconds{1}, family.operation, 47);
    CHECK(night.play().exit_code() == 0);
    night.check_books();
  }
}

// --- prices ---

TEST_CASE("a lost request at a price that is not the table's is never bought twice") {
  for (const auto& family : kFamilies) {
    for (const double factor : {2.0, 0.5, 0.34}) {
      for (const bool told : {true, false}) {
        for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
          CAPTURE(family.path);
          CAPTURE(factor);
          CAPTURE(told);
          CAPTURE(static_cast<int>(kind));
          OneStage night(family.stage);
          night.api.price_factors[family.operation] = factor;
          night.api.charges_are_told = told;
          night.api.faults = {lost(kind, family.path)};
          const auto code = night.play().exit_code();
          CHECK((code == 0 || code == 3 || code == 6));
          CHECK(night.api.bought_twice().empty());
          if (kind == Kind::lose_request) {
            CHECK(code == 0);
            CHECK(night.api.count(family.path) == (family.stage == kLeaders ? 1 : 3));
            // A job of thought leaders is booked by the table's price for each creator analyzed.
            if (told && family.stage != kLeaders) night.check_books();
          }
        }
      }
    }
  }
}

TEST_CASE("a price that the answer tells is learned before the rest of the batches leave") {
  for (const Credits limit : {40, 77, 100, 120}) {
    CAPTURE(limit);
    auto set = set_with("saas", {kSearch, kEnrich});
    set.enrich->batch_size = 5;
    Night night(pipeline_of({set}));
    night.api.found_by["saas"] = numbers(1, 50);
    night.api.price_factors["profile_enrichment"] = 2;
    night.pipeline.budget.max_credits_per_run = std::max<Credits>(limit, 51);
    const auto code = night.play().exit_code();
    CHECK(code == (limit >= 101 ? 0 : 8));
    // The first request may cost twice what was reserved for it; no other may.
    CHECK(night.api.billed() <= *night.pipeline.budget.max_credits_per_run + 5);
    CHECK(night.totals().charged == night.api.billed());
    CHECK(night.totals().open() == 0);
  }
}

TEST_CASE("until a first answer confirms the price, one request of its kind is on its way") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.enrich->batch_size = 5;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 50);
  night.api.faults = {lost(Kind::lose_request, kEnriching, 2)};
  CHECK(night.play().exit_code() == 0);
  std::vector<SteadyTime> starts;
  for (const auto& logged : night.log()) {
    if (logged.request.path == kEnriching) starts.push_back(logged.started_at_steady);
  }
  REQUIRE(starts.size() == 12);
  for (const std::size_t i : {1, 2, 3}) CHECK(starts[i] - starts[i - 1] >= night.api.latency);
  CHECK(night.api.count(kEnriching) == 50);
  night.check_books();
}

// --- thought leaders ---

/// Jobs for several modes, or keyword sets, of the same or of different prices.
struct Leaders : Night {
  explicit Leaders(const std::vector<std::string>& modes) : Night(pipeline_of({set_with("saas", {kLeaders})})) {
    auto& config = *pipeline.keyword_sets[0].thought_leaders;
    config.modes = modes;
    config.max_candidates_to_analyze = 10;
  }
  void add_set(const std::string& name) {
    auto set = pipeline.keyword_sets[0];
    set.name = name;
    set.keywords[0] = name;
    pipeline.keyword_sets.push_back(set);
  }
};

TEST_CASE("of several lost jobs of thought leaders none is bought twice, whichever arrived") {
  struct Row {
    std::vector<Kind> fates;
    int exit_code;
  };
  const std::vector<Row> rows{{{Kind::lose_request, Kind::lose_request}, 0},
                              {{Kind::lose_answer, Kind::lose_request}, 6},
                              {{Kind::lose_request, Kind::lose_answer}, 6}};
  for (const auto& row : rows) {
    for (const std::optional<int> analyzed : {std::optional<int>{}, std::optional<int>{7}, std::optional<int>{0}}) {
      CAPTURE(row.exit_code);
      CAPTURE(analyzed.value_or(-1));
      Leaders night({"balanced"});
      night.add_set("growth");
      night.api.analyzed = analyzed;
      for (const auto kind : row.fates) night.api.faults.push_back(lost(kind, kLeading));
      const auto code = night.play().exit_code();
      CHECK((code == row.exit_code || (analyzed == 0 && code == 0)));
      if (analyzed != 0) CHECK(night.api.bought_twice().empty());
      if (analyzed == 0) CHECK(night.api.billed() == 0);
      if (code != 6) CHECK(night.totals().charged == night.api.billed());
    }
  }
}

TEST_CASE("a lost job of thought leaders is booked with what it cost in the end") {
  for (const int analyzed : {1, 7, 10}) {
    for (const auto lag : {Seconds{0}, Seconds{100}}) {
      CAPTURE(analyzed);
      CAPTURE(lag.count());
      Leaders night({"strict"});
      night.api.analyzed = analyzed;
      night.api.usage_lag = lag;
      night.api.faults = {lost(Kind::lose_answer, kLeading)};
      CHECK(night.play().exit_code() == 3);
      CHECK(night.api.billed() == 3 * analyzed);
      night.check_books();
      CHECK(night.ask_text("SELECT error_code FROM jobs") == "RESULT_LOST");
    }
  }
}

TEST_CASE("jobs of thought leaders of different prices keep each other from being decided only while they may") {
  Leaders night({"strict", "broad"});
  night.api.analyzed = 6;
  SUBCASE("the dear one is lost") { night.api.faults = {lost(Kind::lose_answer, kLeading)}; }
  SUBCASE("the cheap one is lost") { night.api.faults = {lost(Kind::lose_answer, kLeading, 1, 1)}; }
  CHECK(night.play().exit_code() == 3);
  CHECK(night.api.billed() == 6 * 3 + 6 * 1);
  CHECK(night.api.count(kLeading) == 2);
  night.check_books();
}

}  // namespace
}  // namespace toksync::engine
