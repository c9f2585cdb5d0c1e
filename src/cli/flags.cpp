#include "cli/flags.hpp"

#include <charconv>

#include "base/time.hpp"
#include "base/whole_file.hpp"
#include "pipeline/base_url.hpp"

namespace toksync::cli {
namespace {

/// "--max-credits" has the variable TOKSYNC_MAX_CREDITS.
std::string variable_of(std::string_view flag) {
  std::string name = "TOKSYNC_";
  for (const char c : flag.substr(2)) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return name;
}

}  // namespace

std::string need_text(const std::string& text) { return text.empty() ? "needs a value" : ""; }

std::string need_duration(const std::string& text) {
  if (parse_duration(text)) return {};
  return fmt::format("{} is no duration; write a whole number with s, m, h or d, such as 90s or 2h", redact(text));
}

bool is_day(const std::string& text) { return text.size() == 10 && from_iso8601(text).has_value(); }

std::string need_duration_or_day(const std::string& text) {
  if (is_day(text) || parse_duration(text)) return {};
  return fmt::format("{} is no duration, such as 30d, and no day, such as 2026-05-28", redact(text));
}

std::string need_base_url(const std::string& text) {
  const auto problem = pipeline::base_url_problem(text);
  return problem ? redact(*problem) : std::string{};
}

std::string need_place_for_file(const std::string& text) {
  return text.empty() ? "needs a value" : redact(whole_file_problem(text));
}

std::optional<std::int64_t> read_number(std::string_view text) {
  std::int64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end) return std::nullopt;
  return value;
}

Check whole_number(std::int64_t lowest, std::int64_t highest) {
  return [=](const std::string& text) -> std::string {
    const auto value = read_number(text);
    if (value && *value >= lowest && *value <= highest) return {};
    return fmt::format("{} is no whole number from {} to {}", redact(text), lowest, highest);
  };
}

void add_value(CLI::App& app, const FlagText& text, const CLI::Validator& check,
               const std::function<void(const Text&)>& use) {
  app.add_option_function<Text>(text.flag, use, text.description)
      ->check(check)
      ->type_name(text.type)
      ->envname(variable_of(text.flag));
}

void add_value(CLI::App& app, const FlagText& text, const Check& check, const std::function<void(const Text&)>& use) {
  add_value(app, text, CLI::Validator{check, ""}, use);
}

void add_switch(CLI::App& app, const Text& flag, bool& target, const Text& description) {
  app.add_flag(flag, target, description)->envname(variable_of(flag));
}

void add_list(CLI::App& app, const Text& flag, const Text& type, std::vector<Text>& target, const Text& description) {
  app.add_option(flag, target, description)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name(type)
      ->envname(variable_of(flag));
}

}  // namespace toksync::cli
