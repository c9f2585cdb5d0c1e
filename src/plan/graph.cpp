#include "plan/graph.hpp"

#include <algorithm>

#include "stages/stage.hpp"

namespace toksync::plan {
namespace {

bool contains_score(const Select& select) {
  return select.order_by == OrderBy::content_score || select.bounds.contains(Measure::content_score);
}

bool ranks(const Select& select) { return select.top || select.order_by != OrderBy::rank; }

bool in_scope(const Scope& scope, const KeywordSet& set) {
  return scope.keyword_sets.empty() || scope.keyword_sets.contains(set.name);
}

bool in_scope(const Scope& scope, StageName stage) { return scope.stages.empty() || scope.stages.contains(stage); }

/// Links the units of one keyword set; the rule is the arrow of the interface, section 3.
class KeywordSetLinks {
 public:
  explicit KeywordSetLinks(const std::array<std::optional<UnitIndex>, kAllStages.size()>& units) : units_(units) {}

  void link(Unit& unit, const KeywordSet& set) const {
    switch (unit.stage) {
      case StageName::search: return;
      case StageName::enrich: add(unit.inputs, StageName::search); return;
      case StageName::content_match: add_chosen(unit); return;
      case StageName::audience_match:
        add_chosen(unit);
        if (contains_score(set.audience_match->select)) add(unit.inputs, StageName::content_match);
        return;
      case StageName::thought_leaders:
        for (const auto stage : kAllStages) {
          if (stage != StageName::thought_leaders) add(unit.after, stage);
        }
        return;
    }
  }

 private:
  void add_chosen(Unit& unit) const {
    add(unit.inputs, StageName::search);
    add(unit.inputs, StageName::enrich);
  }
  void add(std::vector<UnitIndex>& list, StageName stage) const {
    if (const auto& unit = units_[static_cast<std::size_t>(stage)]) list.push_back(*unit);
  }

  const std::array<std::optional<UnitIndex>, kAllStages.size()>& units_;
};

}  // namespace

Expected<void> check_scope(const pipeline::Pipeline& pipeline, const Scope& scope) {
  if (!pipeline.mirrors.empty() && (!scope.keyword_sets.empty() || !scope.stages.empty())) {
    return unexpected(ErrorKind::usage, "--stage or --keyword-set",
                      "a pipeline with mirrors has neither stages nor keyword sets");
  }
  for (const auto& name : scope.keyword_sets) {
    const auto& sets = pipeline.keyword_sets;
    if (std::ranges::none_of(sets, [&](const KeywordSet& set) { return set.name == name; })) {
      return unexpected(ErrorKind::usage, "--keyword-set " + name, "the pipeline has no keyword set of that name");
    }
  }
  for (const auto stage : scope.stages) {
    const auto runs = [&](const KeywordSet& set) { return !stages::stage(stage).purchases(set).empty(); };
    if (std::ranges::none_of(pipeline.keyword_sets, runs)) {
      return unexpected(ErrorKind::usage, "--stage " + std::string(to_string(stage)),
                        "the pipeline does not run that stage");
    }
  }
  return {};
}

Graph Graph::of(const pipeline::Pipeline& pipeline, const Scope& scope) {
  Graph graph;
  for (std::size_t index = 0; index < pipeline.keyword_sets.size(); ++index) {
    const auto& set = pipeline.keyword_sets[index];
    if (!in_scope(scope, set)) continue;
    std::array<std::optional<UnitIndex>, kAllStages.size()> units{};
    for (const auto stage : kAllStages) {
      if (stages::stage(stage).purchases(set).empty()) continue;
      if (stage == StageName::thought_leaders && !in_scope(scope, stage)) continue;
      units[static_cast<std::size_t>(stage)] = graph.units_.size();
      Unit unit{.keyword_set = index, .stage = stage, .buys = in_scope(scope, stage)};
      if (const auto choice = stages::stage(stage).choice(set)) unit.ranks = ranks(choice->select);
      graph.units_.push_back(std::move(unit));
    }
    const KeywordSetLinks links(units);
    for (const auto& index_of_unit : units) {
      if (!index_of_unit) continue;
      auto& unit = graph.units_[*index_of_unit];
      links.link(unit, set);
      if (!unit.inputs.empty()) unit.feeder = unit.inputs.back();
    }
  }
  return graph;
}

std::optional<UnitIndex> Graph::find(std::size_t keyword_set, StageName stage) const {
  const auto matches = [&](const Unit& unit) { return unit.keyword_set == keyword_set && unit.stage == stage; };
  const auto found = std::ranges::find_if(units_, matches);
  if (found == units_.end()) return std::nullopt;
  return static_cast<UnitIndex>(found - units_.begin());
}

bool Graph::all_finished(const std::vector<UnitIndex>& indices) const {
  return std::ranges::all_of(indices, [&](UnitIndex i) { return units_[i].state == UnitState::finished; });
}

bool Graph::is_ready(const Unit& unit, bool streams) const {
  if (unit.state != UnitState::waiting || !all_finished(unit.after)) return false;
  const bool may_overlap = streams && !unit.ranks;
  return std::ranges::all_of(unit.inputs, [&](UnitIndex i) {
    const auto& input = units_[i];
    return input.state == UnitState::finished ? input.usable : may_overlap && input.state == UnitState::running;
  });
}

std::vector<UnitIndex> Graph::ready(bool streams) const {
  std::vector<UnitIndex> indices;
  for (UnitIndex i = 0; i < units_.size(); ++i) {
    if (is_ready(units_[i], streams)) indices.push_back(i);
  }
  return indices;
}

bool Graph::is_fed(UnitIndex index) const {
  const auto& feeder = units_.at(index).feeder;
  return !feeder || units_.at(*feeder).state == UnitState::finished;
}

std::vector<UnitIndex> Graph::fed_by(UnitIndex index) const {
  std::vector<UnitIndex> indices;
  for (UnitIndex i = 0; i < units_.size(); ++i) {
    if (units_[i].feeder == index && !units_[i].ranks) indices.push_back(i);
  }
  return indices;
}

std::vector<UnitIndex> Graph::starved() const {
  std::vector<UnitIndex> indices;
  for (UnitIndex i = 0; i < units_.size(); ++i) {
    const auto useless = [&](UnitIndex input) {
      return units_[input].state == UnitState::finished && !units_[input].usable;
    };
    if (units_[i].state == UnitState::waiting && std::ranges::any_of(units_[i].inputs, useless)) indices.push_back(i);
  }
  return indices;
}

void Graph::finish(UnitIndex index, bool usable) {
  units_.at(index).state = UnitState::finished;
  units_.at(index).usable = usable;
}

bool Graph::finished() const {
  return std::ranges::all_of(units_, [](const Unit& unit) { return unit.state == UnitState::finished; });
}

}  // namespace toksync::plan
