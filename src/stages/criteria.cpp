#include "stages/criteria.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_text.hpp"

namespace toksync::stages {
namespace {

std::string json_texts(std::vector<std::string> values) {
  std::ranges::sort(values);
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + quote_json(value);
  return "[" + list + "]";
}

struct FilterJson {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::vector<std::string>& values) const { return json_texts(values); }
};

}  // namespace

CriteriaWriter& CriteriaWriter::raw(std::string_view key, std::string_view json) {
  body_ += fmt::format("{}{}:{}", body_.empty() ? "" : ",", quote_json(key), json);
  return *this;
}

CriteriaWriter& CriteriaWriter::text(std::string_view key, std::string_view value) {
  return raw(key, quote_json(value));
}

CriteriaWriter& CriteriaWriter::optional_text(std::string_view key, const OptionalText& value) {
  return value ? text(key, *value) : *this;
}

CriteriaWriter& CriteriaWriter::number(std::string_view key, double value) {
  return raw(key, fmt::format("{}", value));
}

CriteriaWriter& CriteriaWriter::flag(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }

CriteriaWriter& CriteriaWriter::texts(std::string_view key, std::vector<std::string> values) {
  return raw(key, json_texts(std::move(values)));
}

CriteriaWriter& CriteriaWriter::filters(std::string_view key, const Filters& filters) {
  CriteriaWriter inner;
  for (const auto& [name, value] : filters) inner.raw(name, std::visit(FilterJson{}, value));
  return raw(key, inner.finish());
}

}  // namespace toksync::stages
