// The sandbox as a test sees it: started on a free port with given flags, spoken to over HTTP, asked for
// its bill and its log, told to fail. Stopped at the end of the scope.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "support/process.hpp"

namespace toksync::test {

/// The key that a sandbox without --api-key accepts.
[[nodiscard]] std::string sandbox_key();

/// What came back over HTTP; `error` is set, and `status` 0, when nothing complete did.
struct HttpAnswer {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string text;
  std::string error;

  /// The text as JSON; throws when it is none.
  [[nodiscard]] nlohmann::json body() const;
};

/// One request, by libcurl, on a connection of its own. An empty key sends no Authorization.
[[nodiscard]] HttpAnswer http_request(const std::string& method, const std::string& url, const std::string& body,
                                      const std::string& key, Milliseconds timeout = Milliseconds{40'000});

/// The same with any headers, each "Name: value", and no others.
[[nodiscard]] HttpAnswer http_request_with(const std::vector<std::string>& headers, const std::string& method,
                                           const std::string& url, const std::string& body,
                                           Milliseconds timeout = Milliseconds{40'000});

class SandboxProcess {
 public:
  /// Starts it and waits until it listens. `flags` as on its command line, e.g. {"--credits", "50"};
  /// --port, --port-file and --quiet are given already. Throws std::runtime_error when it does not start.
  explicit SandboxProcess(std::vector<std::string> flags = {});
  /// Stops it with SIGTERM.
  ~SandboxProcess();

  [[nodiscard]] int port() const { return port_; }
  /// "http://127.0.0.1:<port>"
  [[nodiscard]] std::string base_url() const;

  /// API calls with the default key; `path` begins with "/".
  HttpAnswer get(const std::string& path) const;
  HttpAnswer post(const std::string& path, const nlohmann::json& body) const;

  /// A control route, below /sandbox/; throws std::runtime_error unless it answers 200.
  nlohmann::json control(const std::string& method, const std::string& path, const std::string& body = {}) const;
  /// GET /sandbox/bill.
  [[nodiscard]] nlohmann::json bill() const;
  [[nodiscard]] std::int64_t credits_charged() const;
  /// True when no work on the bill was paid for more than once.
  [[nodiscard]] bool nothing_bought_twice() const;
  /// GET /sandbox/requests: every request so far, the lost ones too.
  [[nodiscard]] nlohmann::json requests() const;
  /// How many requests were made with this method and exact path.
  [[nodiscard]] std::size_t request_count(const std::string& method, const std::string& path) const;

  /// Adds a fault, e.g. "POST /v1/creators/enrich lost_answer count=1"; see `toksta-sandbox --help`.
  void fault(const std::string& spec) const;
  void clear_faults() const;
  /// How many requests a hold fault holds now.
  [[nodiscard]] std::size_t held() const;
  /// Waits until that many are held; false when they are not within `timeout`.
  [[nodiscard]] bool wait_until_held(std::size_t count, Milliseconds timeout = Milliseconds{20'000}) const;
  void release() const;
  /// GET /sandbox/lists: the creator lists with their members.
  [[nodiscard]] nlohmann::json lists() const;
  void delete_lists() const;
  void set_credits(std::int64_t balance) const;
  /// Forgets jobs, bill, log and faults.
  void reset() const;

  [[nodiscard]] Process& process() { return process_; }

 private:
  TemporaryFolder folder_;
  Process process_;
  int port_ = 0;
};

}  // namespace toksync::test
