// Canonical JSON for criteria, written by hand so that the same criteria are the same text for ever:
// keys in a fixed order, keywords sorted, numbers in their shortest form. Internal to `stages`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/creator.hpp"
#include "model/stage_config.hpp"

namespace toksync::stages {

/// Builds one JSON object; keys appear in the order of the calls.
class CriteriaWriter {
 public:
  CriteriaWriter& text(std::string_view key, std::string_view value);
  CriteriaWriter& optional_text(std::string_view key, const OptionalText& value);
  CriteriaWriter& number(std::string_view key, double value);
  CriteriaWriter& flag(std::string_view key, bool value);
  /// The texts sorted: their order does not change what is looked for.
  CriteriaWriter& texts(std::string_view key, std::vector<std::string> values);
  CriteriaWriter& filters(std::string_view key, const Filters& filters);
  [[nodiscard]] std::string finish() const { return "{" + body_ + "}"; }

 private:
  CriteriaWriter& raw(std::string_view key, std::string_view json);
  std::string body_;
};

}  // namespace toksync::stages
