// The units of a run as they go: how much of each is done, what it waits for, why it stopped. Keeps
// graph, works and the `stages` table in step. Used by the engine's parts.
#pragma once

#include <deque>

#include "base/env.hpp"
#include "engine/task.hpp"
#include "plan/graph.hpp"
#include "stages/stage.hpp"
#include "store/store.hpp"

namespace toksync::engine {

/// Why a unit could not do all of its work; decides the exit code.
struct Trouble {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
};

/// A creator whom a unit is through with.
struct PassedOn {
  CreatorKey creator{};
  Milliseconds chain{0};  ///< the least time, since the run began, in which it could have got that far
};

/// One stage of one keyword set, running.
struct RunningUnit {
  StageKey key{};
  std::vector<stages::Purchase> purchases;
  std::vector<CriteriaKey> criteria;  ///< one for each purchase
  OptionalText cursor;                ///< search
  std::int64_t total = 0, done = 0, failed = 0, held = 0;
  std::int64_t pending = 0;        ///< works, or walks, that are not settled
  bool fed = true;                 ///< everybody it chooses from has arrived
  std::deque<PassedOn> passed_on;  ///< whom it is through with, until all units that it feeds have looked at them
  std::size_t taken = 0;           ///< how many of those that its feeder passed on it has looked at
  Milliseconds chain{0};           ///< its own part, or its feeder's, of the longest chain that leads here
  std::size_t batch_size = 1;      ///< creators per request
  Credits set_aside = 0;           ///< admitted and not yet reserved
  std::optional<Trouble> trouble;
  store::StageStatus status = store::StageStatus::waiting;
};

class Units {
 public:
  /// `most_works`: that are not settled, which the units may hold together. Each has its share.
  Units(const pipeline::Pipeline& pipeline, plan::Graph graph, store::Store& store, const Clock& clock, RunKey run,
        std::size_t most_works);

  [[nodiscard]] plan::Graph& graph() { return graph_; }
  [[nodiscard]] const plan::Graph& graph() const { return graph_; }
  [[nodiscard]] RunningUnit& at(plan::UnitIndex index) { return units_.at(index); }
  [[nodiscard]] const RunningUnit& at(plan::UnitIndex index) const { return units_.at(index); }
  [[nodiscard]] const std::vector<RunningUnit>& all() const { return units_; }
  [[nodiscard]] const KeywordSet& keyword_set(plan::UnitIndex index) const;
  [[nodiscard]] const stages::Stage& stage(plan::UnitIndex index) const;
  [[nodiscard]] WorkRegistry& works() { return works_; }
  /// "saas/enrich", for messages.
  [[nodiscard]] std::string name(plan::UnitIndex index) const;

  /// Makes the unit's row in `stages`; returns it as it was when the run is picked up again.
  store::StageRow begin(plan::UnitIndex index);
  /// Counts a work that was settled before the unit began.
  void count(plan::UnitIndex index, const WorkId& work, store::Decision decision, Milliseconds chain);
  /// The unit is through with a creator, who may go on to the units that it feeds.
  void pass_on(plan::UnitIndex index, PassedOn passed);
  /// Running units that may look at creators who arrived since they last did, or that nobody else will go on to.
  [[nodiscard]] std::vector<plan::UnitIndex> arrivals() const;
  /// Whom the unit's feeder passed on since the unit last looked, as many as it has room for.
  [[nodiscard]] std::vector<PassedOn> take_arrived(plan::UnitIndex index);
  /// Nobody else will go on to the unit.
  [[nodiscard]] bool has_everybody(plan::UnitIndex index) const;
  /// The unit waits for this work, which is not settled yet.
  void wait_for(plan::UnitIndex index, const WorkId& work, JobState state_if_new, Milliseconds chain = {});
  /// An event in the life of a work; tells the units that wait for it when it is settled.
  void apply(const WorkId& work, JobEvent event);
  /// The work's part of its chain: how long a request or a job of it took at least.
  void lengthen_chain(const WorkId& work, Milliseconds time);
  [[nodiscard]] Milliseconds longest_chain() const { return longest_chain_; }
  /// This run will not settle the work; the units that wait for it have that trouble.
  void give_up(const WorkId& work, const Trouble& trouble);
  /// The budget has no credits for this work: the units that wait for it do without.
  void leave_out(const WorkId& work);
  /// Marks a unit whose figures changed, for the next checkpoint().
  void touch(plan::UnitIndex index) { touched_.insert(index); }
  [[nodiscard]] bool awaits_checkpoint() const { return !touched_.empty(); }
  /// Records the progress of the units that changed; one that has nothing pending is finished.
  void checkpoint();
  void finish(plan::UnitIndex index, store::StageStatus status);
  /// A search's walk is over: what it found is all there is.
  void finish_walk(plan::UnitIndex index);
  void finish_starved();
  /// Writes down what a stopped run leaves behind.
  void suspend(const std::string& reason);

 private:
  [[nodiscard]] Work& known(const WorkId& id);
  [[nodiscard]] std::size_t waiting_for(plan::UnitIndex index) const;
  [[nodiscard]] std::size_t room(plan::UnitIndex index) const;
  void settle(const WorkId& id, const Work& work);
  void checkpoint(plan::UnitIndex index);
  void record(const RunningUnit& unit) const;

  const pipeline::Pipeline& pipeline_;
  plan::Graph graph_;
  store::Store& store_;
  const Clock& clock_;
  RunKey run_;
  std::size_t most_works_;  ///< of one unit
  std::vector<RunningUnit> units_;
  WorkRegistry works_;
  std::set<plan::UnitIndex> touched_;
  Milliseconds longest_chain_{0};
};

}  // namespace toksync::engine
