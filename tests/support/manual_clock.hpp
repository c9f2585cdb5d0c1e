// A clock that moves only when a test says so.
#pragma once

#include "base/clock.hpp"

namespace toksync::test {

class ManualClock final : public Clock {
 public:
  /// Starts at 2026-06-01T00:00:00Z.
  ManualClock() = default;

  [[nodiscard]] WallTime wall() const override { return wall_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }

  void advance(Milliseconds by) {
    wall_ += by;
    steady_ += by;
  }
  void advance_to(SteadyTime moment) {
    if (moment > steady_) advance(moment - steady_);
  }

 private:
  WallTime wall_{Milliseconds{1'780'272'000'000}};
  SteadyTime steady_{Milliseconds{1'000'000}};
};

}  // namespace toksync::test
