#include <algorithm>

#include "sandbox/handlers.hpp"
#include "sandbox/schema.hpp"
#include "sandbox/selection.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::int64_t default_rows = 50;

DiscoveryJob* find_job(const Call& call, const std::string& id) {
  const auto found = call.state.discovery.find(id);
  const bool known = found != call.state.discovery.end() && found->second.timing.outcome != Outcome::missing;
  return known ? &found->second : nullptr;
}

WallTime end_of(const DiscoveryJob& job) { return job.canceled.value_or(job.timing.done); }

bool expired(const Call& call, const DiscoveryJob& job) {
  return job.terminal(call.now) && call.now >= end_of(job) + call.options.retention();
}

std::string status_of(const Call& call, const DiscoveryJob& job) {
  if (expired(call, job)) return "expired";
  if (job.canceled) return "canceled";
  if (job.timing.finished(call.now)) return job.timing.outcome == Outcome::fail ? "failed" : "succeeded";
  return job.timing.fraction(call.now) < queued_share ? "queued" : "running";
}

std::string source_status_of(const std::string& status) {
  if (status == "canceled") return "cancelled";
  if (status == "succeeded") return "completed";
  return status == "running" ? "processing" : status;
}

std::size_t approved_of(const Call& call, const DiscoveryJob& job) {
  const auto end = job.approved.begin() + static_cast<std::ptrdiff_t>(job.analyzed(call.now));
  return static_cast<std::size_t>(std::count(job.approved.begin(), end, true));
}

json progress_of(const Call& call, const DiscoveryJob& job) {
  const std::size_t done = job.analyzed(call.now);
  const std::size_t approved = approved_of(call, job);
  return {{"total_items", job.approved.size()},
          {"completed_items", done},
          {"approved_items", approved},
          {"failed_items", done - approved}};
}

json error_of(const Call& call, const DiscoveryJob& job) {
  if (job.canceled) return "Canceled via public API.";
  const bool failed = job.timing.finished(call.now) && job.timing.outcome == Outcome::fail;
  return failed ? json("The job could not be completed.") : json(nullptr);
}

/// What every view of a job begins with.
json head_of(const Call& call, const DiscoveryJob& job) {
  const std::string status = status_of(call, job);
  const bool terminal = job.terminal(call.now);
  const json end = terminal ? json(to_iso8601(end_of(job))) : json(nullptr);
  json head = {
      {"job_type", "thought_leaders"},
      {"status", status},
      {"source_status", source_status_of(status)},
      {"is_terminal", terminal},
      {"progress", progress_of(call, job)},
      {"campaign_id", nullptr},
      {"platform", "linkedin"},
      {"created_list_id", nullptr},
      {"created_at", to_iso8601(job.timing.started)},
      {"updated_at", terminal ? end : json(to_iso8601(call.now))},
      {"completed_at", end},
      {"result_expires_at", terminal ? json(to_iso8601(end_of(job) + call.options.retention())) : json(nullptr)},
      {"result_retention_days", static_cast<std::int64_t>(call.options.retention_days)},
      {"error_message", error_of(call, job)}};
  if (job.tells_analyzed) head["analyzed_creators"] = job.analyzed(call.now);
  return head;
}

/// The rows so far: the approved first, no more of them than were asked for, then the rejected.
std::vector<json> rows_of(const Call& call, const DiscoveryJob& job) {
  std::vector<json> rows;
  std::vector<json> rejected;
  const auto shown = static_cast<std::size_t>(job.requested);
  for (std::size_t at = 0; at < job.analyzed(call.now); ++at) {
    json row = job.rows[at];
    row["processed_at"] = to_iso8601(std::min(end_of(job), call.now));
    if (!job.approved[at]) {
      rejected.push_back(std::move(row));
    } else if (rows.size() < shown) {
      rows.push_back(std::move(row));
    }
  }
  std::move(rejected.begin(), rejected.end(), std::back_inserter(rows));
  return rows;
}

json result_of(const Call& call, const DiscoveryJob& job) {
  const bool failed = status_of(call, job) == "failed";
  const std::vector<json> rows = failed ? std::vector<json>{} : rows_of(call, job);
  const auto limit = static_cast<std::size_t>(call.integer("limit", call.integer("results_limit", default_rows)));
  const std::size_t count = std::min(limit, rows.size());
  json result = head_of(call, job);
  result["job_id"] = job.id;
  result["requested_count"] = job.requested;
  result["returned_count"] = std::min<std::size_t>(approved_of(call, job), static_cast<std::size_t>(job.requested));
  result["search_exhausted"] =
      job.terminal(call.now) && approved_of(call, job) < static_cast<std::size_t>(job.requested);
  result["results_truncated"] = rows.size() > count;
  result["result_count"] = count;
  result["results"] = std::vector<json>(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
  return result;
}

void wait_for_job(const Call& call, const DiscoveryJob& job, Reply& reply) {
  if (job.terminal(call.now)) return;
  const WallTime next = job.timing.outcome == Outcome::stuck ? WallTime::max() : job.timing.done;
  reply.ready_at = std::min(next, reply.ready_at.value_or(WallTime::max()));
}

json cancellation_of(const Call& call, const DiscoveryJob& job, bool applied) {
  json record = head_of(call, job);
  record["id"] = job.id;
  record["canceled"] = applied;
  record["reason"] = applied ? "cancel_applied" : "already_terminal";
  return record;
}

}  // namespace

Reply job_status(Call& call) {
  const DiscoveryJob* job = find_job(call, call.id);
  if (job == nullptr) return not_found("Job not found");
  json record = head_of(call, *job);
  record["id"] = job->id;
  return success({{"job", record}});
}

Reply job_results(Call& call) {
  const DiscoveryJob* job = find_job(call, call.text("job_id", ""));
  if (job == nullptr) return not_found("Job not found");
  if (expired(call, *job)) return not_found("Job result has expired");
  Reply reply = success({{"job", result_of(call, *job)}});
  wait_for_job(call, *job, reply);
  return reply;
}

Reply bulk_job_results(Call& call) {
  if (auto refusal = refuse_too_many(call, "job_ids")) return std::move(*refusal);
  Reply reply;
  json jobs = json::array();
  std::int64_t found = 0;
  for (const std::string& id : call.texts("job_ids")) {
    const DiscoveryJob* job = find_job(call, id);
    const bool usable = job != nullptr && !expired(call, *job);
    json entry = usable ? result_of(call, *job) : json::object();
    entry["found"] = usable;
    entry["job_id"] = id;
    if (usable) wait_for_job(call, *job, reply);
    if (usable) ++found;
    jobs.push_back(std::move(entry));
  }
  reply.meta = {{"requested_count", jobs.size()},
                {"found_count", found},
                {"not_found_count", static_cast<std::int64_t>(jobs.size()) - found}};
  reply.data = {{"jobs", jobs}};
  return reply;
}

Reply cancel_job(Call& call) {
  DiscoveryJob* job = find_job(call, call.id);
  if (job == nullptr) return not_found("Job not found");
  const bool applies = !job->terminal(call.now);
  if (applies) job->canceled = call.now;
  call.state.settle_finished(call.now);
  return success({{"job", cancellation_of(call, *job, applies)}});
}

}  // namespace toksync::sandbox
