// Stages: their progress, whom they choose from, and what is known of each choice.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "store/impl.hpp"
#include "store/moment.hpp"

namespace toksync::store {
namespace {

// Scores are those of the newest succeeded analysis, read from a covering index.
constexpr std::string_view kCandidateColumns =
    "SELECT h.creator_key, h.rank, h.score, c.followers_count, c.engagement_rate, c.avg_posts_per_month,"
    " c.reactions_per_post,"
    " (SELECT m.match_score FROM content_match_rows m WHERE m.criteria_key = ?2 AND m.creator_key = h.creator_key"
    " AND m.status = 'succeeded' ORDER BY m.job_key DESC LIMIT 1),"
    " (SELECT m.match_score FROM audience_match_rows m WHERE m.criteria_key = ?3 AND m.creator_key = h.creator_key"
    " AND m.status = 'succeeded' ORDER BY m.job_key DESC LIMIT 1)";

constexpr std::string_view kHits = "search_hit_rows";
// A backfill stands in for a search: its creators are the hits, in the order given.
constexpr std::string_view kListed =
    "(SELECT run_key AS stage_key, position AS rank, creator_key, NULL AS score FROM backfill_creator_rows)";

std::string all_of(std::string_view hits) {
  return fmt::format("{} FROM {} h JOIN creators c USING (creator_key) WHERE h.stage_key = ?1 ORDER BY h.rank",
                     kCandidateColumns, hits);
}

std::string one_of(std::string_view hits) {
  return fmt::format("{} FROM {} h JOIN creators c USING (creator_key) WHERE h.stage_key = ?1 AND h.creator_key = ?4",
                     kCandidateColumns, hits);
}

/// Those whom another stage chose, and who succeeded there or are fresh.
std::string chosen_of(std::string_view hits) {
  return fmt::format(
      "{} FROM stage_creator_rows p"
      " JOIN stage_rows s ON s.stage_key = p.stage_key"
      " JOIN run_rows r ON r.run_key = s.run_key"
      " JOIN {} h ON h.creator_key = p.creator_key AND h.stage_key = ?1"
      " JOIN creators c ON c.creator_key = h.creator_key"
      " WHERE p.stage_key = ?4 AND (p.decision = 'fresh' OR EXISTS (SELECT 1 FROM job_rows j"
      // Times alone do not tell what came during the run: its clock may have been set back.
      " LEFT JOIN enrichment_rows e USING (job_key)"
      " WHERE j.criteria_key = s.criteria_key AND j.creator_key = p.creator_key AND j.status = 'succeeded'"
      " AND (e.run_key = s.run_key OR j.finished_at >= r.started_at)))"
      " ORDER BY h.rank",
      kCandidateColumns, hits);
}

Candidate read_candidate(const Row& row) {
  return {row.key<CreatorKey>(0), row.integer(1),         row.optional_number(2),
          row.optional_number(3), row.optional_number(4), row.optional_number(5),
          row.optional_number(6), row.optional_number(7), row.optional_number(8)};
}

std::int64_t source_of(const CandidateQuery& query) {
  return query.search ? static_cast<std::int64_t>(*query.search) : static_cast<std::int64_t>(query.backfill);
}

struct WorkJob {
  JobKey job{};
  JobStatus status{};
  std::optional<RunKey> run;  ///< unless it is before the one that asks
  OptionalText finished_at;
  std::optional<WallTime> made_at;
  std::optional<WallTime> lost_at;
};

WorkJob read_work_job(const Row& row) {
  WorkJob job{row.key<JobKey>(0),          job_status_from_string(row.text(1)).value(),
              row.optional_key<RunKey>(2), row.optional_text(3),
              row.optional_time(4),        row.optional_time(5)};
  if (!job.made_at) job.made_at = row.optional_time(3);
  return job;
}

/// The positions of these creators by their keys: what the database keeps of them stands in that order.
std::vector<std::size_t> by_key(std::span<const CreatorKey> creators) {
  std::vector<std::size_t> positions(creators.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  std::ranges::sort(positions, {}, [&](std::size_t position) { return creators[position]; });
  return positions;
}

/// The run that asks, and when it started; a plan asks without a run.
struct AskingRun {
  RunKey key{};
  OptionalText started_at;
  std::optional<IntentKey> first_intent;
};

AskingRun read_asking(Query& query, RunKey run) {
  const auto read = [&](const Row& row) { return AskingRun{run, row.text(0), row.optional_key<IntentKey>(1)}; };
  return query.first(read, run).value_or(AskingRun{run, {}, {}});
}

void add_to(WorkState& state, const WorkJob& job, const AskingRun& run) {
  const bool of_run = job.run == run.key;
  if (of_run) state.failed_in_run = job.status == JobStatus::failed || job.status == JobStatus::expired;
  switch (job.status) {
    case JobStatus::succeeded:
      state.fresh_at = std::max(state.fresh_at, job.made_at);
      if (of_run || (run.started_at && job.finished_at >= run.started_at)) state.succeeded_in_run = true;
      break;
    case JobStatus::ambiguous: state.ambiguous = true; break;
    case JobStatus::intent:
    case JobStatus::sent:
    case JobStatus::queued:
    case JobStatus::running: state.outstanding = job.job; break;
    case JobStatus::failed: state.lost_at = std::max(state.lost_at, job.lost_at); break;
    case JobStatus::canceled:
    case JobStatus::expired: break;
  }
}

}  // namespace

const char* const kStageColumns =
    "stage_key, run_key, keyword_set, stage, status, cursor, items_total, items_done, items_failed, started_at,"
    " finished_at, error";

StageRow read_stage(const Row& row) {
  StageRow stage;
  stage.key = row.key<StageKey>(0);
  stage.run = row.key<RunKey>(1);
  stage.keyword_set = row.text(2);
  stage.stage = stage_from_string(row.text(3)).value();
  stage.status = stage_status_from_string(row.text(4)).value();
  stage.cursor = row.optional_text(5);
  stage.items_total = row.integer(6);
  stage.items_done = row.integer(7);
  stage.items_failed = row.integer(8);
  stage.started_at = row.optional_text(9);
  stage.finished_at = row.optional_text(10);
  stage.error = row.optional_text(11);
  return stage;
}

StageQueries::StageQueries(SQLite::Database& database)
    : find_criteria(database, "SELECT criteria_key FROM criteria WHERE family = ?1 AND sha256 = ?2"),
      insert_criteria(database,
                      "INSERT INTO criteria (family, sha256, json, topic_keywords, posts_to_analyze,"
                      " audience_criteria, analysis_depth, mode, campaign_id)"
                      " VALUES (?1, ?2, ?3, json_extract(?3, '$.topic_keywords'),"
                      " json_extract(?3, '$.posts_to_analyze'), json_extract(?3, '$.criteria'),"
                      " json_extract(?3, '$.analysis_depth'), json_extract(?3, '$.mode'),"
                      " json_extract(?3, '$.campaign_id'))"),
      find(database, std::string{"SELECT "} + kStageColumns +
                         ", criteria_key FROM stage_rows WHERE run_key = ?1 AND keyword_set = ?2 AND stage = ?3"),
      insert(database, "INSERT INTO stage_rows (run_key, keyword_set, stage, criteria_key) VALUES (?1, ?2, ?3, ?4)"),
      change_criteria(database, "UPDATE stage_rows SET criteria_key = ?2 WHERE stage_key = ?1"),
      progress(database,
               "UPDATE stage_rows SET status = ?2, items_total = ?3, items_done = ?4, items_failed = ?5, error = ?6,"
               " started_at = CASE WHEN ?2 IN ('waiting', 'skipped') THEN started_at ELSE coalesce(started_at, ?7) END,"
               " finished_at = CASE WHEN ?2 IN ('waiting', 'running') THEN NULL ELSE coalesce(finished_at, ?7) END"
               " WHERE stage_key = ?1"),
      delete_selection(database, "DELETE FROM stage_creator_rows WHERE stage_key = ?1"),
      insert_selection(database,
                       "INSERT INTO stage_creator_rows (stage_key, position, creator_key, decision)"
                       " VALUES (?1, ?2, ?3, ?4)"),
      selection(database,
                "SELECT creator_key, decision FROM stage_creator_rows WHERE stage_key = ?1 ORDER BY position"),
      hits(database, all_of(kHits)),
      chosen_hits(database, chosen_of(kHits)),
      hit(database, one_of(kHits)),
      listed(database, all_of(kListed)),
      chosen_listed(database, chosen_of(kListed)),
      listed_one(database, one_of(kListed)),
      last_position(database, "SELECT coalesce(max(position), 0) FROM stage_creator_rows WHERE stage_key = ?1"),
      creator_id(database, "SELECT creator_id FROM creators WHERE creator_key = ?1"),
      asking_run(database,
                 "SELECT started_at, (SELECT min(i.intent_key) FROM intents i WHERE i.run_key = r.run_key)"
                 " FROM run_rows r WHERE r.run_key = ?1"),
      jobs_of_work(database,
                   // Requests are long, and those before the first of the run that asks are not its own.
                   "SELECT j.job_key, j.status, CASE WHEN j.intent_key >= ?3 THEN"
                   " (SELECT i.run_key FROM intents i WHERE i.intent_key = j.intent_key) END, j.finished_at,"
                   " CASE j.family"
                   " WHEN 'enrich' THEN (SELECT e.enriched_at FROM enrichment_rows e WHERE e.job_key = j.job_key)"
                   " WHEN 'content_match' THEN"
                   " (SELECT max(m.completed_at) FROM content_match_rows m WHERE m.job_key = j.job_key)"
                   " WHEN 'audience_match' THEN"
                   " (SELECT max(m.completed_at) FROM audience_match_rows m WHERE m.job_key = j.job_key) END,"
                   " CASE j.error_code WHEN 'RESULT_LOST' THEN"
                   " (SELECT i.sent_at FROM intents i WHERE i.intent_key = j.intent_key) END"
                   " FROM job_rows j WHERE j.criteria_key = ?1 AND j.creator_key IS ?2 ORDER BY j.job_key") {}

std::optional<CriteriaKey> Store::find_criteria(StageName family, std::string_view json) {
  return impl_->stages.find_criteria.first([](const Row& row) { return row.key<CriteriaKey>(0); }, to_string(family),
                                           sha256_hex(json));
}

CriteriaKey Store::ensure_criteria(StageName family, std::string_view json) {
  if (const auto known = find_criteria(family, json)) return *known;
  Transaction transaction(impl_->database, "ensure_criteria");
  const auto key = impl_->stages.insert_criteria.insert<CriteriaKey>(to_string(family), sha256_hex(json), json);
  transaction.commit();
  return key;
}

StageRow Store::ensure_stage(RunKey run, std::string_view keyword_set, StageName stage,
                             std::optional<CriteriaKey> criteria, WallTime /*now*/) {
  auto& queries = impl_->stages;
  const auto read = [](const Row& row) { return std::pair{read_stage(row), row.optional_key<CriteriaKey>(12)}; };
  auto known = queries.find.first(read, run, keyword_set, to_string(stage));
  if (known && (!criteria || known->second == criteria)) return known->first;
  Transaction transaction(impl_->database, "ensure_stage");
  if (known) {
    queries.change_criteria.run(known->first.key, criteria);
  } else {
    queries.insert.run(run, keyword_set, to_string(stage), criteria);
  }
  known = queries.find.first(read, run, keyword_set, to_string(stage));
  transaction.commit();
  return std::move(known).value().first;
}

void Store::record_progress(StageKey stage, const StageProgress& progress, WallTime now) {
  Transaction transaction(impl_->database, "record_progress");
  impl_->stages.progress.run(stage, to_string(progress.status), progress.items_total, progress.items_done,
                             progress.items_failed, progress.error, now);
  transaction.commit();
}

void Store::record_selection(StageKey stage, std::span<const SelectedCreator> creators, WallTime /*now*/) {
  Transaction transaction(impl_->database, "record_selection");
  impl_->stages.delete_selection.run(stage);
  std::int64_t position = 0;
  for (const auto& [creator, decision] : creators) {
    impl_->stages.insert_selection.run(stage, ++position, creator, to_string(decision));
  }
  transaction.commit();
}

void Store::append_selection(StageKey stage, std::span<const SelectedCreator> creators) {
  Transaction transaction(impl_->database, "append_selection");
  auto position = impl_->stages.last_position.integer(stage).value();
  for (const auto& [creator, decision] : creators) {
    impl_->stages.insert_selection.run(stage, ++position, creator, to_string(decision));
  }
  transaction.commit();
}

std::vector<SelectedCreator> Store::selection(StageKey stage) {
  std::vector<SelectedCreator> creators;
  impl_->stages.selection.each(
      [&creators](const Row& row) {
        creators.push_back({row.key<CreatorKey>(0), decision_from_string(row.text(1)).value()});
      },
      stage);
  return creators;
}

std::vector<std::string> Store::creator_ids(std::span<const CreatorKey> creators) {
  std::vector<std::string> ids;
  for (const auto creator : creators) {
    ids.push_back(impl_->stages.creator_id.first([](const Row& row) { return row.text(0); }, creator).value());
  }
  return ids;
}

std::vector<Candidate> Store::candidates(const CandidateQuery& query) {
  auto& queries = impl_->stages;
  std::vector<Candidate> candidates;
  if (query.search) candidates.reserve(static_cast<std::size_t>(count_hits(*query.search)));
  const auto add = [&candidates](const Row& row) { candidates.push_back(read_candidate(row)); };
  const auto source = source_of(query);
  if (query.chosen_by) {
    auto& chosen = query.search ? queries.chosen_hits : queries.chosen_listed;
    chosen.each(add, source, query.content, query.audience, *query.chosen_by);
  } else {
    auto& all = query.search ? queries.hits : queries.listed;
    all.each(add, source, query.content, query.audience);
  }
  return candidates;
}

std::vector<Candidate> Store::candidates(const CandidateQuery& query, std::span<const CreatorKey> creators) {
  auto& one = query.search ? impl_->stages.hit : impl_->stages.listed_one;
  std::vector<Candidate> candidates;
  const auto add = [&candidates](const Row& row) { candidates.push_back(read_candidate(row)); };
  for (const auto creator : creators) one.each(add, source_of(query), query.content, query.audience, creator);
  return candidates;
}

std::vector<WorkState> Store::work_states(StageName /*family*/, CriteriaKey criteria, RunKey run,
                                          std::span<const CreatorKey> creators) {
  auto& queries = impl_->stages;
  const Moment moment(*this);
  const auto asking = read_asking(queries.asking_run, run);
  std::vector<WorkState> states(creators.size());
  for (const auto index : by_key(creators)) {
    const auto add = [&](const Row& row) { add_to(states[index], read_work_job(row), asking); };
    queries.jobs_of_work.each(add, criteria, creators[index], asking.first_intent);
  }
  return states;
}

WorkState Store::work_state(StageName /*family*/, CriteriaKey criteria, RunKey run) {
  auto& queries = impl_->stages;
  const auto asking = read_asking(queries.asking_run, run);
  WorkState state;
  const auto add = [&](const Row& row) { add_to(state, read_work_job(row), asking); };
  queries.jobs_of_work.each(add, criteria, std::nullopt, asking.first_intent);
  return state;
}

}  // namespace toksync::store
