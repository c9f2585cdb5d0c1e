#include "engine/task.hpp"

#include <algorithm>

namespace toksync::engine {
namespace {

bool is_poll(const Task& task) { return std::holds_alternative<PollTask>(task.kind); }

}  // namespace

std::optional<Task> TaskQueue::pop(SteadyTime now, bool allow_polls) {
  for (auto& tasks : tasks_) {
    const auto may_leave = [&](const Task& task) { return task.not_before <= now && (allow_polls || !is_poll(task)); };
    const auto found = std::ranges::find_if(tasks, may_leave);
    if (found == tasks.end()) continue;
    auto task = std::move(*found);
    tasks.erase(found);
    return task;
  }
  return std::nullopt;
}

SteadyTime TaskQueue::next_time(bool allow_polls) const {
  auto next = SteadyTime::max();
  for (const auto& tasks : tasks_) {
    for (const auto& task : tasks) {
      if (allow_polls || !is_poll(task)) next = std::min(next, task.not_before);
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
