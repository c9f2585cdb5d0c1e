// The one connection to the database, and the only owner of SQLite. Each public function that writes is
// one transaction, named after the fact that it records. Used by `engine` (writing), `plan` and `cli`
// (reading). Trouble with SQLite itself is thrown as SQLite::Exception and becomes exit code 12 in `cli`.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "model/stored_record.hpp"
#include "store/publishing.hpp"
#include "store/records.hpp"

namespace SQLite {
class Database;
}

namespace toksync::store {

struct Erasure;      // store/forget.hpp
struct Reprocessed;  // store/reprocess.hpp

enum class OpenMode {
  read_only,   ///< the file must exist
  read_write,  ///< created when missing, migrated when older
  memory,      ///< an empty database that nobody else sees, for planning before the first run
};

class Store {
 public:
  /// Opens, checks that the file is ours and not newer, and migrates an older one in one transaction
  /// after a backup copy. A damaged, foreign, newer, unwritable or full database is an Error of kind
  /// `database` and is left untouched.
  [[nodiscard]] static Expected<Store> open(const std::string& path, OpenMode mode);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // --- runs ---
  /// The newest run of this pipeline that is not finished (running, failed, stopped, interrupted). One that only
  /// collected is never picked up.
  [[nodiscard]] std::optional<RunRow> unfinished_run(std::string_view pipeline);
  RunRow begin_run(const NewRun& run, WallTime now);
  void resume_run(RunKey run, WallTime now);
  /// Ends every other unfinished run of the pipeline as `abandoned`; its jobs stay and are collected.
  void abandon_other_runs(std::string_view pipeline, std::optional<RunKey> keep, WallTime now);
  void finish_run(RunKey run, const RunEnd& end, WallTime now);
  /// Begins a run over these creators, in that order.
  RunRow begin_backfill(const NewRun& run, const Backfill& backfill, std::span<const CreatorKey> creators,
                        WallTime now);
  /// What makes the run a backfill; nothing when it is none.
  [[nodiscard]] std::optional<Backfill> backfill_of(RunKey run);
  /// The newest run of that backfill, when it is not finished.
  [[nodiscard]] std::optional<RunRow> unfinished_backfill(std::string_view sha256);
  [[nodiscard]] std::vector<CreatorKey> backfill_creators(RunKey run);
  /// Ends the unfinished runs of that backfill as `abandoned`.
  void abandon_backfill(std::string_view sha256, WallTime now);
  /// To be called under the lock, before anything is sent: intents that never left are given back,
  /// what was sent without an answer becomes `ambiguous`.
  RecoveredIntents recover_intents(WallTime now);

  // --- stages and their selections ---
  [[nodiscard]] std::optional<CriteriaKey> find_criteria(StageName family, std::string_view json);
  CriteriaKey ensure_criteria(StageName family, std::string_view json);
  StageRow ensure_stage(RunKey run, std::string_view keyword_set, StageName stage, std::optional<CriteriaKey> criteria,
                        WallTime now);
  void record_progress(StageKey stage, const StageProgress& progress, WallTime now);
  /// Replaces the stage's selection; the order given is kept as position.
  void record_selection(StageKey stage, std::span<const SelectedCreator> creators, WallTime now);
  /// Adds to the stage's selection, behind what is there.
  void append_selection(StageKey stage, std::span<const SelectedCreator> creators);
  [[nodiscard]] std::vector<SelectedCreator> selection(StageKey stage);
  [[nodiscard]] std::vector<Candidate> candidates(const CandidateQuery& query);
  /// The same of these creators only, whoever chose them; those that the search did not find, or that are none of the
  /// backfill's, are left out.
  [[nodiscard]] std::vector<Candidate> candidates(const CandidateQuery& query, std::span<const CreatorKey> creators);
  /// The API's ids of these creators, in their order.
  [[nodiscard]] std::vector<std::string> creator_ids(std::span<const CreatorKey> creators);
  [[nodiscard]] std::vector<WorkState> work_states(StageName family, CriteriaKey criteria, RunKey run,
                                                   std::span<const CreatorKey> creators);
  /// The same for work without a creator (thought leaders).
  [[nodiscard]] WorkState work_state(StageName family, CriteriaKey criteria, RunKey run);
  /// The newest search stage with these criteria that walked to its end, and when it did.
  [[nodiscard]] std::optional<std::pair<StageKey, WallTime>> finished_search(CriteriaKey criteria);
  /// Gives `to` the hits of `from`, as they were, and finishes it.
  std::int64_t reuse_search(StageKey from, StageKey to, WallTime now);
  [[nodiscard]] std::int64_t count_hits(StageKey search);
  /// The creators whose rank is above that one, by rank.
  [[nodiscard]] std::vector<CreatorKey> hits_after(StageKey search, std::int64_t rank);

