// The facts that the store takes in and gives back, as plain values. Made by `engine`, read by `plan`
// and `cli`.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/answer.hpp"
#include "model/ids.hpp"
#include "model/stage_name.hpp"

namespace toksync::store {

enum class RunStatus { running, succeeded, partial, failed, stopped, interrupted, abandoned };
enum class StageStatus { waiting, running, succeeded, partial, failed, stopped, skipped };
/// Why a selected creator is bought or not; kept for `--explain`.
enum class Decision {
  buy,           ///< nothing younger than refresh_after is known
  fresh,         ///< known and young enough
  outstanding,   ///< paid for already, by this run or an earlier one; its result is awaited
  held,          ///< its purchase is ambiguous
  failed,        ///< failed or was refused in this run; not tried again in it
  unaffordable,  ///< left out because on_shortfall = "fit" had no credits for it
};

[[nodiscard]] std::string_view to_string(RunStatus status);
[[nodiscard]] std::string_view to_string(StageStatus status);
[[nodiscard]] std::string_view to_string(Decision decision);
/// Whether a run in that state can be picked up again.
[[nodiscard]] bool is_unfinished(RunStatus status);
[[nodiscard]] std::optional<RunStatus> run_status_from_string(std::string_view text);
[[nodiscard]] std::optional<StageStatus> stage_status_from_string(std::string_view text);
[[nodiscard]] std::optional<Decision> decision_from_string(std::string_view text);

struct NewRun {
  std::string run_id, pipeline, pipeline_toml, pipeline_sha256, toksync_version;
};

/// `pipeline` of a run that only collects what others paid for; no pipeline file can have that name.
inline constexpr std::string_view kCollectPipeline = "(collect)";

/// Behind the name of its pipeline in `pipeline` of a backfill; no pipeline file can have such a name.
inline constexpr std::string_view kBackfillSuffix = " (backfill)";

/// What makes a run a backfill: it takes its creators from a list, and applies some stages to all of them.
struct Backfill {
  std::vector<StageName> stages;
  std::vector<std::string> keyword_sets;
  bool ignores_freshness = false;
  std::string chosen_by;  ///< how its creators were chosen: "all", "where …", or "list" and a hash of it
  std::string sha256;     ///< of all this and of the pipeline: two equal ones are the same backfill
};

/// How long a process worked on a run, and what bounds that from below. Of several processes, their sums.
struct Pace {
  Milliseconds active{0};            ///< 0: not known
  Milliseconds by_rate_limit{0};     ///< in which the rate limit lets the needed requests leave
  Milliseconds by_job_times{0};      ///< the longest chain of requests and jobs that wait for each other
  std::int64_t requests_needed = 0;  ///< the fewest that could have done the same
  std::optional<int> requests_per_minute{};

