// The part of the engine that saves the shortlist to a list of creators in the account's workspace, when everything
// else of a run is done. The API knows no idempotency, so that each request is committed before it leaves: a list whose
// creation was not answered is looked for by its name, and an addition is judged by how many creators the list has
// since. Nobody is sent twice. Costs no credits, and harms nothing else when it fails.
#pragma once

#include <deque>

#include "engine/context.hpp"
#include "engine/refused_batches.hpp"

namespace toksync::engine {

class Publisher {
 public:
  /// `is_wanted`: false for runs that publish nothing, whatever their pipeline says.
  Publisher(Context& context, bool is_wanted) : context_(context), is_wanted_(is_wanted) {}

  /// To be asked when nothing else is left to do: begins, once. True while something is to be sent, or on its way.
  [[nodiscard]] bool is_at_work();
  [[nodiscard]] Call call_of(const PublishTask& task) const;
  /// To be called immediately before a task's request leaves: commits it.
  void intend(const PublishTask& task);
  /// An answer, or a failure.
  void answered(Answered answered);

 private:
  using Step = PublishTask::Step;
  struct Batch {
    std::vector<store::Publishable> creators;
    std::optional<BatchHalving> half_of{};
  };

  void begin();
  /// What is to be sent of them, and what was sent without an answer.
  void take_up(std::vector<store::Publishable> chosen);
  /// False while stages may still add to the shortlist in a later process of the run.
  [[nodiscard]] bool is_shortlist_final() const;
  void send(PublishTask task, SteadyTime at = SteadyTime::min(), int attempt = 1);

  void look(SteadyTime at);
  void looked(Answered answered);
  void decide(WallTime looked_at);
  [[nodiscard]] std::vector<CreatorList> lists_meant() const;
  void list_is(const CreatorList& list, const store::RequestLog* log);
  void list_missing(WallTime looked_at);
  /// False when it has to be looked at again.
  [[nodiscard]] bool settle_addition(WallTime looked_at);

  void list_made(const Answered& answered);
  void add_next();
  void added(const Answered& answered);

  void failed(Answered answered);
  void lost(const Answered& answered);
  void take_back(const Answered& answered);
  void rejected(const Answered& answered);
  void list_gone(const Answered& answered);
  void give_up(std::string why, Finding finding = Finding::failures);
  void finish();
  [[nodiscard]] std::string name() const;
  /// From then on a request of that moment takes no effect any more.
  [[nodiscard]] WallTime due(WallTime sent_at) const;
  void look_again(WallTime sent_at);

  Context& context_;
  bool is_wanted_;
  bool has_begun_ = false, is_done_ = false;
  store::KnownList list_;
  std::deque<Batch> batches_;  ///< still to be sent
  std::optional<store::OpenAddition> addition_;
  std::optional<BatchHalving> half_of_;  ///< of the addition under way
  std::vector<CreatorList> seen_;        ///< the account's lists
  bool is_seen_ = false;                 ///< ours among them
  OptionalCount total_;                  ///< creators in ours
  RefusedBatches refused_batches_;
  int losses_ = 0;
  std::int64_t unclear_ = 0;  ///< creators of whom nobody knows whether they were added
  std::int64_t refused_ = 0;  ///< creators whom the API does not take
  std::string refusal_;       ///< of the first of them
};

}  // namespace toksync::engine
