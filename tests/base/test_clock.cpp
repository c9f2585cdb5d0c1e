#include <chrono>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "support/manual_clock.hpp"

namespace toksync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the system's clock tells the machine's time") {
  const SystemClock clock;
  const auto before = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  const auto wall = clock.wall();
  const auto after = std::chrono::ceil<Milliseconds>(std::chrono::system_clock::now());
  CHECK(wall >= before);
  CHECK(wall <= after);
}

TEST_CASE("steady time does not go back") {
  const SystemClock clock;
  auto last = clock.steady();
  for (int i = 0; i < 1000; ++i) {
    const auto now = clock.steady();
    REQUIRE(now >= last);
    last = now;
  }
}

TEST_CASE("the tests' clock moves only when told, both times together") {
  test::ManualClock clock;
  const auto wall = clock.wall();
  const auto steady = clock.steady();
  CHECK(to_iso8601(wall) == "2026-06-01T00:00:00Z");
  CHECK(clock.wall() == wall);
  clock.advance(90s);
  CHECK(clock.wall() - wall == 90s);
  CHECK(clock.steady() - steady == 90s);
  clock.advance_to(steady + 60s);
  CHECK(clock.steady() - steady == 90s);
  clock.advance_to(steady + 120s);
  CHECK(clock.wall() - wall == 120s);
}

}  // namespace
}  // namespace toksync
