// Nights in which creators go on to the next stage one by one: who waits for whom, who takes turns with whom, and how
// many requests that takes.
#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "night.hpp"

namespace toksync::engine {
namespace {

using std::chrono::minutes;
using test::FakeToksta;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

const std::string kEnrichStart = "/v1/creators/enrich";
const std::string kContentStart = "/v1/creators/content-match";
const std::string kAudienceStart = "/v1/creators/audience-match";
const std::string kEnrichments = "/v1/enrichments/results";

/// Searches for 300 creators; half of them are enriched in 20 seconds, the others take ten minutes.
struct SplitNight : Night {
  explicit SplitNight(std::vector<KeywordSet> sets) : Night(pipeline_of(std::move(sets))) {
    for (auto& set : pipeline.keyword_sets) {
      set.search->max_creators = 300;
      api.found_by[set.name] = numbers(1, 300);
    }
    api.job_time_of = [](std::string_view family, int creator) -> Milliseconds {
      return family == "enrichment" && creator > 150 ? minutes{10} : Milliseconds{20'000};
    };
  }

  /// When requests to that path left, from the beginning of the night.
  std::vector<Milliseconds> times(std::string_view path) const {
    std::vector<Milliseconds> times;
    for (const auto& logged : log()) {
      if (logged.request.path == path) times.push_back(logged.started_at_steady - log().front().started_at_steady);
    }
    return times;
  }
  Milliseconds first(std::string_view path) const { return times(path).at(0); }
  Milliseconds last(std::string_view path) const { return times(path).back(); }
};

KeywordSet set_of_three() { return set_with("saas", {kSearch, kEnrich, kContent, kAudience}); }

TEST_CASE("whoever is enriched goes on at once, to both analyses") {
  SplitNight night({set_of_three()});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.first(kContentStart) < minutes{1});
  CHECK(night.first(kAudienceStart) < minutes{1});
  CHECK(night.last(kContentStart) > minutes{10});
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 300);
  CHECK(night.ask("SELECT count(*) FROM audience_matches") == 300);
  night.check_books();
}

TEST_CASE("a ranking waits for everybody whom it ranks, and the other stage does not wait for it") {
  auto set = set_of_three();
  set.content_match->select.top = 40;
  SplitNight night({set});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.first(kContentStart) > minutes{10});
  CHECK(night.first(kAudienceStart) < minutes{1});
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 40);
  night.check_books();
}

TEST_CASE("a bound on a measure is no ranking") {
  auto set = set_of_three();
  set.content_match->select.bounds[Measure::followers].minimum = 1;
  SplitNight night({set});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.first(kContentStart) < minutes{1});
  night.check_books();
}

TEST_CASE("a bound on the content score waits for each creator's own score") {
  auto set = set_of_three();
  set.audience_match->select.bounds[Measure::content_score].minimum = 0;
  SplitNight night({set});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.first(kAudienceStart) > night.first(kContentStart) + Seconds{20});
  CHECK(night.first(kAudienceStart) < minutes{2});
  CHECK(night.ask("SELECT count(*) FROM audience_matches") == 300);
  night.check_books();
}

TEST_CASE("a budget that may not suffice is spent stage by stage") {
  SplitNight night({set_of_three()});
  // Enough for three pages and 300 enrichments, and for one of the analyses of all.
  night.pipeline.budget.max_credits_per_run = 3 + 300 + 300 * 3;
  CHECK(night.play().exit_code() == 8);
  CHECK(night.first(kContentStart) > minutes{10});
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 300);
  CHECK(night.sent_to(kAudienceStart) == 0);
  night.check_books();
}

TEST_CASE("thought leaders come after everything else") {
  auto set = set_of_three();
  set.thought_leaders = set_with("saas", {kSearch, kLeaders}).thought_leaders;
  SplitNight night({set});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.first("/v1/creators/thought-leaders") > night.last(kAudienceStart));
  night.check_books();
}

