// The walk of a search: where the next page begins and when the walk is over. Pure; used by `engine`.
#pragma once

#include "model/answer.hpp"
#include "model/stage_config.hpp"

namespace toksync::stages {

inline constexpr int kLargestPage = 100;  ///< contract: `limit` 1 to 100

/// What a page means for the walk.
struct WalkStep {
  OptionalText cursor;  ///< where the next page begins
  bool finished = false;
};

/// Where a walk stands when it asks for a page.
struct WalkState {
  OptionalText cursor;  ///< where the page begins; nothing for the first
  int limit = kLargestPage;
  std::int64_t kept = 0;  ///< creators found so far
};

/// How many profiles to ask for when `kept` of `max_creators` are there already, 1..100.
[[nodiscard]] int page_limit(const SearchConfig& config, std::int64_t kept);

/// The step after a page that was asked for in that state and brought `new_creators` new ones. A short
/// page, an explicit end, a page without anything new or enough creators end the walk
/// (contracts/toksta.md, "Search").
[[nodiscard]] WalkStep next_step(const SearchConfig& config, const WalkState& asked, const SearchPage& page,
                                 std::int64_t new_creators);

}  // namespace toksync::stages
