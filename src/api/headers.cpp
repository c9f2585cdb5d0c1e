#include "api/headers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string>

namespace toksync::api {
namespace {

constexpr double kMostCredits = 1.0e9;
constexpr Milliseconds kLongestDelay = std::chrono::hours{1};
constexpr double kFirstUnixTime = 1.0e9;       // less is a delay in seconds
constexpr double kFirstMilliseconds = 1.0e11;  // more is a Unix time in milliseconds

std::optional<double> leading_number(std::string_view text) {
  double value = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

std::optional<int> small_number(std::string_view text) {
  const auto value = leading_number(text);
  if (!value || *value > 1.0e9) return std::nullopt;
  return static_cast<int>(*value);
}

WallTime server_time(const http::Response& response, WallTime received_at) {
  return parse_http_date(response.header("date")).value_or(received_at);
}

Milliseconds bounded(Milliseconds delay) { return std::clamp(delay, Milliseconds{0}, kLongestDelay); }

std::optional<Milliseconds> reset_delay(double reset, WallTime now) {
  if (reset < kFirstUnixTime) return bounded(Milliseconds{static_cast<std::int64_t>(reset * 1000)});
  const auto milliseconds = reset < kFirstMilliseconds ? reset * 1000 : reset;
  if (milliseconds > 1.0e14) return std::nullopt;
  return bounded(WallTime{Milliseconds{static_cast<std::int64_t>(milliseconds)}} - now);
}

}  // namespace

RateLimitHeaders rate_limit_of(const http::Response& response, WallTime received_at) {
  RateLimitHeaders limits{small_number(response.header("x-ratelimit-limit")),
                          small_number(response.header("x-ratelimit-remaining")), std::nullopt};
  if (const auto reset = leading_number(response.header("x-ratelimit-reset"))) {
    limits.reset_in = reset_delay(*reset, server_time(response, received_at));
  }
  return limits;
}

std::optional<Seconds> retry_after_of(const http::Response& response, WallTime received_at) {
  const auto text = response.header("retry-after");
  if (const auto seconds = leading_number(text)) {
    return std::chrono::ceil<Seconds>(
        bounded(Milliseconds{static_cast<std::int64_t>(std::min(*seconds, 1.0e6) * 1000)}));
  }
  const auto moment = parse_http_date(text);
  if (!moment) return std::nullopt;
  return std::chrono::ceil<Seconds>(bounded(*moment - server_time(response, received_at)));
}

std::optional<Credits> credit_cost_of(const http::Response& response) {
  const auto cost = leading_number(response.header("x-toksta-credit-cost"));
  if (!cost || *cost > kMostCredits) return std::nullopt;
  return static_cast<Credits>(std::ceil(*cost));
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  std::tm fields{};
  const std::string terminated(text);
  const char* const end = strptime(terminated.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
  if (end != terminated.c_str() + terminated.size()) return std::nullopt;
  return WallTime{Seconds{timegm(&fields)}};
}

}  // namespace toksync::api
