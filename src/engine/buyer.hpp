// The part of the engine that spends: asks the budget, makes intents, and takes in what the API answers to
// searches and starts. A billable request whose answer was lost is never sent again,
// except a search, whose answer can be had nowhere else.
#pragma once

#include "engine/chooser.hpp"

namespace toksync::engine {

class Collector;

class Buyer {
 public:
  Buyer(Context& context, Collector& collector) : context_(context), collector_(collector) {}

  /// Queues a reading of the account's usage, and the step behind it if the budget allows.
  void buy(Step step);

  /// The call of a search or start.
  [[nodiscard]] Call call_of(const Task& task) const;
  /// Commits the intent of a task that has none yet, and that it is about to be sent. False when the
  /// budget no longer allows it; the task is then dealt with.
  [[nodiscard]] bool intend(Task& task, const std::string& request_json);

  void usage_answered(Answered answered);
  void search_answered(Answered answered);
  void start_answered(Answered answered);
  /// Any failure of a search or start.
  void failed(Answered answered);
  /// Reserved for requests whose answer, or another try, is awaited.
  [[nodiscard]] Credits in_flight() const { return in_flight_; }

 private:
  void finish_walk(plan::UnitIndex index);
  void admit(Step step);
  void usage_failed(Answered answered);
  void turn_away(const Step& step, const Trouble& trouble);
  [[nodiscard]] Trouble shortfall(plan::UnitIndex index, Credits wanted) const;
  void fit(Step& step, const Allowance& allowance);
  void leave_out(Step& step, const WorkId& work);
  [[nodiscard]] bool afford(const Task& task);
  void record_intent(Task& task, const std::string& request_json);
  [[nodiscard]] Credits price_of(const Task& task) const;
  [[nodiscard]] Credits price_of(const Step& step) const;
  [[nodiscard]] plan::UnitIndex unit_of(const Task& task) const;
  [[nodiscard]] std::vector<WorkId> works_of(const Task& task) const;
  void apply(const Task& task, JobEvent event);

  void postpone(Answered answered);
  /// The API does not take what was asked for.
  void refuse(const Answered& answered);
  /// The API does not take it from this key, or not for this balance.
  void deny(Answered answered);
  void lose(const Answered& answered);
  [[nodiscard]] bool split(const Answered& answered);
  void stop_for_budget(plan::UnitIndex index, const Task& task);
  void stop(plan::UnitIndex index, const Trouble& trouble);
  void stop_all_purchases(plan::UnitIndex first, const Trouble& trouble);
  void abandon(const Task& task, const Trouble& trouble);

  Context& context_;
  Collector& collector_;
  std::vector<Step> steps_;  ///< that wait for the account's usage
  std::optional<Trouble> no_more_purchases_;
  OptionalText last_usage_json_;
  Credits in_flight_ = 0;
};

}  // namespace toksync::engine
