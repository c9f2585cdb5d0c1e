// Says when the next request may leave. Follows the server's headers and our own ceiling, whichever is
// lower, and spreads nothing: what a window allows may leave at once. Pure: time is handed in.
// Source of the rules: contracts/toksta.md, "Calling it" (a 60-second window, per key, every request counts).
#pragma once

#include <deque>
#include <optional>

#include "base/time.hpp"
#include "model/answer.hpp"

namespace toksync::engine {

class RateLimiter {
 public:
  /// `ceiling`: requests a minute that the user allows at most.
  explicit RateLimiter(std::optional<int> ceiling) : ceiling_(ceiling) {}

  /// The moment from which the next request may leave: `now` or earlier means at once,
  /// SteadyTime::max() means not before one of those in flight is answered.
  [[nodiscard]] SteadyTime next_slot(SteadyTime now) const;
  void sent(SteadyTime now);
  /// To be called for every request that ended, answered or not, `took` after it was sent.
  void answered(const RateLimitHeaders& headers, SteadyTime now, Milliseconds took = Milliseconds{0});
  /// After a 429.
  void refused(Milliseconds retry_after, SteadyTime now);
  /// How many requests may leave now, as far as known; 0 before the first answer.
  [[nodiscard]] int left(SteadyTime now) const;
  /// When the server's window ends, if it says so.
  [[nodiscard]] std::optional<SteadyTime> window_end() const { return window_end_; }
  struct Stretch {
    SteadyTime begin, end;
  };
  /// The last seconds of the server's window: what is left of it then is lost if it is not used. Nothing where any
  /// minute is a window, so that a request of now is missing for a minute.
  [[nodiscard]] std::optional<Stretch> last_stretch() const;
  /// Requests a minute as far as known: the lower of the server's limit and the ceiling.
  [[nodiscard]] std::optional<int> limit() const;
  /// How many requests we let leave in any minute, if that is limited.
  [[nodiscard]] std::optional<int> ceiling() const { return effective_ceiling(); }
  /// The server's windows, as it told of them.
  struct Windows {
    int limit = 1;           ///< the highest that it told
    SteadyTime first_end;    ///< of the one in which it first answered, at the earliest
    Milliseconds length{0};  ///< at most a minute
  };
  [[nodiscard]] const std::optional<Windows>& windows() const { return windows_; }

 private:
  [[nodiscard]] SteadyTime server_slot(SteadyTime now) const;
  [[nodiscard]] SteadyTime ceiling_slot(SteadyTime now) const;
  [[nodiscard]] std::optional<int> effective_ceiling() const;
  void roll_window(SteadyTime now);
  /// Requests sent since then that may have met the window after this one.
  [[nodiscard]] int sent_into_next_window(SteadyTime since) const;
  void see_window(Milliseconds reset_in, SteadyTime asked);

  std::optional<int> ceiling_;
  bool heard_ = false;  ///< an answer has come, with or without headers
  std::optional<int> server_limit_;
  bool tells_window_ = false;  ///< the server says when its window ends; otherwise any minute is one
  int remaining_ = 0;
  std::optional<SteadyTime> window_end_;
  SteadyTime blocked_until_ = SteadyTime::min();
  int in_flight_ = 0;
  std::optional<Windows> windows_;
  std::deque<SteadyTime> sent_;  ///< our own sends of the last minute
};

}  // namespace toksync::engine
