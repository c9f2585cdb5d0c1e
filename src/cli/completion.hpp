// Scripts that complete toksync's commands, flags and values in bash, zsh and fish. Printed by toksync completion, and
// by the build for what is installed.
#pragma once

#include <string>

#include "cli/command_view.hpp"

namespace toksync::cli {

[[nodiscard]] std::string bash_completion(const CommandView& program);
[[nodiscard]] std::string zsh_completion(const CommandView& program);
[[nodiscard]] std::string fish_completion(const CommandView& program);

}  // namespace toksync::cli
