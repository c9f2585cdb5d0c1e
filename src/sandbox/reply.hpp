// What a handler answers, before it becomes bytes: the envelope of the API, its status and its price.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/time.hpp"

namespace toksync::sandbox {

struct Reply {
  int status = 200;
  nlohmann::json data;
  nlohmann::json meta = nlohmann::json::object();  ///< beside request_id and trace_id
  nlohmann::json error;                            ///< {code, message, details?} of a failure, else null
  std::optional<std::int64_t> cost;                ///< told by X-Toksta-Credit-Cost
  /// Results whose jobs go on: when the next one ends. A wait ends when nothing is left to wait for.
  std::optional<WallTime> ready_at;
  std::optional<std::int64_t> retry_after;  ///< seconds; a 429 without it tells the end of the window
  bool bare = false;                        ///< the probes: data is the whole answer, without envelope

  [[nodiscard]] bool failed() const { return !error.is_null(); }
};

[[nodiscard]] inline Reply success(nlohmann::json data, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.data = std::move(data);
  return reply;
}

[[nodiscard]] inline Reply failure(int status, const std::string& code, const std::string& message,
                                   nlohmann::json details = nullptr) {
  Reply reply;
  reply.status = status;
  reply.error = {{"code", code}, {"message", message}};
  if (!details.is_null()) reply.error["details"] = std::move(details);
  return reply;
}

[[nodiscard]] inline Reply not_found(const std::string& message) { return failure(404, "NOT_FOUND", message); }
[[nodiscard]] inline Reply bad_request(const std::string& message) { return failure(400, "BAD_REQUEST", message); }
[[nodiscard]] inline Reply invalid(const std::string& message) { return failure(400, "VALIDATION_ERROR", message); }
[[nodiscard]] inline Reply forbidden(const std::string& message) { return failure(403, "FORBIDDEN", message); }

}  // namespace toksync::sandbox
