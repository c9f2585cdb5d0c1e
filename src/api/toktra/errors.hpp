// The error of an answer that is no success. Used by the provider for calls and for signing in.
#pragma once

#include <optional>

#include "api/failures.hpp"

namespace toksync::api::toktra {

/// `{"error": "type", "message": "text"}`, the same with an object in `error`, or what RFC 6749 writes; the contract
/// shows no more than the key `error`. Nothing when the document has none.
[[nodiscard]] std::optional<ApiError> error_of(const JsonValue& root);

}  // namespace toksync::api::toktra
