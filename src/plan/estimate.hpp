// What a run would do and cost, by what is known now: the answer behind `toksync plan`. Reads the store,
// sends nothing.
#pragma once

#include "plan/graph.hpp"
#include "store/store.hpp"

namespace toksync::plan {

/// One keyword set's stage in a plan.
struct StageEstimate {
  std::string keyword_set;
  StageName stage{};
  PriceItem price_item{};
  Credits price = 0;             ///< of one unit
  std::int64_t units = 0;        ///< creators, pages or jobs that the stage is about, at most
  std::int64_t done = 0;         ///< finished by the run that would be picked up
  std::int64_t fresh = 0;        ///< known and young enough: free
  std::int64_t outstanding = 0;  ///< paid for already, or bought by an earlier line of this plan
  std::int64_t held = 0;         ///< ambiguous: neither bought nor waited for
  Credits credits_expected = 0;  ///< when the searches find again what they found last
  Credits credits_at_most = 0;   ///< whatever the searches find
  std::int64_t requests = 0;     ///< at least, polls included
};

/// Requests that cost no credits and that no stage waits for.
struct ExtraEstimate {
  enum class Kind { hit_posts, creator_records };
  Kind kind{};
  std::string keyword_set;    ///< empty: left behind by earlier runs
  std::int64_t units = 0;     ///< pages of hits, or creators, at most
  std::int64_t fresh = 0;     ///< of them, known and young enough
  std::int64_t requests = 0;  ///< at least
};
[[nodiscard]] std::string_view to_string(ExtraEstimate::Kind kind);

/// One creator's place in a plan, for --explain.
struct CreatorReason {
  std::string keyword_set;
  StageName stage{};
  std::string creator_id, name;
  std::int64_t rank = 0;
  bool chosen = false;
  store::Decision decision{};  ///< meaningless when not chosen
  std::string text;            ///< why, in words
};

/// The longest chain of stages that wait for each other's jobs, by how long these took in the last thirty days.
struct JobChain {
  Milliseconds shortest{0}, longest{0};
};

struct Estimate {
  std::vector<StageEstimate> stages;
  Credits credits_expected = 0;
  Credits credits_at_most = 0;
  std::vector<ExtraEstimate> extras;
  std::int64_t usage_requests = 0;      ///< the account's usage is read at the beginning and at the end
  std::int64_t publish_requests = 0;    ///< the shortlist is saved to a list at the end
  std::int64_t requests = 0;            ///< those too
  Milliseconds least_time{0};           ///< that the rate limit allows for these requests
  std::optional<JobChain> jobs;         ///< absent: it buys no jobs, or nobody knows yet how long they take
  std::vector<StageName> unknown_jobs;  ///< stages that buy jobs of which nobody knows yet how long they take
  std::optional<std::string> resumes;   ///< run_id of the unfinished run that would be picked up
  std::vector<CreatorReason> reasons;   ///< only when asked for
};

/// Whom a backfill is about, and the run that would be picked up.
struct BackfillPlan {
  std::vector<CreatorKey> creators;
  std::optional<store::RunRow> unfinished;
};

struct EstimateOptions {
  Scope scope;
  int requests_per_minute = 60;
  bool start_new_run = false;  ///< as `run --new`
  bool explain = false;
  std::optional<BackfillPlan> backfill{};  ///< the pipeline is that of a backfill (plan/backfill.hpp)
  bool reads_by_start = false;             ///< a question about results is about one start (api::Ways)
};

[[nodiscard]] Estimate estimate(const pipeline::Pipeline& pipeline, const PriceTable& prices, store::Store& store,
                                WallTime now, const EstimateOptions& options);

/// The provider's prices with the pipeline's overrides.
[[nodiscard]] PriceTable effective_prices(PriceTable prices, const pipeline::Pipeline& pipeline);

/// The least time that `requests` take when each window of a minute admits `requests_per_minute`.
[[nodiscard]] Milliseconds least_time(std::int64_t requests, int requests_per_minute);

}  // namespace toksync::plan
