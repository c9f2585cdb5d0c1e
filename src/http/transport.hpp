// Moves requests and brings back answers. The engine's one way out of the process: the real one is
// CurlTransport, tests hand down a scripted one. Only wait() lets time pass.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace toksync::http {

enum class RequestId : std::uint64_t {};
enum class Method { get, post };

struct Request {
  Method method = Method::get;
  std::string url;   ///< absolute, https, or http to loopback; holds no secret
  std::string path;  ///< the part a log may show, e.g. "/v1/creators/enrich"
  std::vector<std::pair<std::string, std::string>> headers;
  Secret bearer;                 ///< sent as Authorization: Bearer, never logged
  Secret api_key;                ///< sent as X-API-Key, never logged
  std::string body;              ///< empty for GET
  Secret secret_in_body;         ///< a part of the body that must not come back either
  Milliseconds timeout{60'000};  ///< total, from start to the last byte
  /// Send on a fresh connection, because libcurl silently sends a request again when a kept-alive
  /// connection dies under it: wrong for whatever costs credits.
  bool exactly_once = false;
};

/// Holds the request's secrets nowhere, whatever the server echoed.
struct Response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;

  /// The first header of that (lower-case) name, or an empty text.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// There is no whole answer.
struct TransportFailure {
  std::string code;  ///< TIMEOUT, CONNECT_FAILED, DNS_FAILED, TLS_FAILED, TOO_LARGE, CONNECTION_LOST, REFUSED_URL
  std::string message;
  bool may_have_arrived = true;  ///< false only when surely no byte of the request reached the server
};

struct Completion {
  RequestId id{};
  std::variant<Response, TransportFailure> outcome;
  Milliseconds duration{0};
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Begins a request; its completion comes out of a later wait().
  virtual void start(RequestId id, Request request) = 0;
  /// Returns as soon as something completed, the moment `until` is reached, or a wake-up arrives (a
  /// signal); the list may be empty.
  [[nodiscard]] virtual std::vector<Completion> wait(SteadyTime until) = 0;
  /// Gives a request up; no completion follows.
  virtual void cancel(RequestId id) = 0;
};

}  // namespace toksync::http
