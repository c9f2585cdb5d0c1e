#include "pipeline/identity.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"

namespace toksync::pipeline {
namespace {

bool counts(const Entry& entry) {
  return entry.path != "description" && entry.path != "notify" && entry.path != "publish";
}

std::string text_of(const Node& node);

std::string text_of(const Table& table) {
  std::string text = "{";
  for (const auto& entry : table) {
    if (counts(entry)) text += fmt::format("{}:{},", quote_json(entry.key), text_of(entry.node));
  }
  return text + "}";
}

std::string text_of(const Array& array) {
  std::string text = "[";
  for (const auto& element : array) text += text_of(element) + ",";
  return text + "]";
}

std::string text_of(const Node& node) {
  if (const auto* const boolean = std::get_if<bool>(&node.value)) return *boolean ? "true" : "false";
  if (const auto* const integer = std::get_if<std::int64_t>(&node.value)) return std::to_string(*integer);
  if (const auto* const number = std::get_if<double>(&node.value)) return fmt::format("{}", *number);
  if (const auto* const text = std::get_if<std::string>(&node.value)) {
    return quote_json(node.written.empty() ? *text : node.written);
  }
  if (const auto* const array = std::get_if<Array>(&node.value)) return text_of(*array);
  if (const auto* const table = std::get_if<Table>(&node.value)) return text_of(*table);
  return "null";
}

}  // namespace

std::string identity_of(const Table& document) { return text_of(document); }

}  // namespace toksync::pipeline
