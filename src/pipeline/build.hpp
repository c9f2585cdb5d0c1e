// Reads the values of a checked document into a Pipeline, over the defaults of the model. Used by the
// loader; values that were refused are left at their defaults.
#pragma once

#include <vector>

#include "pipeline/document.hpp"
#include "pipeline/effective.hpp"
#include "pipeline/pipeline.hpp"

namespace toksync::pipeline {

/// Everything but `text` and `sha256`.
[[nodiscard]] Pipeline build_pipeline(const Table& document, const std::vector<EffectiveSet>& sets);

}  // namespace toksync::pipeline
