// Billable requests: the intent before, the answer after, and the jobs that an answer starts.
#include <stdexcept>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

OutstandingJob read_outstanding(const Row& row) {
  OutstandingJob job;
  job.job = row.key<JobKey>(0);
  job.run = row.key<RunKey>(1);
  job.family = stage_from_string(row.text(2)).value();
  job.status = job_status_from_string(row.text(3)).value();
  job.creator = row.optional_key<CreatorKey>(4);
  job.criteria = row.key<CriteriaKey>(5);
  job.credits_reserved = row.integer(6);
  job.units = row.integer(7);
  job.submitted_at = row.optional_time(8).value_or(WallTime{});
  job.details_pending = row.flag(9);
  job.start = row.key<IntentKey>(10);
  job.is_free = row.flag(11);
  return job;
}

std::vector<JobKey> read_keys(Query& query) {
  std::vector<JobKey> keys;
  query.each([&keys](const Row& row) { keys.push_back(row.key<JobKey>(0)); });
  return keys;
}

}  // namespace

JobQueries::JobQueries(SQLite::Database& database)
    : insert_intent(
          database,
          "INSERT INTO intents (run_key, stage_key, family, criteria_key, created_at, request_json,"
          " snapshot_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT max(snapshot_key) FROM usage_snapshot_rows))"),
      insert_job(database,
                 "INSERT INTO job_rows (intent_key, family, criteria_key, creator_key, units)"
                 " VALUES (?1, ?2, ?3, ?4, ?5)"),
      mark_sent(database, "UPDATE intents SET sent_at = ?2 WHERE intent_key = ?1"),
      mark_answered(database, "UPDATE intents SET answered_at = ?2, request_id = ?3 WHERE intent_key = ?1"),
      mark_unsent(database, "UPDATE intents SET sent_at = NULL WHERE intent_key = ?1"),
      change_status(database, "UPDATE job_rows SET status = ?3 WHERE intent_key = ?1 AND status = ?2"),
      refuse(database,
             "UPDATE job_rows SET status = ?2, error_code = ?3, error_message = ?4, finished_at = ?5"
             " WHERE intent_key = ?1 AND status IN ('intent', 'sent', 'ambiguous')"),
      update(database,
             "UPDATE job_rows SET external_id = coalesce(?2, external_id), status = ?3, error_code = ?4,"
             " error_message = ?5, result_expires_at = coalesce(?6, result_expires_at), details_pending = ?7,"
             " finished_at = ?8"
             " WHERE job_key = ?1 AND status NOT IN ('succeeded', 'failed', 'canceled', 'expired')"),
      update_finished(database,
                      "UPDATE job_rows SET details_pending = details_pending AND ?2,"
                      " result_expires_at = coalesce(?3, result_expires_at) WHERE job_key = ?1"),
      never_sent(database, "SELECT job_key FROM job_rows WHERE is_unfinished = 1 AND status = 'intent'"),
      lost(database, "SELECT job_key FROM job_rows WHERE is_unfinished = 1 AND status = 'sent'"),
      lost_intents(database, "SELECT DISTINCT intent_key FROM job_rows WHERE is_unfinished = 1 AND status = 'sent'"),
      lose(database,
           "UPDATE job_rows SET status = ?2, error_code = ?3, error_message = ?4, finished_at = ?5 WHERE job_key = ?1"),
      outstanding(database,
                  "SELECT j.job_key, i.run_key, j.family, j.status, j.creator_key, j.criteria_key,"
                  " j.credits_reserved, j.units, i.sent_at, j.details_pending, i.intent_key,"
                  " j.credits_reserved > 0 AND j.credits_charged = 0 AND j.credits_open = 0"
                  " FROM job_rows j JOIN intents i USING (intent_key)"
                  " WHERE j.is_unfinished = 1 AND (j.status IN ('queued', 'running') OR j.details_pending = 1)"
                  // Results are kept for thirty days in the contract's examples; the oldest go first.
                  " ORDER BY coalesce(j.result_expires_at, strftime('%Y-%m-%dT%H:%M:%SZ', i.sent_at, '+30 days')),"
                  " j.job_key"),
      result_id(database,
                "SELECT coalesce(iif(j.family = 'enrich' AND NOT ?2, c.creator_id, j.external_id), '')"
                " FROM job_rows j LEFT JOIN creators c USING (creator_key) WHERE j.job_key = ?1") {}

void Store::Impl::update_job(const JobUpdate& update, const OptionalText& external_id, const Stamp& stamp) {
  const auto expires_at = normalized_time(update.result_expires_at);
  const auto finished_at = is_final(update.status) ? std::optional{stamp.at} : std::nullopt;
  const auto changed = jobs.update.run(update.job, external_id, to_string(update.status), update.error_code,
                                       update.error_message, expires_at, update.details_pending, finished_at);
  if (changed == 0) jobs.update_finished.run(update.job, update.details_pending, expires_at);
  if (update.charge) ledger.settle(update.job, *update.charge, stamp);
}

Intent Store::record_intent(const NewIntent& intent, WallTime now) {
  Transaction transaction(impl_->database, "record_intent");
  const auto family = to_string(intent.family);
  const auto key = impl_->jobs.insert_intent.insert<IntentKey>(intent.run, intent.stage, family, intent.criteria, now,
                                                               intent.request_json);
  Intent recorded{key, {}};
  for (const auto& planned : intent.jobs) {
    const auto job =
        impl_->jobs.insert_job.insert<JobKey>(key, family, intent.criteria, planned.creator, planned.units);
    impl_->ledger.reserve(job, planned.credits_reserved, now);
    recorded.jobs.push_back(job);
  }
  transaction.commit();
  return recorded;
}

