// Which units of work a run has, what each waits for, and what is ready next. A unit is one stage for one
// keyword set. Knows no clock, file, network or SQL. Used by `engine` to run and by plan/estimate to price.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/stage_name.hpp"
#include "pipeline/pipeline.hpp"

namespace toksync::plan {

/// What a command line narrows a run to; empty sets mean everything.
struct Scope {
  std::set<StageName> stages;
  std::set<std::string> keyword_sets;
};

/// An unknown keyword set, or a stage that the pipeline has not, is an Error of kind usage.
[[nodiscard]] Expected<void> check_scope(const pipeline::Pipeline& pipeline, const Scope& scope);

using UnitIndex = std::size_t;

enum class UnitState { waiting, running, finished };

struct Unit {
  std::size_t keyword_set = 0;  ///< index in Pipeline::keyword_sets
  StageName stage{};
  /// False for a stage that the scope leaves out: it still chooses creators, from what is known, so that
  /// later stages mean the same, but it buys nothing.
  bool buys = true;
  std::vector<UnitIndex> inputs;      ///< whose results this unit chooses from
  std::optional<UnitIndex> feeder{};  ///< the last of the inputs: whoever it is through with may go on to this unit
  /// True when the unit compares creators with each other (`top`, `order_by`), and so has to know all of them first.
  bool ranks = false;
  std::vector<UnitIndex> after;  ///< which merely come first
  UnitState state = UnitState::waiting;
  bool usable = false;  ///< finished, and later units may choose from it
};

class Graph {
 public:
  [[nodiscard]] static Graph of(const pipeline::Pipeline& pipeline, const Scope& scope);

  [[nodiscard]] const std::vector<Unit>& units() const { return units_; }
  [[nodiscard]] const Unit& unit(UnitIndex index) const { return units_.at(index); }
  /// The unit of that keyword set and stage, when the run has one.
  [[nodiscard]] std::optional<UnitIndex> find(std::size_t keyword_set, StageName stage) const;
  /// Units that may begin: all they wait for is finished and their inputs are usable. With `streams`, a unit that does
  /// not rank waits only for its inputs to begin.
  [[nodiscard]] std::vector<UnitIndex> ready(bool streams) const;
  /// True when nobody else will go on to the unit: its feeder is finished, or it has none.
  [[nodiscard]] bool is_fed(UnitIndex index) const;
  /// The units that creators go on to from it, one by one.
  [[nodiscard]] std::vector<UnitIndex> fed_by(UnitIndex index) const;
  /// Units that can never begin, because an input finished without being usable.
  [[nodiscard]] std::vector<UnitIndex> starved() const;
  void begin(UnitIndex index) { units_.at(index).state = UnitState::running; }
  void finish(UnitIndex index, bool usable);
  [[nodiscard]] bool finished() const;

 private:
  [[nodiscard]] bool all_finished(const std::vector<UnitIndex>& indices) const;
  [[nodiscard]] bool is_ready(const Unit& unit, bool streams) const;
  std::vector<Unit> units_;
};

}  // namespace toksync::plan
