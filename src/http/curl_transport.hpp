// The real transport: libcurl's multi interface on the calling thread. Made once in `cli`.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "http/transport.hpp"

namespace toksync::http {

struct CurlOptions {
  std::string user_agent = "toksync";
  Milliseconds connect_timeout{10'000};
  std::size_t max_answer_bytes = 64U << 20U;  ///< a larger answer is a TransportFailure TOO_LARGE
  int wake_fd = -1;                           ///< readable when wait() should return early; -1 for none
};

/// Keep-alive, compression, verified TLS, HTTP/1.1, no redirects, no proxy surprises. A bearer key goes
/// only over https, or over http to loopback; any other request with one fails as REFUSED_URL.
[[nodiscard]] std::unique_ptr<Transport> make_curl_transport(const Clock& clock, const CurlOptions& options);

/// True for https://…, and for http:// to 127.0.0.0/8, localhost or [::1].
[[nodiscard]] bool may_carry_key(std::string_view url);

}  // namespace toksync::http
