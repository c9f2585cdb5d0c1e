// The inside of Store: the connection and the statements, grouped by subject. Internal to `store`; each
// subject's SQL stands in the source of the same name.
#pragma once

#include <span>

#include "store/creators.hpp"
#include "store/ledger.hpp"
#include "store/migrations.hpp"
#include "store/query.hpp"
#include "store/results.hpp"
#include "store/store.hpp"
#include "store/transaction.hpp"

namespace toksync::store {

/// Store::open with migrations of the caller's choice, for tests.
[[nodiscard]] Expected<SQLite::Database> open_database(const std::string& path, OpenMode mode,
                                                       std::span<const Migration> migrations);

inline constexpr const char* kMoveAway = "move it away, or choose another file with --db";

/// What SQLite says, told so that a person can act on it.
[[nodiscard]] Error error_of(const SQLite::Exception& problem, std::string operation);

/// The columns that read_run and read_stage expect, of the views `runs` and `stages`.
extern const char* const kRunColumns;
extern const char* const kStageColumns;
[[nodiscard]] RunRow read_run(const Row& row);
[[nodiscard]] StageRow read_stage(const Row& row);

struct RunQueries {
  explicit RunQueries(SQLite::Database& database);
  Query insert, resume, finish, drift, abandon, newest, by_key, insert_request, insert_usage;
};

/// Adds to the record of requests; returns what the answer to it observes.
Observation log_request(RunQueries& queries, RunKey run, const RequestLog& request);

struct StageQueries {
  explicit StageQueries(SQLite::Database& database);
  Query find_criteria, insert_criteria;
  Query find, insert, change_criteria, progress;
  Query delete_selection, insert_selection, selection;
  Query hits, chosen_hits, hit;
  Query listed, chosen_listed, listed_one;  // the same of a backfill
  Query last_position, creator_id, asking_run, jobs_of_work;
};

struct BackfillQueries {
  explicit BackfillQueries(SQLite::Database& database);
  Query insert, insert_creators, of_run, newest, creators, abandon;
};

struct SearchQueries {
  explicit SearchQueries(SQLite::Database& database);
  Query finished, count_hits, hits_after;
  Query last_page, insert_page, count_page, last_rank, is_hit;
  RowInserter insert_hits;
  Query turn_page;
  Query delete_hits, delete_pages, copy_pages, copy_hits, finish_reuse;
};

struct HitPostQueries {
  explicit HitPostQueries(SQLite::Database& database);
  Query want, count_more, pending, pending_of, page, wanted, keywords;
  Query save, delete_posts, insert_post, is_done, end;
};

struct DetailQueries {
  explicit DetailQueries(SQLite::Database& database);
  Query known, save;
};

struct JobQueries {
  explicit JobQueries(SQLite::Database& database);
  Query insert_intent, insert_job, mark_sent, mark_answered, mark_unsent;
  Query change_status, refuse, update, update_finished;
  Query never_sent, lost, lost_intents, lose, outstanding, result_id;
};

struct FactQueries {
  explicit FactQueries(SQLite::Database& database);
  Query since, replace;
};

struct SettlementQueries {
  explicit SettlementQueries(SQLite::Database& database);
  Query lost_jobs, lost_jobs_of, criteria_texts, depth, campaign_id;
  Query known_content, known_audience, known_job;
  Query snapshots_before, operations, movers, movements;
  Query settle, is_undecided, insert_evidence, same_evidence;
};

struct PublishingQueries {
  explicit PublishingQueries(SQLite::Database& database);
  Query by_id, by_name, insert_list, ask, same_list, found, move_publications, delete_list, name_of, total, gone;
  Query open_addition, sent_creators, insert_addition, insert_creator, settle_addition, list_of_addition;
  Query delete_creators, delete_addition;
  Query publication, trouble;
};

struct Store::Impl {
  explicit Impl(SQLite::Database opened);

  Observation log_request(RunKey run, const RequestLog& request) { return store::log_request(runs, run, request); }
  /// Applies what an answer says of a job, and books its charge. A final state stays.
  void update_job(const JobUpdate& update, const OptionalText& external_id, const Stamp& stamp);
  /// The first evidence about a lost request: how its answer was lost.
  void note_loss(IntentKey intent, const std::string& how, WallTime at);
  /// Stores a page with its creators and hits, and turns to the next; returns how many hits it added.
  std::int64_t save_page(const SearchPageCommit& page, const Observation& observation, const OptionalText& request_id);
  /// Replaces the posts kept behind a hit.
  void replace_hit_posts(StageKey search, CreatorKey creator, const std::vector<HitPost>& posts);

  SQLite::Database database;
  Ledger ledger{database};
  Forgotten forgotten{database};
  Creators creators{database, forgotten};
  RunQueries runs{database};
  StageQueries stages{database};
  BackfillQueries backfills{database};
  SearchQueries searches{database};
  HitPostQueries hit_posts{database};
  DetailQueries details{database};
  JobQueries jobs{database};
  SettlementQueries settlements{database};
  FactQueries facts{database};
  PublishingQueries publishing{database};
  Results results{database, creators, forgotten};
};

/// Where and when an answer was received; an empty request id is none.
[[nodiscard]] Stamp stamp_of(const RequestLog& request);

/// The text, or nothing when it is empty: the API left it out.
[[nodiscard]] OptionalText non_empty(const std::string& text);

}  // namespace toksync::store
