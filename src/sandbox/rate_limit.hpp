// The rate limit: a fixed window per key, begun by the first request in it.
#pragma once

#include <map>
#include <string>

#include "base/time.hpp"

namespace toksync::sandbox {

/// What the headers tell after a request has been counted.
struct RateState {
  bool allowed = true;
  int limit = 0;
  int remaining = 0;
  WallTime reset;
};

class RateLimiter {
 public:
  RateLimiter(int limit, Milliseconds window) : limit_(limit), window_(window) {}

  /// Counts a request. Refused requests are not counted, as they were not served.
  [[nodiscard]] RateState count(const std::string& key, WallTime now) {
    Window& current = windows_[key];
    if (now >= current.end) current = {now + window_, 0};
    const bool allowed = current.used < limit_;
    if (allowed) ++current.used;
    return {allowed, limit_, limit_ - current.used, current.end};
  }
  void reset() { windows_.clear(); }

 private:
  struct Window {
    WallTime end{};
    int used = 0;
  };
  int limit_;
  Milliseconds window_;
  std::map<std::string, Window> windows_;
};

}  // namespace toksync::sandbox
