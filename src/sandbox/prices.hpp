// What each API charges, in credits (contracts/toksta.md, "Credits" and "Partner API").
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sandbox/options.hpp"

namespace toksync::sandbox {

/// Prices of one API.
struct Prices {
  std::int64_t search = 1;                        ///< a request to the database search
  std::int64_t discovery = 1;                     ///< 100 profiles of a discovery search
  std::int64_t enrich = 1;                        ///< a profile
  std::array<std::int64_t, 3> content{};          ///< a creator, by 10, 20, 30 posts
  std::array<std::int64_t, 3> audience{};         ///< a creator, by quick_scan, deep_dive, comprehensive
  std::array<std::int64_t, 3> thought_leaders{};  ///< a creator analyzed, by broad, balanced, strict

  [[nodiscard]] std::int64_t of_content(std::int64_t posts) const {
    return content[posts == 30 ? 2 : posts == 20 ? 1 : 0];
  }
  [[nodiscard]] std::int64_t of_audience(std::string_view depth) const {
    return audience[depth == "comprehensive" ? 2 : depth == "deep_dive" ? 1 : 0];
  }
  [[nodiscard]] std::int64_t of_thought_leaders(std::string_view mode) const {
    return thought_leaders[mode == "strict" ? 2 : mode == "broad" ? 0 : 1];
  }
};

[[nodiscard]] inline Prices prices_of(Api api) {
  if (api == Api::partner) return {0, 0, 2, {{2, 2, 2}}, {{2, 2, 2}}, {{2, 3, 4}}};
  return {1, 1, 1, {{3, 5, 8}}, {{10, 20, 30}}, {{1, 2, 3}}};
}

}  // namespace toksync::sandbox
