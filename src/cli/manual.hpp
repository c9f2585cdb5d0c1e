// The manual pages, written from the same tables as --help and the pipeline format. Printed by the hidden command
// `toksync manual` for the build, which installs them.
#pragma once

#include <string>

#include "cli/command_view.hpp"

namespace toksync::cli {

/// toksync(1): every command with its flags.
[[nodiscard]] std::string manual_page(const CommandView& program);
/// toksync-pipeline(5): every key of a pipeline file.
[[nodiscard]] std::string pipeline_manual_page();

}  // namespace toksync::cli