void Store::record_sent(const Intent& intent, WallTime now) {
  Transaction transaction(impl_->database, "record_sent");
  impl_->jobs.mark_sent.run(intent.key, now);
  const auto changed =
      impl_->jobs.change_status.run(intent.key, to_string(JobStatus::intent), to_string(JobStatus::sent));
  // Sending what is already sent, given back or settled would pay twice.
  if (changed != static_cast<std::int64_t>(intent.jobs.size())) {
    throw std::logic_error("an intent is about to be sent that is not waiting to be sent");
  }
  transaction.commit();
}

void Store::record_postponed(const Intent& intent, RunKey run, const RequestLog& request) {
  Transaction transaction(impl_->database, "record_postponed");
  impl_->log_request(run, request);
  impl_->jobs.mark_unsent.run(intent.key);
  impl_->jobs.change_status.run(intent.key, to_string(JobStatus::sent), to_string(JobStatus::intent));
  transaction.commit();
}

void Store::record_refused(const Intent& intent, RunKey run, JobStatus status, const Failure& failure,
                           const RequestLog& request) {
  const auto stamp = stamp_of(request);
  Transaction transaction(impl_->database, "record_refused");
  impl_->log_request(run, request);
  impl_->jobs.mark_answered.run(intent.key, stamp.at, stamp.request_id);
  impl_->jobs.refuse.run(intent.key, to_string(status), failure.code, failure.message, stamp.at);
  for (const auto job : intent.jobs) impl_->ledger.release(job, kRefused, stamp);
  transaction.commit();
}

void Store::record_given_up(const Intent& intent, const Failure& failure, WallTime now) {
  Transaction transaction(impl_->database, "record_given_up");
  impl_->jobs.refuse.run(intent.key, to_string(JobStatus::canceled), failure.code, failure.message, now);
  for (const auto job : intent.jobs) impl_->ledger.release(job, kNotSent, {now, {}});
  transaction.commit();
}

void Store::record_ambiguous(const Intent& intent, RunKey run, const Failure& failure, const RequestLog& request) {
  const auto stamp = stamp_of(request);
  Transaction transaction(impl_->database, "record_ambiguous");
  impl_->log_request(run, request);
  impl_->jobs.mark_answered.run(intent.key, stamp.at, stamp.request_id);
  for (const auto job : intent.jobs) {
    impl_->jobs.lose.run(job, to_string(JobStatus::ambiguous), failure.code, failure.message, std::nullopt);
  }
  impl_->note_loss(intent.key, failure.code + ": " + failure.message, stamp.at);
  transaction.commit();
}

void Store::record_accepted(const Intent& intent, RunKey run, std::span<const AcceptedJob> jobs,
                            const RequestLog& request) {
  const auto stamp = stamp_of(request);
  Transaction transaction(impl_->database, "record_accepted");
  impl_->log_request(run, request);
  impl_->jobs.mark_answered.run(intent.key, stamp.at, stamp.request_id);
  for (const auto& accepted : jobs) {
    const JobUpdate update{.job = accepted.job,
                           .status = accepted.status,
                           .charge = accepted.charge,
                           .error_code = accepted.error_code,
                           .error_message = accepted.error_message};
    impl_->update_job(update, accepted.external_id, stamp);
  }
  transaction.commit();
}

RecoveredIntents Store::recover_intents(WallTime now) {
  Transaction transaction(impl_->database, "recover_intents");
  const auto never_sent = read_keys(impl_->jobs.never_sent);
  for (const auto job : never_sent) {
    impl_->jobs.lose.run(job, to_string(JobStatus::canceled), "NOT_SENT", "the program ended before it was sent", now);
    impl_->ledger.release(job, kNotSent, {now, {}});
  }
  constexpr const char* kNoAnswer = "the program ended before the answer arrived";
  std::vector<IntentKey> lost_intents;
  impl_->jobs.lost_intents.each([&](const Row& row) { lost_intents.push_back(row.key<IntentKey>(0)); });
  for (const auto intent : lost_intents) impl_->note_loss(intent, kNoAnswer, now);
  const auto lost = read_keys(impl_->jobs.lost);
  for (const auto job : lost) {
    impl_->jobs.lose.run(job, to_string(JobStatus::ambiguous), "NO_ANSWER", kNoAnswer, std::nullopt);
  }
  transaction.commit();
  return {static_cast<int>(never_sent.size()), static_cast<int>(lost.size())};
}

std::vector<OutstandingJob> Store::outstanding_jobs() {
  std::vector<OutstandingJob> jobs;
  impl_->jobs.outstanding.each([&jobs](const Row& row) { jobs.push_back(read_outstanding(row)); });
  return jobs;
}

std::vector<std::string> Store::result_ids(std::span<const JobKey> jobs, ResultIds which) {
  std::vector<std::string> ids;
  ids.reserve(jobs.size());
  const bool by_job = which == ResultIds::all_by_job;
  for (const auto job : jobs) {
    ids.push_back(impl_->jobs.result_id.first([](const Row& row) { return row.text(0); }, job, by_job).value());
  }
  return ids;
}

}  // namespace toksync::store
