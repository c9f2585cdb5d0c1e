#include "engine/retry.hpp"

#include <algorithm>
#include <cmath>

namespace toksync::engine {

Milliseconds retry_delay(int attempt, std::optional<Seconds> retry_after, Random& random) {
  const int doublings = std::clamp(attempt - 1, 0, 10);
  const auto base = std::min(kShortestDelay * (1 << doublings), kLongestDelay);
  const auto jittered = static_cast<double>(base.count()) * (0.75 + 0.5 * random.unit());
  const auto delay = std::clamp(Milliseconds{std::llround(jittered)}, kShortestDelay, kLongestDelay);
  return retry_after ? std::max<Milliseconds>(delay, *retry_after) : delay;
}

}  // namespace toksync::engine
