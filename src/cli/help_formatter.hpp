// How --help is laid out, the same for every command. Used by options.cpp.
#pragma once

#include <memory>

#include <CLI/CLI.hpp>

namespace toksync::cli {

/// Description, usage, commands, arguments, flags, flags of every command, then examples and exit codes.
[[nodiscard]] std::shared_ptr<CLI::FormatterBase> make_help_formatter();

}  // namespace toksync::cli
