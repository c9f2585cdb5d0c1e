// The part of the engine that fetches what is paid for: polls jobs in batches, stores their results and
// settles their reservations, then fetches details. Spends nothing.
#pragma once

#include <map>
#include <set>

#include "engine/context.hpp"
#include "engine/poll_plan.hpp"

namespace toksync::engine {

class Collector {
 public:
  explicit Collector(Context& context);

  /// Takes over every job that any run of this database paid for and that is not finished here, those whose results
  /// expire first before the others. The jobs to cancel are ended before they are read.
  void load_outstanding(const std::set<JobKey>& to_cancel);
  /// Jobs that a start just brought.
  void follow(StageName family, std::span<const PaidJob> jobs);
  /// The next question about jobs that is due, if one is: of any family, or only about enrichments, whose results bring
  /// purchases. `eager` when requests are to spare.
  [[nodiscard]] std::optional<Task> next_poll(bool eager, bool any_family);
  /// When next_poll() will have one; SteadyTime::max() when nothing is awaited.
  [[nodiscard]] SteadyTime next_poll_time(bool eager, bool any_family) const;
  /// Questions of the family that are on their way, or will be sent again.
  [[nodiscard]] int polls_out(StageName family) const;
  /// Keeps what was learned for later runs.
  void remember();
  /// How many polls of the family will be due by then.
  [[nodiscard]] std::size_t polls_by(StageName family, SteadyTime then) const {
    return plans_.at(family).polls_by(then);
  }
  /// False for evidence that may still grow: there are more results of its family to come.
  [[nodiscard]] bool is_complete(const DetailsTask& details) const;
  /// Nothing is awaited any longer, not even what was asked about before and is not needed.
  [[nodiscard]] bool awaits_nothing() const;
  /// Leaves what was asked about before to a later run.
  void leave_asked();
  /// Puts back into the queue what is more than the API takes in one request.
  void trim(Task& task);
  /// The API refused to read so many ids of the family at once.
  void learn_limit(StageName family, IdLimit limit, std::string_view path);
  [[nodiscard]] std::optional<Call> call_of(const Task& task) const;
  void poll_answered(Answered answered);
  void details_answered(Answered answered);
  void canceled(Answered answered);
  /// Any failure of a poll or a details read.
  void failed(Answered answered);

 private:
  [[nodiscard]] PollPlan& plan_of(StageName family);
  void ask_again(const PollTask& poll, const std::vector<PaidJob>& still_open, Milliseconds took);
  /// Takes out those that nobody can expect anything of any more; they stay unfinished in the database.
  void leave_stuck(std::vector<AwaitedJob>& open);
  void want_details(StageName family, std::vector<PaidJob> jobs);
  void give_up(const std::vector<PaidJob>& jobs, const Trouble& trouble);
  void give_up(const Answered& answered, ErrorKind kind);
  void retry(Answered answered);
  void ask_for_fewer(const Answered& answered);
  void ask_in_halves(const Answered& answered);
  /// Of the family, in one question.
  [[nodiscard]] std::size_t most_jobs(StageName family) const { return plans_.at(family).most_jobs(); }
  /// How many jobs the question could have been about that brought `jobs`.
  [[nodiscard]] std::size_t most_in_question(StageName family, std::size_t jobs) const {
    return context_.ways.reads_by_start ? jobs : most_jobs(family);
  }
  /// False for what this run gave up, and for work of which a newer purchase is under way.
  [[nodiscard]] bool is_awaited(const WorkId& work);
  /// An event for a work that may not be awaited any longer.
  void tell(const WorkId& work, JobEvent event);

  Context& context_;
  SteadyTime begun_;
  std::map<StageName, PollPlan> plans_;
  std::map<StageName, int> polls_out_;  ///< on their way, or to be sent again
};

}  // namespace toksync::engine
