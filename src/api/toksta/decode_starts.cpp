#include <algorithm>
#include <map>

#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"

namespace toksync::api::toksta {
namespace {

bool is_upper_case_code(std::string_view text) {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

RefusedCreator decode_refusal(const JsonValue& value, std::string_view usual_code) {
  if (const auto id = value.text()) return {*id, std::string(usual_code), {}};
  const Record record(value);
  RefusedCreator refused{record.text({"creator_id", "id"}).value_or(""),
                         record.text({"code", "error_code"}).value_or(error_code_of(record).value_or("")),
                         record.text({"message", "reason"}).value_or(error_message_of(record).value_or(""))};
  // `error` holds a code or a sentence, depending on who wrote it.
  const auto error = record.text({"error"});
  if (refused.code.empty() && error && is_upper_case_code(*error)) refused.code = *error;
  if (refused.code.empty()) refused.code = usual_code;
  return refused;
}

void add_refusals(StartedJobs& started, const JsonValue& list, std::string_view usual_code) {
  for (const auto& item : list.items()) {
    auto refused = decode_refusal(item, usual_code);
    if (!refused.creator_id.empty()) started.refused.push_back(std::move(refused));
  }
}

OptionalText job_id_of(const Record& record, const StartContext& context) {
  if (auto id = record.text({"job_id", "id"}); id && !id->empty()) return id;
  const auto analysis = record.text({"analysis_id"});
  if (analysis && !analysis->empty()) return std::string(context.id_prefix) + *analysis;
  // The id of an enrichment says no more than whose it is (contracts/toksta.md, "Families of jobs").
  const auto creator = record.text({"creator_id"});
  if (creator && context.id_prefix == "enrichment:") return std::string(context.id_prefix) + *creator;
  return std::nullopt;
}

// False when the entry is neither a job that can be asked for nor a creator that failed.
bool add_job(StartedJobs& started, const JsonValue& item, const StartContext& context) {
  const Record record(item);
  const auto cached = record({"cached"}).boolean().value_or(false);
  const auto usual = cached ? JobStatus::succeeded : JobStatus::queued;
  const auto status = status_of(record).value_or(usual);
  auto id = job_id_of(record, context);
  if (id) {
    started.jobs.push_back({std::move(*id), record.text({"creator_id"}), status, cached});
    return true;
  }
  auto refused = decode_refusal(item, "FAILED");
  if (status != JobStatus::failed || refused.creator_id.empty()) return false;
  started.refused.push_back(std::move(refused));
  return true;
}

bool is_known_job(const StartedJobs& started, std::string_view id) {
  return std::any_of(started.jobs.begin(), started.jobs.end(),
                     [id](const StartedJob& job) { return job.external_id == id; });
}

// `job_ids` names every job, `jobs` may describe only some of them. Which creator an id belongs to is
// known only when there are as many ids as creators were asked for.
void add_undescribed_jobs(StartedJobs& started, const std::vector<std::string>& ids, const StartContext& context) {
  const bool in_order = started.jobs.empty() && ids.size() == context.creator_ids.size();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (is_known_job(started, ids[i])) continue;
    started.jobs.push_back(
        {.external_id = ids[i], .creator_id = in_order ? OptionalText(context.creator_ids[i]) : std::nullopt});
  }
}

// Results are asked for by id: a job without one, or one that two creators share, would be paid for and lost.
std::string_view problem_with_ids(const std::vector<StartedJob>& jobs) {
  std::map<std::string_view, const StartedJob*> seen;
  for (const auto& job : jobs) {
    if (job.external_id.empty()) return "a job of the answer has no id";
    const auto [known, is_new] = seen.emplace(job.external_id, &job);
    if (!is_new && (!job.creator_id || job.creator_id != known->second->creator_id)) {
      return "two jobs of the answer share an id";
    }
  }
  return {};
}

void add_bookkeeping(StartedJobs& started, const JsonValue& data) {
  const auto created = data["jobs_created"].count();
  if (created && *created >= 0 && *created <= INT32_MAX) started.jobs_created = static_cast<int>(*created);
  started.charged = charge_of(data["credits"]["deducted"]);
  started.balance = credits_of(data["credits"]["remaining"]);
}

}  // namespace

Decoded decode_start(const StartContext& context, const Content& content) {
  if (!content.data.is_object()) return unusable("the answer holds no data");
  StartedJobs started;
  for (const auto& item : content.data["jobs"].items()) {
    if (!add_job(started, item, context)) return unusable("a job of the answer has no id");
  }
  add_undescribed_jobs(started, distinct_texts(content.data["job_ids"]), context);
  if (const auto problem = problem_with_ids(started.jobs); !problem.empty()) return unusable(std::string(problem));
  add_refusals(started, content.data["missing_linkedin_profiles"], "MISSING_LINKEDIN_PROFILE");
  add_refusals(started, content.data["failures"], "FAILED");
  add_bookkeeping(started, content.data);
  if (started.jobs.empty() && started.jobs_created.value_or(0) > 0) {
    return unusable("the answer says that jobs were created, but not which");
  }
  return started;
}

Decoded decode_thought_leaders_start(const Content& content) {
  const auto job = content.data["job"].is_object() ? content.data["job"] : content.data;
  const Record record(job);
  auto id = record.text({"job_id", "id"});
  if (!id || id->empty()) return unusable("the answer names no job");
  StartedJobs started;
  started.jobs.push_back({std::move(*id), std::nullopt, status_of(record).value_or(JobStatus::queued), false});
  add_bookkeeping(started, content.data);
  return started;
}

}  // namespace toksync::api::toksta
