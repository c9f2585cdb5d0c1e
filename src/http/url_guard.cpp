#include "http/url_guard.hpp"

#include <memory>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <curl/curl.h>

#include "http/curl_transport.hpp"

namespace toksync::http {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCleanup>;

std::optional<std::string> part_of(const Url& url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, 0) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return std::string(text);
}

bool equal_ignoring_case(const std::string& left, const char* right) { return curl_strequal(left.c_str(), right) != 0; }

// libcurl's parser writes every spelling of an IPv4 address ("127.1") as four decimal numbers; what still
// is no address ("127.0.0.1.") is a name, and a name server says where it leads.
bool is_loopback_host(const std::string& host) {
  if (equal_ignoring_case(host, "localhost") || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24U) == 127;
}

}  // namespace

UrlFacts inspect_url(std::string_view text) {
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) return {};
  const auto scheme = part_of(url, CURLUPART_SCHEME);
  const auto host = part_of(url, CURLUPART_HOST);
  if (!scheme || !host || part_of(url, CURLUPART_USER) || part_of(url, CURLUPART_PASSWORD)) return {};
  const auto is_https = equal_ignoring_case(*scheme, "https");
  if (!is_https && !equal_ignoring_case(*scheme, "http")) return {};
  return {true, is_https, is_loopback_host(*host)};
}

bool may_carry_key(std::string_view url) {
  const auto facts = inspect_url(url);
  return facts.is_usable && (facts.is_https || facts.is_loopback);
}

}  // namespace toksync::http
