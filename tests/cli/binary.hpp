// The toksync binary as a user meets it: started in a temporary folder of its own, with no variable of
// the caller's that could change what it does. Used by the tests of the commands.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/process.hpp"

namespace toksync::cli::test {

using toksync::test::Process;
using toksync::test::ProcessOptions;
using toksync::test::ProcessResult;
using toksync::test::TemporaryFolder;

/// A visibly fake key.
inline const std::string kKey = "tk_test_" + std::string(48, '0');

/// Seven lines; a pipeline that is valid and finds creators only.
inline constexpr std::string_view kSmallPipeline = R"(version = 1
name = "small"
[keyword_sets.a]
keywords = ["one", "two", "three", "four", "five"]
audience = ["CMO"]

[search]
)";

/// One folder to work in, and the binary started there.
class Bench {
 public:
  /// Variables for every start from now on.
  std::map<std::string, std::string> environment;

  [[nodiscard]] ProcessOptions options(std::vector<std::string> arguments) const {
    auto variables = environment;
    variables.try_emplace("TERM", "dumb");
    return {.arguments = std::move(arguments),
            .environment = std::move(variables),
            .unset = {"TOKSTA_API_KEY", "TOKSYNC_DB", "TOKSYNC_BASE_URL", "TOKSYNC_MAX_CREDITS", "NO_COLOR"},
            .working_directory = folder.path().string()};
  }

  [[nodiscard]] ProcessResult run(std::vector<std::string> arguments) const {
    return toksync::test::run_process(TOKSYNC_BINARY, options(std::move(arguments)));
  }

  /// What the command prints with --json.
  [[nodiscard]] nlohmann::json json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    return nlohmann::json::parse(run(std::move(arguments)).out);
  }

  TemporaryFolder folder;
};

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace toksync::cli::test
