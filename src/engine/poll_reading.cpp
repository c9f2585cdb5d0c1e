#include "engine/poll_reading.hpp"

#include <algorithm>

namespace toksync::engine {
namespace {

constexpr std::chrono::minutes kLateStart{10};
// How far the API's clock and ours may be apart when the age of a record decides.
constexpr std::chrono::minutes kClockSkew{10};

/// A creator enriched before shows its old record until the new one is there.
bool is_new(const EnrichmentRecord& record, const PaidJob& job, std::optional<int> pending) {
  if (pending == 0 || !record.enriched_at) return true;
  const auto at = from_iso8601(*record.enriched_at);
  return !at || *at >= job.submitted_at - kClockSkew;
}

OptionalText error_code_of(JobStatus status) {
  if (status == JobStatus::succeeded) return std::nullopt;
  return "JOB_" + std::string(status == JobStatus::expired    ? "EXPIRED"
                              : status == JobStatus::canceled ? "CANCELED"
                                                              : "FAILED");
}

store::Charge charge_for(const PaidJob& job, const ThoughtLeadersJob& record) {
  if (!record.analyzed_creators || job.units <= 0) return {job.reserved, "price_table"};
  return {*record.analyzed_creators * (job.reserved / job.units), "body"};
}

}  // namespace

std::string_view bare(std::string_view id) {
  const auto colon = id.rfind(':');
  return colon == std::string_view::npos ? id : id.substr(colon + 1);
}

template <typename Results, typename Rows, typename HasDetails>
void PollReading::read_analyses(const Results& results, Rows& rows, const HasDetails& has_details) {
  for (const auto& record : results.records) {
    const auto* const job = take(record.job_id.empty() ? record.analysis_id : record.job_id);
    if (job == nullptr) continue;
    if (!is_final(record.status)) {
      open.push_back(*job);
      continue;
    }
    rows.emplace_back(job->job, &record);
    const bool details = record.status == JobStatus::succeeded && has_details(record);
    settle(*job, {job->job, record.status, std::nullopt, error_code_of(record.status), record.error_message,
                  record.result_expires_at, details});
  }
  for (const auto& id : results.expired_ids) {
    if (const auto* const job = take(id)) fail(*job, JobStatus::expired, "the result is past its retention");
  }
  for (const auto& id : results.not_found_ids) {
    if (const auto* const job = take(id)) missing(*job);
  }
}

PollReading::PollReading(const Context& context, const std::vector<PaidJob>& jobs, const std::vector<std::string>& ids)
    : context_(context) {
  commit.run = context.run;
  for (std::size_t i = 0; i < jobs.size(); ++i) by_id_.emplace(bare(ids[i]), &jobs[i]);
}

void PollReading::operator()(const EnrichmentResults& results) {
  for (const auto& record : results.records) {
    const auto& id = record.job_id.empty() ? record.creator_id : record.job_id;
    const auto* const job = take(id);
    if (job == nullptr) continue;
    if (!is_new(record, *job, results.pending)) {
      by_id_.emplace(bare(id), job);
      continue;
    }
    commit.enrichments.emplace_back(job->job, &record);
    settle(*job, {job->job, record.status, std::nullopt, record.error_code, record.error_message, std::nullopt, false});
  }
  if (results.pending == 0) end_without_result();
}

void PollReading::operator()(const ContentMatchResults& results) {
  const auto wanted = context_.read_options.evidence_posts > 0;
  read_analyses(results, commit.content_matches, [&](const ContentMatchRecord& record) {
    return wanted && record.has_details.value_or(record.matching_posts_count != 0);
  });
}

void PollReading::operator()(const AudienceMatchResults& results) {
  const auto wanted = context_.read_options.engagers > 0;
  read_analyses(results, commit.audience_matches,
                [&](const AudienceMatchRecord& record) { return wanted && record.has_details.value_or(true); });
}

void PollReading::operator()(const ThoughtLeadersResults& results) {
  for (const auto& record : results.jobs) {
    const auto* const job = take(record.job_id);
    if (job == nullptr) continue;
    if (!record.found) {
      missing(*job);
      continue;
    }
    if (!is_final(record.status)) {
      open.push_back(*job);
      continue;
    }
    commit.thought_leaders.emplace_back(job->job, &record);
    settle(*job, {job->job, record.status, charge_for(*job, record), error_code_of(record.status), record.error_message,
                  record.result_expires_at, false});
  }
}

void PollReading::finish() {
  for (const auto& [id, job] : by_id_) open.push_back(*job);
}

const PaidJob* PollReading::take(std::string_view id) {
  const auto found = by_id_.find(bare(id));
  if (found == by_id_.end()) return nullptr;
  const auto* const job = found->second;
  by_id_.erase(found);
  return job;
}

void PollReading::end_without_result() {
  for (const auto& [id, job] : std::exchange(by_id_, {})) missing(*job);
}

void PollReading::missing(const PaidJob& job) {
  if (context_.env.clock.wall() - job.submitted_at < kLateStart) return open.push_back(job);
  fail(job, JobStatus::failed, "the API has neither this job nor its result");
}

void PollReading::fail(const PaidJob& job, JobStatus status, std::string message) {
  const auto charge = job.reserved > 0 ? std::optional(store::Charge{job.reserved, "price_table"}) : std::nullopt;
  settle(job, {job.job, status, charge, "NOT_FOUND", std::move(message), std::nullopt, false});
}

void PollReading::settle(const PaidJob& job, store::JobUpdate update) {
  commit.jobs.push_back(update);
  settled.emplace_back(&job, std::move(update));
}

}  // namespace toksync::engine
