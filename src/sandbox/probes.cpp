#include "sandbox/handlers.hpp"
#include "sandbox/operations.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

Reply bare(json data) {
  Reply reply = success(std::move(data));
  reply.bare = true;
  return reply;
}

}  // namespace

Reply health(Call& /*call*/) { return bare({{"status", "ok"}}); }
Reply ready(Call& /*call*/) { return bare({{"status", "ready"}}); }
Reply version(Call& /*call*/) { return bare({{"name", "toksta-sandbox"}, {"version", "1"}}); }

Reply list_endpoints(Call& call) {
  json endpoints = json::array();
  for (const Operation& operation : operations(call.options.api)) {
    endpoints.push_back({{"method", operation.method}, {"path", operation.path}});
  }
  return success({{"version", "v1"}, {"endpoints", endpoints}});
}

}  // namespace toksync::sandbox
