#include "engine/pacer.hpp"

#include "engine/least_time.hpp"

namespace toksync::engine {
namespace {

// What a bucket gives until the server has told (contracts/tokportal.md, section 4).
constexpr int kUsualBucket = 120;

std::variant<RateLimiter, TokenBucket> limiter_of(api::RateLimitKind kind, std::optional<int> ceiling) {
  if (kind == api::RateLimitKind::bucket) return TokenBucket(kUsualBucket, ceiling);
  return RateLimiter(ceiling);
}

}  // namespace

Pacer::Pacer(api::RateLimitKind kind, std::optional<int> ceiling) : limiter_(limiter_of(kind, ceiling)) {}

SteadyTime Pacer::next_slot(SteadyTime now) const {
  return std::visit([now](const auto& limiter) { return limiter.next_slot(now); }, limiter_);
}

void Pacer::sent(SteadyTime now) {
  std::visit([now](auto& limiter) { limiter.sent(now); }, limiter_);
}

void Pacer::answered(const RateLimitHeaders& headers, SteadyTime now, Milliseconds took) {
  if (auto* const window = std::get_if<RateLimiter>(&limiter_)) return window->answered(headers, now, took);
  std::get<TokenBucket>(limiter_).answered(headers, now, took);
}

void Pacer::refused(Milliseconds retry_after, SteadyTime now) {
  std::visit([&](auto& limiter) { limiter.refused(retry_after, now); }, limiter_);
}

std::optional<int> Pacer::limit() const {
  return std::visit([](const auto& limiter) { return std::optional<int>(limiter.limit()); }, limiter_);
}

Milliseconds Pacer::least_time(std::int64_t requests, SteadyTime began) const {
  if (const auto* const window = std::get_if<RateLimiter>(&limiter_))
    return engine::least_time(requests, *window, began);
  return std::get<TokenBucket>(limiter_).least_time(requests);
}

}  // namespace toksync::engine
