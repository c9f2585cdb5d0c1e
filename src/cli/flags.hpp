// The parts that every flag is made of: its name, its variable, the check of its value. A flag is read from the command
// line or from TOKSYNC_ and its name; a value that does not pass says what is allowed. Used by options.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/secret.hpp"
#include "cli/command_view.hpp"
#include "pipeline/near_miss.hpp"

namespace toksync::cli {

using Text = std::string;

// --- values ---

/// What is wrong with a value; empty when nothing is.
using Check = std::function<std::string(const std::string&)>;

/// Accepts one of these words; otherwise lists them, and names the one that was probably meant.
template <std::size_t count>
CLI::Validator one_of(std::array<std::string_view, count> words) {
  const auto check = [words](const std::string& text) -> std::string {
    if (std::ranges::find(words, text) != words.end()) return {};
    const auto meant = pipeline::nearest(text, words);
    return fmt::format("{} is none of {}{}", redact(text), fmt::join(words, ", "),
                       meant ? fmt::format("; did you mean {}?", *meant) : "");
  };
  // The name tells completion which words there are.
  return {check, "", joined_words({words.begin(), words.end()})};
}

[[nodiscard]] std::string need_text(const std::string& text);
[[nodiscard]] std::string need_duration(const std::string& text);
[[nodiscard]] std::string need_duration_or_day(const std::string& text);
[[nodiscard]] std::string need_base_url(const std::string& text);
/// A path at which a file can be written.
[[nodiscard]] std::string need_place_for_file(const std::string& text);
/// From `lowest` to `highest`, both included.
[[nodiscard]] Check whole_number(std::int64_t lowest, std::int64_t highest);

/// "2026-05-28".
[[nodiscard]] bool is_day(const std::string& text);
[[nodiscard]] std::optional<std::int64_t> read_number(std::string_view text);

// --- flags ---

struct FlagText {
  Text flag, type, description;
};

/// A flag with a value and the variable of its name. `use` sees only what `check` has accepted.
void add_value(CLI::App& app, const FlagText& text, const CLI::Validator& check,
               const std::function<void(const Text&)>& use);
void add_value(CLI::App& app, const FlagText& text, const Check& check, const std::function<void(const Text&)>& use);
void add_switch(CLI::App& app, const Text& flag, bool& target, const Text& description);
/// Can be given again and again, or hold several values with commas between them.
void add_list(CLI::App& app, const Text& flag, const Text& type, std::vector<Text>& target, const Text& description);

}  // namespace toksync::cli
