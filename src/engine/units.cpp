#include "engine/units.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace toksync::engine {
namespace {

using plan::UnitIndex;
using store::Decision;
using store::StageStatus;

StageStatus status_of(const RunningUnit& unit) {
  if (unit.trouble) {
    const bool resumable = unit.trouble->kind == ErrorKind::budget || unit.trouble->kind == ErrorKind::no_credits;
    return resumable ? StageStatus::stopped : StageStatus::failed;
  }
  return unit.failed + unit.held > 0 ? StageStatus::partial : StageStatus::succeeded;
}

// Audience match compares with the content score of those who have one, whether or not content match chose them.
bool goes_on(StageName stage, JobState state) {
  if (state == JobState::stored) return true;
  return stage == StageName::content_match && (state == JobState::failed || state == JobState::held);
}

JobState state_of(Decision decision) {
  switch (decision) {
    case Decision::fresh: return JobState::stored;
    case Decision::failed: return JobState::failed;
    case Decision::held: return JobState::held;
    case Decision::buy:
    case Decision::outstanding:
    case Decision::unaffordable: break;
  }
  return JobState::planned;
}

/// Of those units that may hold works back.
std::size_t share_of(std::size_t most_works, const plan::Graph& graph) {
  const auto sharers = std::ranges::count_if(graph.units(), [](const auto& unit) { return unit.feeder.has_value(); });
  return most_works / static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, sharers));
}

bool is_usable(StageStatus status) { return status == StageStatus::succeeded || status == StageStatus::partial; }

}  // namespace

Units::Units(const pipeline::Pipeline& pipeline, plan::Graph graph, store::Store& store, const Clock& clock, RunKey run,
             std::size_t most_works)
    : pipeline_(pipeline),
      graph_(std::move(graph)),
      store_(store),
      clock_(clock),
      run_(run),
      most_works_(share_of(most_works, graph_)),
      units_(graph_.units().size()) {}

const KeywordSet& Units::keyword_set(UnitIndex index) const {
  return pipeline_.keyword_sets.at(graph_.unit(index).keyword_set);
}

const stages::Stage& Units::stage(UnitIndex index) const { return stages::stage(graph_.unit(index).stage); }

std::string Units::name(UnitIndex index) const {
  return keyword_set(index).name + "/" + std::string(to_string(graph_.unit(index).stage));
}

store::StageRow Units::begin(UnitIndex index) {
  auto& unit = units_.at(index);
  graph_.begin(index);
  unit.purchases = stage(index).purchases(keyword_set(index));
  for (const auto& purchase : unit.purchases) {
    unit.criteria.push_back(store_.ensure_criteria(graph_.unit(index).stage, purchase.criteria));
  }
  auto row = store_.ensure_stage(run_, keyword_set(index).name, graph_.unit(index).stage, unit.criteria.front(),
                                 clock_.wall());
  unit.key = row.key;
  unit.cursor = row.cursor;
  unit.status = StageStatus::running;
  unit.fed = graph_.is_fed(index);
  if (const auto choice = stage(index).choice(keyword_set(index))) {
    unit.batch_size = static_cast<std::size_t>(choice->batch_size);
  }
  for (const auto input : graph_.unit(index).inputs) unit.chain = std::max(unit.chain, units_.at(input).chain);
  return row;
}

void Units::count(UnitIndex index, const WorkId& work, Decision decision, Milliseconds chain) {
  auto& unit = units_.at(index);
  if (goes_on(work.family, state_of(decision))) pass_on(index, {work.creator, chain});
  switch (decision) {
    case Decision::fresh: ++unit.done; break;
    case Decision::held: ++unit.held; break;
    case Decision::failed: ++unit.failed; break;
    case Decision::buy:
    case Decision::outstanding:
    case Decision::unaffordable: break;
  }
}

void Units::pass_on(UnitIndex index, PassedOn passed) {
  if (!graph_.fed_by(index).empty()) units_.at(index).passed_on.push_back(passed);
}

std::size_t Units::waiting_for(UnitIndex index) const {
  return units_.at(graph_.unit(index).feeder.value()).passed_on.size() - units_.at(index).taken;
}

std::size_t Units::room(UnitIndex index) const {
  // A unit that held less than a full batch would never fill one.
  const auto most = std::max(most_works_, units_.at(index).batch_size);
  return most - std::min(most, static_cast<std::size_t>(units_.at(index).pending));
}

bool Units::has_everybody(UnitIndex index) const { return graph_.is_fed(index) && waiting_for(index) == 0; }

std::vector<UnitIndex> Units::arrivals() const {
  std::vector<UnitIndex> indices;
  for (UnitIndex i = 0; i < units_.size(); ++i) {
    const auto& unit = units_[i];
    if (graph_.unit(i).state != plan::UnitState::running || unit.fed) continue;
    const auto waiting = waiting_for(i);
    const bool has_room = room(i) >= std::min(waiting, unit.batch_size);
    if (waiting > 0 ? has_room : graph_.is_fed(i)) indices.push_back(i);
  }
  return indices;
}

