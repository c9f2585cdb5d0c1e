#include "pipeline/strings.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/secret.hpp"

namespace toksync::pipeline {
namespace {

constexpr std::string_view kKeyRefused =
    "holds what looks like an API key; a pipeline file is no place for it: put it into an environment variable or a "
    "file, and name that in source.api_key_env or source.api_key_file";

bool is_variable_name(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, is_word);
}

/// Reads what follows a "${", up to and with the "}", and adds the variable's value to `out`.
tl::expected<void, std::string> replace_one(std::string_view& rest, std::string& out,
                                            const EnvironmentLookup& environment) {
  const auto close = rest.find('}');
  if (close == std::string_view::npos) return tl::unexpected(std::string{"has a ${ without a }; write $$ for a $"});
  const auto name = rest.substr(0, close);
  if (!is_variable_name(name)) {
    return tl::unexpected(fmt::format("{} is not the name of an environment variable; write $$ for a $", quoted(name)));
  }
  const auto value = environment(std::string{name});
  if (!value) return tl::unexpected(fmt::format("the environment variable {} is not set", name));
  out += *value;
  rest.remove_prefix(close + 1);
  return {};
}

tl::expected<std::string, std::string> replace_all(std::string_view text, const EnvironmentLookup& environment) {
  std::string out;
  for (auto rest = text; !rest.empty();) {
    const auto dollar = rest.find('$');
    out += rest.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    rest.remove_prefix(dollar + 1);
    if (rest.starts_with('{')) {
      rest.remove_prefix(1);
      if (const auto replaced = replace_one(rest, out, environment); !replaced) return tl::unexpected(replaced.error());
      continue;
    }
    out += '$';
    if (rest.starts_with('$')) rest.remove_prefix(1);
  }
  return out;
}

class StringPreparation {
 public:
  StringPreparation(const EnvironmentLookup& environment, Complaints& complaints)
      : environment_(environment), complaints_(complaints) {}

  void apply(Table& table) {
    for (auto& entry : table) {
      if (looks_like_api_key(entry.key)) complaints_.add(entry.at, entry.path, kKeyRefused);
      apply(entry.node, entry.path);
    }
  }

 private:
  void apply(Node& node, const std::string& path) {
    if (auto* table = std::get_if<Table>(&node.value)) apply(*table);
    if (auto* text = std::get_if<std::string>(&node.value)) apply(node, *text, path);
    if (auto* array = std::get_if<Array>(&node.value)) {
      for (auto& element : *array) {
        apply(element, path);
        node.refused = node.refused || element.refused;
      }
    }
  }

  void apply(Node& node, std::string& text, const std::string& path) {
    if (looks_like_api_key(text)) return refuse(node, path, kKeyRefused);
    auto replaced = replace_all(text, environment_);
    if (!replaced) return refuse(node, path, replaced.error());
    if (looks_like_api_key(*replaced)) return refuse(node, path, kKeyRefused);
    if (*replaced == text) return;
    node.written = std::move(text);
    text = std::move(*replaced);
  }

  void refuse(Node& node, const std::string& path, std::string_view message) {
    node.refused = true;
    complaints_.add(node.at, path, message);
  }

  const EnvironmentLookup& environment_;
  Complaints& complaints_;
};

}  // namespace

void prepare_strings(Table& document, const EnvironmentLookup& environment, Complaints& complaints) {
  StringPreparation{environment, complaints}.apply(document);
}

void refuse_keys_in_comments(std::string_view text, Complaints& complaints) {
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!looks_like_api_key(line) || complaints.has_line(number)) continue;
    const auto clean = redact(line);
    const auto key = std::ranges::mismatch(line, clean).in1;
    const auto before = std::count_if(line.begin(), key, starts_character);
    complaints.add({number, static_cast<int>(before) + 1}, "", fmt::format("the line {}", kKeyRefused));
  }
}

}  // namespace toksync::pipeline
