// A clock that moves only when a test says so.
#pragma once

#include "base/clock.hpp"

namespace toksync::test {

class ManualClock final : public Clock {
 public:
  /// Starts at 2026-06-01T00:00:00Z.
  ManualClock() = default;

  [[nodiscard]] WallTime wall() const override { return wall_ + error_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }
  /// The time that everybody else's clock shows.
  [[nodiscard]] WallTime true_wall() const { return wall_; }

  void advance(Milliseconds by) {
    wall_ += by;
    steady_ += by;
  }
  /// Sets the wall clock forward, or back, as somebody does by hand; no time passes.
  void jump(Milliseconds by) { error_ += by; }
  void advance_to(SteadyTime moment) {
    if (moment > steady_) advance(moment - steady_);
  }

 private:
  WallTime wall_{Milliseconds{1'780'272'000'000}};
  SteadyTime steady_{Milliseconds{1'000'000}};
  Milliseconds error_{0};
};

}  // namespace toksync::test
