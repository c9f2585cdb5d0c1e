// The other rate limit: a bucket per key that holds so many requests and fills evenly, as TokPortal has it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <string>

#include "base/time.hpp"
#include "sandbox/rate_limit.hpp"

namespace toksync::sandbox {

class TokenBuckets {
 public:
  /// `fill` is how long an empty bucket takes to be full.
  TokenBuckets(int limit, Milliseconds fill) : limit_(limit), per_token_(static_cast<double>(fill.count()) / limit) {}

  /// Takes a token, if there is one. `reset` of the state is when the bucket is completely full again.
  [[nodiscard]] RateState count(const std::string& key, WallTime now) {
    Bucket& bucket = buckets_.try_emplace(key, Bucket{static_cast<double>(limit_), now}).first->second;
    const auto passed = static_cast<double>((now - bucket.at).count());
    bucket = {std::min<double>(limit_, bucket.tokens + passed / per_token_), now};
    const bool allowed = bucket.tokens >= 1.0;
    if (allowed) bucket.tokens -= 1.0;
    return {allowed, limit_, static_cast<int>(bucket.tokens), now + time_for(limit_ - bucket.tokens)};
  }
  /// How long until the key has a token again.
  [[nodiscard]] Milliseconds next_token(const std::string& key) const {
    const auto found = buckets_.find(key);
    return found == buckets_.end() ? Milliseconds{0} : time_for(std::max(0.0, 1.0 - found->second.tokens));
  }
  void reset() { buckets_.clear(); }

 private:
  struct Bucket {
    double tokens = 0.0;
    WallTime at{};
  };
  [[nodiscard]] Milliseconds time_for(double tokens) const {
    return Milliseconds{static_cast<Milliseconds::rep>(std::ceil(tokens * per_token_))};
  }

  int limit_;
  double per_token_;  ///< milliseconds
  std::map<std::string, Bucket> buckets_;
};

}  // namespace toksync::sandbox
