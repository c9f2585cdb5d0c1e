// Runs pipelines whose runs exist in the database, and tells how it went. Used by run, backfill, resume and collect,
// under the database's lock.
#pragma once

#include <set>

#include "cli/wiring.hpp"
#include "engine/outcome.hpp"
#include "stages/stage.hpp"

namespace toksync::cli {

/// What run and resume need before they touch anything.
struct Execution {
  pipeline::Pipeline pipeline;  ///< overrides applied
  Credentials credentials;
  bool collects_only = false;                         ///< runs no stage
  bool collects_everything = false;                   ///< waits for every job that is paid for, whatever run wants it
  std::optional<stages::ReadOptions> read_options{};  ///< of a pipeline that was narrowed
  std::set<JobKey> cancel{};                          ///< thought-leader jobs to end first
};

/// Checks the scope and finds what the source is asked with.
[[nodiscard]] Expected<Execution> prepare_execution(pipeline::Pipeline pipeline, const Options& options);

/// "20260601T031500Z-k3fx": sorts by time, and is short enough to type.
[[nodiscard]] std::string new_run_id(Env& env);

/// Opens the database for writing and settles what a crash left of earlier requests.
[[nodiscard]] Expected<store::Store> open_for_run(World& world, const std::string& path);

/// What surrounds one execution.
struct Session {
  World& world;
  const Options& options;
  const Execution& execution;
  const Signals& signals;
};

/// The unfinished run of the pipeline when it can go on, otherwise a new one.
[[nodiscard]] store::RunRow pick_up_or_begin(Env& env, const Options& options, const pipeline::Pipeline& pipeline,
                                             store::Store& store);

/// Runs it until everything is done or cannot go on. What stopped it is told on standard error.
[[nodiscard]] Expected<engine::RunResult> run_to_end(const Session& session, store::Store& store,
                                                     const store::RunRow& run);

/// The same, prints the summary, and returns the exit code.
[[nodiscard]] int execute(const Session& session, store::Store& store, const store::RunRow& run);

}  // namespace toksync::cli
