// What must hold after a run was disturbed by its machine or its network: the next one comes to the end of
// a run that nobody disturbed. Used by the tests of such faults.
#pragma once

#include "support.hpp"

namespace toksync::cli::test {

/// What an undisturbed run of small_pipeline() pays for and stores. Played once.
struct UndisturbedNight {
  std::set<std::string> works;
  Content content;
};
[[nodiscard]] const UndisturbedNight& undisturbed_night();

/// Checks a run that came to its end: everything in place, nothing bought twice, the ledger equal to the
/// bill. What was on its way at the wrong moment may be in doubt; then the run ended with 6, and the bill lies
/// between what is charged and what is charged or open.
void check_finished_run(const Scene& scene, const ProcessResult& result);

/// Runs the scene's pipeline again, and checks that run.
void check_next_run_finishes(const Scene& scene);

/// The same, for a disturbance that can leave nothing in doubt.
void check_next_run_settles(const Scene& scene);

}  // namespace toksync::cli::test
