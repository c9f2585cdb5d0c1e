#include "plan/picking_up.hpp"

namespace toksync::plan {
namespace {

/// Its error is that of the step which the limit did not cover.
bool has_spent_its_limit(const store::RunRow& run) {
  return run.status == store::RunStatus::stopped &&
         run.error.value_or("").find("max_credits_per_run") != std::string::npos;
}

}  // namespace

std::optional<std::string> why_begin_anew(const store::RunRow& unfinished, const pipeline::Pipeline& pipeline,
                                          WallTime now) {
  if (unfinished.pipeline_sha256 != pipeline.sha256)
    return "the pipeline file has changed since; a new run collects what that one paid for";
  if (unfinished.started_at.starts_with(day_of(now))) return std::nullopt;
  // What was read yesterday is no picture of today.
  if (!pipeline.mirrors.empty()) return "it is not of today, and everything is read again";
  // It would be picked up every day, with too little left to end or to begin anything new.
  if (has_spent_its_limit(unfinished))
    return "it spent its max_credits_per_run on another day; a new run buys what that one did not";
  return std::nullopt;
}

}  // namespace toksync::plan
