#include "sandbox/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace toksync::sandbox {

using nlohmann::json;

Wire gateway_page(int status) {
  const char* reason = status == 502 ? "Bad Gateway" : status == 503 ? "Service Unavailable" : "Gateway Time-out";
  return {status,
          "text/html",
          fmt::format("<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n<center><h1>{0} {1}</h1></center>\r\n"
                      "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
                      status, reason),
          {}};
}

json headers_of(const HttpRequest& request) {
  json headers = json::object();
  for (const auto& [name, value] : request.headers) headers[name] = value;
  return headers;
}

std::optional<Wire> gateway_answer(const std::string& kind) {
  if (kind == "html_502") return gateway_page(502);
  if (kind == "html_503") return gateway_page(503);
  if (kind == "html_504") return gateway_page(504);
  if (kind == "empty_503") return Wire{503, "text/plain", "", {}};
  return std::nullopt;
}

std::string head_of(const Wire& wire, const std::string& framing) {
  std::string bytes = fmt::format("HTTP/1.1 {} OK\r\nContent-Type: {}\r\n{}\r\n", wire.status, wire.type, framing);
  for (const auto& [name, value] : wire.headers) bytes += name + ": " + value + "\r\n";
  return bytes + "\r\n";
}

std::string length_of(const Wire& wire) { return fmt::format("Content-Length: {}", wire.body.size()); }

}  // namespace toksync::sandbox
