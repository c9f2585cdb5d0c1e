// Runs, and what belongs to a run as a whole: its requests and the account's usage.
#include <cmath>

#include "store/impl.hpp"

namespace toksync::store {

namespace {

/// Seconds as the views show them; 0 where they know nothing.
Milliseconds milliseconds(const Row& row, int column) {
  return Milliseconds{std::llround(row.optional_number(column).value_or(0) * 1000)};
}

}  // namespace

const char* const kRunColumns =
    "run_key, run_id, pipeline, pipeline_sha256, toksync_version, status, started_at, finished_at, error, exit_code,"
    " credits_charged, credits_estimated, requests, usage_drift,"
    " active_seconds, rate_limit_seconds, job_chain_seconds, least_seconds, requests_needed, requests_per_minute";

RunRow read_run(const Row& row) {
  RunRow run;
  run.key = row.key<RunKey>(0);
  run.run_id = row.text(1);
  run.pipeline = row.text(2);
  run.pipeline_sha256 = row.text(3);
  run.toksync_version = row.text(4);
  run.status = run_status_from_string(row.text(5)).value();
  run.started_at = row.text(6);
  run.finished_at = row.optional_text(7);
  run.error = row.optional_text(8);
  if (!row.is_null(9)) run.exit_code = static_cast<int>(row.integer(9));
  run.credits_charged = row.integer(10);
  run.credits_estimated = row.optional_integer(11);
  run.requests = row.integer(12);
  run.usage_drift = row.optional_integer(13);
  run.pace.active = milliseconds(row, 14);
  run.pace.by_rate_limit = milliseconds(row, 15);
  run.pace.by_job_times = milliseconds(row, 16);
  run.least_time = milliseconds(row, 17);
  run.pace.requests_needed = row.optional_integer(18).value_or(0);
  if (!row.is_null(19)) run.pace.requests_per_minute = static_cast<int>(row.integer(19));
  return run;
}

OptionalText non_empty(const std::string& text) { return text.empty() ? std::nullopt : OptionalText{text}; }

Stamp stamp_of(const RequestLog& request) { return {request.at, non_empty(request.request_id)}; }

namespace {

// A run that is picked up goes on with the sums of what the processes before took.
constexpr const char* kAddPace =
    "active_ms = active_ms + ?6, least_ms = least_ms + max(?7, ?8), rate_limit_ms = rate_limit_ms + ?7,"
    " job_chain_ms = job_chain_ms + ?8, requests_needed = requests_needed + ?9,"
    " requests_per_minute = coalesce(?10, requests_per_minute), ";

// Counted once, when no more will come: over a hundred runs it takes seconds.
constexpr const char* kCountFound =
    "creators_found = (SELECT count(DISTINCT h.creator_key) FROM stage_rows s JOIN search_hit_rows h USING (stage_key)"
    " WHERE s.run_key = run_rows.run_key)";

}  // namespace

RunQueries::RunQueries(SQLite::Database& database)
    : insert(database,
             "INSERT INTO run_rows (run_id, pipeline, status, started_at, toksync_version, pipeline_sha256,"
             " pipeline_toml) VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6)"),
      resume(database,
             "UPDATE run_rows SET status = 'running', finished_at = NULL, exit_code = NULL, error = NULL,"
             " creators_found = NULL WHERE run_key = ?1"),
      finish(database, std::string{"UPDATE run_rows SET status = ?2, exit_code = ?3, error = ?4, finished_at = ?5, "} +
                           kAddPace + kCountFound + " WHERE run_key = ?1"),
      drift(database, "UPDATE run_rows SET usage_drift = ?2 WHERE run_key = ?1"),
      abandon(database,
              std::string{"UPDATE run_rows SET status = 'abandoned', finished_at = coalesce(finished_at, ?3), "} +
                  kCountFound +
                  " WHERE pipeline = ?1 AND run_key IS NOT ?2"
                  " AND status IN ('running', 'failed', 'stopped', 'interrupted')"),
      newest(database,
             std::string{"SELECT "} + kRunColumns + " FROM runs WHERE pipeline = ?1 ORDER BY run_key DESC LIMIT 1"),
      by_key(database, std::string{"SELECT "} + kRunColumns + " FROM runs WHERE run_key = ?1"),
      insert_request(database,
                     "INSERT INTO api_request_rows (at, run_key, method, path, status, error_code, request_id,"
                     " duration_ms, attempt, credit_cost)"
                     " VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10)"),
      insert_usage(database,
                   "INSERT INTO usage_snapshot_rows (at, run_key, period, total_credits_charged, total_calls,"
                   " balance, operations_json, raw_json) VALUES (?1, ?2, ?3, iif(?9, ?4, NULL), ?5, ?6, ?7, ?8)") {}

Observation log_request(RunQueries& queries, RunKey run, const RequestLog& request) {
  const auto key = queries.insert_request.insert<std::int64_t>(
      request.at, run, request.method, request.path, request.status, non_empty(request.error_code),
      non_empty(request.request_id), request.duration.count(), request.attempt, request.credit_cost);
  return {run, request.at, key};
}

std::optional<RunRow> Store::unfinished_run(std::string_view pipeline) {
  auto run = impl_->runs.newest.first(read_run, pipeline);
  if (!run || pipeline == kCollectPipeline) return std::nullopt;
  return is_unfinished(run->status) ? run : std::nullopt;
}

RunRow Store::begin_run(const NewRun& run, WallTime now) {
  Transaction transaction(impl_->database, "begin_run");
  const auto key = impl_->runs.insert.insert<RunKey>(run.run_id, run.pipeline, now, run.toksync_version,
                                                     run.pipeline_sha256, run.pipeline_toml);
  auto row = impl_->runs.by_key.first(read_run, key);
  transaction.commit();
  return std::move(row).value();
}

void Store::resume_run(RunKey run, WallTime /*now*/) {
  Transaction transaction(impl_->database, "resume_run");
  impl_->runs.resume.run(run);
  transaction.commit();
}

void Store::abandon_other_runs(std::string_view pipeline, std::optional<RunKey> keep, WallTime now) {
  Transaction transaction(impl_->database, "abandon_other_runs");
  impl_->runs.abandon.run(pipeline, keep, now);
  transaction.commit();
}

void Store::finish_run(RunKey run, const RunEnd& end, WallTime now) {
  Transaction transaction(impl_->database, "finish_run");
  const auto& pace = end.pace;
  impl_->runs.finish.run(run, to_string(end.status), end.exit_code, end.error, now, pace.active.count(),
                         pace.by_rate_limit.count(), pace.by_job_times.count(), pace.requests_needed,
                         pace.requests_per_minute);
  transaction.commit();
}

void Store::record_usage_drift(RunKey run, Credits credits) {
  Transaction transaction(impl_->database, "record_usage_drift");
  impl_->runs.drift.run(run, credits);
  transaction.commit();
}

void Store::record_request(RunKey run, const RequestLog& request) {
  Transaction transaction(impl_->database, "record_request");
  impl_->log_request(run, request);
  transaction.commit();
}

Credits Store::spent_in_run(RunKey run) { return impl_->ledger.spent_in_run(run); }
Credits Store::spent_in_month(std::string_view month) { return impl_->ledger.spent_in_month(month); }
LedgerTotals Store::ledger_totals() { return impl_->ledger.totals(); }

}  // namespace toksync::store
