// What the command line of the sandbox decides. Read by everything, changed by nothing after the start.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace toksync::sandbox {

/// The API that the sandbox stands in for.
enum class Api { toksta, partner, tokportal, toktra };

struct Options {
  Api api = Api::toksta;
  std::string host = "127.0.0.1";
  int port = 8787;  ///< 0: any free one
  std::string port_file;
  std::uint64_t seed = 1;
  std::size_t creators = 3000;  ///< tokportal: accounts; toktra: users
  std::string today;            ///< YYYY-MM-DD, the day of the mirrors' world; empty: the real one
  std::int64_t credits = 100'000;
  bool no_balance = false;      ///< usage does not tell the balance
  bool no_cost_header = false;  ///< answers carry no X-Toksta-Credit-Cost
  bool overage = false;         ///< go on charging below a balance of zero
  double retention_days = 30.0;
  double job_latency = 20.0;  ///< seconds, before the time scale
  int rate_limit = 60;        ///< requests in a window
  double time_scale = 1.0;
  double pre_enriched = 0.0;  ///< share of creators that are enriched from the start, 0 to 1
  std::size_t max_ids = 0;    ///< most creator_ids or job_ids in a request; 0: no limit
  bool cache_analyses = false;
  bool shuffle_pages = true;
  bool lenient = false;  ///< accept unknown keys
  bool quiet = false;
  int token_lifetime = 3600;                       ///< seconds, of toktra's access tokens
  double cursor_lifetime = 300.0;                  ///< seconds, of toktra's cursors, before the time scale
  bool error_objects = false;                      ///< toktra's errors are objects, not texts
  std::string client = "client_test:secret_test";  ///< of toktra's OAuth, ID:SECRET
  std::vector<std::string> api_keys;
  std::vector<std::string> workspace_keys;
  std::vector<std::string> faults;

  /// A duration of the API's world as it passes here.
  [[nodiscard]] Milliseconds scaled(double seconds) const {
    return Milliseconds{static_cast<Milliseconds::rep>(seconds * 1000.0 / time_scale)};
  }
  [[nodiscard]] Milliseconds retention() const {
    return Milliseconds{static_cast<Milliseconds::rep>(retention_days * 86'400'000.0)};
  }
};

/// Reads the command line. A value is the exit code to end with at once: after --help, or a usage error,
/// which has been printed.
[[nodiscard]] std::optional<int> read_command_line(int argument_count, char** arguments, Options& options);

}  // namespace toksync::sandbox
