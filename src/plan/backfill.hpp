// The pipeline of a backfill: some stages of a pipeline file, applied to all creators of a list. Used by `cli`, to
// begin or plan a backfill and to pick one up.
#pragma once

#include "base/error.hpp"
#include "pipeline/pipeline.hpp"
#include "plan/graph.hpp"
#include "store/records.hpp"

namespace toksync::plan {

/// What a command line asks for.
struct BackfillOrder {
  Scope scope;
  bool ignores_freshness = false;
  std::string chosen_by;
};

/// The backfill that the order means in this pipeline. Stages that are about no given creators (search and
/// thought_leaders), and such as the pipeline has not, are an Error of kind usage.
[[nodiscard]] Expected<store::Backfill> make_backfill(const pipeline::Pipeline& pipeline, const BackfillOrder& order);

/// The pipeline with the backfill's keyword sets and stages alone. Whom to choose is decided: `select` holds no longer.
/// When freshness is ignored, what the same run bought is still not bought again.
[[nodiscard]] pipeline::Pipeline for_backfill(pipeline::Pipeline pipeline, const store::Backfill& backfill);

}  // namespace toksync::plan
