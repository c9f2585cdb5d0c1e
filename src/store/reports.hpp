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
};

struct JobFilter {
  std::optional<std::string> run_id;
  std::optional<JobStatus> status;
  std::optional<StageName> family;
  bool only_unfinished = false;  ///< intent, sent, queued, running or ambiguous
  int limit = 1000;
};

struct StageCost {
  std::string keyword_set;
  StageName stage{};
  Credits charged = 0, open = 0;
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
};

struct ShortlistRow {
  std::string keyword_set, creator_id, name, profile_url;
  std::int64_t rank = 0;
  OptionalCount followers_count;
  OptionalNumber engagement_rate, content_score, audience_score, thought_leader_score;
};

/// Newest first.
[[nodiscard]] std::vector<RunRow> list_runs(Store& store, int limit);
[[nodiscard]] std::optional<RunRow> find_run(Store& store, std::string_view run_id);
[[nodiscard]] std::string pipeline_toml_of(Store& store, RunKey run);
[[nodiscard]] std::vector<StageRow> stages_of(Store& store, RunKey run);
[[nodiscard]] std::vector<StageCost> costs_of(Store& store, RunKey run);
[[nodiscard]] std::vector<FailureRow> failures_of(Store& store, RunKey run);
[[nodiscard]] std::vector<JobRow> list_jobs(Store& store, const JobFilter& filter);
[[nodiscard]] JobCounts count_jobs(Store& store);
/// The best creators of each keyword set, at most `per_keyword_set` each: by content score, then audience
/// score, then rank; unknown scores come last. Of one pipeline, or of all when it is empty.
[[nodiscard]] std::vector<ShortlistRow> shortlist(Store& store, int per_keyword_set, std::string_view pipeline = {});

}  // namespace toksync::store
