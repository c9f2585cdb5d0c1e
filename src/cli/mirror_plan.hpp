// What a run of mirrors would read: each list with what is known of it, and about how many requests that takes. Used by
// `toksync plan`.
#pragma once

#include "cli/wiring.hpp"

namespace toksync::cli {

[[nodiscard]] int print_mirror_plan(World& world, const Options& options, const pipeline::Pipeline& pipeline);

}  // namespace toksync::cli
