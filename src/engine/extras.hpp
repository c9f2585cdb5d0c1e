// The part of the engine that fetches what nobody waits for: the posts behind hits of searches, and the full records of
// those whom the last stage of a keyword set chose. Free of credits; what fails here leaves everything else as it is.
// Which posts are missing stands in the store, and which records follows from it, so that nothing is asked for twice.
// Used by Engine, which lets these requests leave when no other needs their place.
#pragma once

#include <deque>
#include <set>
#include <unordered_set>

#include "engine/context.hpp"
#include "engine/id_limit.hpp"

namespace toksync::engine {

class Extras {
 public:
  explicit Extras(Context& context);

  /// Takes over the posts that earlier runs left behind.
  void load_outstanding();
  /// Looks at units that have begun, or gone on: who is chosen for good, and which search took over hits.
  void look_at_units();
  /// A page of that unit's search was stored.
  void page_stored(plan::UnitIndex unit);
  /// Nothing is to be asked, but for what is on its way or waits in the queue.
  [[nodiscard]] bool empty() const { return pages_.empty() && creators_.empty(); }
  /// The next question; never when empty().
  [[nodiscard]] Task next();
  [[nodiscard]] Call call_of(const Task& task) const;
  void hit_posts_answered(Answered answered);
  void record_answered(Answered answered);
  void failed(Answered answered);

 private:
  void want_posts_of(plan::UnitIndex unit);
  void want_records_of(plan::UnitIndex unit);
  [[nodiscard]] bool is_last_choice(plan::UnitIndex unit) const;
  [[nodiscard]] std::vector<CreatorKey> chosen_by(plan::UnitIndex unit) const;
  void want_pages(std::optional<StageKey> search);
  [[nodiscard]] std::size_t most_hits() const;
  void retry(Answered answered);
  void refused(Answered answered);
  void give_up(const Answered& answered, ErrorKind kind);

  Context& context_;
  std::set<store::HitPage> pages_;              ///< to be asked about
  std::set<store::HitPage> pages_out_;          ///< on their way, or in the queue
  std::deque<CreatorKey> creators_;             ///< whose records are to be asked for
  std::unordered_set<CreatorKey> known_;        ///< those who ever were among them
  std::vector<bool> looked_at_;                 ///< by unit
  bool no_posts_ = false, no_records_ = false;  ///< given up by this process
};

}  // namespace toksync::engine
