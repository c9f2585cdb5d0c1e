// Where results and complaints go: results to standard output, everything else to standard error.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/wiring.hpp"

namespace toksync::cli {

/// Tells what is wrong on standard error: a line for people, or one of the log where that is JSON.
void complain(const World& world, const Options& options, std::string_view text, std::string_view hint = {});

/// What --json says of an error.
[[nodiscard]] nlohmann::ordered_json error_document(const Error& error);

/// Prints the one document of --json.
void print_json(const nlohmann::ordered_json& document);

/// Tells an error, on standard error and with --json as a document too. Returns its exit code, or that of
/// the signal when one led to it.
[[nodiscard]] int fail(World& world, const Options& options, const Error& error, int signal = 0);

/// The same for what is wrong with a pipeline file, or another: every problem on a line of its own, then how many.
struct WhatFailed {
  std::string operation = "load the pipeline", hint{};
};
[[nodiscard]] int fail(World& world, const Options& options, const std::vector<pipeline::Problem>& problems,
                       const WhatFailed& what = {});

[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<pipeline::Problem>& problems);

/// "1 creator", "2 creators".
[[nodiscard]] std::string count(std::int64_t number, std::string_view noun);

/// A command line that a person can paste: "toksync status --db nightly.db"; the usual database is left out.
[[nodiscard]] std::string suggest(std::string_view arguments, const std::string& database_path);

}  // namespace toksync::cli
