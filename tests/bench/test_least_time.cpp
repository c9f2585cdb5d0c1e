// The bound that bench_night judges by, against what can be reckoned by hand: one page, one batch a stage, and jobs
// that all take the same.
#include <doctest/doctest.h>

#include "least_time.hpp"

namespace toksync::bench {
namespace {

constexpr Seconds kMinute{60};

NightCase small_night(int requests_per_minute) {
  return {Shape::streaming, 50, requests_per_minute, {"60s", kMinute, kMinute}};
}

LeastTime least_of(const NightCase& night, Milliseconds since_window = {}) {
  return least_time(World(night), since_window);
}

/// Usage, page, enrichment, analysis, details, usage: each as quick as it can be.
Milliseconds chain_of_fifty() {
  return 2 * least_latency(RequestKind::usage) + World::page_latency("one", 0) + kMinute +
         least_latency(RequestKind::enrich_read) + kMinute + least_latency(RequestKind::content_read) +
         least_latency(RequestKind::content_details);
}

TEST_CASE("without a rate limit that matters, the bound is the longest chain") {
  const auto least = least_of(small_night(1000));
  CHECK(least.simple == chain_of_fifty());
  CHECK(least.tight == chain_of_fifty());
  CHECK(least.requests.total() == 2 + 1 + 2 + 3 + 3);
}

TEST_CASE("one request a minute makes a bound of the number of requests") {
  const auto least = least_of(small_night(1));
  CHECK(least.simple == 10 * kMinute);
  CHECK(least.tight >= least.simple);
}

TEST_CASE("what must follow the last request of a stage counts on top of the windows before it") {
  // Usage, page and the start of the enrichment need the third window at one a minute; then two jobs follow.
  auto night = small_night(1);
  night.job_times = {"300s", 5 * kMinute, 5 * kMinute};
  const auto least = least_of(night);
  CHECK(least.simple < 12 * kMinute);
  CHECK(least.tight > 12 * kMinute);
}

TEST_CASE("where windows follow the clock, the first one is as short as the night begins late") {
  auto night = small_night(6);
  night.job_times = {"1s", Seconds{1}, Seconds{1}};
  CHECK(least_of(night).simple == kMinute);
  night.windows_follow_clock = true;
  CHECK(least_of(night, Seconds{20}).simple == Seconds{40});
}

TEST_CASE("a ranking adds up the slowest of each stage, and asks for those only who are left") {
  NightCase night{Shape::ranking, 200, 1000, {"mixed", Seconds{5}, Seconds{300}}};
  const auto ranked = least_of(night);
  night.shape = Shape::streaming;
  const auto streamed = least_of(night);
  CHECK(ranked.tight > streamed.tight);
  CHECK(ranked.requests[RequestKind::enrich_start] == 4);
  CHECK(ranked.requests[RequestKind::content_start] == 4);
  CHECK(ranked.requests[RequestKind::audience_start] == 2);
  CHECK(streamed.requests[RequestKind::audience_start] == 4);
}

TEST_CASE("who cannot know which jobs are long pays for the longest of every batch") {
  const auto mixed = least_of({Shape::ranking, 5000, 60, {"mixed", Seconds{5}, Seconds{300}}});
  CHECK(mixed.blind > mixed.tight + kMinute);
  const auto equal = least_of({Shape::ranking, 5000, 60, {"60s", kMinute, kMinute}});
  CHECK(equal.blind == equal.tight);
}

TEST_CASE("creators that keyword sets have in common are enriched once") {
  const auto least = least_of({Shape::sets, 1000, 60, {"5s", Seconds{5}, Seconds{6}}});
  CHECK(least.requests[RequestKind::search] == 3 * 4);
  CHECK(least.requests[RequestKind::enrich_start] == 1000 / 50);
  CHECK(least.requests[RequestKind::content_start] == 3 * 400 / 50);
}

TEST_CASE("no bound is below the simple one, and a higher rate never raises it") {
  for (const auto shape : {Shape::streaming, Shape::ranking, Shape::sets, Shape::leaders}) {
    for (const bool follows : {false, true}) {
      Milliseconds before = Milliseconds::max();
      for (const int rate : {20, 60, 150}) {
        const NightCase night{shape, 500, rate, {"60s", kMinute, Seconds{72}}, follows};
        const auto least = least_of(night, Seconds{17});
        CHECK(least.tight >= least.simple);
        CHECK(least.tight <= before);
        before = least.tight;
      }
    }
  }
}

}  // namespace
}  // namespace toksync::bench
