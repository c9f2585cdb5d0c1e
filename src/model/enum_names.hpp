// A table of an enum's values and their spellings, searched both ways. Used by the nouns of model.
#pragma once

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace toksync {

template <typename Enum, std::size_t count>
using EnumNames = std::array<std::pair<Enum, std::string_view>, count>;

/// The spelling of a value; a value that the table lacks is a bug and throws std::logic_error.
template <typename Enum, std::size_t count>
[[nodiscard]] constexpr std::string_view name_of(const EnumNames<Enum, count>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  throw std::logic_error("an enum value has no name");
}

/// The value of a spelling, or nothing when it is unknown.
template <typename Enum, std::size_t count>
[[nodiscard]] constexpr std::optional<Enum> value_of(const EnumNames<Enum, count>& names, std::string_view text) {
  for (const auto& [candidate, name] : names) {
    if (name == text) return candidate;
  }
  return std::nullopt;
}

}  // namespace toksync
