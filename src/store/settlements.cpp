// Requests whose answers were lost: what they were about, what may have moved the account's usage, and
// what was decided of them on which evidence.
#include <stdexcept>

#include "base/json_text.hpp"
#include "store/impl.hpp"

namespace toksync::store {
namespace {

constexpr const char* kLostJobs =
    "SELECT i.intent_key, i.run_key, i.family, i.criteria_key, i.sent_at, j.job_key, j.creator_key,"
    " coalesce(c.creator_id, ''), j.credits_open, j.units"
    " FROM job_rows j JOIN intents i USING (intent_key) LEFT JOIN creators c ON c.creator_key = j.creator_key";

std::string_view bare(std::string_view id) {
  const auto colon = id.rfind(':');
  return colon == std::string_view::npos ? id : id.substr(colon + 1);
}

/// Adds a row's job to its request; rows of one request stand together.
void add_lost(std::vector<LostRequest>& requests, const Row& row) {
  const auto key = row.key<IntentKey>(0);
  if (requests.empty() || requests.back().key != key) {
    LostRequest request;
    request.key = key;
    request.run = row.key<RunKey>(1);
    request.family = stage_from_string(row.text(2)).value();
    request.criteria = row.key<CriteriaKey>(3);
    request.sent_at = row.optional_time(4).value_or(WallTime{});
    requests.push_back(std::move(request));
  }
  requests.back().jobs.push_back(
      {row.key<JobKey>(5), row.optional_key<CreatorKey>(6), row.text(7), row.integer(8), row.integer(9)});
}

UsageSnapshot read_snapshot(const Row& row) {
  return {row.key<SnapshotKey>(0), row.optional_time(1).value_or(WallTime{}), row.text(2), row.integer(3), {}};
}

UsageMovement read_movement(const Row& row) {
  return {row.key<IntentKey>(0),
          stage_from_string(row.text(1)).value(),
          row.optional_time(2).value(),
          row.optional_time(3),
          row.optional_key<SnapshotKey>(4),
          row.flag(5),
          row.flag(6),
          row.integer(7),
          row.integer(8)};
}

std::string operations_json(const Usage& usage) {
  std::string members;
  for (const auto& [name, operation] : usage.operations) {
    members += (members.empty() ? "" : ",") + quote_json(name) + ":" + std::to_string(operation.credits_charged);
  }
  return "{" + members + "}";
}

/// The state of a job after a verdict.
struct SettledState {
  JobStatus status{};
  OptionalText error_code;
  bool is_finished = false;
};

SettledState state_after(Verdict verdict) {
  switch (verdict) {
    case Verdict::adopted: return {JobStatus::queued, std::nullopt, false};
    case Verdict::released: return {JobStatus::canceled, "NOT_ARRIVED", true};
    case Verdict::lost: return {JobStatus::failed, "RESULT_LOST", true};
    case Verdict::held: break;
  }
  throw std::logic_error("a job that is held keeps its state");
}

}  // namespace

SettlementQueries::SettlementQueries(SQLite::Database& database)
    : lost_jobs(database, std::string{kLostJobs} +
                              " WHERE j.is_unfinished = 1 AND j.status = 'ambiguous'"
                              " ORDER BY i.intent_key, j.job_key"),
      lost_jobs_of(database,
                   std::string{kLostJobs} + " WHERE j.intent_key = ?1 AND j.status = 'ambiguous' ORDER BY j.job_key"),
      criteria_texts(database,
                     "SELECT e.value FROM criteria k,"
                     " json_each(coalesce(k.topic_keywords, k.audience_criteria, '[]')) e"
                     " WHERE k.criteria_key = ?1 ORDER BY e.value"),
      depth(database, "SELECT coalesce(analysis_depth, posts_to_analyze, '') FROM criteria WHERE criteria_key = ?1"),
      campaign_id(database, "SELECT campaign_id FROM criteria WHERE criteria_key = ?1"),
      known_content(database, "SELECT 1 FROM content_match_rows WHERE analysis_id = ?1"),
      known_audience(database, "SELECT 1 FROM audience_match_rows WHERE analysis_id = ?1"),
      known_job(database,
                // By the plus, no index for one family could serve: SQLite would prepare this anew for each value.
                "SELECT 1 FROM job_rows WHERE is_unfinished = 1 AND +family = ?1"
                " AND substr(external_id, instr(external_id, ':') + 1) = ?2"),
      snapshots_before(database,
                       "SELECT snapshot_key, at, period, total_credits_charged FROM usage_snapshot_rows"
                       " WHERE snapshot_key <= (SELECT i.snapshot_key FROM intents i WHERE i.intent_key = ?1)"
                       " AND total_credits_charged IS NOT NULL"
                       " ORDER BY snapshot_key DESC LIMIT ?2"),
      operations(database,
                 "SELECT e.key, e.value FROM usage_snapshot_rows u, json_each(u.operations_json) e"
                 " WHERE u.snapshot_key = ?1"),
      // Keys grow with time; where the clock was set back, the key of the reading still tells what came after it.
      movers(database,
             "SELECT n.intent_key FROM intents n WHERE n.intent_key > coalesce((SELECT o.intent_key FROM intents o"
             " WHERE coalesce(o.snapshot_key, 0) < ?1 AND o.created_at < ?2"
             " ORDER BY o.intent_key DESC LIMIT 1), 0)"
             " UNION SELECT u.intent_key FROM job_rows u WHERE u.is_unfinished = 1"
             " AND (u.status = 'ambiguous' OR u.family = 'thought_leaders')"
             // What such a job did not use comes back at its end, however long ago it began.
             " UNION SELECT t.intent_key FROM job_rows t WHERE t.family = 'thought_leaders' AND t.finished_at >= ?2"),
      movements(database,
                "SELECT i.intent_key, i.family, i.sent_at, max(j.finished_at), i.snapshot_key, j.is_settled,"
                " j.status = 'ambiguous', sum(j.credits_reserved), sum(j.credits_charged)"
                " FROM intents i JOIN job_rows j USING (intent_key) WHERE i.intent_key = ?1 AND i.sent_at IS NOT NULL"
                " GROUP BY j.is_settled, j.status = 'ambiguous'"),
      settle(database,
             "UPDATE job_rows SET status = ?2, external_id = coalesce(?3, external_id), error_code = ?4,"
             " error_message = ?5, finished_at = ?6 WHERE job_key = ?1"),
      // A person may also end what was accepted and never comes.
      is_undecided(database,
                   "SELECT 1 FROM job_rows WHERE job_key = ?1"
                   " AND (status = 'ambiguous' OR (?2 = 'person' AND status IN ('queued', 'running')))"),
      insert_evidence(database,
                      "INSERT INTO evidence_rows (intent_key, job_key, at, source, decision, finding)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      same_evidence(database,
                    "SELECT decision = ?2 AND finding = ?3 FROM job_evidence WHERE job_key = ?1"
                    " ORDER BY evidence_key DESC LIMIT 1") {}

void Store::Impl::note_loss(IntentKey intent, const std::string& how, WallTime at) {
  settlements.insert_evidence.run(intent, std::nullopt, at, to_string(EvidenceSource::request), std::nullopt, how);
}

std::vector<LostRequest> Store::lost_requests(std::optional<IntentKey> only) {
  auto& queries = impl_->settlements;
  std::vector<LostRequest> requests;
  const auto add = [&requests](const Row& row) { add_lost(requests, row); };
  only ? queries.lost_jobs_of.each(add, *only) : queries.lost_jobs.each(add);
  for (auto& request : requests) {
    queries.criteria_texts.each([&request](const Row& row) { request.criteria_texts.push_back(row.text(0)); },
                                request.criteria);
    request.depth = queries.depth.first([](const Row& row) { return row.text(0); }, request.criteria).value_or("");
    const auto campaign = [](const Row& row) { return row.optional_text(0); };
    request.campaign_id = queries.campaign_id.first(campaign, request.criteria).value_or(std::nullopt);
  }
  return requests;
}

bool Store::knows_analysis(StageName family, std::string_view external_id) {
  auto& queries = impl_->settlements;
  auto& results = family == StageName::audience_match ? queries.known_audience : queries.known_content;
  return results.integer(bare(external_id)) || queries.known_job.integer(to_string(family), bare(external_id));
}

std::vector<UsageSnapshot> Store::snapshots_before(IntentKey intent, int limit) {
  auto& queries = impl_->settlements;
  std::vector<UsageSnapshot> snapshots;
  queries.snapshots_before.each([&snapshots](const Row& row) { snapshots.push_back(read_snapshot(row)); }, intent,
                                limit);
  for (auto& snapshot : snapshots) {
    queries.operations.each([&](const Row& row) { snapshot.operations[row.text(0)] = row.integer(1); }, snapshot.key);
  }
  return snapshots;
}

std::vector<UsageMovement> Store::usage_movements(const UsageSnapshot& since, Seconds earlier) {
  auto& queries = impl_->settlements;
  std::vector<IntentKey> movers;
  queries.movers.each([&](const Row& row) { movers.push_back(row.key<IntentKey>(0)); }, since.key, since.at - earlier);
  // One by one: sorting the jobs of a long run into groups would hold them all in memory.
  std::vector<UsageMovement> movements;
  const auto add = [&](const Row& row) { movements.push_back(read_movement(row)); };
  for (const auto mover : movers) queries.movements.each(add, mover);
  return movements;
}

UsageSnapshot Store::record_usage(RunKey run, const Usage& usage, const RequestLog& request) {
  Transaction transaction(impl_->database, "record_usage");
  impl_->log_request(run, request);
  UsageSnapshot snapshot{{}, request.at, usage.period, usage.total_credits_charged, {}};
  for (const auto& [name, operation] : usage.operations) snapshot.operations[name] = operation.credits_charged;
  snapshot.key = impl_->runs.insert_usage.insert<SnapshotKey>(
      request.at, run, usage.period, usage.total_credits_charged, usage.total_calls, usage.balance,
      operations_json(usage), usage.raw_json, usage.charges_are_told);
  transaction.commit();
  return snapshot;
}

void Store::record_settlement(const Settlement& settlement, WallTime now) {
  auto& queries = impl_->settlements;
  Transaction transaction(impl_->database, "record_settlement");
  for (const auto& settled : settlement.jobs) {
    if (!queries.is_undecided.integer(settled.job, to_string(settlement.source))) continue;
    const auto verdict = to_string(settled.verdict);
    const bool is_news = queries.same_evidence.integer(settled.job, verdict, settlement.finding).value_or(0) == 0;
    if (is_news) {
      queries.insert_evidence.run(settlement.intent, settled.job, now, to_string(settlement.source), verdict,
                                  settlement.finding);
    }
    if (settled.verdict == Verdict::held) continue;
    const auto state = state_after(settled.verdict);
    const auto message = state.error_code ? OptionalText{settlement.finding} : std::nullopt;
    const auto finished_at = state.is_finished ? std::optional{now} : std::nullopt;
    queries.settle.run(settled.job, to_string(state.status), settled.external_id, state.error_code, message,
                       finished_at);
    if (settled.charge) impl_->ledger.settle(settled.job, *settled.charge, {now, {}});
    if (settled.verdict == Verdict::released) impl_->ledger.release(settled.job, kNotArrived, {now, {}});
  }
  transaction.commit();
}

}  // namespace toksync::store
