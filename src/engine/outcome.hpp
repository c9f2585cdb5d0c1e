// How a run ended: what was found on the way, and the exit code and status that follow from it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "store/records.hpp"

namespace toksync::engine {

/// What may have happened in a run, in the order of precedence of the interface, section 5.
enum class Finding { unauthorized, no_credits, budget, unreachable, ambiguous, failures };

/// What an error of that kind means for the run.
[[nodiscard]] Finding finding_of(ErrorKind kind);

struct RunResult {
  std::set<Finding> findings;
  int signal = 0;                     ///< SIGINT or SIGTERM ended it; 0: neither
  std::vector<std::string> messages;  ///< what stopped something, once each

  /// 0, 3 to 8, or 128 + signal.
  [[nodiscard]] int exit_code() const;
  [[nodiscard]] store::RunStatus status() const;
};

}  // namespace toksync::engine
