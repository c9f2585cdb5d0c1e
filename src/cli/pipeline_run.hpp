// What runs one pipeline: an Engine or a Mirror with the provider that it talks to. Made by `execution` and by run for
// several pipelines.
#pragma once

#include <memory>

#include "cli/execution.hpp"
#include "cli/progress.hpp"
#include "engine/runner.hpp"

namespace toksync::cli {

/// What a runner needs, and what has to outlive it.
struct Surroundings {
  Env& env;
  const Session& session;
  store::Store& store;
  http::Transport& transport;
  engine::RequestNumbers& numbers;
  engine::Observer& observer;
};

/// An Error of kind usage when there is no provider of that name.
[[nodiscard]] Expected<void> check_provider(const Execution& execution);

[[nodiscard]] Expected<std::unique_ptr<engine::Runner>> make_runner(const Surroundings& surroundings,
                                                                    const store::RunRow& run);

}  // namespace toksync::cli
