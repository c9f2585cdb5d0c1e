#include "pipeline/value_check.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/time.hpp"
#include "pipeline/near_miss.hpp"

namespace toksync::pipeline {
namespace {

bool is_inside(const Range& range, double value) {
  return std::isfinite(value) && value >= range.least && value <= range.most;
}

bool is_choice(const KeySpec& spec, std::string_view text) {
  return std::ranges::find(spec.choices, text) != spec.choices.end();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Nothing when the value is allowed; otherwise what to say about it beyond found and allowed, maybe "".
using Objection = std::optional<std::string>;

Objection object_to_integer(const KeySpec& spec, const Node& node) {
  const auto* const value = std::get_if<std::int64_t>(&node.value);
  if (value == nullptr) return "";
  if (!spec.choices.empty()) return is_choice(spec, std::to_string(*value)) ? Objection{} : "";
  return is_inside(spec.range, static_cast<double>(*value)) ? Objection{} : "";
}

Objection object_to_number(const KeySpec& spec, const Node& node) {
  if (const auto* const value = std::get_if<std::int64_t>(&node.value)) {
    return is_inside(spec.range, static_cast<double>(*value)) ? Objection{} : "";
  }
  const auto* const value = std::get_if<double>(&node.value);
  return value != nullptr && is_inside(spec.range, *value) ? Objection{} : "";
}

Objection object_to_text(const KeySpec& spec, const Node& node) {
  const auto* const text = std::get_if<std::string>(&node.value);
  if (text == nullptr) return "";
  if (!spec.choices.empty()) {
    if (is_choice(spec, *text)) return std::nullopt;
    const auto meant = nearest(*text, spec.choices);
    return meant ? fmt::format("did you mean \"{}\"?", *meant) : "";
  }
  if (std::ranges::all_of(*text, is_space)) return "";
  if (std::ranges::any_of(*text, is_control)) return "it has a line break or another control character";
  return spec.form == nullptr ? std::nullopt : spec.form->problem(*text);
}

Objection object_to_prose(const Node& node) {
  const auto* const text = std::get_if<std::string>(&node.value);
  if (text == nullptr) return "";
  const bool is_prose = std::ranges::none_of(*text, [](char c) { return is_control(c) && !is_space(c); });
  return is_prose ? Objection{} : "it has a control character";
}

Objection object_to_duration(const KeySpec& spec, const Node& node) {
  const auto* const text = std::get_if<std::string>(&node.value);
  if (text == nullptr) return "";
  if (spec.kind == Kind::age && *text == "never") return std::nullopt;
  const auto duration = parse_duration(*text);
  return duration && is_inside(spec.range, static_cast<double>(duration->count())) ? Objection{} : "";
}

Objection object_to(const KeySpec& spec, const Node& node) {
  switch (spec.kind) {
    case Kind::table: return std::holds_alternative<Table>(node.value) ? Objection{} : "";
    case Kind::boolean: return std::holds_alternative<bool>(node.value) ? Objection{} : "";
    case Kind::integer: return object_to_integer(spec, node);
    case Kind::number: return object_to_number(spec, node);
    case Kind::text:
    case Kind::text_or_texts: return object_to_text(spec, node);
    case Kind::prose: return object_to_prose(node);
    case Kind::duration:
    case Kind::age: return object_to_duration(spec, node);
    case Kind::texts:
    case Kind::words: return "";
  }
  return "";
}

/// Keywords that differ in case only ask the API for the same thing.
std::string folded(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

void complain(const KeySpec& spec, Node& node, const std::string& path, const std::string& objection,
              Complaints& complaints) {
  node.refused = true;
  const auto more = objection.empty() ? "" : "; " + objection;
  complaints.add(node.at, path, fmt::format("found {}, allowed is {}{}", describe(node), allowed_values(spec), more));
}

bool is_list(const KeySpec& spec, const Node& node) {
  if (spec.kind != Kind::texts && spec.kind != Kind::text_or_texts && spec.kind != Kind::words) return false;
  const auto* const array = std::get_if<Array>(&node.value);
  return array != nullptr && !array->empty();
}

void check_list(const KeySpec& spec, Node& node, const std::string& path, Complaints& complaints) {
  KeySpec element_spec = spec;
  element_spec.kind = Kind::text;
  std::set<std::string> seen;
  for (auto& element : std::get<Array>(node.value)) {
    check_value(element_spec, element, path, complaints);
    const auto* const text = std::get_if<std::string>(&element.value);
    if (!element.refused && spec.kind != Kind::words && !seen.insert(folded(*text)).second) {
      element.refused = true;
      complaints.add(element.at, path, fmt::format("found {} twice, each text must be different", describe(element)));
    }
    node.refused = node.refused || element.refused;
  }
}

}  // namespace

void check_value(const KeySpec& spec, Node& node, const std::string& path, Complaints& complaints) {
  if (is_list(spec, node)) return check_list(spec, node, path, complaints);
  if (node.refused) return;
  if (const auto objection = object_to(spec, node)) complain(spec, node, path, *objection, complaints);
}

}  // namespace toksync::pipeline
