// The whole program behind main(): understands the command line, runs one command, and catches once what
// nobody below can handle.
#pragma once

#include <string>
#include <vector>

namespace toksync::cli {

/// The program with these arguments (its own name left out); returns the exit code of the interface, section 5.
[[nodiscard]] int run_program(const std::vector<std::string>& arguments);

}  // namespace toksync::cli
