// Shorthands of the sandbox's tests: the requests that most of them make.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/sandbox_process.hpp"

namespace toksync::test {

using nlohmann::json;

/// Jobs end quickly, windows and waits are short.
inline std::vector<std::string> quick(const std::vector<std::string>& more = {}) {
  std::vector<std::string> flags = {"--time-scale", "50", "--job-latency", "5", "--rate-limit", "1000"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

inline json keywords() { return {"B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"}; }

inline json discovery_body(int limit = 50, int offset = 0) {
  return {{"keywords", keywords()},
          {"limit", limit},
          {"offset", offset},
          {"filters", {{"min_followers", 5000}, {"languages", {"en"}}, {"hide_brands", true}}}};
}

/// `count` creators with a LinkedIn profile.
inline std::vector<std::string> some_creators(const SandboxProcess& sandbox, std::size_t count) {
  std::vector<std::string> ids;
  const json found = sandbox.post("/v1/creators/discovery-search", discovery_body(100)).body();
  for (const json& creator : found["data"]["creators"]) {
    if (ids.size() < count && !creator["profile_url"].is_null()) ids.push_back(creator["id"]);
  }
  return ids;
}

inline HttpAnswer with_key(const SandboxProcess& sandbox, const std::string& key, const std::string& method,
                           const std::string& path, const json& body = nullptr) {
  return http_request(method, sandbox.base_url() + path, body.is_null() ? "" : body.dump(), key);
}

inline std::string error_code(const HttpAnswer& answer) { return answer.body()["error"]["code"]; }

/// Starts a thought-leaders job; gives its id.
inline std::string start_thought_leaders(const SandboxProcess& sandbox, const json& more = json::object()) {
  json body = {{"keywords", keywords()}, {"max_candidates_to_analyze", 20}};
  body.update(more);
  return sandbox.post("/v1/creators/thought-leaders", body).body()["data"]["job_id"];
}

}  // namespace toksync::test
