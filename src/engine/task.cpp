#include "engine/task.hpp"

#include <algorithm>

namespace toksync::engine {
namespace {

using plan::UnitIndex;

// Tasks of a lane can grow together.
UnitIndex lane_in_priority(const Task& task) {
  if (const auto* const search = std::get_if<SearchTask>(&task.kind)) return search->unit;
  if (const auto* const start = std::get_if<StartTask>(&task.kind)) return start->unit;
  if (const auto* const details = std::get_if<DetailsTask>(&task.kind)) return static_cast<UnitIndex>(details->family);
  return 0;
}

/// Of the first kind of task that nobody waits for.
constexpr std::size_t kExtraPriority = 7 - 3 + kPollPriority;

}  // namespace

std::size_t priority(const Task& task) {
  if (const auto* const start = std::get_if<StartTask>(&task.kind)) return 1 + static_cast<std::size_t>(start->family);
  const auto kind = task.kind.index();
  return kind < 3 ? kind : kind - 3 + kPollPriority;
}

TaskQueue::LaneId TaskQueue::lane_of(const Task& task) { return {priority(task), lane_in_priority(task)}; }

void TaskQueue::push(Task task) {
  lanes_[lane_of(task)].tasks.push_back(std::move(task));
  ++size_;
}

void TaskQueue::push_first(Task task) {
  lanes_[lane_of(task)].tasks.push_front(std::move(task));
  ++size_;
}

std::optional<Task> TaskQueue::pop(SteadyTime now, const MayLeave& may_leave) {
  const auto leaves = [&](const Task& task) { return task.not_before <= now && may_leave(task); };
  for (auto first = lanes_.begin(); first != lanes_.end();) {
    const auto end = lanes_.lower_bound({first->first.first + 1, 0});
    Lane* chosen = nullptr;
    std::deque<Task>::iterator place;
    for (; first != end; ++first) {
      auto& lane = first->second;
      if (chosen != nullptr && lane.last_turn >= chosen->last_turn) continue;
      const auto found = std::ranges::find_if(lane.tasks, leaves);
      if (found == lane.tasks.end()) continue;
      chosen = &lane;
      place = found;
    }
    if (chosen == nullptr) continue;
    auto task = std::move(*place);
    chosen->tasks.erase(place);
    chosen->last_turn = ++turn_;
    --size_;
    return task;
  }
  return std::nullopt;
}

SteadyTime TaskQueue::next_time(const MayLeave& may_leave) const {
  auto next = SteadyTime::max();
  for (const auto& [id, lane] : lanes_) {
    for (const auto& task : lane.tasks) {
      if (task.not_before < next && may_leave(task)) next = task.not_before;
    }
  }
  return next;
}

std::size_t TaskQueue::extras() const {
  std::size_t count = 0;
  for (auto lane = lanes_.rbegin(); lane != lanes_.rend() && lane->first.first >= kExtraPriority; ++lane) {
    count += lane->second.tasks.size();
  }
  return count;
}

Task* TaskQueue::newest_like(const Task& task) {
  const auto lane = lanes_.find(lane_of(task));
  return lane == lanes_.end() || lane->second.tasks.empty() ? nullptr : &lane->second.tasks.back();
}

std::vector<Task> TaskQueue::take_if(const std::function<bool(const Task&)>& condition) {
  std::vector<Task> taken;
  for (auto& [id, lane] : lanes_) {
    for (auto& task : lane.tasks) {
      if (condition(task)) taken.push_back(task);
    }
    size_ -= std::erase_if(lane.tasks, condition);
  }
  return taken;
}

}  // namespace toksync::engine
