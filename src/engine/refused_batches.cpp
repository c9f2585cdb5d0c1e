#include "engine/refused_batches.hpp"

#include <algorithm>
#include <bit>

namespace toksync::engine {

std::optional<BatchHalving> RefusedBatches::halve(plan::UnitIndex unit, std::size_t creators) {
  if (creators < 2) return std::nullopt;
  auto& [depth, halvings] = allowances_[unit];
  const auto needed = static_cast<int>(std::bit_width(creators - 1));
  halvings += std::max(0, needed - depth);
  depth = std::max(depth, needed);
  if (halvings == 0) return std::nullopt;
  --halvings;
  halvings_.push_back({creators - creators / 2, 0});
  return BatchHalving{halvings_.size() - 1};
}

std::optional<std::size_t> RefusedBatches::accepted(plan::UnitIndex unit, std::optional<BatchHalving> half_of) {
  auto& allowance = allowances_[unit];
  allowance.halvings += allowance.depth;
  if (!half_of) return std::nullopt;
  auto& halving = halvings_.at(half_of->index);
  return ++halving.accepted == 2 ? std::optional(halving.larger_half) : std::nullopt;
}

}  // namespace toksync::engine
