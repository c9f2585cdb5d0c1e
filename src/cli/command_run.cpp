// toksync run: a pipeline file's run, new or picked up.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/execution.hpp"
#include "cli/print/output.hpp"

namespace toksync::cli {
namespace {

store::RunRow begin_new_run(World& world, const pipeline::Pipeline& pipeline, store::Store& store) {
  const auto now = world.clock.wall();
  store.abandon_other_runs(pipeline.name, std::nullopt, now);
  auto run =
      store.begin_run({new_run_id(world.env), pipeline.name, pipeline.text, pipeline.sha256, TOKSYNC_VERSION}, now);
  name_run(world.env.logger, run.run_id);
  world.env.logger->info("run {} of pipeline {} begins", run.run_id, pipeline.name);
  return run;
}

/// The unfinished run when the file is still the same, otherwise a new one.
store::RunRow pick_up_or_begin(World& world, const Options& options, const pipeline::Pipeline& pipeline,
                               store::Store& store) {
  const auto unfinished = store.unfinished_run(pipeline.name);
  if (!unfinished || options.start_new_run) return begin_new_run(world, pipeline, store);
  if (unfinished->pipeline_sha256 != pipeline.sha256) {
    world.env.logger->info("the pipeline file has changed since run {}: a new run collects what that one paid for",
                           unfinished->run_id);
    return begin_new_run(world, pipeline, store);
  }
  store.resume_run(unfinished->key, world.clock.wall());
  name_run(world.env.logger, unfinished->run_id);
  world.env.logger->info("run {} goes on", unfinished->run_id);
  return *unfinished;
}

}  // namespace

int run(World& world, const Options& options) {
  if (!options.dry_run) expect_ending(world);
  auto loaded = pipeline::load_pipeline(options.pipelines.front(), process_environment());
  if (!loaded) return fail(world, options, loaded.error());
  auto pipeline = with_overrides(std::move(*loaded), options);
  if (options.dry_run) return print_plan(world, options, pipeline);
  expect_ending(world, pipeline);
  const auto execution = prepare_execution(std::move(pipeline), options);
  if (!execution) return fail(world, options, execution.error());
  const auto& path = execution->pipeline.database_path;
  const Signals signals;
  const auto lock = take_lock(world, path, options.lock_wait, signals);
  if (!lock) return fail(world, options, lock.error(), signals.take());
  auto store = open_for_run(world, path);
  if (!store) return fail(world, options, store.error());
  const auto run = pick_up_or_begin(world, options, execution->pipeline, *store);
  return execute({world, options, *execution, signals}, *store, run);
}

}  // namespace toksync::cli
