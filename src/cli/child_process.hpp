// Runs a program of the user's with a text on its standard input and a limit on its time. Used to tell how a run
// ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/signals.hpp"

namespace toksync::cli {

struct ChildCommand {
  std::vector<std::string> words;        ///< the program, searched in PATH, and its arguments
  std::vector<std::string> environment;  ///< all of it, each "NAME=value"
  std::string input;                     ///< what its standard input holds
};

/// Waits for its end. What it prints goes to our standard error. After the limit, or when a signal asks us to stop, it
/// is killed with all that it started. Nothing when it ended with 0, otherwise why not.
[[nodiscard]] std::optional<std::string> run_child(const ChildCommand& command, Seconds limit, const Clock& clock,
                                                   const Signals& signals);

}  // namespace toksync::cli
