#include "cli/execution.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cli/ending.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "cli/progress.hpp"
#include "engine/engine.hpp"

namespace toksync::cli {
namespace {

constexpr std::size_t kRandomCharacters = 4;

engine::Options engine_options(const Session& session, ProgressStyle style) {
  const auto& [world, options, execution, signals] = session;
  return {.scope = options.scope(),
          .max_duration = options.max_duration,
          .max_attempts = options.max_attempts,
          .collect_only = execution.collects_only,
          .collect_everything = execution.collects_everything,
          .read_options = execution.read_options,
          .cancel = execution.cancel,
          // The bar counts down what is left to wait.
          .longest_wait = style == ProgressStyle::bar ? Milliseconds{500} : Milliseconds{60'000},
          .signal = [&signals = signals] { return signals.take(); }};
}

void print_summary(World& world, const Options& options, store::Store& store, const store::RunRow& run,
                   const std::vector<std::string>& messages) {
  const auto report = make_run_report(world, store, run, options.base_url);
  const auto document = ending_document(report, messages);
  if (world.ending) world.ending->document = document.dump(-1, ' ', false, Json::error_handler_t::replace);
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
  auto key = read_api_key(pipeline.source);
  if (!key) return tl::unexpected(key.error());
  // Asked before a run begins: a pipeline for a provider that is not there leaves no trace.
  if (const auto provider = connect(pipeline.source, *key); !provider) return tl::unexpected(provider.error());
  return Execution{std::move(pipeline), std::move(*key)};
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

Expected<engine::RunResult> run_engine(const Session& session, store::Store& store, const store::RunRow& run) {
  auto& world = session.world;
  const auto provider = connect(session.execution.pipeline.source, session.execution.api_key);
  if (!provider) return tl::unexpected(provider.error());
  const auto transport = make_transport(world, session.signals);
  const auto style = progress_style(world, session.options);
  const auto progress = make_progress(world, style);
  engine::Engine engine(world.env, session.execution.pipeline, **provider, *transport, store, run,
                        engine_options(session, style), *progress);
  auto result = engine.run();
  for (const auto& message : result.messages) {
    complain(world, session.options, message);
  }
  return result;
}

int execute(const Session& session, store::Store& store, const store::RunRow& run) {
  const auto& [world, options, execution, signals] = session;
  if (world.ending) {
    world.ending->run_id = run.run_id;
    world.ending->pipeline = run.pipeline;  // a backfill is no run of the pipeline's own name
  }
  const auto result = run_engine(session, store, run);
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
