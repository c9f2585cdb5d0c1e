// The part of the engine that begins units: chooses creators, decides what of it is fresh, outstanding or
// to be bought, and hands what is to be bought to Buyer as one step. Spends nothing.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/context.hpp"

namespace toksync::engine {

/// Purchases of one unit, which the budget admits together.
struct Step {
  plan::UnitIndex unit = 0;
  std::vector<Task> tasks;
  std::vector<store::SelectedCreator> selection;  ///< to mark what on_shortfall = "fit" leaves out
  std::int64_t pages = 0;                         ///< search: how many the walk may take
};

/// Pages of a search for so many creators.
[[nodiscard]] std::int64_t pages_for(std::int64_t creators);

class Chooser {
 public:
  explicit Chooser(Context& context) : context_(context) {}

  /// Begins the unit. Nothing when there is nothing to buy: it is finished, or waits for what others buy or pass on.
  [[nodiscard]] std::optional<Step> begin(plan::UnitIndex index);
  /// Looks at the creators who arrived since; nothing when none of them is to be bought.
  [[nodiscard]] std::optional<Step> go_on(plan::UnitIndex index);
  /// Adds the purchase of one work to the step of a unit that wants it.
  static void add_work(Step& step, const Units& units, const WorkId& work);

 private:
  [[nodiscard]] std::optional<Step> begin_search(plan::UnitIndex index, const store::StageRow& row);
  [[nodiscard]] std::optional<Step> begin_creators(plan::UnitIndex index);
  [[nodiscard]] std::optional<Step> begin_thought_leaders(plan::UnitIndex index);
  std::optional<Step> finish_walk(plan::UnitIndex index);
  /// A creator that the unit may choose, and the chain that leads there.
  struct Chosen {
    CreatorKey creator{};
    Milliseconds chain{0};
  };
  [[nodiscard]] store::CandidateQuery query_for(plan::UnitIndex index) const;
  [[nodiscard]] std::vector<Chosen> chosen_of_all(plan::UnitIndex index) const;
  [[nodiscard]] std::vector<Chosen> chosen_of(plan::UnitIndex index, std::span<const PassedOn> arrived);
  /// Decides about each and adds to the step what is to be bought; the selection, in the same order.
  void add_creators(Step& step, std::span<const Chosen> chosen);
  static void add_to_batch(Step& step, StageName family, CreatorKey creator, std::size_t batch_size);
  void end_feeding(plan::UnitIndex index);
  [[nodiscard]] store::Decision decide(const WorkId& id, const store::WorkState& state,
                                       const RefreshAfter& refresh_after) const;

  Context& context_;
  /// Whom a unit that is picked up had chosen before, sorted.
  std::map<plan::UnitIndex, std::vector<CreatorKey>> chosen_before_;
};

}  // namespace toksync::engine
