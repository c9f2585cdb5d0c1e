// Why this is a lower bound. Every creator demands requests: a page that finds it, a start and a read of its
// enrichment, and so on. Such a request cannot leave before a certain time after the beginning (its head), and when
// it leaves, at least a certain time must pass until the end (its tail). A request serves so many creators at most.
// So whatever thresholds one takes for head and tail: the demands beyond both need at least ceil(demands / size)
// requests for each kind, all of which leave after the one and before the end minus the other, and the rate limit
// says how far apart they are at least. The bound is the greatest over all thresholds; batches may be mixed at will.
//
// Windows that begin with a request: from the beginning of the night, n requests need (ceil(n / limit) - 1) whole
// windows until the last may leave. From a later moment they need one less: who has nothing to do can open a window
// just before, and have twice the limit at hand.
//
// Barriers: what a ranking waits for ends at a bound of its own, from which the heads of the next stage count.
//
// Blind: an engine cannot know which jobs are long, so it can neither put them into the same batch nor start them
// first. Then every start is followed by the longest job of a batch that was put together without that knowledge;
// which batch of 50 one takes makes little difference. Nor can it know when the next burst will come, and shift its
// windows for it: they follow one another from the first request on.
#include "least_time.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <span>

namespace toksync::bench {
namespace {

constexpr Milliseconds kWindow{60'000};
constexpr Milliseconds kLongestHold{30'000};
const Milliseconds kUsageLatency = least_latency(RequestKind::usage);
constexpr int kJobsPerRead = 50;
constexpr int kLeaderJobsPerRead = 20;
constexpr std::int64_t kSteps = 400;  // of head and tail, each rounded down

struct Demand {
  Milliseconds head, tail;
};

/// The demands that one request of that kind can serve together.
struct Group {
  RequestKind kind{};
  int per_request = 1;
  std::vector<Demand> demands;
};
using Groups = std::vector<Group>;

std::int64_t ceiling(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

/// When requests may leave.
class Windows {
 public:
  Windows(std::int64_t limit, bool follow_clock, Milliseconds since_window)
      : limit_(limit), follow_clock_(follow_clock), since_window_(since_window) {}
  static Windows unlimited() { return {std::numeric_limits<std::int32_t>::max(), false, Milliseconds{0}}; }

  /// When the last of n may leave, if none may before `from`; `from` counts from the beginning of the night.
  [[nodiscard]] Milliseconds last_of(std::int64_t n, Milliseconds from) const {
    const auto more = ceiling(n, limit_) - 1;
    if (more <= 0) return from;
    if (!follow_clock_) return std::max(more * kWindow, after(n, from));
    const auto boundary = ((from + since_window_) / kWindow + 1) * kWindow - since_window_;
    return boundary + (more - 1) * kWindow;
  }
  /// The same where it is not known how much of a window is over.
  [[nodiscard]] Milliseconds after(std::int64_t n, Milliseconds from) const {
    return from + std::max<std::int64_t>(0, ceiling(n, limit_) - 2) * kWindow;
  }

 private:
  std::int64_t limit_;
  bool follow_clock_;
  Milliseconds since_window_;
};

/// Demands by head and tail in steps; at(h, t) are those beyond both.
class Histogram {
 public:
  Histogram(const Group& group, Milliseconds step) : cells_(kSide * kSide) {
    for (const auto& demand : group.demands) ++cell(demand.head / step, demand.tail / step);
    for (auto head = kSide - 1; head >= 0; --head) {
      for (auto tail = kSide - 1; tail >= 0; --tail) {
        cell(head, tail) += at(head + 1, tail) + at(head, tail + 1) - at(head + 1, tail + 1);
      }
    }
  }
  [[nodiscard]] std::int64_t at(std::int64_t head, std::int64_t tail) const {
    return head >= kSide || tail >= kSide ? 0 : cells_[static_cast<std::size_t>(head * kSide + tail)];
  }

  static constexpr std::int64_t kSide = kSteps + 1;

 private:
  std::int64_t& cell(std::int64_t head, std::int64_t tail) {
    return cells_[static_cast<std::size_t>(head * kSide + tail)];
  }
  std::vector<std::int64_t> cells_;
};

using LastOf = std::function<Milliseconds(std::int64_t requests, Milliseconds from)>;

Milliseconds least_end(const Groups& groups, const LastOf& last_of) {
  Milliseconds longest{0};
  for (const auto& group : groups) {
    for (const auto& demand : group.demands) longest = std::max({longest, demand.head, demand.tail});
  }
  const auto step = longest / kSteps + Milliseconds{1};
  Milliseconds least{0};
  std::vector<Histogram> histograms;
  histograms.reserve(groups.size());
  for (const auto& group : groups) {
    for (const auto& demand : group.demands) least = std::max(least, demand.head + demand.tail);
    histograms.emplace_back(group, step);
  }
  for (std::int64_t head = 0; head < Histogram::kSide; ++head) {
    for (std::int64_t tail = 0; tail < Histogram::kSide; ++tail) {
      std::int64_t requests = 0;
      for (std::size_t i = 0; i < groups.size(); ++i) {
        requests += ceiling(histograms[i].at(head, tail), groups[i].per_request);
      }
      if (requests == 0) break;
      least = std::max(least, last_of(requests, head * step) + tail * step);
    }
  }
  return least;
}

using OfCreator = std::function<Milliseconds(int creator)>;

RequestKind next(RequestKind kind, int by) { return static_cast<RequestKind>(static_cast<int>(kind) + by); }

/// A job, and the request that reads its result, from the moment at which it may be started.
struct JobChain {
  Milliseconds start, read, answered;

  /// `kind`: of its start; that of its read comes after it.
  JobChain(RequestKind kind, Milliseconds from, Milliseconds takes, bool holds) : start(from) {
    const auto started = from + least_latency(kind);
    const auto ready = from + takes;
    read = std::max(started, holds ? ready - kLongestHold : ready);
    answered = std::max(started, ready) + least_latency(next(kind, 1));
  }
};

/// One of the two families of analyses.
struct Family {
  std::string_view name;
  RequestKind start;
  std::vector<int> SetWork::*creators;

  [[nodiscard]] RequestKind read() const { return next(start, 1); }
  [[nodiscard]] RequestKind details() const { return next(start, 2); }
};
constexpr Family kContent{"content-fit", RequestKind::content_start, &SetWork::content};
constexpr Family kAudience{"audience-fit", RequestKind::audience_start, &SetWork::audience};

/// Builds the demands of each stage of a world.
class Demands {
 public:
  Demands(const World& world, bool knows_jobs) : world_(world), knows_jobs_(knows_jobs) {
    const auto everyone = everybody();
    foresee("enrichment", everyone);
    for (const auto& set : world.sets()) {
      for (const auto& family : {kContent, kAudience}) foresee(family.name, set.*family.creators);
    }
  }

  static Group usage(Milliseconds head, Milliseconds tail) { return {RequestKind::usage, 1, {{head, tail}}}; }

  /// When each creator is found, by keyword set, if pages only wait for the page before and for their slot.
  [[nodiscard]] std::vector<std::map<int, Milliseconds>> found_at(const Windows& windows) const {
    std::vector<std::map<int, Milliseconds>> all;
    for (const auto& set : world_.sets()) {
      auto& found = all.emplace_back();
      auto at = kUsageLatency;  // the usage is read before anything is bought
      for (int page = 0; page < pages_of(set); ++page) {
        at = page_leaves(windows, page, at) + World::page_latency(set.name, page * kPageSize);
        for (const int creator : creators_on(set, page)) found[creator] = at;
      }
    }
    return all;
  }

  void add_search(Groups& groups, const Windows& windows, const OfCreator& rest) const {
    for (const auto& set : world_.sets()) {
      Group group{RequestKind::search, 1, {}};
      auto at = kUsageLatency;
      for (int page = 0; page < pages_of(set); ++page) {
        const auto leaves = page_leaves(windows, page, at);
        group.demands.push_back({leaves, Milliseconds{0}});
        at = leaves + World::page_latency(set.name, page * kPageSize);
      }
      Milliseconds tail{0};
      for (int page = pages_of(set) - 1; page >= 0; --page) {
        for (const int creator : creators_on(set, page)) tail = std::max(tail, rest(creator));
        tail += World::page_latency(set.name, page * kPageSize);
        group.demands[static_cast<std::size_t>(page)].tail = tail;
      }
      groups.push_back(std::move(group));
    }
  }

  [[nodiscard]] JobChain enrichment(int creator, Milliseconds from) const {
    return {RequestKind::enrich_start, from, world_.job_time("enrichment", creator), world_.night().holds};
  }

  /// From the start of a creator's enrichment to its result.
  [[nodiscard]] Milliseconds enriched_in(int creator) const {
    return takes(RequestKind::enrich_start, "enrichment", creator);
  }

  void add_enrichments(Groups& groups, const OfCreator& from, const OfCreator& rest) const {
    Group starts{RequestKind::enrich_start, kBatchSize, {}};
    Group reads{RequestKind::enrich_read, kJobsPerRead, {}};
    for (const int creator : everybody()) {
      const auto chain = enrichment(creator, from(creator));
      starts.demands.push_back({chain.start, enriched_in(creator) + rest(creator)});
      reads.demands.push_back({chain.read, least_latency(RequestKind::enrich_read) + rest(creator)});
    }
    groups.push_back(std::move(starts));
    groups.push_back(std::move(reads));
  }

  /// From the start of a creator's analyses to their last details, in any keyword set.
  [[nodiscard]] Milliseconds analyzed_in(int creator) const {
    const auto details_of = [&](const Family& family) {
      return takes(family.start, family.name, creator) + least_latency(family.details());
    };
    return std::max(details_of(kContent), details_of(kAudience));
  }

  using FromInSet = std::function<Milliseconds(std::size_t set, int creator)>;
  /// Starts have criteria of one keyword set, reads have jobs of any.
  void add_analyses(Groups& groups, const FromInSet& from, Milliseconds rest) const {
    add_family(groups, kContent, from, rest);
    add_family(groups, kAudience, from, rest);
  }

  /// Once in whatever set enriches it.
  [[nodiscard]] std::vector<int> everybody() const {
    std::vector<int> all;
    for (const auto& set : world_.sets()) all.insert(all.end(), set.enriched.begin(), set.enriched.end());
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

 private:
  /// How long the start of a creator's job is followed by something: by its own job, or, where nobody can know which
  /// jobs are long, by the longest of its batch.
  void foresee(std::string_view family, const std::vector<int>& creators) {
    for (std::size_t first = 0; first < creators.size(); first += kBatchSize) {
      const auto batch = std::span(creators).subspan(first, std::min<std::size_t>(kBatchSize, creators.size() - first));
      Milliseconds longest{0};
      for (const int creator : batch) longest = std::max(longest, world_.job_time(family, creator));
      for (const int creator : batch) {
        const auto time = knows_jobs_ ? world_.job_time(family, creator) : longest;
        auto& foreseen = foreseen_[{family, creator}];
        foreseen = std::max(foreseen, time);
      }
    }
  }
  [[nodiscard]] Milliseconds takes(RequestKind start, std::string_view family, int creator) const {
    const auto found = foreseen_.find({family, creator});
    if (found == foreseen_.end()) return Milliseconds{0};
    return JobChain(start, {}, found->second, world_.night().holds).answered;
  }

  [[nodiscard]] JobChain analysis(const Family& family, int creator, Milliseconds from) const {
    return {family.start, from, world_.job_time(family.name, creator), world_.night().holds};
  }

  void add_family(Groups& groups, const Family& family, const FromInSet& from, Milliseconds rest) const {
    Group reads{family.read(), kJobsPerRead, {}};
    Group details{family.details(), kJobsPerRead, {}};
    const auto after_read = least_latency(family.details()) + rest;
    for (std::size_t set = 0; set < world_.sets().size(); ++set) {
      Group starts{family.start, kBatchSize, {}};
      for (const int creator : world_.sets()[set].*family.creators) {
        const auto chain = analysis(family, creator, from(set, creator));
        starts.demands.push_back({chain.start, takes(family.start, family.name, creator) + after_read});
        reads.demands.push_back({chain.read, least_latency(family.read()) + after_read});
        details.demands.push_back({chain.answered, after_read});
      }
      groups.push_back(std::move(starts));
    }
    groups.push_back(std::move(reads));
    groups.push_back(std::move(details));
  }

  static int pages_of(const SetWork& set) {
    return static_cast<int>(ceiling(static_cast<std::int64_t>(set.found.size()), kPageSize));
  }
  static std::span<const int> creators_on(const SetWork& set, int page) {
    const auto first = static_cast<std::size_t>(page) * kPageSize;
    return std::span(set.found).subspan(first, std::min<std::size_t>(kPageSize, set.found.size() - first));
  }
  /// At least the reading of the usage and the pages before have left before it.
  static Milliseconds page_leaves(const Windows& windows, int page, Milliseconds not_before) {
    return std::max(not_before, windows.last_of(page + 2, Milliseconds{0}));
  }

  const World& world_;
  bool knows_jobs_;
  std::map<std::pair<std::string_view, int>, Milliseconds> foreseen_;
};

struct Bounds {
  Milliseconds chain;  ///< of latencies alone
  Milliseconds least;
  Groups groups;
};

/// Thought leaders come when all else is done, and are not held.
Milliseconds leaders_take(const World& world) {
  Milliseconds most{0};
  for (const auto& set : world.sets()) {
    if (set.leader_jobs == 0) continue;
    most = std::max(most, JobChain(RequestKind::leaders_start, {}, world.job_time("leaders", 0), false).answered);
  }
  return most;
}

void add_leaders(Groups& groups, const World& world, Milliseconds from, Milliseconds rest) {
  Group starts{RequestKind::leaders_start, 1, {}};
  Group reads{RequestKind::leaders_read, kLeaderJobsPerRead, {}};
  for (const auto& set : world.sets()) {
    for (int i = 0; i < set.leader_jobs; ++i) {
      const JobChain chain(RequestKind::leaders_start, from, world.job_time("leaders", 0), false);
      starts.demands.push_back({chain.start, chain.answered - chain.start + rest});
      reads.demands.push_back({chain.read, least_latency(RequestKind::leaders_read) + rest});
    }
  }
  groups.push_back(std::move(starts));
  groups.push_back(std::move(reads));
}

/// The latest at which anything but what comes when all is done can be done, by latencies alone.
Milliseconds longest(const Groups& groups) {
  Milliseconds most{0};
  for (const auto& group : groups) {
    for (const auto& demand : group.demands) most = std::max(most, demand.head + demand.tail);
  }
  return most;
}

/// What must follow at least, whenever the first of all requests leaves.
Milliseconds longest_tail(const Groups& groups) {
  Milliseconds most{0};
  for (const auto& group : groups) {
    for (const auto& demand : group.demands) most = std::max(most, demand.tail);
  }
  return most;
}

Bounds without_barriers(const World& world, const Windows& windows, bool knows_jobs) {
  const Demands demands(world, knows_jobs);
  const auto found = demands.found_at(windows);
  const auto at_end = leaders_take(world) + kUsageLatency;
  const auto found_first = [&](int creator) {
    auto first = Milliseconds::max();
    for (const auto& set : found) {
      if (const auto at = set.find(creator); at != set.end()) first = std::min(first, at->second);
    }
    return first;
  };
  const auto after_enrichment = [&](int creator) { return demands.analyzed_in(creator) + at_end; };
  const auto after_search = [&](int creator) { return demands.enriched_in(creator) + after_enrichment(creator); };
  const auto analyses_from = [&](std::size_t set, int creator) {
    return std::max(found[set].at(creator), demands.enrichment(creator, found_first(creator)).answered);
  };
  Bounds bounds{};
  auto& groups = bounds.groups;
  demands.add_search(groups, windows, after_search);
  demands.add_enrichments(groups, found_first, after_enrichment);
  demands.add_analyses(groups, analyses_from, at_end);
  bounds.chain = longest(groups);
  const auto all_analyzed = bounds.chain - at_end;
  add_leaders(groups, world, all_analyzed, kUsageLatency);
  groups.push_back(Demands::usage({}, kUsageLatency + longest_tail(groups)));
  groups.push_back(Demands::usage(bounds.chain - kUsageLatency, kUsageLatency));
  bounds.least = least_end(groups, [&](auto n, auto from) { return windows.last_of(n, from); });
  return bounds;
}

Bounds with_barriers(const World& world, const Windows& windows, bool knows_jobs) {
  const Demands demands(world, knows_jobs);
  const auto always = [](Milliseconds time) { return [time](auto...) { return time; }; };
  const auto from_start = [&](auto n, auto from) { return windows.last_of(n, from); };
  const auto from_anywhere = [&](auto n, auto from) { return windows.after(n, from); };
  const auto zero = always({});

  // What each stage takes by itself, for the tails of those before.
  Groups enrichments, analyses;
  demands.add_enrichments(enrichments, zero, zero);
  demands.add_analyses(analyses, zero, kUsageLatency);
  const auto enrichments_take = least_end(enrichments, from_anywhere);
  const auto analyses_take = least_end(analyses, from_anywhere);

  Groups groups;
  demands.add_search(groups, windows, zero);
  const auto searched = least_end(groups, from_start);
  groups.clear();
  demands.add_search(groups, windows, always(enrichments_take));
  demands.add_enrichments(groups, always(searched), zero);
  const auto enriched = least_end(groups, from_start);
  groups.clear();
  demands.add_search(groups, windows, always(enrichments_take + analyses_take));
  demands.add_enrichments(groups, always(searched), always(analyses_take));
  demands.add_analyses(groups, always(enriched), kUsageLatency);
  const auto end = longest(groups);
  groups.push_back(Demands::usage({}, kUsageLatency + longest_tail(groups)));
  groups.push_back(Demands::usage(end - kUsageLatency, kUsageLatency));

  Groups pages;
  demands.add_search(pages, windows, zero);
  const auto chain = longest(pages) + longest(enrichments) + longest(analyses);
  const auto tight = least_end(groups, from_start);
  return {chain, tight, std::move(groups)};
}

Bounds bounds_of(const World& world, const Windows& windows, bool knows_jobs) {
  return world.night().shape == Shape::ranking ? with_barriers(world, windows, knows_jobs)
                                               : without_barriers(world, windows, knows_jobs);
}

}  // namespace

LeastTime least_time(const World& world, Milliseconds since_window) {
  const auto& night = world.night();
  const Windows windows(night.requests_per_minute, night.windows_follow_clock, since_window);
  const auto bounds = bounds_of(world, windows, true);
  LeastTime least;
  for (const auto& group : bounds.groups) {
    const auto needed = ceiling(static_cast<std::int64_t>(group.demands.size()), group.per_request);
    least.requests[group.kind] += static_cast<int>(needed);
  }
  const auto chain = bounds_of(world, Windows::unlimited(), true).chain;
  least.simple = std::max(chain, windows.last_of(least.requests.total(), Milliseconds{0}));
  least.tight = std::max(bounds.least, least.simple);
  const Windows regular(night.requests_per_minute, true, night.windows_follow_clock ? since_window : Milliseconds{0});
  least.blind = std::max(bounds_of(world, regular, false).least, least.tight);
  return least;
}

}  // namespace toksync::bench
