// Shows a run while it goes: a bar on a terminal, else a line a minute in the log, or nothing.
#pragma once

#include <memory>

#include "cli/wiring.hpp"
#include "engine/engine.hpp"

namespace toksync::cli {

/// Which style is meant by `auto`: the bar on a terminal, plain lines elsewhere, nothing with --quiet.
[[nodiscard]] ProgressStyle progress_style(const World& world, const Options& options);

/// An observer of that style. `world` must outlive it.
[[nodiscard]] std::unique_ptr<engine::Observer> make_progress(World& world, ProgressStyle style);

}  // namespace toksync::cli
