#include "engine/outcome.hpp"

namespace toksync::engine {

Finding finding_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unauthorized: return Finding::unauthorized;
    case ErrorKind::no_credits: return Finding::no_credits;
    case ErrorKind::budget: return Finding::budget;
    case ErrorKind::unreachable: return Finding::unreachable;
    default: return Finding::failures;
  }
}

int RunResult::exit_code() const {
  if (signal != 0) return 128 + signal;
  if (findings.empty()) return 0;
  switch (*findings.begin()) {
    case Finding::unauthorized: return 4;
    case Finding::no_credits: return 7;
    case Finding::budget: return 8;
    case Finding::unreachable: return 5;
    case Finding::ambiguous: return 6;
    case Finding::failures: return 3;
  }
  return 1;
}

store::RunStatus RunResult::status() const {
  switch (exit_code()) {
    case 0: return store::RunStatus::succeeded;
    case 3:
    case 6: return store::RunStatus::partial;
    case 7:
    case 8: return store::RunStatus::stopped;
    case 4:
    case 5: return store::RunStatus::failed;
    default: return store::RunStatus::interrupted;
  }
}

}  // namespace toksync::engine