  [[nodiscard]] Milliseconds least() const { return std::max(by_rate_limit, by_job_times); }
};

struct RunRow {
  RunKey key{};
  std::string run_id, pipeline, pipeline_sha256, toksync_version;
  RunStatus status = RunStatus::running;
  std::string started_at;
  OptionalText finished_at, error;
  std::optional<int> exit_code;
  Credits credits_charged = 0;  ///< by the ledger
  std::optional<Credits> credits_estimated;
  std::int64_t requests = 0;           ///< rows of api_requests
  std::optional<Credits> usage_drift;  ///< what the usage moved more (less: negative) than the ledger knows
  Pace pace{};
  Milliseconds least_time{0};  ///< the sum over the processes: more than pace.least() where they were bound differently
};

struct RunEnd {
  RunStatus status = RunStatus::succeeded;
  int exit_code = 0;
  OptionalText error;
  Pace pace{};  ///< of the process that ends it
};

struct StageRow {
  StageKey key{};
  RunKey run{};
  std::string keyword_set;
  StageName stage{};
  StageStatus status = StageStatus::waiting;
  OptionalText cursor;  ///< search: where the next page begins; absent before the first page
  std::int64_t items_total = 0, items_done = 0, items_failed = 0;
  OptionalText started_at, finished_at, error;
};

struct StageProgress {
  StageStatus status = StageStatus::running;
  std::int64_t items_total = 0, items_done = 0, items_failed = 0;
  OptionalText error;
};

/// One row of `api_requests`.
struct RequestLog {
  WallTime at;  ///< also the time of whatever is committed with it
  std::string method, path;
  int status = 0;  ///< 0: no answer
  std::string error_code, request_id;
  Milliseconds duration{0};
  int attempt = 1;
  std::optional<Credits> credit_cost;
};

struct PlannedJob {
  std::optional<CreatorKey> creator;
  Credits credits_reserved = 0;
  std::int64_t units = 1;  ///< credits_reserved is this many times the price
};

/// One billable request that is about to be made, with the jobs it is to start.
struct NewIntent {
  RunKey run{};
  StageKey stage{};
  StageName family{};
  CriteriaKey criteria{};
  std::string request_json;  ///< what will be asked, for evidence
  std::vector<PlannedJob> jobs;
};

struct Intent {
  IntentKey key{};
  std::vector<JobKey> jobs;  ///< in the order of NewIntent::jobs
};

/// What one job cost in the end, and who said so. A job is settled once: what of its reservation was not
/// charged is released, and a later charge for it is ignored.
struct Charge {
  Credits credits = 0;
  std::string source;  ///< "body", "header" or "price_table"
};

/// What the answer to a start says of one job. Without a charge the reservation stays open.
struct AcceptedJob {
  JobKey job{};
  OptionalText external_id;
  JobStatus status = JobStatus::queued;
  std::optional<Charge> charge;
  OptionalText error_code, error_message;
};

/// What a poll says of one job. Without a charge nothing is booked.
struct JobUpdate {
  JobKey job{};
  JobStatus status = JobStatus::running;
  std::optional<Charge> charge;
  OptionalText error_code, error_message, result_expires_at;
  bool details_pending = false;  ///< posts or engagers are still to be fetched, free of charge
};

struct SearchPageCommit {
  Intent intent;
  StageKey stage{};
  std::span<const FoundCreator> creators;
  std::int64_t keep_at_most = 0;  ///< new ones beyond this many are kept as creators, but not as hits
  OptionalText search_mode;
  std::string meta_json;
  Charge charge;
  int evidence_posts = 0;  ///< how many posts are wanted behind each hit
  /// Where the next page begins, given how many hits were new; nothing when the walk is over. Then the
  /// stage ends `succeeded` in the same transaction, so that no crash lets a paid walk begin again.
  std::function<OptionalText(std::int64_t new_creators)> cursor_after;
};

/// A page of a search.
struct HitPage {
  StageKey stage{};
  std::int64_t page = 0;
  friend auto operator<=>(const HitPage&, const HitPage&) = default;
};

/// Hits of one page behind which posts are still to be fetched.
struct WantedHitPosts {
  int posts = 0;  ///< of each creator
  std::vector<CreatorKey> creators;
  std::vector<std::string> keywords;  ///< of the search
};

/// What was asked about hits of one page, and the answer.
struct HitPostsCommit {
  HitPage page;
  int posts_asked = 0;
  std::span<const CreatorKey> creators;
  std::span<const HitEvidence> records;  ///< in any order; some may be missing
};

/// The answer to a poll: job states, and the records that came with them. All of it is one transaction.
struct PollCommit {
  RunKey run{};  ///< the run that collects, which need not be the one that paid
  std::vector<JobUpdate> jobs;
  std::vector<std::pair<JobKey, const EnrichmentRecord*>> enrichments;
  std::vector<std::pair<JobKey, const ContentMatchRecord*>> content_matches;
  std::vector<std::pair<JobKey, const AudienceMatchRecord*>> audience_matches;
  std::vector<std::pair<JobKey, const ThoughtLeadersJob*>> thought_leaders;
};

/// A job that is paid for and not finished here: queued or running at the API, or finished with its
/// details still to be fetched.
struct OutstandingJob {
  JobKey job{};
  RunKey run{};  ///< that paid
  StageName family{};
  JobStatus status{};
  std::optional<CreatorKey> creator;
  CriteriaKey criteria{};
  Credits credits_reserved = 0;
  std::int64_t units = 1;  ///< as PlannedJob::units
  WallTime submitted_at;
  bool details_pending = false;
  IntentKey start{};     ///< the request that started it
  bool is_free = false;  ///< its start was answered, and cost nothing although it has a price
};

/// By which ids an API is asked for results.
enum class ResultIds {
  enrichments_by_creator,  ///< the creators' for enrichment, those that it gave the jobs otherwise
  all_by_job,              ///< those that it gave the jobs
};

// --- requests whose answers were lost ---

/// A job of which nobody knows whether it was started.
struct LostJob {
  JobKey job{};
  std::optional<CreatorKey> creator;
  std::string creator_id;  ///< empty where there is no creator
  Credits credits_reserved = 0;
  std::int64_t units = 1;  ///< as PlannedJob::units
};

/// A billable request that was sent and never answered, with those of its jobs that are ambiguous.
struct LostRequest {
  IntentKey key{};
  RunKey run{};  ///< that pays
  StageName family{};
  CriteriaKey criteria{};
  WallTime sent_at;
  std::vector<std::string> criteria_texts;  ///< topic keywords or audience criteria, sorted
  std::string depth;                        ///< posts to analyze, or the analysis depth
  OptionalText campaign_id{};               ///< whose keywords or criteria counted, instead of the texts
  std::vector<LostJob> jobs;
};

enum class SnapshotKey : std::int64_t {};

/// What the account said of its usage at one moment.
struct UsageSnapshot {
  SnapshotKey key{};
  WallTime at;         ///< when it was asked for
  std::string period;  ///< "2026-05"
  Credits total_credits_charged = 0;
  std::map<std::string, Credits> operations;
};

/// Jobs of one request in the same state, as far as they may have moved the account's usage.
struct UsageMovement {
  IntentKey intent{};
  StageName family{};
  WallTime sent_at;
  std::optional<WallTime> finished_at;
  std::optional<SnapshotKey> snapshot;  ///< the newest reading of the usage before the request
  bool settled = false;                 ///< its price is final
  bool ambiguous = false;
  Credits reserved = 0;
  Credits charged = 0;
};

enum class EvidenceSource { request, results, usage, person };
enum class Verdict {
  adopted,   ///< it arrived: its result is awaited
  released,  ///< it never arrived
  lost,      ///< it was charged, and its result cannot be had
  held,      ///< undecided: it stays ambiguous
};

[[nodiscard]] std::string_view to_string(EvidenceSource source);
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// What was decided of one lost job.
struct SettledJob {
  JobKey job{};
  Verdict verdict = Verdict::held;
  OptionalText external_id;      ///< adopted, where the family has one
  std::optional<Charge> charge;  ///< adopted or lost; absent: it comes with the result
};

/// A decision on jobs of one lost request, with the evidence in one sentence.
struct Settlement {
  IntentKey intent{};
  EvidenceSource source = EvidenceSource::usage;
  std::string finding;
  std::vector<SettledJob> jobs;
};

/// What the database knows of one piece of work: (family, criteria, creator).
struct WorkState {
  std::optional<WallTime> fresh_at;  ///< when the newest data of it was made, by the API's word
  bool succeeded_in_run = false;     ///< bought, or found free, by this run
  bool failed_in_run = false;
  bool ambiguous = false;
  std::optional<WallTime> lost_at;    ///< when it was last bought and charged, and its result was lost
  std::optional<JobKey> outstanding;  ///< sent or accepted, not final
};

/// A creator that a stage may choose. Lean, because a stage may look at a hundred thousand of them.
struct Candidate {
  CreatorKey creator{};
  std::int64_t rank = 0;
  OptionalNumber score, followers, engagement_rate, posts_per_month, reactions_per_post, content_score, audience_score;
};

/// What an API takes in one request, and how long its jobs take.
enum class Fact { ids_per_start, ids_per_read, shortest_job_ms, longest_job_ms };
[[nodiscard]] std::string_view to_string(Fact fact);
[[nodiscard]] std::optional<Fact> fact_from_string(std::string_view text);

struct ApiFact {
  StageName family{};
  Fact fact{};
  std::int64_t value = 0;
  friend bool operator==(const ApiFact&, const ApiFact&) = default;
};

struct CandidateQuery {
  std::optional<StageKey> search;      ///< whose hits they are; absent: the creators of a backfill
  std::optional<StageKey> chosen_by;   ///< only creators that this stage selected and that succeeded there or are fresh
  std::optional<CriteriaKey> content;  ///< whose newest score is content_score
  std::optional<CriteriaKey> audience;  ///< whose newest score is audience_score
  RunKey backfill{};                    ///< which one, when there is no search
};

struct SelectedCreator {
  CreatorKey creator{};
  Decision decision = Decision::buy;
};

struct RecoveredIntents {
  int never_sent = 0;  ///< jobs given back
  int ambiguous = 0;   ///< jobs that may have arrived
};

/// reserved = charged + released + open, always.
struct LedgerTotals {
  Credits reserved = 0, charged = 0, released = 0;
  [[nodiscard]] Credits open() const { return reserved - charged - released; }
};

}  // namespace toksync::store
