// The least time in which a night can be played by anybody, however clever: a lower bound from what the world
// knows, computed without the engine. See least_time.cpp for why each part of it holds.
#pragma once

#include "night_case.hpp"
#include "request_kind.hpp"

namespace toksync::bench {

struct LeastTime {
  Milliseconds simple{0};  ///< the greater of: requests by the rate limit; the longest chain of latencies
  Milliseconds tight{0};   ///< a bound at least as great, from both together
  Milliseconds blind{0};   ///< for who cannot know beforehand how long each job takes; an estimate, but a close one
  Requests requests;       ///< the fewest
};

/// `since_window`: how much of a minute of the clock is over when the night begins; counts where windows follow it.
[[nodiscard]] LeastTime least_time(const World& world, Milliseconds since_window);

}  // namespace toksync::bench
