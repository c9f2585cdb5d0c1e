#include "engine/chooser.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "plan/choice.hpp"
#include "stages/search.hpp"

namespace toksync::engine {
namespace {

using plan::UnitIndex;
using store::Decision;
using store::StageStatus;

// How many creators the store is asked about in one go; bounds what is in memory.
constexpr std::size_t kAskedAtOnce = 1000;

}  // namespace

std::int64_t pages_for(std::int64_t creators) { return (creators + stages::kLargestPage - 1) / stages::kLargestPage; }

std::optional<Step> Chooser::begin(UnitIndex index) {
  const auto row = context_.units.begin(index);
  auto& batch_size = context_.units.at(index).batch_size;
  const auto family = context_.units.graph().unit(index).stage;
  batch_size = std::min(batch_size, context_.facts.ids_per_start(family).value_or(batch_size));
  if (row.status == StageStatus::succeeded || row.status == StageStatus::partial) {
    auto& unit = context_.units.at(index);
    unit.total = row.items_total;
    unit.done = row.items_done;
    unit.failed = row.items_failed;
    context_.units.finish(index, row.status);
    return std::nullopt;
  }
  switch (context_.units.graph().unit(index).stage) {
    case StageName::search: return begin_search(index, row);
    case StageName::thought_leaders: return begin_thought_leaders(index);
    case StageName::enrich:
    case StageName::content_match:
    case StageName::audience_match: return begin_creators(index);
  }
  return std::nullopt;
}

std::optional<Step> Chooser::begin_search(UnitIndex index, const store::StageRow& row) {
  auto& unit = context_.units.at(index);
  const auto& config = context_.units.keyword_set(index).search.value();
  const bool buys = context_.units.graph().unit(index).buys;
  unit.done = context_.store.count_hits(unit.key);
  for (const auto creator : context_.store.hits_after(unit.key, 0)) context_.units.pass_on(index, {creator});
  if (unit.done > 0 && !row.cursor) return finish_walk(index);
  if (unit.done == 0) {
    const auto known = context_.store.finished_search(unit.criteria.front());
    const auto now = context_.env.clock.wall();
    const bool young = known && plan::is_young(known->second, config.refresh_after, now);
    if (known && (young || !buys)) {
      unit.done = context_.store.reuse_search(known->first, unit.key, now);
      return finish_walk(index);
    }
  }
  if (!buys) {
    unit.trouble = Trouble{ErrorKind::usage, "there are no search results yet; run the search stage first"};
    context_.units.finish(index, StageStatus::skipped);
    return std::nullopt;
  }
  unit.total = config.max_creators;
  unit.pending = 1;
  const auto limit = stages::page_limit(config, unit.done);
  return Step{index, {Task{SearchTask{index, row.cursor, limit}}}, {}, pages_for(config.max_creators - unit.done)};
}

std::optional<Step> Chooser::finish_walk(UnitIndex index) {
  context_.units.finish_walk(index);
  return std::nullopt;
}

store::CandidateQuery Chooser::query_for(UnitIndex index) const {
  auto& units = context_.units;
  const auto set = units.graph().unit(index).keyword_set;
  const auto criteria_of = [&](StageName stage) -> std::optional<CriteriaKey> {
    const auto purchases = stages::stage(stage).purchases(units.keyword_set(index));
    if (purchases.empty()) return std::nullopt;
    return context_.store.find_criteria(stage, purchases.front().criteria);
  };
  store::CandidateQuery query;
  // A backfill has no search: its creators were named when it began.
  if (const auto search = units.graph().find(set, StageName::search)) query.search = units.at(*search).key;
  query.backfill = context_.run;
  const auto enrich = units.graph().find(set, StageName::enrich);
  if (enrich && enrich != index) query.chosen_by = units.at(*enrich).key;
  query.content = criteria_of(StageName::content_match);
  query.audience = criteria_of(StageName::audience_match);
  return query;
}

std::vector<Chooser::Chosen> Chooser::chosen_of_all(UnitIndex index) const {
  auto& units = context_.units;
  auto candidates = context_.store.candidates(query_for(index));
  const auto select = units.stage(index).choice(units.keyword_set(index))->select;
  // A run that is picked up keeps to what it chose, although what it bought since may rank otherwise.
  std::unordered_map<CreatorKey, std::size_t> position;
  for (const auto& selected : context_.store.selection(units.at(index).key)) {
    position.emplace(selected.creator, position.size());
  }
  const auto others =
      std::ranges::partition(candidates, [&](const auto& candidate) { return position.contains(candidate.creator); });
  const std::span selected(candidates.begin(), others.begin());
  std::ranges::sort(selected, {}, [&](const auto& candidate) { return position.at(candidate.creator); });
  std::vector<Chosen> chosen;
  const auto add = [&](const store::Candidate& candidate) {
    chosen.push_back({candidate.creator, units.at(index).chain});
  };
  std::ranges::for_each(selected, add);
  const bool is_complete = units.graph().unit(index).ranks && !position.empty();
  if (is_complete) return chosen;
  candidates.erase(candidates.begin(), others.begin());
  std::ranges::for_each(plan::choose(std::move(candidates), select), add);
  return chosen;
}

std::vector<Chooser::Chosen> Chooser::chosen_of(UnitIndex index, std::span<const PassedOn> arrived) {
  auto& units = context_.units;
  std::vector<CreatorKey> creators(arrived.size());
  std::ranges::transform(arrived, creators.begin(), &PassedOn::creator);
  const auto select = units.stage(index).choice(units.keyword_set(index))->select;
  std::unordered_set<CreatorKey> passing;
  for (const auto& candidate : plan::choose(context_.store.candidates(query_for(index), creators), select)) {
    passing.insert(candidate.creator);
  }
  const auto& before = chosen_before_[index];
  std::vector<Chosen> chosen;
  for (const auto& [creator, chain] : arrived) {
    if (std::ranges::binary_search(before, creator) || passing.contains(creator)) {
      chosen.push_back({creator, chain});
    } else if (units.graph().unit(index).stage == StageName::content_match) {
      units.pass_on(index, {creator, chain});
    }
  }
  return chosen;
}

Decision Chooser::decide(const WorkId& id, const store::WorkState& state, const RefreshAfter& refresh_after) const {
  // Another keyword set may have planned the same work already, which the store cannot know yet.
  if (context_.units.works().find(id) != nullptr) return Decision::outstanding;
  const auto decision = plan::decide(state, refresh_after, context_.env.clock.wall());
  // Nobody in this run waits any longer for what was given up; a later run collects it.
  return decision == Decision::outstanding ? Decision::failed : decision;
}

std::optional<Step> Chooser::begin_creators(UnitIndex index) {
  auto& units = context_.units;
  auto& unit = units.at(index);
  if (!unit.fed) {
    auto& before = chosen_before_[index];
    for (const auto& selected : context_.store.selection(unit.key)) before.push_back(selected.creator);
    std::ranges::sort(before);
    return go_on(index);
  }
  Step step{index, {}, {}, 0};
  add_creators(step, chosen_of_all(index));
  unit.total = static_cast<std::int64_t>(step.selection.size());
  context_.store.record_selection(unit.key, step.selection, context_.env.clock.wall());
  units.touch(index);
  return step.tasks.empty() ? std::nullopt : std::optional(std::move(step));
}

std::optional<Step> Chooser::go_on(UnitIndex index) {
  auto& units = context_.units;
  auto& unit = units.at(index);
  Step step{index, {}, {}, 0};
  add_creators(step, chosen_of(index, units.take_arrived(index)));
  unit.total += static_cast<std::int64_t>(step.selection.size());
  const auto& before = chosen_before_[index];
  std::vector<store::SelectedCreator> added;
  std::ranges::copy_if(step.selection, std::back_inserter(added),
                       [&](const auto& selected) { return !std::ranges::binary_search(before, selected.creator); });
  if (!added.empty()) context_.store.append_selection(unit.key, added);
  if (units.has_everybody(index)) end_feeding(index);
  units.touch(index);
  return step.tasks.empty() ? std::nullopt : std::optional(std::move(step));
}

void Chooser::end_feeding(UnitIndex index) {
  auto& units = context_.units;
  auto& unit = units.at(index);
  unit.fed = true;
  chosen_before_.erase(index);
  const auto feeder = units.graph().unit(index).feeder.value();
  if (units.graph().unit(feeder).usable || unit.trouble) return;
  // Whoever did not arrive is still to be looked at, by the run that is picked up.
  unit.trouble = units.at(feeder).trouble.value_or(Trouble{ErrorKind::internal, "an earlier stage did not finish"});
}

void Chooser::add_creators(Step& step, std::span<const Chosen> chosen) {
  auto& units = context_.units;
  const auto& unit = units.at(step.unit);
  const auto family = units.graph().unit(step.unit).stage;
  for (; !chosen.empty(); chosen = chosen.subspan(std::min(kAskedAtOnce, chosen.size()))) {
    const auto some = chosen.first(std::min(kAskedAtOnce, chosen.size()));
    std::vector<CreatorKey> creators(some.size());
    std::ranges::transform(some, creators.begin(), &Chosen::creator);
    const auto states = context_.store.work_states(family, unit.criteria.front(), context_.run, creators);
    for (std::size_t i = 0; i < creators.size(); ++i) {
      const WorkId work{family, unit.criteria.front(), creators[i]};
      const auto decision = decide(work, states[i], unit.purchases.front().refresh_after);
      if (decision == Decision::buy && !units.graph().unit(step.unit).buys) continue;
      step.selection.push_back({creators[i], decision});
      units.count(step.unit, work, decision, some[i].chain);
      if (decision == Decision::outstanding) units.wait_for(step.unit, work, JobState::waiting, some[i].chain);
      if (decision != Decision::buy) continue;
      units.wait_for(step.unit, work, JobState::planned, some[i].chain);
      add_to_batch(step, family, creators[i], unit.batch_size);
    }
  }
}

void Chooser::add_to_batch(Step& step, StageName family, CreatorKey creator, std::size_t batch_size) {
  const auto full = [&] { return std::get<StartTask>(step.tasks.back().kind).creators.size() >= batch_size; };
  if (step.tasks.empty() || full()) step.tasks.push_back(Task{StartTask{step.unit, family, 0, {}}});
  std::get<StartTask>(step.tasks.back().kind).creators.push_back(creator);
}

void Chooser::add_work(Step& step, const Units& units, const WorkId& work) {
  const bool has_creators = units.stage(step.unit).choice(units.keyword_set(step.unit)).has_value();
  if (has_creators) return add_to_batch(step, work.family, work.creator, units.at(step.unit).batch_size);
  const auto& criteria = units.at(step.unit).criteria;
  const auto purchase = static_cast<std::size_t>(std::ranges::find(criteria, work.criteria) - criteria.begin());
  step.tasks.push_back(Task{StartTask{step.unit, work.family, purchase, {}}});
}

std::optional<Step> Chooser::begin_thought_leaders(UnitIndex index) {
  auto& units = context_.units;
  auto& unit = units.at(index);
  unit.total = static_cast<std::int64_t>(unit.purchases.size());
  units.touch(index);
  Step step{index, {}, {}, 0};
  for (std::size_t i = 0; i < unit.purchases.size(); ++i) {
    const WorkId id{StageName::thought_leaders, unit.criteria[i], CreatorKey{}};
    const auto state = context_.store.work_state(id.family, id.criteria, context_.run);
    const auto decision = decide(id, state, unit.purchases[i].refresh_after);
    units.count(index, id, decision, unit.chain);
    if (decision == Decision::outstanding) units.wait_for(index, id, JobState::waiting);
    if (decision != Decision::buy) continue;
    units.wait_for(index, id, JobState::planned);
    step.tasks.push_back(Task{StartTask{index, id.family, i, {}}});
  }
  return step.tasks.empty() ? std::nullopt : std::optional(std::move(step));
}

}  // namespace toksync::engine
