// JSON documents whose keys stay in the order written. Used by everything that answers --json.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

namespace toksync::cli {

using Json = nlohmann::ordered_json;

/// A value, or null when it is unknown.
template <typename Value>
[[nodiscard]] Json json_of(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace toksync::cli
