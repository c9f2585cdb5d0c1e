#include "engine/task.hpp"

#include <algorithm>

namespace toksync::engine {

std::optional<Task> TaskQueue::pop(SteadyTime now, const MayLeave& may_leave) {
  for (auto& tasks : tasks_) {
    const auto leaves = [&](const Task& task) { return task.not_before <= now && may_leave(task); };
    const auto found = std::ranges::find_if(tasks, leaves);
    if (found == tasks.end()) continue;
    auto task = std::move(*found);
    tasks.erase(found);
    return task;
  }
  return std::nullopt;
}

SteadyTime TaskQueue::next_time(const MayLeave& may_leave) const {
  auto next = SteadyTime::max();
  for (const auto& tasks : tasks_) {
    for (const auto& task : tasks) {
      if (task.not_before < next && may_leave(task)) next = task.not_before;
    }
  }
  return next;
}

bool TaskQueue::empty() const {
  return std::ranges::all_of(tasks_, [](const auto& tasks) { return tasks.empty(); });
}

std::vector<Task> TaskQueue::take_if(const std::function<bool(const Task&)>& condition) {
  std::vector<Task> taken;
  for (auto& tasks : tasks_) {
    for (auto& task : tasks) {
      if (condition(task)) taken.push_back(task);
    }
    std::erase_if(tasks, condition);
  }
  return taken;
}

}  // namespace toksync::engine
