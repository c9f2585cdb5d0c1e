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

/// How many jobs that find thought leaders were charged and lost: their ids stand nowhere but in the lost answer.
[[nodiscard]] std::int64_t lost_leaders(const Scene& scene);

/// Checks a run that came to its end: everything in place, nothing bought twice but a search, the ledger equal to
/// the bill, nothing in doubt. It ended with 0, or with 3 when a search for thought leaders was charged and lost.
void check_finished_run(const Scene& scene, const ProcessResult& result);

/// Runs the scene's pipeline again, and checks that run.
void check_next_run_finishes(const Scene& scene);

}  // namespace toksync::cli::test
