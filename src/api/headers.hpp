// What the headers of an answer say: rate limit, delays, ids. Used by the provider.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "http/transport.hpp"
#include "model/answer.hpp"

namespace toksync::api {

/// `X-RateLimit-*`; the reset, a Unix time, is measured against the server's own `Date` when there is
/// one, so that a wrong clock here does no harm.
[[nodiscard]] RateLimitHeaders rate_limit_of(const http::Response& response, WallTime received_at);

/// `Retry-After` in seconds or as an HTTP date; 0 to one hour.
[[nodiscard]] std::optional<Seconds> retry_after_of(const http::Response& response, WallTime received_at);

/// `X-Toksta-Credit-Cost`, a fraction rounded up.
[[nodiscard]] std::optional<Credits> credit_cost_of(const http::Response& response);

/// Reads "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace toksync::api
