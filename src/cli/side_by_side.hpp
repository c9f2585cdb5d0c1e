// Several pipelines in one command and one database: mirrors run side by side, each at the pace of its own API; those
// of one address go one after another, and so do pipelines that spend credits, because they share a ledger. Used by
// `toksync run`.
#pragma once

#include "cli/wiring.hpp"

namespace toksync::cli {

/// Runs them and prints one summary. Returns the exit code that comes first in the interface's order.
[[nodiscard]] int run_side_by_side(World& world, const Options& options, std::vector<pipeline::Pipeline> pipelines);

}  // namespace toksync::cli
