#include "engine/least_time.hpp"

#include <algorithm>

namespace toksync::engine {
namespace {

constexpr std::int64_t divide_up(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

}  // namespace

void RequestNeeds::Share::add(std::size_t more, std::size_t most_in_request) {
  jobs += more;
  most = std::max({most, more, most_in_request});
}

std::int64_t RequestNeeds::Share::requests() const {
  return divide_up(static_cast<std::int64_t>(jobs), static_cast<std::int64_t>(most));
}

void RequestNeeds::started(StageName family, CriteriaKey criteria, std::size_t jobs, std::size_t most) {
  starts_[{family, criteria}].add(jobs, most);
}

void RequestNeeds::read(StageName family, std::size_t jobs, std::size_t most) { reads_[family].add(jobs, most); }

void RequestNeeds::read_details(StageName family, std::size_t jobs, std::size_t most) {
  details_[family].add(jobs, most);
}

void RequestNeeds::read_hit_posts(StageKey search, std::size_t hits, std::size_t most) {
  hit_posts_[search].add(hits, most);
}

std::int64_t RequestNeeds::total() const {
  auto total = pages_ + records_ + list_changes_ + (reads_usage_ ? 1 : 0);
  for (const auto& [search, share] : hit_posts_) total += share.requests();
  for (const auto& [work, share] : starts_) total += share.requests();
  for (const auto& [family, share] : reads_) total += share.requests();
  for (const auto& [family, share] : details_) total += share.requests();
  return total;
}

Milliseconds least_time(std::int64_t requests, const RateLimiter& limiter, SteadyTime began) {
  Milliseconds least{0};
  if (requests <= 0) return least;
  if (const auto ceiling = limiter.ceiling()) {
    least = (divide_up(requests, *ceiling) - 1) * std::chrono::minutes{1};
  }
  const auto& windows = limiter.windows();
  // The first window admits no more than a whole one, however much of it others have used.
  const auto needed = windows ? divide_up(requests, windows->limit) : 1;
  if (needed < 2) return least;
  return std::max(least, (windows->first_end - began) + (needed - 2) * windows->length);
}

}  // namespace toksync::engine
