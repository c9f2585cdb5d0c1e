// Finds out why batches of creators were refused when the API does not say it: for one of them, or because they were
// too many. Halves are sent until whoever is at fault is alone; how many is bounded, because what is wrong with the
// request itself is wrong with every part of it. Pure bookkeeping; used by Buyer.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "engine/task.hpp"

namespace toksync::engine {

class RefusedBatches {
 public:
  /// A batch was refused, which may itself be a part of another. What its two halves are a part of from now on, or
  /// nothing when they are not worth a try.
  [[nodiscard]] std::optional<BatchHalving> halve(plan::UnitIndex unit, std::optional<BatchHalving> part,
                                                  std::size_t creators);
  /// A batch was accepted. Both halves of a refused one: then it was too large, and so many were not.
  [[nodiscard]] std::optional<std::size_t> accepted(plan::UnitIndex unit, std::optional<BatchHalving> part);

 private:
  struct Whole {
    int depth = 0;          ///< halvings that lead to a single creator
    int halvings_left = 0;  ///< as many; again as many with each part that is accepted
    bool has_accepted = false;
  };
  struct Halving {
    std::size_t whole = 0;
    std::size_t larger_half = 0;
    int accepted = 0;
  };

  std::vector<Whole> wholes_;
  std::vector<Halving> halvings_;
  std::set<plan::UnitIndex> hopeless_;  ///< whose batches were refused in every part that was tried
};

}  // namespace toksync::engine
