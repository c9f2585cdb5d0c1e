#include "night_case.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <fmt/format.h>

namespace toksync::bench {
namespace {

// Of the creators that are found, so many in a hundred go on where there is a ranking: each cuts, so that nobody
// can be known to pass before all are there.
constexpr int kTopEnriched = 90, kTopContent = 80, kTopAudience = 50;
constexpr int kSets = 3;
constexpr int kLeaderModes = 2;
constexpr Milliseconds kShortestPage{100}, kLongestPage{300};
/// Added to the least latency of a request, so that answers overtake each other.
constexpr Milliseconds kJitter{40};

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// Uniform between the two, and always the same for the same name and number.
Milliseconds between(Milliseconds least, Milliseconds most, std::string_view name, std::uint64_t number) {
  auto state = mixed(number);
  for (const auto letter : name) state = mixed(state ^ static_cast<unsigned char>(letter));
  const auto choices = static_cast<std::uint64_t>((most - least).count()) + 1;
  return least + Milliseconds{static_cast<std::int64_t>(state % choices)};
}

/// The creators from first, in an order that has nothing to do with their followers.
std::vector<int> shuffled(int first, int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), first);
  std::mt19937 dice(7);
  std::ranges::shuffle(all, dice);
  return all;
}

/// FakeToksta gives more followers to higher numbers.
std::vector<int> most_followed(std::vector<int> creators, std::size_t count) {
  std::ranges::sort(creators, std::greater{});
  creators.resize(std::min(count, creators.size()));
  return creators;
}

std::size_t share(int creators, int percent) { return static_cast<std::size_t>(std::max(1, creators * percent / 100)); }

SetWork everyone(std::string name, const std::vector<int>& found) {
  return {std::move(name), found, found, found, found, 0};
}

std::vector<SetWork> sets_of(const NightCase& night) {
  const auto all = [&] { return shuffled(1, night.creators); };
  switch (night.shape) {
    case Shape::streaming: return {everyone("one", all())};
    case Shape::leaders: {
      auto set = everyone("one", all());
      set.leader_jobs = kLeaderModes;
      return {std::move(set)};
    }
    case Shape::ranking: {
      auto set = everyone("one", all());
      set.enriched = most_followed(set.found, share(night.creators, kTopEnriched));
      set.content = most_followed(set.enriched, share(night.creators, kTopContent));
      set.audience = most_followed(set.enriched, share(night.creators, kTopAudience));
      return {std::move(set)};
    }
    case Shape::sets: {
      // Each has four tenths of all, and a quarter of those in common with the next.
      std::vector<SetWork> sets;
      const auto size = night.creators * 4 / 10;
      for (int i = 0; i < kSets; ++i) {
        sets.push_back(everyone(fmt::format("set-{}", i + 1), shuffled(1 + i * night.creators * 3 / 10, size)));
      }
      return sets;
    }
  }
  return {};
}

Select top_of(const std::vector<int>& chosen) {
  Select select;
  select.top = static_cast<int>(chosen.size());
  select.order_by = OrderBy::followers;
  return select;
}

KeywordSet keyword_set_of(const SetWork& work, bool ranks) {
  KeywordSet set;
  set.name = work.name;
  set.keywords = {work.name, "two", "three", "four", "five"};
  set.audience = {"CMO of " + work.name, "VP Marketing"};
  set.search.emplace().max_creators = static_cast<int>(work.found.size());
  set.enrich.emplace().batch_size = kBatchSize;
  set.content_match.emplace().batch_size = kBatchSize;
  set.audience_match.emplace().batch_size = kBatchSize;
  if (ranks) {
    set.enrich->select = top_of(work.enriched);
    set.content_match->select = top_of(work.content);
    set.audience_match->select = top_of(work.audience);
  }
  if (work.leader_jobs > 0) set.thought_leaders.emplace().modes = {"balanced", "broad"};
  return set;
}

}  // namespace

std::string_view to_string(Shape shape) {
  switch (shape) {
    case Shape::streaming: return "streaming";
    case Shape::ranking: return "ranking";
    case Shape::sets: return "sets";
    case Shape::leaders: return "leaders";
  }
  return "";
}

Milliseconds least_latency(RequestKind kind) {
  switch (kind) {
    case RequestKind::search: return kShortestPage;
    case RequestKind::usage: return Milliseconds{120};
    case RequestKind::enrich_start:
    case RequestKind::content_start:
    case RequestKind::audience_start:
    case RequestKind::leaders_start: return Milliseconds{240};
    case RequestKind::enrich_read:
    case RequestKind::content_read:
    case RequestKind::audience_read:
    case RequestKind::leaders_read: return Milliseconds{160};
    case RequestKind::content_details:
    case RequestKind::audience_details:
    case RequestKind::other: return Milliseconds{200};
  }
  return Milliseconds{0};
}

World::World(const NightCase& night) : night_(night), sets_(sets_of(night)) {}

Milliseconds World::job_time(std::string_view family, int creator) const {
  return between(night_.job_times.least, night_.job_times.most, family, static_cast<std::uint64_t>(creator));
}

Milliseconds World::page_latency(std::string_view keyword_set, int offset) {
  return between(kShortestPage, kLongestPage, keyword_set, static_cast<std::uint64_t>(offset));
}

pipeline::Pipeline World::pipeline() const {
  pipeline::Pipeline pipeline;
  pipeline.name = "bench";
  pipeline.text = "version = 1";
  pipeline.sha256 = "0f";
  pipeline.source.max_in_flight = night_.max_in_flight;
  for (const auto& set : sets_) pipeline.keyword_sets.push_back(keyword_set_of(set, night_.shape == Shape::ranking));
  return pipeline;
}

void World::prepare(FakeToksta& api) const {
  api.requests_per_minute = night_.requests_per_minute;
  api.windows_follow_clock = night_.windows_follow_clock;
  api.holds = night_.holds;
  api.largest_page = kPageSize;
  for (const auto& set : sets_) api.found_by[set.name] = set.found;
  api.job_time_of = [this](std::string_view family, int creator) { return job_time(family, creator); };
  api.latency_of = [count = std::uint64_t{0}](const http::Request& request) mutable {
    const auto kind = kind_of(request.path);
    if (kind != RequestKind::search) return least_latency(kind) + between(Milliseconds{0}, kJitter, "jitter", ++count);
    const auto body = nlohmann::json::parse(request.body);
    return page_latency(body.at("keywords").at(0).get<std::string>(), body.at("offset").get<int>());
  };
}

}  // namespace toksync::bench
