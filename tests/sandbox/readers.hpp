// Shorthands of the tests of the APIs that are only read: their requests, and their pages put together.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/sandbox_process.hpp"

namespace toksync::test {

using nlohmann::json;

/// The world begins on a fixed day, so that every run sees the same one.
inline std::vector<std::string> reader_flags(const std::string& api, const std::vector<std::string>& more = {}) {
  std::vector<std::string> flags = {"--api", api, "--today", "2026-05-28"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

/// TokPortal's stand-in; the limit is out of the way unless a test wants it.
class Portal : public SandboxProcess {
 public:
  explicit Portal(const std::vector<std::string>& more = {"--rate-limit", "100000"})
      : SandboxProcess(reader_flags("tokportal", more)) {}

  [[nodiscard]] static std::string key() { return "sk_" + std::string(64, '0'); }
  [[nodiscard]] HttpAnswer ask(const std::string& path, const std::string& method = "GET") const {
    return http_request_with({"X-API-Key: " + key()}, method, base_url() + "/api/ext" + path, {});
  }
  /// The rows of every page.
  [[nodiscard]] std::vector<json> rows(const std::string& path, int per_page = 100) const {
    std::vector<json> all;
    const char sign = path.find('?') == std::string::npos ? '?' : '&';
    for (int page = 1, pages = 1; page <= pages; ++page) {
      const json body =
          ask(path + sign + "per_page=" + std::to_string(per_page) + "&page=" + std::to_string(page)).body();
      pages = body.at("pagination").at("total_pages");
      for (const json& row : body.at("data")) all.push_back(row);
    }
    return all;
  }
  void advance(int days = 1) const { control("POST", "/sandbox/advance", json{{"days", days}}.dump()); }
};

/// Toktra's stand-in.
class Governance : public SandboxProcess {
 public:
  explicit Governance(const std::vector<std::string>& more = {}) : SandboxProcess(reader_flags("toktra", more)) {}

  [[nodiscard]] static std::string key() { return "toktra_test_" + std::string(48, '0'); }
  [[nodiscard]] HttpAnswer ask(const std::string& path, const std::string& token = key()) const {
    return http_request_with({"Authorization: Bearer " + token}, "GET", base_url() + "/v1" + path, {});
  }
  [[nodiscard]] HttpAnswer token(const std::string& form) const {
    return http_request_with({"Content-Type: application/x-www-form-urlencoded"}, "POST",
                             base_url() + "/v1/oauth/token", form);
  }
  [[nodiscard]] HttpAnswer token() const {
    return token("grant_type=client_credentials&client_id=client_test&client_secret=secret_test");
  }
  /// The items of every page.
  [[nodiscard]] std::vector<json> items(const std::string& path) const {
    std::vector<json> all;
    const char sign = path.find('?') == std::string::npos ? '?' : '&';
    std::string cursor;
    do {
      const json body = ask(path + sign + "limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor)).body();
      for (const json& item : body.at("items")) all.push_back(item);
      cursor = body.at("next_cursor").is_null() ? "" : body.at("next_cursor").get<std::string>();
    } while (!cursor.empty());
    return all;
  }
  void advance(int days = 1) const { control("POST", "/sandbox/advance", json{{"days", days}}.dump()); }
};

inline std::string code_of(const HttpAnswer& answer) {
  const json error = answer.body().at("error");
  return error.is_object() ? error.at("code") : error;
}

inline std::set<std::string> ids_of(const std::vector<json>& rows, const char* name = "id") {
  std::set<std::string> ids;
  for (const json& row : rows) ids.insert(row.at(name));
  return ids;
}

/// How many requests a route has had.
inline std::size_t hits(const SandboxProcess& sandbox, const std::string& route) {
  return sandbox.control("GET", "/sandbox/hits").value(route, std::size_t{0});
}

}  // namespace toksync::test
