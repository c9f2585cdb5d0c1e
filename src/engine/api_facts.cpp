#include "engine/api_facts.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

namespace toksync::engine {
namespace {

using store::Fact;

// After so long an API may take more, or be quicker, than it was.
constexpr std::chrono::days kRemembered{30};

}  // namespace

ApiFacts::ApiFacts(store::Store& store, std::string base_url, const Env& env)
    : store_(store), base_url_(std::move(base_url)), env_(env) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
  std::map<StageName, Milliseconds> shortest;
  std::map<StageName, Milliseconds> longest;
  for (const auto& [family, fact, value] : store.api_facts(base_url_, env.clock.wall() - kRemembered)) {
    switch (fact) {
      case Fact::ids_per_start:
      case Fact::ids_per_read:
        if (value > 0) limits_[{fact, family}] = {static_cast<std::size_t>(value), true};
        break;
      case Fact::shortest_job_ms: shortest[family] = Milliseconds{value}; break;
      case Fact::longest_job_ms: longest[family] = Milliseconds{value}; break;
    }
  }
  for (const auto& [family, time] : shortest) {
    const auto found = longest.find(family);
    if (found != longest.end() && time <= found->second) job_times_[family] = {time, found->second};
  }
}

std::optional<std::size_t> ApiFacts::most(Fact fact, StageName family) const {
  const auto found = limits_.find({fact, family});
  return found == limits_.end() ? std::nullopt : std::optional(found->second.most);
}

void ApiFacts::limit(Fact fact, StageName family, IdLimit limit, std::string_view path) {
  const auto [entry, is_new] = limits_.try_emplace({fact, family}, Limit{limit.most, false});
  auto& known = entry->second;
  // Requests that were on their way together are refused together.
  const bool is_news = is_new || limit.most < known.most || (limit.is_told && !known.is_recorded);
  if (!is_news) return;
  known = {limit.most, false};
  if (limit.is_told) record(fact, family, known, path);
}

void ApiFacts::passed(Fact fact, StageName family, std::size_t ids, std::string_view path) {
  const auto known = limits_.find({fact, family});
  if (known == limits_.end() || known->second.is_recorded || ids != known->second.most) return;
  record(fact, family, known->second, path);
}

void ApiFacts::record(Fact fact, StageName family, Limit& limit, std::string_view path) {
  const std::array facts{store::ApiFact{family, fact, static_cast<std::int64_t>(limit.most)}};
  store_.record_api_facts(base_url_, facts, env_.clock.wall());
  limit.is_recorded = true;
  env_.logger->info("{} takes at most {} ids in one request; remembered for {} days", path, limit.most,
                    kRemembered.count());
}

std::optional<JobTimes> ApiFacts::job_times(StageName family) const {
  const auto found = job_times_.find(family);
  return found == job_times_.end() ? std::nullopt : std::optional(found->second);
}

void ApiFacts::remember_job_times(StageName family, const JobTimes& times) {
  const std::array facts{store::ApiFact{family, Fact::shortest_job_ms, times.shortest.count()},
                         store::ApiFact{family, Fact::longest_job_ms, times.longest.count()}};
  store_.record_api_facts(base_url_, facts, env_.clock.wall());
  job_times_.insert_or_assign(family, times);
}

}  // namespace toksync::engine
