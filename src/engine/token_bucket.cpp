#include "engine/token_bucket.hpp"

#include <algorithm>

namespace toksync::engine {
namespace {

constexpr Milliseconds kMinute{60'000};
constexpr std::int64_t kToken = kMinute.count();

}  // namespace

TokenBucket::TokenBucket(int per_minute, std::optional<int> ceiling)
    : per_minute_(std::max(1, per_minute)), ceiling_(ceiling), parts_(kToken * per_minute_) {}

int TokenBucket::limit() const { return std::min(per_minute_, ceiling_.value_or(per_minute_)); }

std::int64_t TokenBucket::parts_at(SteadyTime now) const {
  if (!fills_since_) return parts_;
  return std::min(kToken * per_minute_, parts_ + parts_within(now - *fills_since_));
}

SteadyTime TokenBucket::bucket_slot(SteadyTime now) const {
  const auto missing = kToken - parts_at(now);
  if (missing <= 0) return now;
  if (!fills_since_) return SteadyTime::max();
  return now + Milliseconds{(missing + per_minute_ - 1) / per_minute_};
}

SteadyTime TokenBucket::ceiling_slot(SteadyTime now) const {
  if (!ceiling_ || sent_.size() < static_cast<std::size_t>(*ceiling_)) return now;
  return sent_.front() + kMinute;
}

SteadyTime TokenBucket::next_slot(SteadyTime now) const {
  return std::max({bucket_slot(now), ceiling_slot(now), blocked_until_});
}

void TokenBucket::sent(SteadyTime now) {
  const auto parts = parts_at(now);
  // A full bucket fills on only when the request has come to the server, nobody knows when before an answer.
  if (parts >= kToken * per_minute_) fills_since_.reset();
  if (fills_since_) fills_since_ = now;
  parts_ = parts - kToken;
  ++in_flight_;
  if (!ceiling_) return;
  sent_.push_back(now);
  if (sent_.size() > static_cast<std::size_t>(*ceiling_)) sent_.pop_front();
}

void TokenBucket::answered(const RateLimitHeaders& headers, SteadyTime now, Milliseconds took) {
  in_flight_ = std::max(0, in_flight_ - 1);
  parts_ = parts_at(now);
  fills_since_ = now;
  if (headers.limit && *headers.limit > 0) per_minute_ = *headers.limit;
  if (!headers.remaining) return;
  // Told are the whole tokens that were left when the request came, somewhen within `took`. More than that and what
  // may have come back since is what others took; what is still on its way was not counted then.
  const auto most = kToken * (std::int64_t{*headers.remaining} + 1) + parts_within(took);
  if (parts_at(now) >= most) parts_ = kToken * (std::int64_t{*headers.remaining} - in_flight_);
}

void TokenBucket::refused(Milliseconds retry_after, SteadyTime now) {
  blocked_until_ = std::max(blocked_until_, now + retry_after);
  // Then there is one token, and no more.
  parts_ = std::min(parts_at(now), kToken - parts_within(retry_after));
  fills_since_ = now;
}

Milliseconds TokenBucket::least_time(std::int64_t requests) const {
  const auto later = std::max<std::int64_t>(0, requests - per_minute_);
  const Milliseconds by_bucket{later * kToken / per_minute_};
  if (!ceiling_ || requests < 1) return by_bucket;
  return std::max<Milliseconds>(by_bucket, kMinute * ((requests - 1) / *ceiling_));
}

}  // namespace toksync::engine
