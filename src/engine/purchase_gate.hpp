// Which purchases may be on their way at the same time, so that a lost one can be found out about. The API shows
// only the latest analysis of a creator: a second start of the same family waits until the first is answered or
// settled. Of thought leaders one start is on its way at a time. And until an answer has told what an item costs, one
// request for it is on its way at a time, so that a price above the table's cannot pass a budget by more than that
// request. Pure bookkeeping; used by Buyer.
#pragma once

#include <set>
#include <span>
#include <unordered_set>

#include "engine/work.hpp"
#include "model/credits.hpp"

namespace toksync::engine {

class PurchaseGate {
 public:
  [[nodiscard]] bool admits(PriceItem item) const { return !asked_.contains(item); }
  [[nodiscard]] bool admits(const WorkId& work) const { return !unanswered_.contains(of_creator(work)); }

  /// Thought leaders have no trace but the usage: of two starts lost at once nobody could tell which was charged.
  [[nodiscard]] bool admits_thought_leaders() const { return !leaders_asked_; }

  /// A request is on its way.
  void begin(PriceItem item, std::span<const WorkId> works) {
    if (!confirmed_.contains(item)) asked_.insert(item);
    leaders_asked_ = leaders_asked_ || is_about_leaders(works);
    for (const auto& work : works) begin(work);
  }
  /// It no longer is, whatever became of it.
  void end(PriceItem item, std::span<const WorkId> works) {
    asked_.erase(item);
    leaders_asked_ = leaders_asked_ && !is_about_leaders(works);
    for (const auto& work : works) end(work);
  }
  /// The same for one work whose request was lost: until it is settled it counts as on its way.
  void begin(const WorkId& work) { unanswered_.insert(of_creator(work)); }
  void end(const WorkId& work) {
    const auto one = unanswered_.find(of_creator(work));
    if (one != unanswered_.end()) unanswered_.erase(one);
  }
  /// An answer told what the item costs.
  void confirm(PriceItem item) { confirmed_.insert(item); }

 private:
  static bool is_about_leaders(std::span<const WorkId> works) {
    return !works.empty() && works.front().family == StageName::thought_leaders;
  }
  static WorkId of_creator(const WorkId& work) { return {work.family, CriteriaKey{}, work.creator}; }

  /// What was lost in earlier processes may be several of one creator.
  std::unordered_multiset<WorkId, WorkIdHash> unanswered_;
  std::set<PriceItem> asked_;  ///< on their way, and no answer has told a price yet
  std::set<PriceItem> confirmed_;
  bool leaders_asked_ = false;
};

}  // namespace toksync::engine
