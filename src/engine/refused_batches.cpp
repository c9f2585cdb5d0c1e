#include "engine/refused_batches.hpp"

#include <bit>

namespace toksync::engine {

std::optional<BatchHalving> RefusedBatches::halve(plan::UnitIndex unit, std::optional<BatchHalving> part,
                                                  std::size_t creators) {
  if (creators < 2 || (!part && hopeless_.contains(unit))) return std::nullopt;
  if (!part) {
    const auto depth = static_cast<int>(std::bit_width(creators - 1));
    wholes_.push_back({depth, depth, false});
  }
  const auto index = part ? halvings_.at(part->index).whole : wholes_.size() - 1;
  auto& whole = wholes_.at(index);
  if (whole.halvings_left == 0) {
    if (!whole.has_accepted) hopeless_.insert(unit);
    return std::nullopt;
  }
  --whole.halvings_left;
  halvings_.push_back({index, creators - creators / 2, 0});
  return BatchHalving{halvings_.size() - 1};
}

std::optional<std::size_t> RefusedBatches::accepted(plan::UnitIndex unit, std::optional<BatchHalving> part) {
  hopeless_.erase(unit);
  if (!part) return std::nullopt;
  auto& halving = halvings_.at(part->index);
  auto& whole = wholes_.at(halving.whole);
  whole.has_accepted = true;
  whole.halvings_left += whole.depth;
  return ++halving.accepted == 2 ? std::optional(halving.larger_half) : std::nullopt;
}

}  // namespace toksync::engine
