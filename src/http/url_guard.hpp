// What a URL says about where a request would go, by the same parser that will send it. Used by the
// curl transport before a key leaves the process.
#pragma once

#include <string_view>

namespace toksync::http {

struct UrlFacts {
  bool is_usable = false;  ///< http or https, with a host and without user information
  bool is_https = false;
  bool is_loopback = false;  ///< 127.0.0.0/8, localhost or [::1]
};

[[nodiscard]] UrlFacts inspect_url(std::string_view text);

}  // namespace toksync::http
