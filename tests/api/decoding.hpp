// A provider of toksta for tests, and short ways to decode an answer with it.
#pragma once

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "api/provider.hpp"

namespace toksync::api {

inline const std::string kKey = "tk_test_" + std::string(48, '0');
inline constexpr WallTime kNow{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z

inline std::unique_ptr<Provider> make_test_provider() {
  return std::move(*make_provider("toksta", {"http://127.0.0.1:9", Secret(kKey), Milliseconds{60'000}}));
}

using Headers = std::vector<std::pair<std::string, std::string>>;

inline Answer decode(const Call& call, int status, std::string body, Headers headers = {}) {
  return make_test_provider()->decode(call, http::Response{status, std::move(headers), std::move(body)}, kNow);
}

/// A success envelope around `data`.
inline std::string enveloped(std::string_view data, std::string_view meta = R"({"request_id":"req_7"})") {
  return R"({"success":true,"data":)" + std::string(data) + R"(,"meta":)" + std::string(meta) + "}";
}

/// The payload of a 200 with that data; fails the test when there is none of that kind.
template <typename Kind>
Kind payload(const Call& call, std::string_view data, std::string_view meta = R"({"request_id":"req_7"})") {
  const auto answer = decode(call, 200, enveloped(data, meta));
  REQUIRE_MESSAGE(answer.payload.has_value(), (answer.payload ? "" : answer.payload.error().message));
  REQUIRE(std::holds_alternative<Kind>(*answer.payload));
  return std::get<Kind>(*answer.payload);
}

/// The failure of an answer; fails the test when it succeeded.
inline Failure failure(const Call& call, int status, std::string body, Headers headers = {}) {
  const auto answer = decode(call, status, std::move(body), std::move(headers));
  REQUIRE_FALSE(answer.payload.has_value());
  return answer.payload.error();
}

}  // namespace toksync::api
