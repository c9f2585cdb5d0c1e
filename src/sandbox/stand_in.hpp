// One API that the sandbox stands in for, as main() sees it: something that answers requests until it is told
// to stop.
#pragma once

#include "sandbox/connection.hpp"

namespace toksync::sandbox {

class StandIn {
 public:
  StandIn() = default;
  virtual ~StandIn() = default;
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  virtual void answer(const HttpRequest& request, HttpResponse& response, Connection& connection) = 0;
  /// Lets every held or waiting request go; new ones are still answered.
  virtual void stop() = 0;
};

}  // namespace toksync::sandbox
