// What people ask of the database: runs, stages, jobs, credits, the shortlist. Read by `cli` only; each
// function is a query on the relations of the interface.
#pragma once

#include "store/store.hpp"

namespace toksync::store {

struct JobRow {
  JobKey job{};
  StageName family{};
  std::string run_id, keyword_set;
  OptionalText external_id, creator_id, creator_name;
  JobStatus status{};
  Credits credits_reserved = 0, credits_charged = 0;
  OptionalText request_id, submitted_at, finished_at, result_expires_at, error_code, error_message;
  OptionalText evidence;  ///< the newest finding about a lost answer
};

/// What was found out about a job whose answer was lost.
struct EvidenceRow {
  std::string at, source, finding;
  OptionalText decision;
};

struct LedgerRow {
  std::string at, kind, source;
  Credits credits = 0;
  OptionalText request_id;
};

/// Everything that is known of one job.
struct JobDetails {
  JobRow row;
  IntentKey intent{};
  Credits credits_released = 0;
  bool is_settled = false;  ///< its price is final
  bool details_pending = false;
  std::string planned_at, request_json, criteria;
  OptionalText answered_at;
  std::vector<EvidenceRow> evidence;
  std::vector<LedgerRow> ledger;
};

struct JobFilter {
  std::optional<std::string> run_id;
  std::optional<JobStatus> status;
  std::optional<StageName> family;
  std::optional<CreatorKey> creator;
  bool only_unfinished = false;  ///< intent, sent, queued, running or ambiguous
  int limit = 1000;
};

/// A stage of the newest run of a pipeline that got there, and what it decided about one creator.
struct StandingRow {
  RunKey run{};
  std::string run_id, pipeline;
  StageRow stage;
  std::int64_t rank = 0;             ///< search: 0 when it did not find the creator
  std::optional<Decision> decision;  ///< other stages: absent when they did not choose the creator
};

struct StageCost {
  std::string keyword_set;
  StageName stage{};
  Credits charged = 0, open = 0;
};

/// Jobs of a stage of which nobody knows whether they were started.
struct StageHeld {
  std::string keyword_set;
  StageName stage{};
  std::int64_t count = 0;
};

struct FailureRow {
  std::string keyword_set;
  StageName family{};
  std::string error_code, error_message, request_id;
  std::int64_t count = 0;
};

struct JobCounts {
  std::int64_t outstanding = 0, ambiguous = 0;
  Credits ambiguous_credits = 0;
  /// Outstanding results that the API keeps for less than three days more, as far as known: it tells when a
  /// result expires only with the result, and keeps it for thirty days (contracts/toksta.md, "Families of jobs").
  std::int64_t expiring = 0;
  OptionalText first_expires_at;
};

/// What all runs of a pipeline came to.
struct PipelineTotals {
  Credits credits_charged = 0;
  std::int64_t requests = 0;
  OptionalText completed_at;       ///< the end of the newest run that was done, if in part
  std::optional<Credits> balance;  ///< of the account, as it last told
};

struct ShortlistRow {
  std::string keyword_set, creator_id, name, profile_url;
  std::int64_t rank = 0;
  OptionalCount followers_count;
  OptionalNumber engagement_rate, combined_score, content_score, audience_score, thought_leader_score;
};

/// Newest first.
[[nodiscard]] std::vector<RunRow> list_runs(Store& store, int limit);
[[nodiscard]] std::optional<RunRow> find_run(Store& store, std::string_view run_id);
[[nodiscard]] std::string pipeline_toml_of(Store& store, RunKey run);
[[nodiscard]] std::vector<StageRow> stages_of(Store& store, RunKey run);
[[nodiscard]] std::vector<StageCost> costs_of(Store& store, RunKey run);
[[nodiscard]] std::vector<StageHeld> held_of(Store& store, RunKey run);
[[nodiscard]] std::vector<FailureRow> failures_of(Store& store, RunKey run);
[[nodiscard]] std::vector<JobRow> list_jobs(Store& store, const JobFilter& filter);
/// Where a creator stands in the newest runs of each pipeline.
[[nodiscard]] std::vector<StandingRow> standings_of(Store& store, CreatorKey creator);
[[nodiscard]] std::optional<JobDetails> find_job(Store& store, JobKey job);
[[nodiscard]] JobCounts count_jobs(Store& store, WallTime now);
/// The newest run of a pipeline file; a run that only collected is none.
[[nodiscard]] std::optional<RunRow> newest_run(Store& store);
/// The newest one that has stages, not mirrors.
[[nodiscard]] std::optional<RunRow> newest_run_with_stages(Store& store);
[[nodiscard]] PipelineTotals totals_of(Store& store, std::string_view pipeline);
/// The best creators of each keyword set, at most `per_keyword_set` each: by combined score, then rank; those without a
/// score come last. Of one pipeline, or of all when it is empty.
[[nodiscard]] std::vector<ShortlistRow> shortlist(Store& store, int per_keyword_set, std::string_view pipeline = {});

}  // namespace toksync::store
