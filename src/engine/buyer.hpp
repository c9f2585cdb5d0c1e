// The part of the engine that spends: asks the budget, makes intents, and takes in what the API answers to
// searches and starts. A billable request whose answer was lost is handed to Settler and never simply sent again,
// except a search, whose answer can be had nowhere else.
#pragma once

#include "engine/chooser.hpp"
#include "engine/purchase_gate.hpp"
#include "engine/refused_batches.hpp"

namespace toksync::engine {

class Collector;

class Buyer {
 public:
  Buyer(Context& context, Collector& collector) : context_(context), collector_(collector) {}

  /// Queues the step if the budget allows, after a reading of the account's usage where one can change that.
  void buy(Step step);
  /// True once it is known that the budget covers the most that the whole run could cost: no unit can take from
  /// another, so that creators may go on to the next stage one by one.
  [[nodiscard]] bool covers_whole_run() const { return covers_whole_run_.value_or(false); }
  /// The account's usage as just read: the steps that waited for it begin, or stop.
  void usage_known(const Usage& usage);
  /// The key may not read the usage: what waited for it goes on within our own limits.
  void usage_forbidden();
  /// The usage cannot be read now: what waited for it stops.
  void usage_failed(const Trouble& trouble);

  /// False while sending the task would blur what is known: a creator's earlier start is not answered or not settled
  /// yet (the API shows only the latest analysis of a creator), or a first answer is to confirm the price.
  /// A batch that is not full waits for more, unless requests are to spare or nobody else will come.
  [[nodiscard]] bool may_leave(const Task& task, bool spare_requests) const;

  /// Puts back into the queue what is more than the API takes in one request.
  void trim(Task& task);
  /// The call of a search or start.
  [[nodiscard]] Call call_of(const Task& task) const;
  /// Commits the intent of a task that has none yet, and that it is about to be sent. False when the
  /// budget no longer allows it; the task is then dealt with.
  [[nodiscard]] bool intend(Task& task, const std::string& request_json);

  void search_answered(Answered answered);
  void start_answered(Answered answered);
  /// Any failure of a search or start.
  void failed(Answered answered);
  /// A lost request of an earlier process, or of this one, counts as in flight until settled() says so.
  void count_lost(const WorkId& work, Credits reserved);
  void settled(const WorkId& work, Credits reserved);

 private:
  void finish_walk(plan::UnitIndex index);
  [[nodiscard]] bool needs_reading(const Step& step) const;
  void admit_all();
  [[nodiscard]] Credits price_of_whole_run() const;
  void admit(Step step);
  /// Adds to the last batch of the unit that waits, or as a batch of its own.
  void enqueue(Task task);
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
  [[nodiscard]] PriceItem price_item_of(const Task& task) const;
  /// The request is on its way, or no longer.
  void begin_answer(const Task& task);
  void end_answer(const Task& task);
  /// What was charged for one of the task's jobs; a dearer price than the table's holds for the rest of the run.
  void learn_price(const Answered& answered, Credits each);
  void learn_price(const Answered& answered, std::span<const store::AcceptedJob> accepted);
  void apply(const Task& task, JobEvent event);

  void postpone(Answered answered);
  /// The API does not take what was asked for.
  void refuse(const Answered& answered);
  /// The API does not take it from this key, or not for this balance.
  void deny(Answered answered);
  [[nodiscard]] bool uses_campaign(plan::UnitIndex index) const;
  void lose(const Answered& answered);
  /// Sends what was refused again in smaller batches, where they may be taken.
  [[nodiscard]] bool split(const Answered& answered);
  /// Takes back what was refused: its reservation is again set aside for its unit.
  void withdraw(const Answered& answered);
  void learn_limit(StageName family, IdLimit limit, std::string_view path);
  void learn_size(const Answered& answered);
  void stop_for_budget(plan::UnitIndex index, const Task& task);
  void stop(plan::UnitIndex index, const Trouble& trouble);
  void stop_all_purchases(plan::UnitIndex first, const Trouble& trouble);
  /// The reservation of a task that surely was not sent.
  void give_back(Task& task, const std::string& why);
  void abandon(Task task, const Trouble& trouble);

  Context& context_;
  Collector& collector_;
  std::vector<Step> steps_;  ///< that wait for the account's usage
  struct Reading {
    SteadyTime at;
    std::string month;
  };
  std::optional<Reading> reading_;  ///< of the usage, by this process
  std::optional<bool> covers_whole_run_;
  std::optional<Trouble> no_more_purchases_;
  Credits in_flight_ = 0;  ///< reserved for requests whose answer, or another try, is awaited, or was lost
  PurchaseGate gate_;
  RefusedBatches refused_batches_;
};

}  // namespace toksync::engine
