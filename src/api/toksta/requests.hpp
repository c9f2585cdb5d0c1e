// Calls in toksta's words: method, path and JSON body. Used by its provider.
#pragma once

#include <string>

#include "http/transport.hpp"
#include "model/call.hpp"

namespace toksync::api::toksta {

/// What a call says, without where it goes and who sends it.
struct Message {
  http::Method method = http::Method::post;
  std::string path;   ///< without the query
  std::string query;  ///< with its "?", or empty
  std::string body;   ///< JSON; the same bytes for the same call; invalid UTF-8 is replaced
};

[[nodiscard]] Message message_for(const Call& call);

}  // namespace toksync::api::toksta
