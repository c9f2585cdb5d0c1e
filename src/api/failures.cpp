#include "api/failures.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace toksync::api {
namespace {

constexpr std::size_t kLongestExcerpt = 200;
constexpr std::size_t kLongestCode = 64;
constexpr const char* kUnknownCode = "UNKNOWN";

template <std::size_t size>
bool is_one_of(const std::array<int, size>& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

// The API refused before it did anything (design, "Money").
constexpr std::array<int, 10> kRefusedByApi{400, 401, 402, 403, 404, 405, 413, 429, 501, 503};
// Something in between refused; it cannot have done the work itself, and says that it passed nothing on.
constexpr std::array<int, 6> kRefusedOnTheWay{401, 403, 404, 405, 413, 429};

std::string shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  auto end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + "…";
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_space = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!is_space) line += c;
    if (is_space && !line.empty() && line.back() != ' ') line += ' ';
  }
  return line;
}

std::string without_key(std::string text, const std::string& key) {
  if (key.empty()) return text;
  for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at)) text.replace(at, key.size(), "***");
  return text;
}

FailureKind kind_of_refusal(int status) {
  switch (status) {
    case 401: return FailureKind::unauthorized;
    case 402: return FailureKind::no_credits;
    case 403: return FailureKind::forbidden;
    case 408: return FailureKind::unavailable;
    case 429: return FailureKind::rate_limited;
    default: return FailureKind::rejected;
  }
}

// Not the envelope means that something in between answered: a server error of its, until it passes
// (contracts/toksta.md, "Calling it"). With the envelope, 501 is the API's last word on that route.
FailureKind kind_of(int status, bool is_api) {
  if (status == 501 && is_api) return FailureKind::rejected;
  return status >= 500 ? FailureKind::unavailable : kind_of_refusal(status);
}

/// Never empty: a code of blanks alone says no more than none.
std::string presentable_code(const ApiError& error, const Asker& asker) {
  auto code = presentable(error.code, asker, kLongestCode);
  return code.empty() ? kUnknownCode : code;
}

std::string excerpt_of(std::string_view body, const Asker& asker) {
  const auto excerpt = presentable(body, asker, kLongestExcerpt);
  return excerpt.empty() ? "no body" : excerpt;
}

/// An answer that was meant to be one may be about people, and errors are kept where nobody forgets them.
std::string trace_of(std::string_view body, const Asker& asker) {
  const auto first = body.find_first_not_of(" \t\r\n");
  const bool is_data = first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
  return is_data ? fmt::format("{} bytes of JSON", body.size()) : excerpt_of(body, asker);
}

}  // namespace

// Redacted before it is cut: half a key is not recognised as one.
std::string presentable(std::string_view text, const Asker& asker, std::size_t longest) {
  const auto start = text.substr(0, 16 * kLongestMessage);
  return shortened(one_line(valid_utf8(redact(without_key(std::string(start), asker.api_key.reveal())))), longest);
}

std::optional<ApiError> api_error_of(const JsonValue& root) {
  const auto error = root["error"];
  const auto success = root["success"].boolean();
  const bool is_envelope = success == false || (!success && error["code"].is_text());
  if (!is_envelope) return std::nullopt;
  ApiError found{error["code"].text().value_or(kUnknownCode),
                 (error.is_text() ? error : error["message"]).text().value_or("no message")};
  if (error["details"].is_known()) found.message += " " + std::string(error["details"].raw());
  return found;
}

Failure transport_failure(const Asker& asker, const http::TransportFailure& failure) {
  const bool is_refused_by_us = failure.code.starts_with("REFUSED_");
  auto kind = failure.may_have_arrived ? FailureKind::unavailable : FailureKind::not_sent;
  if (is_refused_by_us) kind = FailureKind::rejected;
  if (failure.code == "TOO_LARGE") kind = FailureKind::unreadable;
  return {kind, failure.code, presentable(failure.message, asker), asker.is_to_happen_once && failure.may_have_arrived};
}

Failure status_failure(const Asker& asker, const http::Response& response, const std::optional<ApiError>& error) {
  const auto status = response.status;
  const auto kind = kind_of(status, error.has_value());
  if (error) {
    return {kind, presentable_code(*error, asker), presentable(error->message, asker),
            asker.is_to_happen_once && !is_one_of(kRefusedByApi, status)};
  }
  auto reason = fmt::format("status {} without the API's envelope: ", status);
  if (status >= 300 && status < 400) reason = fmt::format("redirect ({}) that is not followed: ", status);
  return {kind, fmt::format("HTTP_{}", status), reason + excerpt_of(response.body, asker),
          asker.is_to_happen_once && !is_one_of(kRefusedOnTheWay, status)};
}

Failure unreadable_answer(const Asker& asker, std::string_view reason, std::string_view body) {
  return {FailureKind::unreadable, "UNREADABLE_ANSWER", fmt::format("{}: {}", reason, trace_of(body, asker)),
          asker.is_to_happen_once};
}

Failure contradictory_answer(const Asker& asker, const ApiError& error) {
  return {FailureKind::unreadable, presentable_code(error, asker), presentable(error.message, asker),
          asker.is_to_happen_once};
}

}  // namespace toksync::api
