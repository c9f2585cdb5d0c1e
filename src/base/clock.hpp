// The only way to learn what time it is. `cli` makes the system clock once and hands it down; tests
// hand down a clock that they move themselves (tests/support/manual_clock.hpp).
#pragma once

#include "base/time.hpp"

namespace toksync {

/// Wall and steady time side by side: the wall time is for records, the steady time for waiting.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
};

}  // namespace toksync
