// What depends on more than one key: which stage needs what, which scores are known when, what a platform
// offers. Used by the loader after the format check.
#pragma once

#include <vector>

#include "pipeline/complaints.hpp"
#include "pipeline/document.hpp"
#include "pipeline/effective.hpp"
#include "pipeline/pipeline.hpp"

namespace toksync::pipeline {

/// Complains about every broken rule. `built` is made of the same document and sets.
void check_rules(const Table& document, const std::vector<EffectiveSet>& sets, const Pipeline& built,
                 Complaints& complaints);

}  // namespace toksync::pipeline