std::vector<PassedOn> Units::take_arrived(UnitIndex index) {
  const auto feeder = graph_.unit(index).feeder.value();
  auto& passed_on = units_.at(feeder).passed_on;
  auto& taken = units_.at(index).taken;
  const auto first = passed_on.begin() + static_cast<std::ptrdiff_t>(taken);
  const auto count = std::min(waiting_for(index), room(index));
  std::vector<PassedOn> arrived(first, first + static_cast<std::ptrdiff_t>(count));
  taken += count;
  const auto followers = graph_.fed_by(feeder);
  auto seen_by_all = taken;
  for (const auto follower : followers) seen_by_all = std::min(seen_by_all, units_.at(follower).taken);
  passed_on.erase(passed_on.begin(), passed_on.begin() + static_cast<std::ptrdiff_t>(seen_by_all));
  for (const auto follower : followers) units_.at(follower).taken -= seen_by_all;
  return arrived;
}

void Units::lengthen_chain(const WorkId& id, Milliseconds time) {
  if (auto* const work = works_.find(id)) work->chain += time;
}

void Units::wait_for(UnitIndex index, const WorkId& id, JobState state_if_new, Milliseconds chain) {
  auto* work = works_.find(id);
  // What one unit had to give up may be wanted again by another that begins later.
  if (work == nullptr) {
    work = &works_.add(id, state_if_new);
    work->chain = chain;
  }
  work->waiters.add(index);
  ++units_.at(index).pending;
}

void Units::settle(const WorkId& id, const Work& work) {
  longest_chain_ = std::max(longest_chain_, work.chain);
  for (const auto index : work.waiters.all()) {
    auto& unit = units_.at(index);
    unit.chain = std::max(unit.chain, work.chain);
    if (goes_on(id.family, work.state)) pass_on(index, {id.creator, work.chain});
    touch(index);
    --unit.pending;
    if (work.state == JobState::stored) ++unit.done;
    if (work.state == JobState::failed) ++unit.failed;
    if (work.state == JobState::held) ++unit.held;
  }
}

Work& Units::known(const WorkId& id) {
  if (auto* const work = works_.find(id)) return *work;
  throw std::logic_error("an event for work that nobody planned");
}

void Units::apply(const WorkId& id, JobEvent event) {
  auto& work = known(id);
  work.state = next_state(work.state, event);
  if (!is_settled(work.state)) return;
  settle(id, work);
  works_.remove(id);
}

void Units::give_up(const WorkId& id, const Trouble& trouble) {
  const auto* const work = works_.find(id);
  if (work == nullptr) return;
  for (const auto index : work->waiters.all()) {
    auto& unit = units_.at(index);
    if (!unit.trouble) unit.trouble = trouble;
  }
  apply(id, JobEvent::given_up);
}

void Units::leave_out(const WorkId& id) {
  for (const auto index : known(id).waiters.all()) --units_.at(index).total;
  apply(id, JobEvent::given_up);
}

void Units::record(const RunningUnit& unit) const {
  const auto error = unit.trouble ? OptionalText(unit.trouble->message) : std::nullopt;
  store_.record_progress(unit.key, {unit.status, unit.total, unit.done, unit.failed + unit.held, error}, clock_.wall());
}

void Units::checkpoint() {
  for (const auto index : std::exchange(touched_, {})) checkpoint(index);
}

void Units::checkpoint(UnitIndex index) {
  auto& unit = units_.at(index);
  if (graph_.unit(index).state != plan::UnitState::running) return;
  if (unit.pending == 0 && unit.fed) return finish(index, status_of(unit));
  record(unit);
}

void Units::finish(UnitIndex index, StageStatus status) {
  auto& unit = units_.at(index);
  unit.status = status;
  record(unit);
  graph_.finish(index, is_usable(status));
}

void Units::finish_walk(UnitIndex index) {
  auto& unit = units_.at(index);
  unit.total = unit.done;
  unit.pending = 0;
  finish(index, StageStatus::succeeded);
}

void Units::finish_starved() {
  for (auto starved = graph_.starved(); !starved.empty(); starved = graph_.starved()) {
    for (const auto index : starved) {
      begin(index);
      units_.at(index).status = StageStatus::skipped;
      const auto row = units_.at(index).key;
      store_.record_progress(row, {StageStatus::skipped, 0, 0, 0, "an earlier stage did not finish"}, clock_.wall());
      graph_.finish(index, false);
    }
  }
}

void Units::suspend(const std::string& reason) {
  for (UnitIndex index = 0; index < units_.size(); ++index) {
    auto& unit = units_.at(index);
    if (graph_.unit(index).state != plan::UnitState::running) continue;
    unit.status = StageStatus::stopped;
    store_.record_progress(unit.key, {unit.status, unit.total, unit.done, unit.failed + unit.held, reason},
                           clock_.wall());
  }
}

}  // namespace toksync::engine
