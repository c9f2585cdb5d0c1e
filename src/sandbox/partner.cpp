// The partner API's own ways: each start answers with one job, which GET /v1/jobs/{id} alone tells about. What a job is
// made of are the enrichments and analyses of v1, so that world, bill and faults are the same.
#include <algorithm>

#include "sandbox/handlers.hpp"
#include "sandbox/selection.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

/// The same request in v1's words.
Call in_words_of_v1(const Call& call, json body) {
  return {call.state, call.options, call.now, "POST", call.path, "", std::move(body), call.workspace};
}

/// Those that a start did not take, by id.
std::vector<std::string> refused_by(const json& data) {
  std::vector<std::string> ids;
  for (const char* list : {"missing_linkedin_profiles", "failures"}) {
    for (const json& item : data.value(list, json::array())) ids.push_back(item["creator_id"]);
  }
  return ids;
}

std::vector<std::size_t> taken(const Call& call, const json& data) {
  const auto refused = refused_by(data);
  const auto selection = select_creators(call);
  std::vector<std::size_t> creators;
  if (!selection) return creators;
  std::copy_if(selection->creators.begin(), selection->creators.end(), std::back_inserter(creators),
               [&](std::size_t index) {
                 return std::find(refused.begin(), refused.end(), call.state.world.at(index).id) == refused.end();
               });
  return creators;
}

/// What v1 answered to the start, as one job.
Reply as_one_job(Call& call, PartnerJob::Kind kind, const char* type, Reply reply) {
  if (reply.failed()) return reply;
  PartnerJob job{kind, taken(call, reply.data), {}, call.now};
  if (job.creators.empty()) return not_found("No creators found for the selection");
  if (kind != PartnerJob::Kind::enrichment) {
    for (const json& entry : reply.data["jobs"]) job.analyses.push_back(entry["job_id"]);
  }
  const std::string id = call.state.new_id();
  json data = {{"job_id", id},
               {"job_type", type},
               {"status", "queued"},
               {"creators_requested", reply.data["creators_requested"]},
               {"creators_accepted", job.creators.size()}};
  for (const char* name : {"missing_linkedin_profiles", "failures", "credits"}) {
    if (reply.data.contains(name)) data[name] = reply.data[name];
  }
  call.state.partner_jobs.emplace(id, std::move(job));
  reply.status = 202;
  reply.data = std::move(data);
  return reply;
}

struct Progress {
  std::size_t total = 0, finished = 0, succeeded = 0;
  bool is_lost = false;  ///< one of its works is; then so is the job
  WallTime ends = WallTime::min();

  void add(const Timing& timing, WallTime now) {
    ++total;
    if (timing.finished(now)) ++finished;
    if (timing.succeeded(now)) ++succeeded;
    is_lost = is_lost || timing.outcome == Outcome::missing;
    ends = std::max(ends, timing.done);
  }
  [[nodiscard]] bool is_over() const { return finished == total; }
  [[nodiscard]] const char* status() const {
    if (!is_over()) return finished > 0 ? "processing" : "queued";
    if (succeeded == 0) return "failed";
    return succeeded == total ? "completed" : "partial";
  }
};

AnalysisKind analysis_kind(const PartnerJob& job) {
  return job.kind == PartnerJob::Kind::content ? AnalysisKind::content : AnalysisKind::audience;
}

Progress progress_of(const Call& call, const PartnerJob& job) {
  Progress progress;
  for (const std::string& id : job.analyses) {
    const Analysis* analysis = call.state.analyses.find(analysis_kind(job), id);
    progress.is_lost = progress.is_lost || analysis == nullptr;
    if (analysis != nullptr) progress.add(analysis->timing, call.now);
  }
  if (job.kind != PartnerJob::Kind::enrichment) return progress;
  for (const std::size_t index : job.creators) progress.add(call.state.enrichments.at(index), call.now);
  return progress;
}

/// Creators as v1 tells of them, without the ids that only v1 has.
json results_of(const Call& call, const PartnerJob& job) {
  json ids = job.analyses;
  if (job.kind == PartnerJob::Kind::enrichment) {
    ids = json::array();
    for (const std::size_t index : job.creators) ids.push_back(call.state.world.at(index).id);
  }
  const bool by_creator = job.kind == PartnerJob::Kind::enrichment;
  Call inner = in_words_of_v1(call, {{by_creator ? "creator_ids" : "job_ids", ids}, {"detail_level", "full"}});
  const Reply reply = by_creator                              ? enrichment_results(inner)
                      : job.kind == PartnerJob::Kind::content ? content_match_results(inner)
                                                              : audience_match_results(inner);
  json results = json::array();
  for (json record : reply.data.value("results", json::array())) {
    for (const char* name : {"job_id", "analysis_id", "source_status", "recommended_next_endpoint",
                             "matched_posts_status", "result_expires_at"}) {
      record.erase(name);
    }
    if (record.value("status", "") == "succeeded") record["status"] = "completed";
    results.push_back(std::move(record));
  }
  return results;
}

Reply creators_job(Call& call, const std::string& id, const PartnerJob& job) {
  const Progress progress = progress_of(call, job);
  const bool is_gone = progress.is_over() && call.now >= progress.ends + call.options.retention();
  if (progress.is_lost || is_gone) return not_found("Job not found");
  json data = {{"job_id", id},
               {"status", progress.status()},
               {"created_at", to_iso8601(job.started)},
               {"completed_at", progress.is_over() ? json(to_iso8601(progress.ends)) : json(nullptr)},
               {"progress",
                {{"total_items", progress.total},
                 {"completed_items", progress.finished},
                 {"failed_items", progress.finished - progress.succeeded}}},
               {"error_message", nullptr}};
  if (progress.is_over()) data["results"] = results_of(call, job);
  if (progress.is_over() && progress.succeeded == 0) data["error_message"] = "The job could not be completed.";
  return success(std::move(data));
}

Reply thought_leaders_job(Call& call) {
  Call inner = in_words_of_v1(call, {{"job_id", call.id}, {"limit", 200}});
  Reply reply = job_results(inner);
  if (reply.failed()) return reply;
  json job = reply.data["job"];
  if (job["status"] == "succeeded") job["status"] = "completed";
  job.erase("source_status");
  return success(std::move(job));
}

}  // namespace

Reply start_partner_enrichment(Call& call) {
  return as_one_job(call, PartnerJob::Kind::enrichment, "enrichment", start_enrichment(call));
}

Reply start_partner_content_match(Call& call) {
  return as_one_job(call, PartnerJob::Kind::content, "content_match", start_content_match(call));
}

Reply start_partner_audience_match(Call& call) {
  return as_one_job(call, PartnerJob::Kind::audience, "audience_match", start_audience_match(call));
}

Reply partner_job(Call& call) {
  const auto job = call.state.partner_jobs.find(call.id);
  return job == call.state.partner_jobs.end() ? thought_leaders_job(call) : creators_job(call, job->first, job->second);
}

}  // namespace toksync::sandbox
