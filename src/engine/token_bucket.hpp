// Says when the next request may leave towards a server that hands out tokens one by one and lets some pile up: a burst
// first, then one at a time. The counterpart of RateLimiter, which knows windows. Pure: time is handed in.
// Source of the rules: contracts/tokportal.md, section 4 (its reset time is when the bucket is full, not worth waiting
// for). As long as nobody else uses the key, what is counted here is never more than what the server has.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "model/answer.hpp"

namespace toksync::engine {

class TokenBucket {
 public:
  /// `per_minute`: tokens that come back in a minute, and that pile up at most, until the server tells another number;
  /// `ceiling`: requests that the user allows in any minute.
  TokenBucket(int per_minute, std::optional<int> ceiling);

  /// The moment from which the next request may leave: `now` or earlier means at once, SteadyTime::max() not before
  /// an answer.
  [[nodiscard]] SteadyTime next_slot(SteadyTime now) const;
  void sent(SteadyTime now);
  /// To be called for every request that ended, answered or not, with the time since it was sent.
  void answered(const RateLimitHeaders& headers, SteadyTime now, Milliseconds took);
  /// After a 429.
  void refused(Milliseconds retry_after, SteadyTime now);
  /// Requests a minute as far as known.
  [[nodiscard]] int limit() const;
  /// In which so many requests can leave at the least: the first of them at once, out of a full bucket.
  [[nodiscard]] Milliseconds least_time(std::int64_t requests) const;

 private:
  // Tokens are counted in parts, of which as many come back in a millisecond as tokens in a minute: whole numbers, so
  // that nothing is lost to rounding.
  [[nodiscard]] std::int64_t parts_at(SteadyTime now) const;
  [[nodiscard]] std::int64_t parts_within(Milliseconds time) const { return time.count() * per_minute_; }
  [[nodiscard]] SteadyTime bucket_slot(SteadyTime now) const;
  [[nodiscard]] SteadyTime ceiling_slot(SteadyTime now) const;

  int per_minute_;
  std::optional<int> ceiling_;
  std::int64_t parts_;                     ///< at `fills_since_`
  std::optional<SteadyTime> fills_since_;  ///< nothing: it is full, or was until requests left that nobody answered yet
  SteadyTime blocked_until_ = SteadyTime::min();
  int in_flight_ = 0;
  std::deque<SteadyTime> sent_{};  ///< the last ones, for the ceiling
};

}  // namespace toksync::engine
