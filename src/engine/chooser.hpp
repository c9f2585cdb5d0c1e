// The part of the engine that begins units: chooses creators, decides what of it is fresh, outstanding or
// to be bought, and hands what is to be bought to Buyer as one step. Spends nothing.
#pragma once

#include <span>

#include "engine/context.hpp"

namespace toksync::engine {

/// Purchases of one unit, which the budget admits together.
struct Step {
  plan::UnitIndex unit = 0;
  std::vector<Task> tasks;
  std::vector<store::SelectedCreator> selection;  ///< to mark what on_shortfall = "fit" leaves out
  std::int64_t pages = 0;                         ///< search: how many the walk may take
};

class Chooser {
 public:
  explicit Chooser(Context& context) : context_(context) {}

  /// Begins the unit. Nothing when there is nothing to buy: it is finished, or waits for what others buy.
  [[nodiscard]] std::optional<Step> begin(plan::UnitIndex index);
  /// Adds the purchase of one work to the step of a unit that wants it.
  static void add_work(Step& step, const Units& units, const WorkId& work);

 private:
  [[nodiscard]] std::optional<Step> begin_search(plan::UnitIndex index, const store::StageRow& row);
  [[nodiscard]] std::optional<Step> begin_creators(plan::UnitIndex index);
  [[nodiscard]] std::optional<Step> begin_thought_leaders(plan::UnitIndex index);
  std::optional<Step> finish_walk(plan::UnitIndex index);
  [[nodiscard]] std::vector<store::Candidate> chosen_creators(plan::UnitIndex index) const;
  void add_creators(Step& step, std::span<const store::Candidate> chosen, std::size_t batch_size);
  static void add_to_batch(Step& step, CreatorKey creator, std::size_t batch_size);
  [[nodiscard]] store::Decision decide(const WorkId& id, const store::WorkState& state,
                                       const RefreshAfter& refresh_after) const;

  Context& context_;
};

}  // namespace toksync::engine
