#include "cli/execution.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cli/ending.hpp"
#include "cli/exit_codes.hpp"
#include "cli/pipeline_run.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "plan/picking_up.hpp"

namespace toksync::cli {
namespace {

constexpr std::size_t kRandomCharacters = 4;

void print_summary(World& world, const Options& options, store::Store& store, const store::RunRow& run,
                   const std::vector<std::string>& messages) {
  const auto report = make_run_report(world, store, run, options.base_url);
  const auto document = ending_document(report, messages);
  if (auto* const ending = find_ending(world, run.pipeline)) {
    ending->document = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  if (options.json) {
    print_json(document);
  } else if (!options.quiet) {
    fmt::print("{}", to_text(report, world.out));
  }
}

}  // namespace

Expected<Execution> prepare_execution(pipeline::Pipeline pipeline, const Options& options) {
  if (const auto checked = plan::check_scope(pipeline, options.scope()); !checked) {
    return tl::unexpected(checked.error());
  }
  auto credentials = read_credentials(pipeline.source);
  if (!credentials) return tl::unexpected(credentials.error());
  Execution execution{std::move(pipeline), std::move(*credentials)};
  // Asked before a run begins: a pipeline for a provider that is not there leaves no trace.
  if (const auto checked = check_provider(execution); !checked) return tl::unexpected(checked.error());
  return execution;
}

std::string new_run_id(Env& env) {
  auto time = to_iso8601(env.clock.wall());
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time + "-" + env.random.token(kRandomCharacters);
}

Expected<store::Store> open_for_run(World& world, const std::string& path) {
  auto store = open_database(world, path, store::OpenMode::read_write);
  if (!store) return store;
  const auto recovered = store->recover_intents(world.clock.wall());
  if (recovered.never_sent > 0) {
    world.env.logger->info("{} planned before a crash and never sent: given back", count(recovered.never_sent, "job"));
  }
  if (recovered.ambiguous > 0) {
    world.env.logger->warn("{} sent before a crash and never answered: ambiguous, not bought again",
                           count(recovered.ambiguous, "job"));
  }
  return store;
}

namespace {

store::RunRow begin_new_run(Env& env, const pipeline::Pipeline& pipeline, store::Store& store) {
  const auto now = env.clock.wall();
  store.abandon_other_runs(pipeline.name, std::nullopt, now);
  auto run = store.begin_run({new_run_id(env), pipeline.name, pipeline.text, pipeline.sha256, TOKSYNC_VERSION}, now);
  name_run(env.logger, run.run_id);
  env.logger->info("run {} of pipeline {} begins", run.run_id, pipeline.name);
  return run;
}

}  // namespace

store::RunRow pick_up_or_begin(Env& env, const Options& options, const pipeline::Pipeline& pipeline,
                               store::Store& store) {
  const auto unfinished = store.unfinished_run(pipeline.name);
  if (!unfinished || options.start_new_run) return begin_new_run(env, pipeline, store);
  if (const auto reason = plan::why_begin_anew(*unfinished, pipeline, env.clock.wall())) {
    env.logger->info("run {} is not gone on with: {}", unfinished->run_id, *reason);
    return begin_new_run(env, pipeline, store);
  }
  store.resume_run(unfinished->key, env.clock.wall());
  name_run(env.logger, unfinished->run_id);
  env.logger->info("run {} goes on", unfinished->run_id);
  return *unfinished;
}

Expected<engine::RunResult> run_to_end(const Session& session, store::Store& store, const store::RunRow& run) {
  auto& world = session.world;
  const auto transport = make_transport(world, session.signals);
  const auto progress = make_progress(world, progress_style(world, session.options));
  engine::RequestNumbers numbers;
  const Surroundings surroundings{world.env, session, store, *transport, numbers, *progress};
  auto runner = make_runner(surroundings, run);
  if (!runner) return tl::unexpected(runner.error());
  engine::Runner* const only = &**runner;
  auto result = engine::run_side_by_side({&only, 1}, *transport).front();
  for (const auto& message : result.messages) complain(world, session.options, message);
  return result;
}

int execute(const Session& session, store::Store& store, const store::RunRow& run) {
  const auto& [world, options, execution, signals] = session;
  if (!world.endings.empty()) {
    world.endings.front().run_id = run.run_id;
    world.endings.front().pipeline = run.pipeline;  // a backfill is no run of the pipeline's own name
  }
  const auto result = run_to_end(session, store, run);
  if (!result) return fail(world, options, result.error());
  const auto ended = store::find_run(store, run.run_id);
  print_summary(world, options, store, ended.value(), result->messages);
  if (options.quiet && result->messages.empty() && result->exit_code() != kExitDone) {
    complain(
        world, options,
        fmt::format("run {} ended with exit code {}; `toksync status` tells why", run.run_id, result->exit_code()));
  }
  return result->exit_code();
}

}  // namespace toksync::cli
