// A whole night as data: a pipeline, a world, what others do meanwhile, and the processes that work at it, each
// with its faults and its end. Made at random from a seed, played by play_scenario, and made simpler piece by
// piece when it shows something that must not be. Used by the property test.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "night.hpp"

namespace toksync::engine::test {

/// A fault, and in words what it is.
struct NamedFault {
  std::string name;
  Fault fault;
};

/// One process of the night.
struct ProcessPlan {
  Milliseconds pause{0};                ///< since the one before ended
  std::optional<std::size_t> dies_at;   ///< at which passage of any fault point, from 1
  std::optional<Seconds> max_duration;  ///< --max-duration
  std::optional<int> signal_after;      ///< SIGTERM after so many rounds of the loop
  bool new_run = false;                 ///< --new
  bool changed_pipeline = false;        ///< the file is another one, with all keyword sets but the last
  std::vector<NamedFault> faults;
};

/// What happens without us, so long after the night began.
struct Happening {
  std::string name;
  Milliseconds after{0};
  std::function<void(FakeToksta&, WallTime)> plan;
};

struct Scenario {
  std::uint64_t seed = 0;
  pipeline::Pipeline pipeline;
  Milliseconds starts_after{0};  ///< the manual clock's beginning
  FakeToksta world;
  std::vector<Happening> happenings;
  std::vector<ProcessPlan> processes;
};

[[nodiscard]] Scenario scenario_of(std::uint64_t seed);
/// The same with one thing less, in every possible way.
[[nodiscard]] std::vector<Scenario> simpler(const Scenario& scenario);
/// What a person has to know to understand it.
[[nodiscard]] std::string describe(const Scenario& scenario);

/// Plays it to its end; what happened that must never happen, or nothing.
[[nodiscard]] std::string play_scenario(const Scenario& scenario);

}  // namespace toksync::engine::test
