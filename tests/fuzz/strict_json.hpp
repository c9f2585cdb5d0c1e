// A strict reader of JSON to hold ours against.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace toksync::fuzz {

/// True when a number of the text may be beyond a double: the grammar allows it, nlohmann::json does not.
inline bool may_hold_huge_number(std::string_view text) {
  constexpr std::size_t kFirstHuge = 300;
  std::size_t digits = 0;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (digits > 0 && (c == 'e' || c == 'E')) return true;
    digits = is_digit ? digits + 1 : 0;
    if (digits >= kFirstHuge) return true;
  }
  return false;
}

/// The text as JSON; discarded when it is none.
inline nlohmann::json strictly(std::string_view text) { return nlohmann::json::parse(text, nullptr, false); }

}  // namespace toksync::fuzz
