// An answer as it goes out, and the answers of whatever stands between the API and its client: the same for
// every API that the sandbox stands in for.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/http_library.hpp"

namespace toksync::sandbox {

/// An answer as it goes out.
struct Wire {
  int status = 200;
  std::string type = "application/json; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The page that a gateway shows when the API behind it does not answer.
[[nodiscard]] Wire gateway_page(int status);

/// The answers that stand in for the API's own; nothing for a kind of fault that is not one of them.
[[nodiscard]] std::optional<Wire> gateway_answer(const std::string& kind);

/// What a server that debugs in the open tells everybody.
[[nodiscard]] nlohmann::json headers_of(const HttpRequest& request);

/// The beginning of an answer that is written by hand.
[[nodiscard]] std::string head_of(const Wire& wire, const std::string& framing);
[[nodiscard]] std::string length_of(const Wire& wire);

}  // namespace toksync::sandbox
