// Toktra as far as mirrors see it, in one process: lists with cursors, tokens that end, and whatever goes wrong as
// told. Used by test_mirror.cpp.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/scripted_transport.hpp"

namespace toksync::engine::test {

class FakeToktra {
 public:
  /// "users", or "usage 2026-05-31": its records as JSON, in the order of the list.
  std::map<std::string, std::vector<std::string>> lists;
  std::size_t page_size = 2;
  /// By path: what the next requests are answered instead.
  std::map<std::string, std::deque<toksync::test::ScriptedOutcome>> instead;
  /// By path: what all its requests are answered instead.
  std::map<std::string, http::Response> always;
  /// Instead of the end of a page: what stands behind the items.
  std::map<std::string, std::string> ending;
  Milliseconds latency{100};
  Seconds token_life{3600};
  bool knows_client = true;

  [[nodiscard]] toksync::test::ScriptedOutcome answer(const http::Request& request, WallTime now);
  /// From now on every token that was given is refused.
  void revoke_tokens() { tokens_.clear(); }
  void forget_log() { paths_.clear(); }

  /// How many requests to that path, or in all, were made.
  [[nodiscard]] int count(std::string_view path = "") const;
  [[nodiscard]] const std::vector<std::string>& urls() const { return paths_; }
  [[nodiscard]] int refused_tokens() const { return refused_tokens_; }
  /// Anything but reads and signing in.
  [[nodiscard]] int forbidden_requests() const { return forbidden_requests_; }

 private:
  [[nodiscard]] http::Response token(const http::Request& request, WallTime now);
  [[nodiscard]] http::Response page(const http::Request& request);

  std::vector<std::string> paths_;            ///< with their queries, from "/v1" on
  std::map<std::string, WallTime> tokens_{};  ///< and their ends
  int tokens_given_ = 0, refused_tokens_ = 0, forbidden_requests_ = 0;
};

inline const std::string kToktraKey = "a-long-lived-key";

/// An error as the API writes it.
[[nodiscard]] http::Response toktra_error(int status, const std::string& type);

}  // namespace toksync::engine::test
