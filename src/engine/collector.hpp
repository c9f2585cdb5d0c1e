// The part of the engine that fetches what is paid for: polls jobs in batches, stores their results and
// settles their reservations, then fetches details. Spends nothing.
#pragma once

#include <set>

#include "engine/context.hpp"

namespace toksync::engine {

class Collector {
 public:
  explicit Collector(Context& context) : context_(context) {}

  /// Takes over every job that any run of this database paid for and that is not finished here, those whose results
  /// expire first before the others. The jobs to cancel are ended before they are read.
  void load_outstanding(const std::set<JobKey>& to_cancel);
  /// Jobs that a start just brought.
  void follow(StageName family, std::vector<PaidJob> jobs);
  [[nodiscard]] std::optional<Call> call_of(const Task& task) const;
  void poll_answered(Answered answered);
  void details_answered(Answered answered);
  void canceled(Answered answered);
  /// Any failure of a poll or a details read.
  void failed(Answered answered);

 private:
  void poll_again(PollTask poll, std::vector<PaidJob> open, bool news, Milliseconds took);
  void give_up(const std::vector<PaidJob>& jobs, const Trouble& trouble);
  void retry(Answered answered);
  void ask_in_halves(const Answered& answered);
  /// False for what this run gave up, and for work of which a newer purchase is under way.
  [[nodiscard]] bool is_awaited(const WorkId& work);
  /// An event for a work that may not be awaited any longer.
  void tell(const WorkId& work, JobEvent event);

  Context& context_;
};

}  // namespace toksync::engine
