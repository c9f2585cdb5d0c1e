// What the APIs that are only read, TokPortal and Toktra, have in common: a request, an answer, a table of routes,
// and a world that can be told to move on. ReadingService stands in front of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "sandbox/faults.hpp"
#include "sandbox/rate_limit.hpp"
#include "sandbox/wire.hpp"

namespace toksync::sandbox {

/// A request on its way through.
struct Visit {
  const HttpRequest& request;
  WallTime now;
  std::string request_id;
  std::string key;  ///< whom the rate limit counts
  std::optional<RateState> rate;

  [[nodiscard]] bool has(const char* name) const { return request.has_param(name); }
  [[nodiscard]] std::string text(const char* name) const { return request.get_param_value(name); }
  /// Every value of a repeatable parameter.
  [[nodiscard]] std::vector<std::string> texts(const char* name) const;
  /// Nothing when it is there and no integer.
  [[nodiscard]] std::optional<std::int64_t> integer(const char* name, std::int64_t otherwise) const;
  /// Whether a record passes the filter of that name: it is not asked for, or asked for exactly so.
  [[nodiscard]] bool wants(const char* name, const std::string& value) const;
};

/// What an API answers before it becomes bytes.
struct Answer {
  int status = 200;
  nlohmann::json body;
  std::string csv;  ///< instead of the body
  std::vector<std::pair<std::string, std::string>> headers;
};

/// An error in the API's words.
struct Failure {
  int status = 500;
  std::string code;
  std::string message;
  nlohmann::json details;
  std::string shape;  ///< of a fault: asks for another one than usual
};

class ReadingApi {
 public:
  ReadingApi() = default;
  virtual ~ReadingApi() = default;
  ReadingApi(const ReadingApi&) = delete;
  ReadingApi& operator=(const ReadingApi&) = delete;

  /// Checks the key and the rate limit; an answer is the refusal.
  [[nodiscard]] virtual std::optional<Answer> admit(Visit& visit) = 0;
  [[nodiscard]] virtual Answer work(const Visit& visit) = 0;
  [[nodiscard]] virtual Answer failure(const Failure& failure) const = 0;
  /// The 429 of a fault, whose values say what it tells about waiting.
  [[nodiscard]] virtual Answer limited(const Fault& fault) const = 0;
  /// Adds the headers that every answer carries.
  virtual void sign(const Visit& visit, Answer& answer) const = 0;
  /// "METHOD /path/{id}" of a request, by which it is counted.
  [[nodiscard]] virtual std::string route_of(const HttpRequest& request) const = 0;
  /// Where in the body the rows are.
  [[nodiscard]] virtual const char* rows_name() const = 0;
  /// Spoils an answer as a fault of the API's own asks for.
  virtual void spoil(const Fault& fault, const Visit& visit, Answer& answer) const = 0;

  virtual void advance(int days) = 0;
  /// Takes a row away, the first when the id is empty; false when there is none.
  [[nodiscard]] virtual bool remove(const std::string& resource, const std::string& id) = 0;
  /// Forgets "tokens" or "cursors"; false when there is nothing of the kind.
  [[nodiscard]] virtual bool forget(const std::string& what) = 0;
  virtual void reset() = 0;
  [[nodiscard]] virtual nlohmann::json world() const = 0;
};

/// What stands for the {id} of a pattern like "/accounts/{id}/analytics", or nothing when the path is another.
[[nodiscard]] std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path);

/// The three headers of both rate limits.
void add_rate_headers(const Visit& visit, Answer& answer);

/// Whole seconds, rounded up, at least one.
[[nodiscard]] std::int64_t whole_seconds(Milliseconds duration);

}  // namespace toksync::sandbox
