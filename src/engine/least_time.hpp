// The least time in which a process could have done the work that it did: a bound, against which a run is measured.
// Nobody can do it in fewer requests, or faster than the rate limit lets these leave, or than the jobs took. Filled by
// the engine's parts as answers come in, read by Engine at its end.
#pragma once

#include <map>

#include "engine/rate_limiter.hpp"
#include "model/ids.hpp"
#include "model/stage_name.hpp"

namespace toksync::engine {

/// The fewest requests that could have brought what good answers brought: what failed, was asked in vain, or filled
/// only a part of its request, is not needed.
class RequestNeeds {
 public:
  void usage_read() { reads_usage_ = true; }  ///< one reading does
  void page_found() { ++pages_; }
  /// A list of creators was made, or added to.
  void list_changed() { ++list_changes_; }
  /// `most`: how many the request could have been about.
  void started(StageName family, CriteriaKey criteria, std::size_t jobs, std::size_t most);
  /// Results, whatever their criteria.
  void read(StageName family, std::size_t jobs, std::size_t most);
  /// The evidence behind results.
  void read_details(StageName family, std::size_t jobs, std::size_t most);
  /// The posts behind hits of one search.
  void read_hit_posts(StageKey search, std::size_t hits, std::size_t most);
  void record_read() { ++records_; }  ///< the full record of a creator
  [[nodiscard]] std::int64_t total() const;

 private:
  struct Share {
    std::size_t jobs = 0, most = 1;
    void add(std::size_t more, std::size_t most_in_request);
    [[nodiscard]] std::int64_t requests() const;
  };

  bool reads_usage_ = false;
  std::int64_t pages_ = 0, records_ = 0, list_changes_ = 0;
  std::map<std::pair<StageName, CriteriaKey>, Share> starts_;  ///< one start has one set of criteria
  std::map<StageName, Share> reads_, details_;
  std::map<StageKey, Share> hit_posts_;
};

/// From `began` to the moment at which the last of so many requests may leave at the earliest.
[[nodiscard]] Milliseconds least_time(std::int64_t requests, const RateLimiter& limiter, SteadyTime began);

}  // namespace toksync::engine
