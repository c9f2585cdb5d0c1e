// Runs the engine for a run that exists in the database, and tells how it went. Used by run and resume,
// under the database's lock.
#pragma once

#include "cli/wiring.hpp"

namespace toksync::cli {

/// What run and resume need before they touch anything.
struct Execution {
  pipeline::Pipeline pipeline;  ///< overrides applied
  Secret api_key;
};

/// Checks the scope and finds the key.
[[nodiscard]] Expected<Execution> prepare_execution(pipeline::Pipeline pipeline, const Options& options);

/// Opens the database for writing and settles what a crash left of earlier requests.
[[nodiscard]] Expected<store::Store> open_for_run(World& world, const std::string& path);

/// What surrounds one execution.
struct Session {
  World& world;
  const Options& options;
  const Execution& execution;
  const Signals& signals;
};

/// Runs until everything is done or cannot go on, prints the summary, and returns the exit code.
[[nodiscard]] int execute(const Session& session, store::Store& store, const store::RunRow& run);

}  // namespace toksync::cli
