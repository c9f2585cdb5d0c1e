#include "store/reports.hpp"

#include "store/impl.hpp"

namespace toksync::store {
namespace {

constexpr std::chrono::days kExpiresSoon{3};

constexpr const char* kJobColumns =
    "job_key, jobs.family, run_id, keyword_set, jobs.external_id, creator_id, creator_name, jobs.status,"
    " jobs.credits_reserved, jobs.credits_charged, jobs.request_id, submitted_at, jobs.finished_at,"
    " jobs.result_expires_at, jobs.error_code, jobs.error_message, evidence";

JobRow read_job(const Row& row) {
  JobRow job;
  job.job = row.key<JobKey>(0);
  job.family = stage_from_string(row.text(1)).value();
  job.run_id = row.text(2);
  job.keyword_set = row.text(3);
  job.external_id = row.optional_text(4);
  job.creator_id = row.optional_text(5);
  job.creator_name = row.optional_text(6);
  job.status = job_status_from_string(row.text(7)).value();
  job.credits_reserved = row.integer(8);
  job.credits_charged = row.integer(9);
  job.request_id = row.optional_text(10);
  job.submitted_at = row.optional_text(11);
  job.finished_at = row.optional_text(12);
  job.result_expires_at = row.optional_text(13);
  job.error_code = row.optional_text(14);
  job.error_message = row.optional_text(15);
  job.evidence = row.optional_text(16);
  return job;
}

ShortlistRow read_shortlisted(const Row& row) {
  ShortlistRow creator;
  creator.keyword_set = row.text(0);
  creator.creator_id = row.text(1);
  creator.name = row.text(2);
  creator.profile_url = row.text(3);
  creator.rank = row.integer(4);
  creator.followers_count = row.optional_integer(5);
  creator.engagement_rate = row.optional_number(6);
  creator.combined_score = row.optional_number(7);
  creator.content_score = row.optional_number(8);
  creator.audience_score = row.optional_number(9);
  creator.thought_leader_score = row.optional_number(10);
  return creator;
}

/// All rows of a query that is asked once.
template <typename Read, typename... Values>
auto read_all(Store& store, std::string sql, Read read, const Values&... values) {
  std::vector<std::invoke_result_t<Read, Row>> rows;
  Query query(store.database(), std::move(sql));
  query.each([&](const Row& row) { rows.push_back(read(row)); }, values...);
  return rows;
}

/// The keys of the newest jobs that match, by indexes alone: only the conditions that are asked for, and jobs in the
/// order of the requests that started them, which is that of their keys.
std::string matching_jobs(const JobFilter& filter) {
  const bool only_unfinished = filter.only_unfinished || (filter.status && !is_final(*filter.status));
  std::string conditions;
  if (filter.run_id) conditions += " AND i.run_key = (SELECT r.run_key FROM run_rows r WHERE r.run_id = ?1)";
  if (filter.status) conditions += " AND j.status = ?2";
  if (filter.family) conditions += " AND i.family = ?3";
  if (filter.creator) conditions += " AND j.creator_key = ?4";
  if (filter.creator && !only_unfinished) {
    return "SELECT j.job_key FROM job_rows j CROSS JOIN intents i USING (intent_key) WHERE 1" + conditions +
           " ORDER BY j.job_key DESC LIMIT ?5";
  }
  if (only_unfinished) {
    return "SELECT j.job_key FROM job_rows j CROSS JOIN intents i USING (intent_key) WHERE j.is_unfinished = 1"
           " AND j.status IN ('intent', 'sent', 'queued', 'running', 'ambiguous')" +
           conditions + " ORDER BY j.intent_key DESC, j.job_key DESC LIMIT ?5";
  }
  return "SELECT j.job_key FROM intents i CROSS JOIN job_rows j USING (intent_key) WHERE 1" + conditions +
         " ORDER BY i.intent_key DESC, j.job_key DESC LIMIT ?5";
}

}  // namespace

std::vector<RunRow> list_runs(Store& store, int limit) {
  return read_all(store, std::string{"SELECT "} + kRunColumns + " FROM runs ORDER BY run_key DESC LIMIT ?1", read_run,
                  limit);
}

std::optional<RunRow> find_run(Store& store, std::string_view run_id) {
  Query query(store.database(), std::string{"SELECT "} + kRunColumns + " FROM runs WHERE run_id = ?1");
  return query.first(read_run, run_id);
}

std::string pipeline_toml_of(Store& store, RunKey run) {
  Query query(store.database(), "SELECT pipeline_toml FROM run_rows WHERE run_key = ?1");
  return query.first([](const Row& row) { return row.text(0); }, run).value();
}

std::vector<StageRow> stages_of(Store& store, RunKey run) {
  return read_all(store,
                  std::string{"SELECT "} + kStageColumns + " FROM stage_rows WHERE run_key = ?1 ORDER BY stage_key",
                  read_stage, run);
}

std::vector<StageCost> costs_of(Store& store, RunKey run) {
  const auto read = [](const Row& row) {
    return StageCost{row.text(0), stage_from_string(row.text(1)).value(), row.integer(2), row.integer(3)};
  };
  return read_all(store,
                  "SELECT keyword_set, stage, credits_charged, credits_open"
                  " FROM stage_rows WHERE run_key = ?1 AND credits_reserved > 0 ORDER BY stage_key",
                  read, run);
}

std::vector<StageHeld> held_of(Store& store, RunKey run) {
  const auto read = [](const Row& row) {
    return StageHeld{row.text(0), stage_from_string(row.text(1)).value(), row.integer(2)};
  };
  return read_all(store,
                  "SELECT s.keyword_set, s.stage, count(*)"
                  " FROM job_rows j JOIN intents i USING (intent_key) JOIN stage_rows s USING (stage_key)"
                  " WHERE j.is_unfinished = 1 AND j.status = 'ambiguous' AND i.run_key = ?1 GROUP BY s.stage_key",
                  read, run);
}

std::vector<FailureRow> failures_of(Store& store, RunKey run) {
  const auto read = [](const Row& row) {
    return FailureRow{row.text(0),   stage_from_string(row.text(1)).value(), row.text(2), row.text(3), row.text(4),
                      row.integer(5)};
  };
  return read_all(
      store,
      "SELECT s.keyword_set, j.family, coalesce(j.error_code, ''), coalesce(j.error_message, ''),"
      " coalesce(max(i.request_id), ''), count(*)"
      " FROM intents i JOIN job_rows j USING (intent_key) JOIN stage_rows s USING (stage_key)"
      " WHERE i.run_key = ?1 AND j.status IN ('failed', 'expired')"
      " GROUP BY s.stage_key, j.error_code, j.error_message ORDER BY s.keyword_set, s.stage_key, count(*) DESC",
      read, run);
}

std::vector<JobRow> list_jobs(Store& store, const JobFilter& filter) {
  const auto sql = std::string{"SELECT "} + kJobColumns + " FROM jobs WHERE job_key IN (" + matching_jobs(filter) +
                   ") ORDER BY job_key DESC";
  const auto status = filter.status ? to_string(*filter.status) : std::string_view{};
  const auto family = filter.family ? to_string(*filter.family) : std::string_view{};
  return read_all(store, sql, read_job, filter.run_id, status, family, filter.creator, filter.limit);
}

std::vector<StandingRow> standings_of(Store& store, CreatorKey creator) {
  const auto read = [](const Row& row) {
    StandingRow standing;
    standing.stage = read_stage(row);
    standing.run = standing.stage.run;
    standing.run_id = row.text(12);
    standing.pipeline = row.text(13);
    standing.rank = row.optional_integer(14).value_or(0);
    if (!row.is_null(15)) standing.decision = decision_from_string(row.text(15));
    return standing;
  };
  return read_all(store,
                  "SELECT s.stage_key, s.run_key, s.keyword_set, s.stage, s.status, s.cursor, s.items_total,"
                  " s.items_done, s.items_failed, s.started_at, s.finished_at, s.error, r.run_id, r.pipeline,"
                  " (SELECT h.rank FROM search_hit_rows h WHERE h.creator_key = ?1 AND h.stage_key = s.stage_key),"
                  " (SELECT p.decision FROM stage_creator_rows p WHERE p.stage_key = s.stage_key"
                  " AND p.creator_key = ?1)"
                  " FROM (SELECT max(run_key) AS run_key FROM run_rows WHERE pipeline <> ?2 GROUP BY pipeline) n"
                  " JOIN run_rows r USING (run_key) JOIN stage_rows s USING (run_key)"
                  " ORDER BY s.run_key DESC, s.keyword_set, s.stage_key",
                  read, creator, kCollectPipeline);
}

std::optional<JobDetails> find_job(Store& store, JobKey job) {
  const auto read = [](const Row& row) {
    JobDetails details;
    details.row = read_job(row);
    details.intent = row.key<IntentKey>(17);
    details.credits_released = row.integer(18);
    details.is_settled = row.flag(19);
    details.details_pending = row.flag(20);
    details.planned_at = row.text(21);
    details.answered_at = row.optional_text(22);
    details.request_json = row.text(23);
    details.criteria = row.text(24);
    return details;
  };
  Query query(store.database(), std::string{"SELECT "} + kJobColumns +
                                    ", b.intent_key, b.credits_released, b.is_settled, b.details_pending,"
                                    " i.created_at, i.answered_at, i.request_json, criteria"
                                    " FROM jobs JOIN job_rows b USING (job_key) JOIN intents i USING (intent_key)"
                                    " WHERE job_key = ?1");
  auto details = query.first(read, job);
  if (!details) return std::nullopt;
  details->evidence = read_all(
      store, "SELECT at, source, finding, decision FROM job_evidence WHERE job_key = ?1 ORDER BY evidence_key",
      [](const Row& row) {
        return EvidenceRow{row.text(0), row.text(1), row.text(2), row.optional_text(3)};
      },
      job);
  details->ledger = read_all(
      store,
      "SELECT at, kind, source, credits, request_id FROM credit_ledger_rows WHERE job_key = ?1 AND run_key ="
      " (SELECT i.run_key FROM job_rows j JOIN intents i USING (intent_key) WHERE j.job_key = ?1) ORDER BY entry_id",
      [](const Row& row) {
        return LedgerRow{row.text(0), row.text(1), row.text(2), row.integer(3), row.optional_text(4)};
      },
      job);
  return details;
}

JobCounts count_jobs(Store& store, WallTime now) {
  Query counts(store.database(),
               "SELECT coalesce(sum(details_pending = 1 OR status IN ('sent', 'queued', 'running')), 0),"
               " coalesce(sum(status = 'ambiguous'), 0),"
               " coalesce(sum(CASE WHEN status = 'ambiguous' THEN credits_open END), 0)"
               " FROM job_rows WHERE is_unfinished = 1");
  auto jobs = counts.first([](const Row& row) {
                      return JobCounts{row.integer(0), row.integer(1), row.integer(2)};
                    })
                  .value();
  Query expiring(store.database(),
                 "SELECT count(*), min(expires_at) FROM (SELECT coalesce(j.result_expires_at,"
                 " strftime('%Y-%m-%dT%H:%M:%SZ', i.sent_at, '+30 days')) AS expires_at"
                 " FROM job_rows j JOIN intents i USING (intent_key) WHERE j.is_unfinished = 1"
                 " AND (j.status IN ('queued', 'running') OR j.details_pending = 1)) WHERE expires_at < ?1");
  expiring.each(
      [&jobs](const Row& row) {
        jobs.expiring = row.integer(0);
        jobs.first_expires_at = row.optional_text(1);
      },
      now + kExpiresSoon);
  return jobs;
}

std::optional<RunRow> newest_run(Store& store) {
  Query query(store.database(),
              std::string{"SELECT "} + kRunColumns + " FROM runs WHERE pipeline <> ?1 ORDER BY run_key DESC LIMIT 1");
  return query.first(read_run, kCollectPipeline);
}

std::optional<RunRow> newest_run_with_stages(Store& store) {
  Query query(store.database(),
              std::string{"SELECT "} + kRunColumns +
                  " FROM runs WHERE pipeline <> ?1 AND NOT EXISTS"
                  " (SELECT 1 FROM mirror_walk_rows w WHERE w.run_key = runs.run_key) ORDER BY run_key DESC LIMIT 1");
  return query.first(read_run, kCollectPipeline);
}

PipelineTotals totals_of(Store& store, std::string_view pipeline) {
  Query query(store.database(), R"(
    SELECT coalesce(sum(credits_charged), 0), coalesce(sum(requests), 0),
           max(finished_at) FILTER (WHERE status IN ('succeeded', 'partial')),
           (SELECT u.balance FROM usage_snapshots u JOIN runs r USING (run_id)
             WHERE r.pipeline = ?1 AND u.balance IS NOT NULL ORDER BY u.at DESC LIMIT 1)
      FROM runs WHERE pipeline = ?1)");
  const auto read = [](const Row& row) {
    return PipelineTotals{row.integer(0), row.integer(1), row.optional_text(2), row.optional_integer(3)};
  };
  return query.first(read, pipeline).value_or(PipelineTotals{});
}

std::vector<ShortlistRow> shortlist(Store& store, int per_keyword_set, std::string_view pipeline) {
  return read_all(store,
                  "SELECT keyword_set, creator_id, coalesce(name, ''), coalesce(profile_url, ''), rank,"
                  " followers_count, engagement_rate, combined_score, content_score, audience_score,"
                  " thought_leader_score FROM (SELECT *, row_number() OVER (PARTITION BY pipeline, keyword_set"
                  " ORDER BY combined_score DESC NULLS LAST, rank) AS place"
                  " FROM shortlist WHERE ?2 IN ('', pipeline))"
                  " WHERE place <= ?1 ORDER BY pipeline, keyword_set, place",
                  read_shortlisted, per_keyword_set, pipeline);
}

}  // namespace toksync::store
