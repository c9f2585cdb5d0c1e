// What an outcome that is no success means: which kind of failure, and whether a billable request may
// have been charged all the same (design, "Money"). Used by the provider.
#pragma once

#include <optional>
#include <string>

#include "api/json.hpp"
#include "http/transport.hpp"
#include "model/answer.hpp"

namespace toksync::api {

/// Who asked: decides what a failure may have cost, and which key must not show up in a message.
struct Asker {
  bool is_to_happen_once = false;
  const Secret& api_key;
};

inline constexpr std::size_t kLongestMessage = 500;

/// What a server wrote, fit for a log, a terminal and the database: one line of valid UTF-8, without control
/// characters or keys, cut after `longest` bytes.
[[nodiscard]] std::string presentable(std::string_view text, const Asker& asker, std::size_t longest = kLongestMessage);

/// The error of the API's own envelope.
struct ApiError {
  std::string code;
  std::string message;
};

/// The envelope's error; nothing when the document is not the envelope of a failure.
[[nodiscard]] std::optional<ApiError> api_error_of(const JsonValue& root);

/// A request without a whole answer.
[[nodiscard]] Failure transport_failure(const Asker& asker, const http::TransportFailure& failure);
/// An answer that is not 2xx, with the API's envelope or (no error) with something else.
[[nodiscard]] Failure status_failure(const Asker& asker, const http::Response& response,
                                     const std::optional<ApiError>& error);
/// A 2xx whose content cannot be used.
[[nodiscard]] Failure unreadable_answer(const Asker& asker, std::string_view reason, std::string_view body);
/// A 2xx that says success: false.
[[nodiscard]] Failure contradictory_answer(const Asker& asker, const ApiError& error);

}  // namespace toksync::api
