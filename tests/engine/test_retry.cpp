#include <doctest/doctest.h>

#include "engine/retry.hpp"

namespace toksync::engine {
namespace {

TEST_CASE("delays double from two seconds to thirty, a quarter either way") {
  struct Row {
    int attempt;
    Milliseconds base;
  };
  const std::vector<Row> rows{{-3, Milliseconds{2'000}}, {0, Milliseconds{2'000}},  {1, Milliseconds{2'000}},
                              {2, Milliseconds{4'000}},  {3, Milliseconds{8'000}},  {4, Milliseconds{16'000}},
                              {5, Milliseconds{30'000}}, {6, Milliseconds{30'000}}, {1'000'000, Milliseconds{30'000}}};
  for (const auto& row : rows) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      CAPTURE(row.attempt);
      CAPTURE(seed);
      Random random(seed);
      const auto delay = retry_delay(row.attempt, std::nullopt, random);
      CHECK(delay >= std::max(kShortestDelay, row.base * 3 / 4));
      CHECK(delay <= std::min(kLongestDelay, row.base * 5 / 4));
    }
  }
}

TEST_CASE("delays really vary, so that clients do not march in step") {
  Random random(7);
  const auto first = retry_delay(3, std::nullopt, random);
  bool differs = false;
  for (int i = 0; i < 20; ++i) differs = differs || retry_delay(3, std::nullopt, random) != first;
  CHECK(differs);
}

TEST_CASE("the same seed gives the same delay") {
  Random one(42);
  Random other(42);
  CHECK(retry_delay(3, std::nullopt, one) == retry_delay(3, std::nullopt, other));
}

TEST_CASE("Retry-After is the least, and may exceed our longest delay") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    CHECK(retry_delay(1, Seconds{45}, random) == Milliseconds{45'000});
    CHECK(retry_delay(1, Seconds{0}, random) >= kShortestDelay);
    CHECK(retry_delay(4, Seconds{1}, random) >= Milliseconds{12'000});
  }
}

}  // namespace
}  // namespace toksync::engine
