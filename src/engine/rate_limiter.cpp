#include "engine/rate_limiter.hpp"

#include <algorithm>
#include <limits>

namespace toksync::engine {
namespace {

constexpr Milliseconds kWindow{60'000};
// The reset is told in whole seconds, so the window may last up to one more than it says.
constexpr Milliseconds kResetMargin{1'000};
// Long enough for a score of requests.
constexpr Milliseconds kLastStretch{4'000};
// The smallest plan, for a server that sends no headers.
constexpr int kSilentServerLimit = 20;

}  // namespace

std::optional<int> RateLimiter::effective_ceiling() const {
  if (!heard_ || tells_window_) return ceiling_;
  const auto by_the_minute = std::max(1, server_limit_.value_or(kSilentServerLimit));
  return std::min(ceiling_.value_or(by_the_minute), by_the_minute);
}

SteadyTime RateLimiter::server_slot(SteadyTime now) const {
  if (!heard_) return in_flight_ == 0 ? now : SteadyTime::max();
  if (!server_limit_ || remaining_ > 0) return now;
  if (window_end_) return *window_end_;
  return in_flight_ == 0 ? now : SteadyTime::max();
}

SteadyTime RateLimiter::ceiling_slot(SteadyTime now) const {
  const auto ceiling = effective_ceiling();
  if (!ceiling || sent_.size() < static_cast<std::size_t>(*ceiling)) return now;
  return sent_[sent_.size() - static_cast<std::size_t>(*ceiling)] + kWindow;
}

SteadyTime RateLimiter::next_slot(SteadyTime now) const {
  return std::max({blocked_until_, server_slot(now), ceiling_slot(now)});
}

void RateLimiter::roll_window(SteadyTime now) {
  if (!server_limit_ || !window_end_ || now < *window_end_) return;
  remaining_ = std::max(0, *server_limit_ - sent_into_next_window(SteadyTime::min()));
  window_end_.reset();
}

int RateLimiter::sent_into_next_window(SteadyTime since) const {
  if (!window_end_) return 0;
  // The margin is ours; the server's window may have ended before, and began to count what left then.
  const auto first = std::max(since, *window_end_ - 2 * kResetMargin);
  return static_cast<int>(std::ranges::count_if(sent_, [&](SteadyTime sent) { return sent >= first; }));
}

void RateLimiter::sent(SteadyTime now) {
  roll_window(now);
  ++in_flight_;
  remaining_ = std::max(0, remaining_ - 1);
  sent_.push_back(now);
  while (!sent_.empty() && sent_.front() + kWindow <= now) sent_.pop_front();
}

void RateLimiter::see_window(Milliseconds reset_in, SteadyTime asked) {
  if (!windows_) windows_ = Windows{.first_end = asked + reset_in};
  windows_->limit = std::max(windows_->limit, server_limit_.value_or(1));
  windows_->length = std::max(windows_->length, std::min(kWindow, reset_in + kResetMargin));
}

void RateLimiter::answered(const RateLimitHeaders& headers, SteadyTime now, Milliseconds took) {
  in_flight_ = std::max(0, in_flight_ - 1);
  const bool first = !heard_;
  heard_ = true;
  roll_window(now);
  if (!headers.limit) return;
  const bool new_limit = server_limit_ != headers.limit;
  server_limit_ = headers.limit;
  if (!headers.reset_in || *headers.reset_in > Milliseconds{0}) tells_window_ = headers.reset_in.has_value();
  // What a held request says of a window that is over by now is no news.
  if (!headers.reset_in || *headers.reset_in <= Milliseconds{0}) {
    if (first || new_limit) remaining_ = headers.remaining.value_or(*headers.limit);
    return;
  }
  const auto reset_in = std::min(*headers.reset_in, kWindow);
  see_window(reset_in, now - took);
  const auto end = now + reset_in + kResetMargin;
  const auto remaining = headers.remaining.value_or(*headers.limit);
  const bool next_window = first || new_limit || (window_end_ && end > *window_end_ + 2 * kResetMargin);
  // The answer tells what was left when its request came; others may have left since.
  const auto since = std::max(0, sent_into_next_window(now - took) - 1);
  remaining_ = next_window ? std::max(0, remaining - since) : std::min(remaining_, remaining);
  window_end_ = next_window || !window_end_ ? end : std::max(end, *window_end_);
}

void RateLimiter::refused(Milliseconds retry_after, SteadyTime now) {
  blocked_until_ = std::max(blocked_until_, now + retry_after);
  remaining_ = 0;
  if (server_limit_) window_end_ = std::max(window_end_.value_or(blocked_until_), blocked_until_);
}

int RateLimiter::left(SteadyTime now) const {
  if (!heard_ || now < blocked_until_) return 0;
  const bool is_over = window_end_ && now >= *window_end_;
  auto left = std::numeric_limits<int>::max();
  if (server_limit_) left = is_over ? *server_limit_ : remaining_;
  if (const auto ceiling = effective_ceiling()) {
    const auto recent = std::ranges::count_if(sent_, [&](SteadyTime sent) { return sent + kWindow > now; });
    left = std::min(left, *ceiling - static_cast<int>(recent));
  }
  return left;
}

std::optional<RateLimiter::Stretch> RateLimiter::last_stretch() const {
  if (!window_end_ || effective_ceiling()) return std::nullopt;
  // What leaves later may count in the next window.
  const auto end = *window_end_ - 2 * kResetMargin;
  return Stretch{end - kLastStretch, end};
}

std::optional<int> RateLimiter::limit() const {
  const auto ceiling = effective_ceiling();
  if (!server_limit_) return ceiling;
  return ceiling ? std::min(*ceiling, *server_limit_) : *server_limit_;
}

}  // namespace toksync::engine
