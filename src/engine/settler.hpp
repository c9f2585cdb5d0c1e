// The part of the engine that finds out about requests whose answers were lost, in this process or an earlier
// one: looks, free of charge, for what they left behind, compares readings of the account's usage, and carries
// out what settle() decides. What arrived is collected, what never arrived is bought anew. Spends nothing.
#pragma once

#include <map>

#include "engine/buyer.hpp"
#include "engine/collector.hpp"
#include "engine/settlement.hpp"

namespace toksync::engine {

class Settler {
 public:
  Settler(Context& context, Buyer& buyer, Collector& collector, const api::Provider& provider)
      : context_(context), buyer_(buyer), collector_(collector), provider_(provider) {}

  /// Takes over every request of this database whose answer was lost and that is not settled.
  void load_lost();
  /// The same for those that were lost just now.
  void take_over_lost();
  /// Puts back into the queue what is more than the API takes in one request.
  void trim(Task& task);
  [[nodiscard]] Call call_of(const FindTask& task) const;
  /// An answer, or a failure, of a FindTask.
  void found(Answered answered);
  /// A reading of the usage that was asked for `took` ago.
  void usage_known(const store::UsageSnapshot& snapshot, Milliseconds took);
  /// The key may not read the usage, or the account tells no charges: the results decide alone.
  void usage_untold();
  /// The usage cannot be read now: what waits for it stays undecided in this run.
  void usage_failed(const Trouble& trouble);

 private:
  /// A lost request on its way to a decision.
  struct Open {
    store::LostRequest request;
    SteadyTime due{};   ///< from then on nothing of it appears any more
    SteadyTime last{};  ///< from then on no further reading is waited for
    Evidence evidence{};
    std::size_t finds_under_way = 0;
    std::optional<SteadyTime> looked_at{};  ///< when the results were asked for; absent: not in this round
  };

  void watch(store::LostRequest request);
  void look(Open& open, SteadyTime at);
  void want_usage(const Open& open, SteadyTime at);
  void find_failed(Answered answered, Open& open);
  void read_traces(Open& open, const Payload& payload);
  [[nodiscard]] Trace trace_of(const Open& open, const EnrichmentRecord& record) const;
  template <typename Analysis>
  [[nodiscard]] Trace trace_of(const Open& open, const Analysis& analysis) const;
  void decide(Open& open, const store::UsageSnapshot* after, SteadyTime asked_at);
  [[nodiscard]] store::Settlement by_usage(const Open& open, const store::UsageSnapshot& after) const;
  /// The same; with `as_shown`, supposing that other lost requests were charged for what the results show of them.
  [[nodiscard]] store::Settlement by_usage(const Open& open, const store::UsageSnapshot& after, bool as_shown) const;
  void suppose_as_shown(store::UsageMovement& movement) const;
  void carry_out(Open& open, store::Settlement settlement);
  [[nodiscard]] std::optional<PaidJob> carry_out(const Open& open, const store::LostJob& job,
                                                 const store::SettledJob& settled);
  void buy_again(const std::vector<WorkId>& works);
  /// Those that would ask for nothing any more.
  void drop_needless_tasks();
  void leave_undecided(IntentKey key, const Trouble& trouble);
  [[nodiscard]] static WorkId work_of(const store::LostRequest& request, const store::LostJob& job);
  [[nodiscard]] static bool is_about_creators(const store::LostRequest& request);
  /// Its results can be looked for by creator.
  [[nodiscard]] bool leaves_traces(const store::LostRequest& request) const;
  /// False for a search, and for a creator who was forgotten: no unit waits for it.
  [[nodiscard]] static bool is_work(const store::LostRequest& request, const store::LostJob& job);

  Context& context_;
  Buyer& buyer_;
  Collector& collector_;
  const api::Provider& provider_;
  std::map<IntentKey, Open> open_;
  bool usage_is_untold_ = false;
  std::unordered_map<WorkId, int, WorkIdHash> bought_again_;  ///< how often, so that it ends
};

}  // namespace toksync::engine
