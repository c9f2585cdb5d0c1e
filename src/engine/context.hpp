// What the parts of the engine share during one run. Made by Engine, handed to its parts by reference.
#pragma once

#include "api/provider.hpp"
#include "base/env.hpp"
#include "engine/api_facts.hpp"
#include "engine/budget.hpp"
#include "engine/least_time.hpp"
#include "engine/outcome.hpp"
#include "engine/task.hpp"
#include "engine/units.hpp"

namespace toksync::engine {

struct Context {
  Env& env;
  const pipeline::Pipeline& pipeline;
  store::Store& store;
  RunKey run{};
  PriceTable prices;  ///< the provider's, with the pipeline's overrides
  stages::ReadOptions read_options;
  int max_attempts = 6;              ///< of one request, before its unit gives up
  bool collects_everything = false;  ///< every job matters, not only those that units wait for
  Budget budget;
  Units units;
  ApiFacts facts;
  api::Ways ways;
  TaskQueue queue{};
  RunResult result{};
  bool must_end = false;          ///< nothing more makes sense, e.g. the key was refused
  std::vector<IntentKey> lost{};  ///< requests whose answers were lost, for Settler
  RequestNeeds needs{};           ///< what good answers brought
};

/// One answer on its way to the part that asked.
struct Answered {
  Task task;
  Answer answer;
  store::RequestLog log;

  [[nodiscard]] const Failure& failure() const { return answer.payload.error(); }
};

}  // namespace toksync::engine
