#include "cli/pipeline_run.hpp"

#include "engine/engine.hpp"
#include "engine/mirror.hpp"

namespace toksync::cli {
namespace {

/// A runner with the provider that it refers to.
template <typename Provider, typename Runs>
class WithProvider final : public engine::Runner {
 public:
  template <typename Options>
  WithProvider(std::unique_ptr<Provider> provider, const Surroundings& around, const store::RunRow& run,
               Options options)
      : provider_(std::move(provider)),
        runs_(around.env, around.session.execution.pipeline, *provider_, around.transport, around.store, run,
              std::move(options), around.observer) {}

  bool advance() override { return runs_.advance(); }
  [[nodiscard]] SteadyTime next_wake() const override { return runs_.next_wake(); }
  void apply(const http::Completion& completion) override { runs_.apply(completion); }
  engine::RunResult conclude() override { return runs_.conclude(); }

 private:
  std::unique_ptr<Provider> provider_;
  Runs runs_;
};

/// The bar counts down what is left to wait.
Milliseconds longest_wait(const Session& session) {
  const bool counts_down = progress_style(session.world, session.options) == ProgressStyle::bar;
  return counts_down ? Milliseconds{500} : Milliseconds{60'000};
}

engine::Options engine_options(const Surroundings& around) {
  const auto& [world, options, execution, signals] = around.session;
  return {.scope = options.scope(),
          .max_duration = options.max_duration,
          .max_attempts = options.max_attempts,
          .collect_only = execution.collects_only,
          .collect_everything = execution.collects_everything,
          .read_options = execution.read_options,
          .cancel = execution.cancel,
          .longest_wait = longest_wait(around.session),
          .signal = [&signals = signals] { return signals.take(); },
          .numbers = &around.numbers};
}

engine::MirrorOptions mirror_options(const Surroundings& around) {
  const auto& [world, options, execution, signals] = around.session;
  return {.max_duration = options.max_duration,
          .max_attempts = options.max_attempts,
          .longest_wait = longest_wait(around.session),
          .signal = [&signals = signals] { return signals.take(); },
          .numbers = &around.numbers};
}

}  // namespace

Expected<void> check_provider(const Execution& execution) {
  const auto& source = execution.pipeline.source;
  if (!execution.pipeline.mirrors.empty()) {
    const auto provider = connect_mirror(source, execution.credentials);
    return provider ? Expected<void>{} : tl::unexpected(provider.error());
  }
  const auto provider = connect(source, execution.credentials.api_key);
  return provider ? Expected<void>{} : tl::unexpected(provider.error());
}

Expected<std::unique_ptr<engine::Runner>> make_runner(const Surroundings& around, const store::RunRow& run) {
  const auto& execution = around.session.execution;
  if (!execution.pipeline.mirrors.empty()) {
    auto provider = connect_mirror(execution.pipeline.source, execution.credentials);
    if (!provider) return tl::unexpected(provider.error());
    using Mirrors = WithProvider<api::MirrorProvider, engine::Mirror>;
    return std::make_unique<Mirrors>(std::move(*provider), around, run, mirror_options(around));
  }
  auto provider = connect(execution.pipeline.source, execution.credentials.api_key);
  if (!provider) return tl::unexpected(provider.error());
  using Stages = WithProvider<api::Provider, engine::Engine>;
  return std::make_unique<Stages>(std::move(*provider), around, run, engine_options(around));
}

}  // namespace toksync::cli
