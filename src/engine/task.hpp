// What the engine has to send, as values in a queue. A task becomes one request, perhaps after several
// attempts.
#pragma once

#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "engine/work.hpp"
#include "store/records.hpp"

namespace toksync::engine {

/// A job that is paid for and whose result is awaited.
struct PaidJob {
  JobKey job{};
  WorkId work;
  std::string id;  ///< by which its results are read: the job's, or the creator's for enrichment
  WallTime submitted_at;
  Credits reserved = 0;
  std::int64_t units = 1;
  bool own = true;  ///< paid for by this run
};

struct UsageTask {
  OptionalText month{};              ///< "2026-05"; absent: that of the moment
  std::optional<IntentKey> about{};  ///< the lost request that it is read for; absent: for purchases
};

struct SearchTask {
  plan::UnitIndex unit = 0;
  OptionalText cursor;
  int limit = 100;
};

struct StartTask {
  plan::UnitIndex unit = 0;
  std::size_t purchase = 0;
  std::vector<CreatorKey> creators;  ///< empty for thought leaders
};

struct PollTask {
  StageName family{};
  std::vector<PaidJob> jobs;
  bool answered = false;  ///< asked at least once
  int idle_rounds = 0;    ///< answers in a row that brought nothing new
  std::optional<SteadyTime> last_news{};
};

struct DetailsTask {
  StageName family{};
  std::vector<PaidJob> jobs;
};

/// Looks for what a lost request left behind.
struct FindTask {
  IntentKey about{};
  std::vector<std::string> creator_ids;
};

struct CancelTask {
  PaidJob job;
};

using TaskKind = std::variant<UsageTask, SearchTask, StartTask, PollTask, DetailsTask, FindTask, CancelTask>;

struct Task {
  TaskKind kind;
  SteadyTime not_before = SteadyTime::min();
  int attempt = 1;
  std::optional<store::Intent> intent{};  ///< of a billable task, once it is committed
  Credits reserved = 0;                   ///< with the intent
};

/// Usage first, because steps wait for it; then what costs credits, because jobs take long; then reads.
[[nodiscard]] inline std::size_t priority(const Task& task) { return task.kind.index() == 2 ? 1 : task.kind.index(); }
[[nodiscard]] inline bool is_billable(const Task& task) {
  return std::holds_alternative<SearchTask>(task.kind) || std::holds_alternative<StartTask>(task.kind);
}

/// Tasks that wait to be sent; within a priority in the order of arrival.
class TaskQueue {
 public:
  using MayLeave = std::function<bool(const Task&)>;

  void push(Task task) { tasks_[priority(task)].push_back(std::move(task)); }
  /// The first task whose time has come and that may leave.
  [[nodiscard]] std::optional<Task> pop(SteadyTime now, const MayLeave& may_leave);
  /// When the next of those that may leave is due; SteadyTime::max() when there is none.
  [[nodiscard]] SteadyTime next_time(const MayLeave& may_leave) const;
  [[nodiscard]] bool empty() const;
  /// Takes out every task for which `condition` holds.
  [[nodiscard]] std::vector<Task> take_if(const std::function<bool(const Task&)>& condition);

 private:
  std::array<std::deque<Task>, std::variant_size_v<TaskKind>> tasks_;
};

}  // namespace toksync::engine
