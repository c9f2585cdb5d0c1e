// Whether the next run of a pipeline goes on with the one that is not finished, or begins anew. Used by `cli` to run
// and by plan/estimate to tell beforehand.
#pragma once

#include <optional>
#include <string>

#include "pipeline/pipeline.hpp"
#include "store/records.hpp"

namespace toksync::plan {

/// Why `toksync run` begins anew; nothing when it goes on with that unfinished run of the pipeline.
[[nodiscard]] std::optional<std::string> why_begin_anew(const store::RunRow& unfinished,
                                                        const pipeline::Pipeline& pipeline, WallTime now);

}  // namespace toksync::plan
