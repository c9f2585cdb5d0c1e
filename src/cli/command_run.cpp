// toksync run: a pipeline file's run, new or picked up; or those of several files, side by side.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/execution.hpp"
#include "cli/print/output.hpp"
#include "cli/side_by_side.hpp"

namespace toksync::cli {
namespace {

int run_one(World& world, const Options& options, pipeline::Pipeline pipeline) {
  expect_ending(world, pipeline);
  const auto execution = prepare_execution(std::move(pipeline), options);
  if (!execution) return fail(world, options, execution.error());
  const auto& path = execution->pipeline.database_path;
  const Signals signals;
  const auto lock = take_lock(world, path, options.lock_wait, signals);
  if (!lock) return fail(world, options, lock.error(), signals.take());
  auto store = open_for_run(world, path);
  if (!store) return fail(world, options, store.error());
  const auto run = pick_up_or_begin(world.env, options, execution->pipeline, *store);
  return execute({world, options, *execution, signals}, *store, run);
}

}  // namespace

int run(World& world, const Options& options) {
  if (!options.dry_run) expect_ending(world);
  std::vector<pipeline::Pipeline> pipelines;
  std::vector<pipeline::Problem> problems;
  for (const auto& path : options.pipelines) {
    auto loaded = pipeline::load_pipeline(path, process_environment());
    if (loaded) pipelines.push_back(with_overrides(std::move(*loaded), options));
    if (!loaded) problems.insert(problems.end(), loaded.error().begin(), loaded.error().end());
  }
  if (!problems.empty()) return fail(world, options, problems);
  if (pipelines.size() > 1) return run_side_by_side(world, options, std::move(pipelines));
  if (options.dry_run) return print_plan(world, options, pipelines.front());
  return run_one(world, options, std::move(pipelines.front()));
}

}  // namespace toksync::cli
