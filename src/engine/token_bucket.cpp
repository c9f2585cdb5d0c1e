#include "engine/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace toksync::engine {
namespace {

constexpr double kMinute = 60'000;  // milliseconds

}  // namespace

TokenBucket::TokenBucket(int per_minute, std::optional<int> ceiling)
    : per_minute_(std::max(1, std::min(per_minute, ceiling.value_or(per_minute)))),
      ceiling_(ceiling),
      tokens_(per_minute_) {}

double TokenBucket::tokens_at(SteadyTime now) const {
  if (counted_at_ == SteadyTime::min()) return tokens_;
  const auto passed = static_cast<double>((now - counted_at_).count());
  return std::min<double>(per_minute_, tokens_ + passed * per_minute_ / kMinute);
}

void TokenBucket::set_tokens(double tokens, SteadyTime now) {
  tokens_ = tokens;
  counted_at_ = now;
}

SteadyTime TokenBucket::next_slot(SteadyTime now) const {
  const auto missing = 1 - tokens_at(now);
  auto slot = now;
  if (missing > 0) slot += Milliseconds{static_cast<std::int64_t>(std::ceil(missing * kMinute / per_minute_))};
  return std::max(slot, blocked_until_);
}

void TokenBucket::sent(SteadyTime now) {
  set_tokens(tokens_at(now) - 1, now);
  ++in_flight_;
}

void TokenBucket::answered(const RateLimitHeaders& headers, SteadyTime now) {
  in_flight_ = std::max(0, in_flight_ - 1);
  if (headers.limit && *headers.limit > 0) per_minute_ = std::min(*headers.limit, ceiling_.value_or(*headers.limit));
  // What is told was left before those that are still on their way were counted.
  const auto tokens = tokens_at(now);
  if (headers.remaining) set_tokens(std::min<double>(tokens, *headers.remaining), now);
}

Milliseconds TokenBucket::least_time(std::int64_t requests) const {
  const auto later = static_cast<double>(std::max<std::int64_t>(0, requests - per_minute_));
  return Milliseconds{static_cast<std::int64_t>(later * kMinute / per_minute_)};
}

void TokenBucket::refused(Milliseconds retry_after, SteadyTime now) {
  blocked_until_ = std::max(blocked_until_, now + retry_after);
  // Then there is one token, and no more.
  set_tokens(1 - static_cast<double>(retry_after.count()) * per_minute_ / kMinute, now);
}

}  // namespace toksync::engine
