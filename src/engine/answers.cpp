#include "engine/answers.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace toksync::engine {
namespace {

using Kind = StartOutcome::Kind;

const StartedJob* job_for(const StartedJobs& started, std::span<const std::string> creator_ids, std::size_t index) {
  const auto& id = creator_ids[index];
  const auto found = std::ranges::find_if(started.jobs, [&](const StartedJob& job) { return job.creator_id == id; });
  if (found != started.jobs.end()) return &*found;
  const bool in_order = started.jobs.size() == creator_ids.size() && !started.jobs[index].creator_id;
  return in_order ? &started.jobs[index] : nullptr;
}

StartOutcome outcome_for(const StartedJobs& started, std::span<const std::string> creator_ids, std::size_t index,
                         StageName family) {
  const auto& id = creator_ids[index];
  if (const auto* const job = job_for(started, creator_ids, index)) {
    return {job->cached ? Kind::free : Kind::started, job->external_id, std::nullopt, {}, {}};
  }
  const auto refused = std::ranges::find(started.refused, id, &RefusedCreator::creator_id);
  if (refused != started.refused.end()) return {Kind::refused, {}, std::nullopt, refused->code, refused->message};
  if (family == StageName::enrich) return {Kind::free, {}, std::nullopt, {}, {}};
  return {Kind::refused, {}, std::nullopt, "NO_JOB", "the API started no analysis for this creator"};
}

/// Spreads the charge over the paid outcomes; the first ones carry what does not divide.
void spread(std::vector<StartOutcome>& outcomes, const store::Charge& charge, std::int64_t paid) {
  std::int64_t index = 0;
  for (auto& outcome : outcomes) {
    outcome.charge = store::Charge{0, charge.source};
    if (outcome.kind != Kind::started || index >= paid) continue;
    outcome.charge->credits = charge.credits / paid + (index < charge.credits % paid ? 1 : 0);
    ++index;
  }
}

}  // namespace

store::Charge charge_of(std::optional<Credits> body, std::optional<Credits> header, Credits by_table) {
  if (body) return {*body, "body"};
  if (header) return {*header, "header"};
  return {by_table, "price_table"};
}

std::vector<StartOutcome> outcomes_of(const StartedJobs& started, std::span<const std::string> creator_ids,
                                      StageName family, Credits unit_price, std::optional<Credits> header_cost) {
  std::vector<StartOutcome> outcomes;
  for (std::size_t i = 0; i < creator_ids.size(); ++i) outcomes.push_back(outcome_for(started, creator_ids, i, family));
  const auto jobs = std::ranges::count(outcomes, Kind::started, &StartOutcome::kind);
  const auto created = std::clamp<std::int64_t>(started.jobs_created.value_or(static_cast<int>(jobs)), 0, jobs);
  const auto charge = charge_of(started.charged, header_cost, created * unit_price);
  // Credits that were taken without a paid job to show for them still belong to somebody.
  const auto paid = charge.credits > 0 && created == 0 ? jobs : created;
  spread(outcomes, charge, paid);
  if (charge.credits > 0 && paid == 0 && !outcomes.empty()) outcomes.front().charge->credits = charge.credits;
  return outcomes;
}

bool tells_whose_jobs(const StartedJobs& started, std::span<const std::string> creator_ids) {
  const bool in_order = started.jobs.size() == creator_ids.size();
  return std::ranges::all_of(started.jobs, [&](const StartedJob& job) {
    return job.creator_id ? std::ranges::find(creator_ids, *job.creator_id) != creator_ids.end() : in_order;
  });
}

StartOutcome started_topic_job(const StartedJobs& started) {
  return {Kind::started, started.jobs.front().external_id, std::nullopt, {}, {}};
}

store::AcceptedJob accepted_job(JobKey job, const StartOutcome& outcome) {
  store::AcceptedJob accepted;
  accepted.job = job;
  accepted.charge = outcome.charge;
  accepted.status = outcome.kind == Kind::refused ? JobStatus::failed : JobStatus::queued;
  if (!outcome.external_id.empty()) accepted.external_id = outcome.external_id;
  if (outcome.kind == Kind::refused) {
    accepted.error_code = outcome.code;
    accepted.error_message = outcome.message;
  }
  return accepted;
}

// contracts/toksta.md: plan, billing state or key scope. By the contract, lists and campaigns need a "SaaS workspace
// entitlement", which "dedicated API keys" do not have; matches need "a user-scoped key".
std::string_view explain_forbidden(bool needs_workspace) {
  if (needs_workspace) {
    return "lists and campaigns belong to a Toksta workspace, and this key, perhaps a dedicated API key, may not use "
           "one:"
           " take a key of a user whose plan has a workspace, or do without";
  }
  return "the plan, the billing state or the scope of this key does not allow it: change the plan or take another key;"
         " stages that the key is allowed go on";
}

std::string describe(const Answered& answered) {
  const auto& failure = answered.failure();
  const auto status = answered.log.status == 0 ? std::string() : std::to_string(answered.log.status) + " ";
  const auto request = answered.log.request_id.empty() ? std::string() : " (request " + answered.log.request_id + ")";
  return fmt::format("{} {}: {}{}: {}{}", answered.log.method, answered.log.path, status, failure.code, failure.message,
                     request);
}

}  // namespace toksync::engine
