// The outside world in one handful: made once in `cli` (or in a test) and handed down by reference.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

namespace toksync {

struct Env {
  const Clock& clock;
  Random& random;
  Logger logger;
};

}  // namespace toksync