  // --- billable requests ---
  Intent record_intent(const NewIntent& intent, WallTime now);
  /// To be committed immediately before the first byte may leave.
  void record_sent(const Intent& intent, WallTime now);
  /// Refused for now and surely not carried out: back to `intent`, to be sent again.
  void record_postponed(const Intent& intent, RunKey run, const RequestLog& request);
  /// Refused for good and surely not charged: everything reserved is released.
  void record_refused(const Intent& intent, RunKey run, JobStatus status, const Failure& failure,
                      const RequestLog& request);
  /// Never sent, or refused for now and not tried again: everything reserved is released.
  void record_given_up(const Intent& intent, const Failure& failure, WallTime now);
  /// Nobody knows whether it arrived: stays reserved, counts as spent.
  void record_ambiguous(const Intent& intent, RunKey run, const Failure& failure, const RequestLog& request);
  void record_accepted(const Intent& intent, RunKey run, std::span<const AcceptedJob> jobs, const RequestLog& request);
  /// A page, its cursor and its charge. Returns how many hits it added to the stage.
  std::int64_t commit_search_page(const SearchPageCommit& page, RunKey run, const RequestLog& request);

  // --- requests whose answers were lost ---
  /// Those that have ambiguous jobs, oldest first; or only the one named.
  [[nodiscard]] std::vector<LostRequest> lost_requests(std::optional<IntentKey> only = std::nullopt);
  /// True when a job or a result of this database has that id already (with or without a prefix).
  [[nodiscard]] bool knows_analysis(StageName family, std::string_view external_id);
  /// The newest readings of the usage before a request, newest first, at most `limit`.
  [[nodiscard]] std::vector<UsageSnapshot> snapshots_before(IntentKey intent, int limit);
  /// What may have moved the usage after that reading: every request made since then or at most `earlier` before,
  /// and older ones that are not finished, or were not then.
  [[nodiscard]] std::vector<UsageMovement> usage_movements(const UsageSnapshot& since, Seconds earlier);
  /// Jobs adopted are `queued`, jobs released `canceled`, jobs lost `failed`; jobs held, and jobs that are settled
  /// already, stay as they are.
  void record_settlement(const Settlement& settlement, WallTime now);

  // --- free reads ---
  [[nodiscard]] std::vector<OutstandingJob> outstanding_jobs();
  /// By which the API is asked for the results of these jobs, in their order.
  [[nodiscard]] std::vector<std::string> result_ids(std::span<const JobKey> jobs,
                                                    ResultIds which = ResultIds::enrichments_by_creator);
  void commit_poll(const PollCommit& poll, const RequestLog& request);
  void commit_content_posts(RunKey run, std::span<const std::pair<JobKey, const ContentEvidence*>> evidence,
                            const RequestLog& request);
  void commit_audience_details(RunKey run, std::span<const std::pair<JobKey, const AudienceDetails*>> details,
                               const RequestLog& request);
  /// Wants at least so many posts behind each hit of that search, or of the one whose hits it took over.
  void want_hit_posts(StageKey search, int posts);
  /// How many pages want_hit_posts() would add to those of which some are still to be fetched.
  [[nodiscard]] std::int64_t count_more_hit_posts(StageKey search, int posts);
  /// The pages behind whose hits posts are still to be fetched: of that search and the one whose hits it took over,
  /// or of all there are.
  [[nodiscard]] std::vector<HitPage> pages_without_posts(std::optional<StageKey> search = std::nullopt);
  /// The first of those hits, by rank.
  [[nodiscard]] WantedHitPosts wanted_hit_posts(HitPage page, std::size_t most);
  /// Replaces what was known of these hits; returns whether all of the page is there now.
  bool commit_hit_posts(RunKey run, const HitPostsCommit& posts, const RequestLog& request);
  /// Nobody of the page is left behind whom posts are to be fetched.
  void record_hit_posts_done(HitPage page);
  /// The posts of that page cannot be had, and are not asked for again.
  void record_no_hit_posts(RunKey run, HitPage page, const std::string& why, const RequestLog& request);
  /// Those of the creators whose full record was asked for neither by this run nor since then; without a time, never.
  [[nodiscard]] std::vector<CreatorKey> without_detail(std::span<const CreatorKey> creators, RunKey run,
                                                       std::optional<WallTime> since);
  void commit_creator_detail(RunKey run, CreatorKey creator, const CreatorDetail& detail, const RequestLog& request);
  /// There is none to be had.
  void record_no_detail(RunKey run, CreatorKey creator, const std::string& why, const RequestLog& request);
  UsageSnapshot record_usage(RunKey run, const Usage& usage, const RequestLog& request);
  /// By how much the usage moved more (less: negative) than the ledger knows during a run.
  void record_usage_drift(RunKey run, Credits credits);
  /// A request that changed nothing but is part of the record.
  void record_request(RunKey run, const RequestLog& request);

