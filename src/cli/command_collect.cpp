// toksync collect and toksync jobs cancel: fetch what is paid for, in any pipeline; the latter ends some jobs
// before. Both start nothing and spend nothing.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/execution.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "store/reports.hpp"

namespace toksync::cli {
namespace {

/// The newest run's pipeline: whom to ask, with which key, and how much to read back.
Expected<pipeline::Pipeline> source_of(store::Store& store, const Options& options) {
  const auto newest = store::newest_run_with_stages(store);
  if (!newest) {
    return unexpected(ErrorKind::usage, "collect", "the database has no run yet", "toksync run makes one");
  }
  auto parsed = pipeline::parse_pipeline(store::pipeline_toml_of(store, newest->key),
                                         "pipeline of run " + newest->run_id, process_environment());
  if (!parsed) return unexpected(ErrorKind::usage, "read the newest run's pipeline", parsed.error().front().text());
  auto pipeline = with_overrides(std::move(*parsed), options);
  pipeline.budget = {};
  return pipeline;
}

struct Collected {
  store::JobCounts before, after;
  [[nodiscard]] std::int64_t results() const {
    return std::max<std::int64_t>(0, before.outstanding - after.outstanding);
  }
};

void print_collected(const Options& options, const Collected& jobs, const store::RunRow& run) {
  if (options.json) {
    return print_json({{"run_id", run.run_id},
                       {"exit_code", json_of(run.exit_code)},
                       {"collected", jobs.results()},
                       {"outstanding", jobs.after.outstanding},
                       {"ambiguous", jobs.after.ambiguous},
                       {"requests", run.requests}});
  }
  if (options.quiet) return;
  fmt::print("{} collected, {} not finished yet, {} ambiguous; {}, no credits\n", count(jobs.results(), "result"),
             jobs.after.outstanding, jobs.after.ambiguous, count(run.requests, "request"));
}

int nothing_to_collect(const Options& options) {
  if (options.json) {
    print_json({{"run_id", nullptr}, {"collected", 0}, {"outstanding", 0}, {"ambiguous", 0}});
  } else if (!options.quiet) {
    fmt::print("everything that was paid for is here\n");
  }
  return kExitDone;
}

int collect_with(World& world, const Options& options, store::Store& store, const Execution& execution,
                 const Signals& signals) {
  const auto before = store::count_jobs(store, world.clock.wall());
  if (before.outstanding + before.ambiguous == 0) return nothing_to_collect(options);
  const auto& pipeline = execution.pipeline;
  const auto run = store.begin_run(
      {new_run_id(world.env), std::string{store::kCollectPipeline}, pipeline.text, pipeline.sha256, TOKSYNC_VERSION},
      world.clock.wall());
  name_run(world.env.logger, run.run_id);
  const auto result = run_to_end({world, options, execution, signals}, store, run);
  if (!result) return fail(world, options, result.error());
  print_collected(options, {before, store::count_jobs(store, world.clock.wall())},
                  store::find_run(store, run.run_id).value());
  return result->exit_code();
}

Expected<void> check_cancelable(store::Store& store, JobKey key) {
  const auto operation = fmt::format("cancel job {}", raw(key));
  const auto job = store::find_job(store, key);
  if (!job) return unexpected(ErrorKind::usage, operation, "there is no such job", "toksync jobs list shows them");
  if (job->row.family != StageName::thought_leaders) {
    return unexpected(
        ErrorKind::usage, operation,
        fmt::format("it is a job of {}, and the API cancels thought_leaders only", to_string(job->row.family)));
  }
  if (job->row.status != JobStatus::queued && job->row.status != JobStatus::running) {
    return unexpected(ErrorKind::usage, operation, fmt::format("it is {}", to_string(job->row.status)),
                      "only what still runs can be canceled");
  }
  return {};
}

/// Takes the lock and opens the database for both commands.
template <typename Use>
int with_database(World& world, const Options& options, const Use& use) {
  const auto path = database_path(options);
  const Signals signals;
  if (auto readable = open_existing_database(world, path); !readable) return fail(world, options, readable.error());
  const auto lock = take_lock(world, path, options.lock_wait, signals);
  if (!lock) return fail(world, options, lock.error(), signals.take());
  auto store = open_for_run(world, path);
  if (!store) return fail(world, options, store.error());
  auto pipeline = source_of(*store, options);
  if (!pipeline) return fail(world, options, pipeline.error());
  auto execution = prepare_execution(std::move(*pipeline), options);
  if (!execution) return fail(world, options, execution.error());
  execution->collects_only = true;
  return use(*store, std::move(*execution), signals);
}

}  // namespace

int collect(World& world, const Options& options) {
  return with_database(world, options, [&](store::Store& store, Execution execution, const Signals& signals) {
    execution.collects_everything = true;
    return collect_with(world, options, store, execution, signals);
  });
}

int cancel_jobs(World& world, const Options& options) {
  return with_database(world, options, [&](store::Store& store, Execution execution, const Signals& signals) {
    for (const auto job : options.jobs) {
      if (const auto checked = check_cancelable(store, job); !checked) return fail(world, options, checked.error());
      execution.cancel.insert(job);
    }
    return collect_with(world, options, store, execution, signals);
  });
}

}  // namespace toksync::cli
