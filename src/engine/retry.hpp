// How long to wait before something is sent again: a pure function, tested as a table.
#pragma once

#include <optional>

#include "base/random.hpp"
#include "base/time.hpp"

namespace toksync::engine {

inline constexpr Milliseconds kShortestDelay{2'000};
inline constexpr Milliseconds kLongestDelay{30'000};

/// Exponential from 2 s to 30 s with a jitter of a quarter either way; `attempt` counts from 1. What the
/// server asked for in Retry-After is the least (contracts/toksta.md, "Calling it").
[[nodiscard]] Milliseconds retry_delay(int attempt, std::optional<Seconds> retry_after, Random& random);

}  // namespace toksync::engine
