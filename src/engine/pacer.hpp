// The rate limit of a mirrored API, whichever kind it is. Used by Mirror.
#pragma once

#include <variant>

#include "api/mirror.hpp"
#include "engine/rate_limiter.hpp"
#include "engine/token_bucket.hpp"

namespace toksync::engine {

class Pacer {
 public:
  /// `ceiling`: requests a minute at most, by the pipeline or the provider.
  Pacer(api::RateLimitKind kind, std::optional<int> ceiling);

  [[nodiscard]] SteadyTime next_slot(SteadyTime now) const;
  void sent(SteadyTime now);
  void answered(const RateLimitHeaders& headers, SteadyTime now, Milliseconds took);
  void refused(Milliseconds retry_after, SteadyTime now);
  [[nodiscard]] std::optional<int> limit() const;
  /// In which so many requests can leave at the least.
  [[nodiscard]] Milliseconds least_time(std::int64_t requests, SteadyTime began) const;

 private:
  std::variant<RateLimiter, TokenBucket> limiter_;
};

}  // namespace toksync::engine
