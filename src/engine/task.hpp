// What the engine has to send, as values in a queue. A task becomes one request, perhaps after several
// attempts.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "engine/work.hpp"
#include "store/publishing.hpp"

namespace toksync::engine {

/// A job that is paid for and whose result is awaited. Lean, because there may be a hundred thousand: the id by which
/// its result is read is in the store.
struct PaidJob {
  JobKey job{};
  WorkId work;
  WallTime submitted_at;
  Credits reserved = 0;
  std::int64_t units = 1;
  bool own = true;    ///< paid for by this run
  IntentKey start{};  ///< the request that started it
  /// It runs on a reservation of an earlier process, see Budget::carry_over().
  bool carried_over = false;
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

/// A refused batch of which both halves are tried; see RefusedBatches.
struct BatchHalving {
  std::size_t index = 0;
};

struct StartTask {
  plan::UnitIndex unit = 0;
  StageName family{};
  std::size_t purchase = 0;
  std::vector<CreatorKey> creators;       ///< empty for thought leaders
  std::optional<BatchHalving> half_of{};  ///< it grows no more, and does not wait for others
};

/// A job in the plan of polls.
struct AwaitedJob {
  PaidJob job;
  SteadyTime started;                         ///< when its start was answered
  SteadyTime not_before = SteadyTime::min();  ///< asking sooner makes no sense
  bool asked = false;                         ///< at least once
  bool tells_time = true;                     ///< false when nobody knows how long it may have been ready
  Milliseconds open_for{0};                   ///< its age when it was last seen open
};

struct PollTask {
  StageName family{};
  std::vector<AwaitedJob> jobs;
  Seconds hold{0};      ///< how long the server may keep the question until all are ready
  bool probes = false;  ///< follows the jobs that tell how long those of the family take
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

/// Asks for the posts behind some hits of a page.
struct HitPostsTask {
  store::HitPage page;
  store::WantedHitPosts wanted;
};

/// Asks for the full record of a creator.
struct CreatorTask {
  CreatorKey creator{};
};

/// A step of publishing the shortlist: looking at the account's lists, making one, or adding creators to it.
struct PublishTask {
  enum class Step { look, create, add };
  Step step{};
  int offset = 0;                              ///< of a look: where the page begins
  std::vector<store::Publishable> creators{};  ///< of an addition
  std::optional<BatchHalving> half_of{};
};

using TaskKind = std::variant<UsageTask, SearchTask, StartTask, PollTask, DetailsTask, FindTask, CancelTask,
                              HitPostsTask, CreatorTask, PublishTask>;

struct Task {
  TaskKind kind;
  SteadyTime not_before = SteadyTime::min();
  int attempt = 1;
  std::optional<store::Intent> intent{};  ///< of a billable task, once it is committed
  Credits reserved = 0;                   ///< with the intent
};

[[nodiscard]] inline bool is_billable(const Task& task) {
  return std::holds_alternative<SearchTask>(task.kind) || std::holds_alternative<StartTask>(task.kind);
}

/// Nobody waits for it; see Extras.
[[nodiscard]] inline bool is_extra(const Task& task) {
  return std::holds_alternative<HitPostsTask>(task.kind) || std::holds_alternative<CreatorTask>(task.kind);
}

/// True for what must not be sent twice, so that its answer is worth waiting for.
[[nodiscard]] inline bool is_to_happen_once(const Task& task) {
  const auto* const publish = std::get_if<PublishTask>(&task.kind);
  return is_billable(task) || (publish != nullptr && publish->step != PublishTask::Step::look);
}

/// What leaves first: usage, because steps wait for it; then what costs credits, in the order of the stages, because
/// the longest chains of jobs hang on it; then polls; then what nobody waits for.
[[nodiscard]] std::size_t priority(const Task& task);
/// Of everything that costs credits, and of polls; what is asked for besides comes after.
inline constexpr std::size_t kPollPriority = 6;

/// Tasks that wait to be sent. Within a priority the units, and so the keyword sets, take turns; within a unit they
/// leave in the order of arrival.
class TaskQueue {
 public:
  using MayLeave = std::function<bool(const Task&)>;

  void push(Task task);
  /// Ahead of the others of its unit.
  void push_first(Task task);
  /// The first task whose time has come and that may leave.
  [[nodiscard]] std::optional<Task> pop(SteadyTime now, const MayLeave& may_leave);
  /// When the next of those that may leave is due; SteadyTime::max() when there is none.
  [[nodiscard]] SteadyTime next_time(const MayLeave& may_leave) const;
  /// The newest task of the same unit and kind; valid until the queue changes.
  [[nodiscard]] Task* newest_like(const Task& task);
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Of them, how many nobody waits for.
  [[nodiscard]] std::size_t extras() const;
  /// Takes out every task for which `condition` holds.
  [[nodiscard]] std::vector<Task> take_if(const std::function<bool(const Task&)>& condition);

 private:
  struct Lane {
    std::deque<Task> tasks;
    std::uint64_t last_turn = 0;
  };
  using LaneId = std::pair<std::size_t, plan::UnitIndex>;  ///< priority; unit, or family of evidence
  [[nodiscard]] static LaneId lane_of(const Task& task);

  std::map<LaneId, Lane> lanes_;
  std::size_t size_ = 0;
  std::uint64_t turn_ = 0;
};

}  // namespace toksync::engine
