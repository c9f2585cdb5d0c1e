// Sends one request through a transport and waits for its outcome. Used by the tests of http.
#pragma once

#include <stdexcept>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "http/curl_transport.hpp"

namespace toksync::http {

inline Request get_request(std::string url, Milliseconds timeout = Milliseconds{10'000}) {
  Request request;
  request.url = std::move(url);
  request.timeout = timeout;
  return request;
}

inline Request post_request(std::string url, std::string body, bool exactly_once = false) {
  auto request = get_request(std::move(url));
  request.method = Method::post;
  request.body = std::move(body);
  request.exactly_once = exactly_once;
  return request;
}

/// A transport on the machine's clock, and a way to wait for one outcome.
struct Client {
  explicit Client(CurlOptions options = {}) : transport(make_curl_transport(clock, options)) {}

  std::variant<Response, TransportFailure> exchange(Request request) {
    const RequestId id{++last_id};
    transport->start(id, std::move(request));
    const auto deadline = clock.steady() + Seconds{20};
    while (clock.steady() < deadline) {
      for (auto& completion : transport->wait(deadline)) {
        if (completion.id == id) return std::move(completion.outcome);
      }
    }
    throw std::runtime_error("no completion arrived");
  }

  Response response_to(Request request) { return std::get<Response>(exchange(std::move(request))); }
  TransportFailure failure_of(Request request) { return std::get<TransportFailure>(exchange(std::move(request))); }

  SystemClock clock;
  std::unique_ptr<Transport> transport;
  std::uint64_t last_id = 0;
};

}  // namespace toksync::http
