#include "pipeline/base_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace toksync::pipeline {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::optional<int> read_number(std::string_view text, int highest) {
  int value = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (text.empty() || !is_digit(text.front()) || problem != std::errc{} || rest != end || value > highest) {
    return std::nullopt;
  }
  return value;
}

/// Four decimal numbers that begin with 127; a name such as 127.example.com is not one.
bool is_loopback_address(std::string_view host) {
  std::array<int, 4> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = i + 1 < parts.size() ? host.find('.') : host.size();
    if (dot == std::string_view::npos) return false;
    const auto digits = host.substr(0, dot);
    const auto part = read_number(digits, 255);
    // A zero in front makes others read it as octal.
    if (!part || (digits.size() > 1 && digits.front() == '0')) return false;
    parts[i] = *part;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return parts[0] == 127;
}

bool is_loopback(std::string_view host) {
  return lower(host) == "localhost" || host == "[::1]" || is_loopback_address(host);
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto inner = host.substr(1, host.size() < 2 ? 0 : host.size() - 2);
    return host.ends_with(']') && inner.size() >= 2 && std::ranges::all_of(inner, [](char c) {
             return is_digit(c) || c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
  }
  return !host.empty() &&
         std::ranges::all_of(host, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
}

struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

Authority split_authority(std::string_view text) {
  const auto bracket = text.rfind(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

struct Rules {
  std::string_view without;      ///< characters that the address must not have
  std::string_view without_why;  ///< what to say when it does
  std::string_view https_only;   ///< what to say about http to another machine
};

std::optional<std::string> address_problem(std::string_view text, const Rules& rules) {
  const auto scheme_end = text.find("://");
  const auto scheme = lower(text.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (scheme != "https" && scheme != "http") return "an address must begin with https:// (or http:// for loopback)";
  const auto rest = text.substr(scheme_end + 3);
  const bool is_plain = std::ranges::all_of(rest, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  if (!is_plain) return "an address has no spaces, backslashes, control or non-ASCII characters";
  if (rest.find_first_of(rules.without) != std::string_view::npos) return std::string{rules.without_why};
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) return "an address must not hold a user or a password";
  const auto [host, port] = split_authority(authority);
  if (!is_host(host)) return "the address has no valid host";
  if (port && read_number(*port, 65535).value_or(0) == 0) return "a port is a number from 1 to 65535";
  if (scheme == "http" && !is_loopback(host)) return std::string{rules.https_only};
  return std::nullopt;
}

}  // namespace

std::optional<std::string> base_url_problem(std::string_view text) {
  return address_problem(text, {"?#", "the base address has no query and no fragment",
                                "the API key travels over https only; http is for 127.0.0.0/8, localhost and [::1]"});
}

std::optional<std::string> webhook_problem(std::string_view text) {
  return address_problem(
      text, {"#", "the address of a webhook has no fragment",
             "a webhook's address is as good as a password and travels over https only; http is for 127.0.0.0/8, "
             "localhost and [::1]"});
}

}  // namespace toksync::pipeline
