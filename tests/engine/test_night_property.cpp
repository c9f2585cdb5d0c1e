// Nights at random, and what must hold in each of them after every event and at its end. A failing night is
// made as simple as it can be and printed with the command that plays it again.
//   TOKSYNC_NIGHTS=5000      how many, instead of as many as half a minute takes
//   TOKSYNC_NIGHT_SEED=7     the first one; with TOKSYNC_NIGHTS=1 the only one
//   TOKSYNC_NIGHTS_GO_ON=1   show every failing night, not the first one only
#include <chrono>
#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scenario.hpp"

namespace toksync::engine::test {
namespace {

constexpr std::chrono::seconds kTime{30};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

struct Failing {
  Scenario scenario;
  std::string violation;
};

/// Takes away whatever is not needed for something to be violated.
Failing simplify(Failing failing) {
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& candidate : simpler(failing.scenario)) {
      auto text = describe(candidate);
      if (text == describe(failing.scenario)) continue;
      auto violation = play_scenario(candidate);
      if (violation.empty()) continue;
      failing = {std::move(candidate), std::move(violation)};
      changed = true;
      break;
    }
  }
  return failing;
}

TEST_CASE("in nights at random nothing is paid twice, lost, or past a limit") {
  using std::chrono::steady_clock;
  const auto first = number_from("TOKSYNC_NIGHT_SEED", 1);
  const auto wanted = number_from("TOKSYNC_NIGHTS", 0);
  const auto end = steady_clock::now() + kTime;
  std::uint64_t played = 0;
  for (; wanted > 0 ? played < wanted : steady_clock::now() < end; ++played) {
    auto scenario = scenario_of(first + played);
    auto violation = play_scenario(scenario);
    if (violation.empty()) continue;
    const auto simple = simplify({std::move(scenario), violation});
    FAIL_CHECK(violation << "\nas simple as it gets: " << simple.violation << "\n"
                         << describe(simple.scenario)
                         << fmt::format("again: TOKSYNC_NIGHT_SEED={} TOKSYNC_NIGHTS=1 test_engine -tc='in nights*'",
                                        first + played));
    if (std::getenv("TOKSYNC_NIGHTS_GO_ON") == nullptr) return;
  }
  MESSAGE("nights played: ", played);
}

}  // namespace
}  // namespace toksync::engine::test