  // --- lists in the account's workspace (store/publishing.hpp) ---
  /// The list, known from now on, to which a run publishes so many creators of its shortlist.
  KnownList begin_publication(RunKey run, const WantedList& wanted, std::int64_t chosen);
  void record_publication_trouble(RunKey run, std::string_view why);
  /// To be committed immediately before the request that makes a list may leave.
  void record_list_asked_for(ListKey list, WallTime now);
  /// It surely was not made.
  void record_list_not_made(ListKey list, RunKey run, const RequestLog& request);
  /// The list is there, made by us or by others. Returns its key: that of a list of this id, when one is known. The
  /// request, here and below, is the one whose answer says so; null when another way led to it, and it is logged.
  ListKey record_list_found(ListKey list, const CreatorList& found, RunKey run, const RequestLog* request);
  void record_list_gone(ListKey list, WallTime now);
  /// The oldest addition to the list of which nobody knows whether it was carried out.
  [[nodiscard]] std::optional<OpenAddition> open_addition(ListKey list);
  /// To be committed immediately before the request that adds them may leave: they are never sent again, unless it
  /// surely was not carried out.
  OpenAddition record_addition(ListKey list, RunKey run, std::vector<Publishable> creators, OptionalCount total_before,
                               WallTime now);
  void record_added(AdditionKey addition, OptionalCount total, RunKey run, const RequestLog* request, WallTime now);
  void record_not_added(AdditionKey addition, RunKey run, const RequestLog* request);
  void record_addition_unclear(AdditionKey addition, WallTime now);

  // --- what is known of an API's ways ---
  /// Those learned since then.
  [[nodiscard]] std::vector<ApiFact> api_facts(std::string_view base_url, WallTime since);
  /// Replaces what was known.
  void record_api_facts(std::string_view base_url, std::span<const ApiFact> facts, WallTime now);

  // --- credits: what is reserved and open counts as spent ---
  [[nodiscard]] Credits spent_in_run(RunKey run);
  /// `month` as "2026-05", UTC.
  [[nodiscard]] Credits spent_in_month(std::string_view month);
  [[nodiscard]] LedgerTotals ledger_totals();

  // --- care ---
  /// Erases whoever `who` means: a creator id, a handle, or the address of a profile, which may also be that
  /// of somebody in an audience. What the ledger needs stays, without a hint at the person; what is outstanding
  /// about them ends, its result dropped and its price booked. Then the file is written anew, so that the
  /// erased bytes are gone. A dry run counts, and changes nothing. Nobody, or several of that name, is an Error
  /// of kind `usage`; one of kind `database` tells when the rows are erased, but not all of their bytes.
  [[nodiscard]] Expected<Erasure> forget(const std::string& who, WallTime now, bool dry_run);

  /// Reads every stored record again, and writes what it says into the tables: creators, tags, enrichments,
  /// analyses with their evidence, thought leaders. What the records do not say stays, and so do histories,
  /// jobs and the ledger. A record that cannot be read is reported, and what was made of it stays.
  [[nodiscard]] Reprocessed reprocess(const RecordReader& read);

  /// For store/reports.hpp, store/pipeline_report.hpp and store/upkeep.hpp only.
  [[nodiscard]] SQLite::Database& database();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace toksync::store
