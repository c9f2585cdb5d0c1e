#include "engine/chooser.hpp"

#include <algorithm>
#include <unordered_map>

#include "plan/choice.hpp"
#include "stages/search.hpp"

namespace toksync::engine {
namespace {

using plan::UnitIndex;
using store::Decision;
using store::StageStatus;

// How many creators the store is asked about in one go; bounds what is in memory.
constexpr std::size_t kAskedAtOnce = 1000;

constexpr std::int64_t pages_for(std::int64_t creators) {
  return (creators + stages::kLargestPage - 1) / stages::kLargestPage;
}

}  // namespace

std::optional<Step> Chooser::begin(UnitIndex index) {
  const auto row = context_.units.begin(index);
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
  if (unit.done > 0 && !row.cursor) return finish_walk(index);
  if (unit.done == 0) {
    const auto known = context_.store.finished_search(unit.criteria.front());
    const auto now = context_.env.clock.wall();
    const bool young = known && (!config.refresh_after || now - known->second < *config.refresh_after);
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

std::vector<store::Candidate> Chooser::chosen_creators(UnitIndex index) const {
  auto& units = context_.units;
  const auto set = units.graph().unit(index).keyword_set;
  const auto key_of = [&](StageName stage) -> std::optional<StageKey> {
    const auto found = units.graph().find(set, stage);
    return found ? std::optional(units.at(*found).key) : std::nullopt;
  };
  const auto criteria_of = [&](StageName stage) -> std::optional<CriteriaKey> {
    const auto purchases = stages::stage(stage).purchases(units.keyword_set(index));
    if (purchases.empty()) return std::nullopt;
    return context_.store.find_criteria(stage, purchases.front().criteria);
  };
  store::CandidateQuery query;
  query.search = key_of(StageName::search).value();
  if (units.graph().unit(index).stage != StageName::enrich) query.chosen_by = key_of(StageName::enrich);
  query.content = criteria_of(StageName::content_match);
  query.audience = criteria_of(StageName::audience_match);
  auto candidates = context_.store.candidates(query);

  // A run that is picked up keeps to what it chose, although what it bought since may rank otherwise.
  const auto before = context_.store.selection(units.at(index).key);
  if (before.empty())
    return plan::choose(std::move(candidates), units.stage(index).choice(units.keyword_set(index))->select);
  std::unordered_map<CreatorKey, std::size_t> position;
  for (std::size_t i = 0; i < before.size(); ++i) position[before[i].creator] = i;
  std::erase_if(candidates, [&](const auto& candidate) { return !position.contains(candidate.creator); });
  std::ranges::sort(candidates, {}, [&](const auto& candidate) { return position.at(candidate.creator); });
  return candidates;
}

Decision Chooser::decide(const WorkId& id, const store::WorkState& state, const RefreshAfter& refresh_after) const {
  // Another keyword set may have planned the same work already, which the store cannot know yet.
  const auto* const work = context_.units.works().find(id);
  if (work != nullptr && !is_settled(work->state)) return Decision::outstanding;
  const auto decision = plan::decide(state, refresh_after, context_.env.clock.wall());
  // Nobody in this run waits any longer for what was given up; a later run collects it.
  return decision == Decision::outstanding ? Decision::failed : decision;
}

std::optional<Step> Chooser::begin_creators(UnitIndex index) {
  auto& units = context_.units;
  Step step{index, {}, {}, 0};
  const auto chosen = chosen_creators(index);
  const auto batch_size = static_cast<std::size_t>(units.stage(index).choice(units.keyword_set(index))->batch_size);
  for (std::size_t first = 0; first < chosen.size(); first += kAskedAtOnce) {
    const auto count = std::min(kAskedAtOnce, chosen.size() - first);
    add_creators(step, std::span(chosen).subspan(first, count), batch_size);
  }
  auto& unit = units.at(index);
  unit.total = static_cast<std::int64_t>(step.selection.size());
  context_.store.record_selection(unit.key, step.selection, context_.env.clock.wall());
  units.touch(index);
  return step.tasks.empty() ? std::nullopt : std::optional(std::move(step));
}

void Chooser::add_creators(Step& step, std::span<const store::Candidate> chosen, std::size_t batch_size) {
  auto& units = context_.units;
  const auto& unit = units.at(step.unit);
  const auto family = units.graph().unit(step.unit).stage;
  std::vector<CreatorKey> creators(chosen.size());
  std::ranges::transform(chosen, creators.begin(), &store::Candidate::creator);
  const auto states = context_.store.work_states(family, unit.criteria.front(), context_.run, creators);
  for (std::size_t i = 0; i < creators.size(); ++i) {
    const WorkId work{family, unit.criteria.front(), creators[i]};
    const auto decision = decide(work, states[i], unit.purchases.front().refresh_after);
    if (decision == Decision::buy && !units.graph().unit(step.unit).buys) continue;
    step.selection.push_back({creators[i], decision});
    units.count(step.unit, decision);
    if (decision == Decision::outstanding) units.wait_for(step.unit, work, JobState::waiting);
    if (decision != Decision::buy) continue;
    units.wait_for(step.unit, work, JobState::planned);
    add_to_batch(step, creators[i], batch_size);
  }
}

void Chooser::add_to_batch(Step& step, CreatorKey creator, std::size_t batch_size) {
  const auto full = [&] { return std::get<StartTask>(step.tasks.back().kind).creators.size() >= batch_size; };
  if (step.tasks.empty() || full()) step.tasks.push_back(Task{StartTask{step.unit, 0, {}}});
  std::get<StartTask>(step.tasks.back().kind).creators.push_back(creator);
}

void Chooser::add_work(Step& step, const Units& units, const WorkId& work) {
  const auto choice = units.stage(step.unit).choice(units.keyword_set(step.unit));
  if (choice) return add_to_batch(step, work.creator, static_cast<std::size_t>(choice->batch_size));
  const auto& criteria = units.at(step.unit).criteria;
  const auto purchase = static_cast<std::size_t>(std::ranges::find(criteria, work.criteria) - criteria.begin());
  step.tasks.push_back(Task{StartTask{step.unit, purchase, {}}});
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
    units.count(index, decision);
    if (decision == Decision::outstanding) units.wait_for(index, id, JobState::waiting);
    if (decision != Decision::buy) continue;
    units.wait_for(index, id, JobState::planned);
    step.tasks.push_back(Task{StartTask{index, i, {}}});
  }
  return step.tasks.empty() ? std::nullopt : std::optional(std::move(step));
}

}  // namespace toksync::engine