TEST_CASE("keyword sets take turns with what a short window allows") {
  const std::set<StageName> stages{kSearch, kEnrich};
  SplitNight night({set_with("a", stages), set_with("b", stages), set_with("c", stages)});
  int first = 0;
  for (const auto* const name : {"a", "b", "c"}) {
    night.api.found_by[name] = numbers(first + 1, first + 300);
    first += 300;
  }
  night.api.job_time_of = {};
  night.api.requests_per_minute = 20;
  CHECK(night.play().exit_code() == 0);
  const auto ends = night.ask_all(
      "SELECT max(unixepoch(finished_at)) - min(unixepoch(finished_at)) FROM stages WHERE stage = 'enrich'");
  // 18 starts and as many polls: a set that had to wait for another would end at least a window later.
  CHECK(std::stoi(ends) < 60);
  night.check_books();
}

TEST_CASE("requests are as few as full batches allow") {
  SplitNight night({set_of_three()});
  night.api.job_time_of = {};
  night.api.requests_per_minute = 60;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) == 300 / 50);
  CHECK(night.sent_to(kContentStart) == 300 / 50);
  CHECK(night.sent_to(kAudienceStart) == 300 / 50);
  CHECK(night.sent_to(kEnrichments) <= 2 * 300 / 50);
  CHECK(night.sent_to("/v1/account/usage") <= 3);
  CHECK(night.api.refused_by_rate() == 0);
}

TEST_CASE("what was learned of job times spares a later run the questions that came too early") {
  SplitNight night({set_with("saas", {kSearch, kEnrich})});
  night.api.job_time_of = {};
  night.api.job_time = Seconds{100};
  CHECK(night.play().exit_code() == 0);
  const auto before = night.sent_to(kEnrichments);
  CHECK(night.ask("SELECT value FROM api_facts WHERE fact = 'longest_job_ms'") >= 80'000);
  night.api.found_by["saas"] = numbers(301, 600);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) == 300 / 50);
  CHECK(night.sent_to(kEnrichments) < before);
  CHECK_MESSAGE(night.first(kEnrichments) > Seconds{70}, "nothing can be ready before");
  night.check_books();
}

TEST_CASE("a stage takes no more creators than it has room for, and in the end all") {
  SplitNight night({set_with("saas", {kSearch, kEnrich, kContent})});
  constexpr int kRoom = 100;
  night.options.most_works = 2 * kRoom;  // for two stages
  std::int64_t most = 0;
  night.api.job_time_of = [&](std::string_view, int) {
    most = std::max(most, night.ask("SELECT max(items_total - items_done) FROM stages WHERE stage <> 'search'"));
    return Milliseconds{20'000};
  };
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 300);
  CHECK(night.sent_to(kEnrichStart) == 300 / 50);
  CHECK(most > kRoom / 2);
  CHECK(most <= kRoom);
  night.check_books();
}

TEST_CASE("a stage has room for a full batch, however many share the room") {
  auto set = set_with("saas", {kSearch, kEnrich, kContent});
  set.enrich->batch_size = 200;
  set.content_match->batch_size = 200;
  SplitNight night({set});
  night.api.job_time_of = {};
  night.options.most_works = 1;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kEnrichStart) == 2);
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 300);
  night.check_books();
}

TEST_CASE("a run that dies while creators stream goes on with those who had not arrived") {
  std::size_t points = 0;
  {
    SplitNight calm({set_of_three()});
    CHECK(calm.play().exit_code() == 0);
    points = calm.points().size();
  }
  if (points == 0) return;  // built without fault points
  for (std::size_t part = 1; part < 8; ++part) {
    CAPTURE(part);
    SplitNight night({set_of_three()});
    night.dies_at = points * part / 8;
    CHECK(night.play_and_die());
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.bought_twice().empty());
    CHECK(night.ask("SELECT count(*) FROM content_matches") == 300);
    CHECK(night.ask("SELECT count(*) FROM audience_matches") == 300);
    CHECK(night.ask("SELECT count(*) FROM stages WHERE status <> 'succeeded'") == 0);
    night.check_books();
  }
}

}  // namespace
}  // namespace toksync::engine
