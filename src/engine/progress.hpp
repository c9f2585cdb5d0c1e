// A moment of a run, for whoever shows it. Filled by Engine and Mirror.
#pragma once

#include <optional>

#include "model/credits.hpp"
#include "store/records.hpp"

namespace toksync::engine {

/// A stage of a keyword set, or a mirror.
struct UnitProgress {
  std::string name;  ///< of the stage or the list
  store::StageStatus status{};
  std::int64_t total = 0, done = 0, failed = 0, held = 0;
};

struct Progress {
  std::vector<UnitProgress> units;
  std::optional<Credits> credits_spent;  ///< none of what cannot spend any: a mirror
  std::int64_t requests = 0;
  std::size_t in_flight = 0;
  Milliseconds rate_limit_wait{0};  ///< until the next request may leave
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void observe(const Progress& progress) = 0;
};

}  // namespace toksync::engine
