// Finds out why batches of creators were refused when the API does not say it: for one of them, or because they were
// too many. Halves are sent until whoever is at fault is alone. How many is bounded for each unit, because what is
// wrong with a request itself is wrong with every part of it. Pure bookkeeping; used by Buyer.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/task.hpp"

namespace toksync::engine {

class RefusedBatches {
 public:
  /// A batch was refused. What its two halves are halves of, or nothing when they are not worth a try.
  [[nodiscard]] std::optional<BatchHalving> halve(plan::UnitIndex unit, std::size_t creators);
  /// A batch was accepted. When both halves of a refused one were, that was too large, and so many are not.
  [[nodiscard]] std::optional<std::size_t> accepted(plan::UnitIndex unit, std::optional<BatchHalving> half_of);

 private:
  struct Allowance {
    int depth = 0;     ///< halvings that lead from the largest batch to a single creator
    int halvings = 0;  ///< that are left: as many, and again as many with each batch that is accepted
  };
  struct Halving {
    std::size_t larger_half = 0;
    int accepted = 0;
  };

  std::map<plan::UnitIndex, Allowance> allowances_;
  std::vector<Halving> halvings_;
};

}  // namespace toksync::engine
