// toksync resume: goes on with an unfinished run by the pipeline that the database keeps of it.
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/execution.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "plan/backfill.hpp"

namespace toksync::cli {
namespace {

constexpr int kRunsLookedAt = 1000;

/// A run goes on only while it is the newest of its pipeline, or of its backfill.
bool can_go_on(store::Store& store, const store::RunRow& run) {
  if (!store::is_unfinished(run.status)) return false;
  if (const auto backfill = store.backfill_of(run.key)) {
    const auto unfinished = store.unfinished_backfill(backfill->sha256);
    return unfinished && unfinished->key == run.key;
  }
  const auto unfinished = store.unfinished_run(run.pipeline);
  return unfinished && unfinished->key == run.key;
}

std::optional<store::RunRow> last_unfinished(store::Store& store) {
  for (auto& run : store::list_runs(store, kRunsLookedAt)) {
    if (can_go_on(store, run)) return std::move(run);
  }
  return std::nullopt;
}

/// The run to go on with, or nothing when there is nothing left to do. An unknown id is a usage error.
Expected<std::optional<store::RunRow>> find_run(store::Store& store, const Options& options) {
  if (!options.run_id) return last_unfinished(store);
  auto named = store::find_run(store, *options.run_id);
  if (!named) {
    return unexpected(ErrorKind::usage, "resume run " + *options.run_id, "the database has no run of that id",
                      "toksync status lists them");
  }
  return can_go_on(store, *named) ? std::move(named) : std::nullopt;
}

int nothing_to_do(const Options& options) {
  const auto text = options.run_id ? fmt::format("run {} has nothing left to do", *options.run_id)
                                   : std::string{"no run is unfinished"};
  if (options.json) {
    print_json({{"resumed", nullptr}, {"message", text}});
  } else if (!options.quiet) {
    fmt::print("{}\n", text);
  }
  return kExitDone;
}

tl::expected<pipeline::Pipeline, std::vector<pipeline::Problem>> pipeline_of(store::Store& store,
                                                                             const store::RunRow& run,
                                                                             const Options& options) {
  auto parsed = pipeline::parse_pipeline(store::pipeline_toml_of(store, run.key), "pipeline of run " + run.run_id,
                                         process_environment());
  if (!parsed) return parsed;
  // The run lives where it was found, wherever its pipeline would put a new one.
  parsed->database_path = database_path(options);
  return with_overrides(std::move(*parsed), options);
}

/// Plans, or runs when it holds the lock.
int go_on(World& world, const Options& options, store::Store& store, const Signals& signals) {
  const auto found = find_run(store, options);
  if (!found) return fail(world, options, found.error());
  if (!*found) {
    world.endings.clear();
    return nothing_to_do(options);
  }
  const auto& run = **found;
  auto pipeline = pipeline_of(store, run, options);
  if (!pipeline) return fail(world, options, pipeline.error());
  expect_ending(world, *pipeline);
  const auto backfill = store.backfill_of(run.key);
  const auto read_options = stages::read_options(pipeline->keyword_sets);
  if (backfill) *pipeline = plan::for_backfill(std::move(*pipeline), *backfill);
  if (options.dry_run) {
    auto plan = backfill ? std::optional(plan::BackfillPlan{store.backfill_creators(run.key), run}) : std::nullopt;
    return print_plan(world, options, *pipeline, std::move(plan));
  }
  auto execution = prepare_execution(std::move(*pipeline), options);
  if (execution) execution->read_options = read_options;
  if (!execution) return fail(world, options, execution.error());
  store.resume_run(run.key, world.clock.wall());
  name_run(world.env.logger, run.run_id);
  world.env.logger->info("run {} goes on", run.run_id);
  return execute({world, options, *execution, signals}, store, run);
}

}  // namespace

int resume(World& world, const Options& options) {
  const auto path = database_path(options);
  if (!options.dry_run) expect_ending(world);
  const Signals signals;
  auto readable = open_existing_database(world, path);
  if (!readable) return fail(world, options, readable.error());
  if (options.dry_run) return go_on(world, options, *readable, signals);
  const auto lock = take_lock(world, path, options.lock_wait, signals);
  if (!lock) return fail(world, options, lock.error(), signals.take());
  auto store = open_for_run(world, path);
  if (!store) return fail(world, options, store.error());
  return go_on(world, options, *store, signals);
}

}  // namespace toksync::cli
