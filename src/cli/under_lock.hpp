// What the commands share that change an existing database without running a pipeline.
#pragma once

#include <functional>

#include "cli/wiring.hpp"

namespace toksync::cli {

/// Does the work while no run can touch the database, and returns its exit code; or that of what is in the
/// way: no database, or another process that holds it for longer than --lock-wait.
[[nodiscard]] int under_lock(World& world, const Options& options, const std::function<int()>& work);

/// The same with the database open for writing, up to date.
[[nodiscard]] int with_locked_database(World& world, const Options& options,
                                       const std::function<int(store::Store&)>& work);

}  // namespace toksync::cli
