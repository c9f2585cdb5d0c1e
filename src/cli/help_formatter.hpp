// How --help looks: description, usage, commands, arguments, flags, flags of every command, then examples and exit
// codes. Used by options.cpp.
#pragma once

#include <memory>

#include <CLI/CLI.hpp>

namespace toksync::cli {

[[nodiscard]] std::shared_ptr<CLI::FormatterBase> make_help_formatter();

}  // namespace toksync::cli
