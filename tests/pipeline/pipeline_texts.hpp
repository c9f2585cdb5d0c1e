// Pipeline texts for the tests: the smallest valid one, and what is said about a broken one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/loader.hpp"

namespace toksync::pipeline::test {

/// Seven lines; a text appended to it starts at line 8, inside [search].
inline constexpr std::string_view kSmallest = R"(version = 1
name = "small"
[keyword_sets.a]
keywords = ["one", "two", "three", "four", "five"]
audience = ["CMO"]

[search]
)";

/// An environment with these variables only.
inline EnvironmentLookup environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

/// The problems of the text, each as its text(), with "p" as the file's name.
inline std::vector<std::string> problems_of(std::string_view text, std::map<std::string, std::string> variables = {}) {
  const auto parsed = parse_pipeline(text, "p", environment(std::move(variables)));
  std::vector<std::string> told;
  if (parsed) return told;
  for (const auto& problem : parsed.error()) told.push_back(problem.text());
  return told;
}

/// The pipeline of a text that must be valid.
inline Pipeline parsed(std::string_view text, std::map<std::string, std::string> variables = {}) {
  auto result = parse_pipeline(text, "p", environment(std::move(variables)));
  if (!result) throw std::runtime_error(result.error().front().text());
  return std::move(*result);
}

}  // namespace toksync::pipeline::test
