#include "base/clock.hpp"

namespace toksync {

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now());
}

}  // namespace toksync
