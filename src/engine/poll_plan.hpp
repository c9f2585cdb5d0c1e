// Which paid jobs of one family to ask about next, when, and for how long the server may hold the question. Learns
// from the answers how long jobs take, so that nobody asks for what cannot be ready, and one question brings many
// results. Pure bookkeeping: time is handed in. Used by Collector, one for each family.
//
// A job is due when jobs like it were ready so far. Until the first jobs asked about have all ended, one question at a
// time follows them; how long others take is extrapolated meanwhile. An eager plan, for moments with requests to spare,
// asks as early as there may be news, first about those that were asked about least lately.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "engine/task.hpp"

namespace toksync::engine {

/// How many jobs one question may be about.
struct QuestionSize {
  std::size_t most = 50;
  bool one_start = false;  ///< all of them brought by one start; then `most` is no limit worth speaking of
};

/// How long the jobs of a family take, from the answer of the start.
struct JobTimes {
  Milliseconds shortest{0};
  Milliseconds longest{0};
  friend bool operator==(const JobTimes&, const JobTimes&) = default;
};

class PollPlan {
 public:
  /// `longest_hold`: how long the server may hold a question, 0 when it cannot. `known`: how long jobs took in earlier
  /// runs.
  PollPlan(StageName family, QuestionSize size, Seconds longest_hold, std::optional<JobTimes> known);

  /// `tells_time`: nobody knows how long jobs that are not new may have been ready.
  void add(std::span<const PaidJob> jobs, SteadyTime started, bool tells_time);
  /// When the next question is worth sending; SteadyTime::max() when none is.
  [[nodiscard]] SteadyTime next_time(bool eager) const;
  /// How many questions will be due by then, all that are awaited as long as nobody knows how long jobs take.
  [[nodiscard]] std::size_t polls_by(SteadyTime then) const;
  /// The question that is due, if one is. Until answered() its jobs are not asked about again.
  [[nodiscard]] std::optional<PollTask> take(SteadyTime now, bool eager);
  /// What an answer says of when jobs end: of these some ended, the others are open and will be asked about again.
  void answered(const PollTask& poll, const std::vector<AwaitedJob>& ended, std::vector<AwaitedJob> open,
                SteadyTime now, Milliseconds took);
  /// How long a job that ended took at least, by an answer that came now.
  [[nodiscard]] Milliseconds least_time(const PollTask& poll, const AwaitedJob& job, SteadyTime now,
                                        Milliseconds took) const;
  /// The question failed, or is asked in another way.
  void forget(const PollTask& poll) { probing_ = probing_ && !poll.probes; }
  /// Takes out the jobs for which the question brought nothing for so long.
  [[nodiscard]] std::vector<AwaitedJob> give_up(SteadyTime now, Milliseconds patience);
  /// Takes out what has been asked about before.
  void drop_asked();
  [[nodiscard]] bool empty() const { return fresh_.empty() && again_.empty(); }
  /// The API takes no more in one question.
  void limit(std::size_t most_jobs) { size_.most = most_jobs; }
  [[nodiscard]] std::size_t most_jobs() const { return size_.most; }
  /// How long jobs take, as far as known for sure.
  [[nodiscard]] std::optional<JobTimes> times() const { return settled_ ? times_ : std::nullopt; }

 private:
  [[nodiscard]] SteadyTime due(const AwaitedJob& job, bool eager) const;
  [[nodiscard]] Seconds hold(bool eager) const;
  [[nodiscard]] bool is_spread() const;
  void learn(const std::vector<AwaitedJob>& ended, const std::vector<AwaitedJob>& open, SteadyTime now,
             Milliseconds took);
  void learn_end(const JobTimes& seen, std::size_t jobs, bool at_once, SteadyTime now);
  void take_due(PollTask& poll, SteadyTime now, bool eager);
  /// Whether the question may be about this job, too.
  [[nodiscard]] bool fits(const PollTask& poll, const AwaitedJob& job) const;
  [[nodiscard]] Milliseconds pause(const AwaitedJob& job, SteadyTime now, bool was_held) const;

  StageName family_;
  QuestionSize size_;
  Seconds longest_hold_;
  std::optional<JobTimes> times_;
  bool settled_;                         ///< the times were seen of many jobs, and not extrapolated
  std::size_t seen_jobs_ = 0;            ///< that ended
  bool probing_ = false;                 ///< a question about those that tell the times is on its way
  std::deque<AwaitedJob> fresh_;         ///< not asked about yet, in the order of their starts
  std::vector<AwaitedJob> again_;        ///< asked about, and open
  std::optional<SteadyTime> shortened_;  ///< when `longest` was last lowered on trial
  std::optional<SteadyTime> news_;       ///< when an answer last brought something, or a job was added since
};

}  // namespace toksync::engine
