// Says when the next request may leave towards a server that hands out tokens one by one and lets some pile up: a burst
// first, then one at a time. The counterpart of RateLimiter, which knows windows. Pure: time is handed in.
// Source of the rules: contracts/tokportal.md, section 4 (its reset time is when the bucket is full, not worth waiting
// for).
#pragma once

#include <optional>

#include "base/time.hpp"
#include "model/answer.hpp"

namespace toksync::engine {

class TokenBucket {
 public:
  /// `per_minute`: tokens that come back in a minute, and that pile up at most, until the server tells another number;
  /// `ceiling`: what the user allows at most.
  TokenBucket(int per_minute, std::optional<int> ceiling);

  /// The moment from which the next request may leave: `now` or earlier means at once.
  [[nodiscard]] SteadyTime next_slot(SteadyTime now) const;
  void sent(SteadyTime now);
  /// To be called for every request that ended, answered or not.
  void answered(const RateLimitHeaders& headers, SteadyTime now);
  /// After a 429.
  void refused(Milliseconds retry_after, SteadyTime now);
  /// Requests a minute as far as known.
  [[nodiscard]] int limit() const { return per_minute_; }
  /// In which so many requests can leave at the least: the first of them at once, out of a full bucket.
  [[nodiscard]] Milliseconds least_time(std::int64_t requests) const;

 private:
  [[nodiscard]] double tokens_at(SteadyTime now) const;
  void set_tokens(double tokens, SteadyTime now);

  int per_minute_;
  std::optional<int> ceiling_;
  double tokens_;
  SteadyTime counted_at_ = SteadyTime::min();
  SteadyTime blocked_until_ = SteadyTime::min();
  int in_flight_ = 0;
};

}  // namespace toksync::engine
