// The bound against which a run is measured: how few requests its work needs, and how fast they may leave.
#include <doctest/doctest.h>

#include "engine/least_time.hpp"
#include "night.hpp"

namespace toksync::engine {
namespace {

using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kLeaders = StageName::thought_leaders;
constexpr CriteriaKey kOne{1}, kOther{2};
constexpr std::chrono::minutes kMinute{1};

TEST_CASE("full requests are needed, however few ids each of those made was about") {
  RequestNeeds needs;
  CHECK(needs.total() == 0);
  needs.started(kEnrich, kOne, 30, 50);
  needs.started(kEnrich, kOne, 20, 50);
  CHECK(needs.total() == 1);
  needs.started(kEnrich, kOne, 1, 50);
  CHECK(needs.total() == 2);
  for (int i = 0; i < 50; ++i) needs.read(kEnrich, 1, 50);
  CHECK(needs.total() == 3);
  needs.read(kEnrich, 0, 50);  // asked in vain
  CHECK(needs.total() == 3);
}

TEST_CASE("starts have one set of criteria each, results are read together") {
  RequestNeeds needs;
  needs.started(kContent, kOne, 10, 50);
  needs.started(kContent, kOther, 10, 50);
  CHECK(needs.total() == 2);
  needs.read(kContent, 10, 50);
  needs.read(kContent, 10, 50);
  needs.read(kEnrich, 10, 50);
  CHECK(needs.total() == 4);
  needs.read_details(kContent, 20, 50);
  CHECK(needs.total() == 5);
}

TEST_CASE("jobs of thought leaders are started one by one and read by twenty") {
  RequestNeeds needs;
  for (int i = 1; i <= 21; ++i) needs.started(kLeaders, CriteriaKey{i}, 1, 1);
  needs.read(kLeaders, 20, 20);
  needs.read(kLeaders, 1, 20);
  CHECK(needs.total() == 21 + 2);
}

TEST_CASE("every page is needed, and one reading of the usage") {
  RequestNeeds needs;
  needs.usage_read();
  needs.usage_read();
  needs.page_found();
  needs.page_found();
  CHECK(needs.total() == 3);
}

TEST_CASE("what one request was about shows what one can be about") {
  RequestNeeds needs;
  needs.started(kEnrich, kOne, 50, 50);
  needs.started(kEnrich, kOne, 50, 25);  // a batch from before the limit was known
  CHECK(needs.total() == 2);
}

struct Limited {
  SteadyTime began{Seconds{1000}};

  /// The first answer of the server: so many requests a window, of which so much is left.
  RateLimiter hears(std::optional<int> ceiling, std::optional<int> limit, std::optional<Milliseconds> reset_in,
                    Milliseconds latency = Milliseconds{100}) const {
    RateLimiter limiter(ceiling);
    limiter.sent(began);
    limiter.answered({.limit = limit, .remaining = std::nullopt, .reset_in = reset_in}, began + latency, latency);
    return limiter;
  }
};

TEST_CASE_FIXTURE(Limited, "the first window admits as many as a whole one, then each minute does") {
  const auto limiter = hears(std::nullopt, 20, Seconds{15});
  CHECK(least_time(0, limiter, began) == Milliseconds{0});
  CHECK(least_time(20, limiter, began) == Milliseconds{0});
  CHECK(least_time(21, limiter, began) == Seconds{15});
  CHECK(least_time(40, limiter, began) == Seconds{15});
}

TEST_CASE_FIXTURE(Limited, "windows last as long as the server tells, at most a minute") {
  auto limiter = hears(std::nullopt, 20, Seconds{15});
  limiter.sent(began + Seconds{16});
  limiter.answered({.limit = 20, .remaining = 19, .reset_in = Seconds{60}}, began + Seconds{17}, Seconds{1});
  CHECK(least_time(41, limiter, began) == Seconds{15} + kMinute);
  CHECK(least_time(100, limiter, began) == Seconds{15} + 3 * kMinute);
}

TEST_CASE_FIXTURE(Limited, "a slow first answer makes the first window no longer") {
  const auto limiter = hears(std::nullopt, 20, Seconds{60}, Seconds{8});
  CHECK(least_time(21, limiter, began) == Seconds{60});
}

TEST_CASE_FIXTURE(Limited, "under a ceiling any minute is a window") {
  const auto limiter = hears(10, 20, Seconds{5});
  CHECK(least_time(10, limiter, began) == Milliseconds{0});
  CHECK(least_time(11, limiter, began) == kMinute);
  CHECK(least_time(31, limiter, began) == 3 * kMinute);
}

TEST_CASE_FIXTURE(Limited,
                  "without a word of windows the minutes are ours, and nothing bounds what was never limited") {
  CHECK(least_time(21, hears(std::nullopt, std::nullopt, std::nullopt), began) == kMinute);
  CHECK(least_time(1000, RateLimiter(std::nullopt), began) == Milliseconds{0});
}

std::int64_t milliseconds(Night& night, const std::string& column) {
  return night.ask("SELECT " + column + " FROM run_rows");
}

TEST_CASE("a night at a low rate limit is near the least time, and the rate limit decides it") {
  auto set = set_with("saas", {kSearch, kEnrich, kContent});
  set.enrich->batch_size = 5;
  set.content_match->batch_size = 5;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 100);
  night.api.requests_per_minute = 20;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.refused_by_rate() == 0);
  CHECK(night.ask_text("SELECT least_by FROM runs") == "rate_limit");
  CHECK(night.ask("SELECT requests_per_minute FROM runs") == 20);
  // Usage, page, twenty starts of each family, and for each two reads, and two of evidence.
  CHECK(night.ask("SELECT requests_needed FROM runs") == 1 + 1 + 40 + 4 + 2);
  CHECK(night.ask("SELECT requests_needed <= requests FROM runs") == 1);
  const auto least = milliseconds(night, "least_ms");
  const auto active = milliseconds(night, "active_ms");
  CHECK(least >= 115'000);  // two windows before the last
  CHECK(active >= least);
  CHECK(active <= least * 3 / 2);
}

TEST_CASE("long jobs decide a night whose requests are few") {
  Night night(pipeline_of({set_with("saas", {kSearch, kEnrich, kContent})}));
  night.api.found_by["saas"] = numbers(1, 100);
  night.api.job_time = std::chrono::minutes{4};
  night.api.requests_per_minute = 60;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask_text("SELECT least_by FROM runs") == "job_times");
  const auto least = milliseconds(night, "least_ms");
  const auto active = milliseconds(night, "active_ms");
  CHECK(least <= active);
  CHECK(least >= 7 * 60'000);
  CHECK(active <= least * 5 / 4);
}

TEST_CASE("a run that is picked up adds up, and the time between counts for nothing") {
  Night night(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  night.api.found_by["saas"] = numbers(1, 100);
  night.api.job_time = Seconds{90};
  night.options.max_duration = Seconds{30};
  CHECK(night.play().exit_code() == 8);
  const auto active = milliseconds(night, "active_ms");
  const auto least = milliseconds(night, "least_ms");
  CHECK(active >= 30'000);
  CHECK(active < 60'000);
  night.clock.advance(std::chrono::hours{1});
  night.options.max_duration.reset();
  CHECK(night.play().exit_code() == 0);
  CHECK(milliseconds(night, "active_ms") > active);
  CHECK(milliseconds(night, "active_ms") < active + 60'000);
  CHECK(milliseconds(night, "least_ms") >= least);
  CHECK(milliseconds(night, "least_ms") <= milliseconds(night, "active_ms"));
}

}  // namespace
}  // namespace toksync::engine
