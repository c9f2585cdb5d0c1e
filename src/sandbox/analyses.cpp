#include "sandbox/analyses.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sandbox/handlers.hpp"
#include "sandbox/text.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr auto cached_for = std::chrono::days(30);

bool can_be_analyzed(const Creator& creator) { return creator.platform == "linkedin" && creator.profile_url; }

json failure_of(const std::string& id, const json& name, const char* code, const char* message) {
  return {{"creator_id", id}, {"creator_name", name}, {"code", code}, {"message", message}};
}

const Analysis* cached_analysis(const Call& call, const Terms& terms, const Creator& creator) {
  if (!call.options.cache_analyses) return nullptr;
  const Analysis* known = call.state.analyses.latest_of_work(terms.work_for(creator));
  const bool usable =
      known != nullptr && known->timing.succeeded(call.now) && call.now - known->timing.done < cached_for;
  return usable ? known : nullptr;
}

const Analysis& buy(Call& call, const Terms& terms, std::size_t index) {
  const Creator& creator = call.state.world.at(index);
  const std::string work = terms.work_for(creator);
  call.state.account.charge({terms.operation, work, terms.price});
  const std::string id = call.state.new_id();
  const Timing timing = call.state.timing_of(call.options, call.now, id, 1.0, call.job_outcome());
  return call.state.analyses.add(
      {id, terms.kind, index, terms.criteria, terms.posts, terms.depth, work, timing, call.text("campaign_id", "")});
}

json job_entry(const Call& call, const Terms& terms, const Analysis& analysis, bool cached) {
  const Creator& creator = call.state.world.at(analysis.creator);
  return {{"creator_id", creator.id},
          {"analysis_id", analysis.id},
          {"job_id", prefix_of(terms.kind) + analysis.id},
          {"status", cached ? "succeeded" : "pending"},
          {"cached", cached},
          {"message", cached ? "Recent analysis found." : terms.message},
          {"creator_name", creator.name},
          {"profile_url", creator.profile_url.value_or("")}};
}

json failures_of(const Call& call, const Selection& selection) {
  json failures = json::array();
  for (const std::size_t index : selection.creators) {
    const Creator& creator = call.state.world.at(index);
    if (can_be_analyzed(creator)) continue;
    failures.push_back(failure_of(creator.id, creator.name, "MISSING_LINKEDIN_PROFILE", "No LinkedIn profile."));
  }
  for (const std::string& id : selection.unknown) {
    failures.push_back(failure_of(id, nullptr, "CREATOR_NOT_FOUND", "Creator not found."));
  }
  return failures;
}

std::vector<std::size_t> analyzable(const Call& call, const Selection& selection) {
  std::vector<std::size_t> chosen;
  std::copy_if(selection.creators.begin(), selection.creators.end(), std::back_inserter(chosen),
               [&](std::size_t index) { return can_be_analyzed(call.state.world.at(index)); });
  return chosen;
}

std::int64_t price_of(const Call& call, const Terms& terms, const std::vector<std::size_t>& creators) {
  const auto paid = std::count_if(creators.begin(), creators.end(), [&](std::size_t index) {
    return cached_analysis(call, terms, call.state.world.at(index)) == nullptr;
  });
  return terms.price * paid;
}

/// With a campaign_id the criteria are the campaign's; the answer to a request that may not use it.
std::optional<Reply> take_criteria_of_campaign(const Call& call, Terms& terms) {
  if (!call.body.contains("campaign_id")) return std::nullopt;
  if (!call.workspace) return forbidden("SaaS workspace entitlement required");
  const auto campaign = call.state.campaigns.find(call.text("campaign_id", ""));
  if (campaign == call.state.campaigns.end()) return not_found("Campaign not found");
  const bool content = terms.kind == AnalysisKind::content;
  terms.criteria =
      campaign->second[content ? "content_keywords" : "target_audience_criteria"].get<std::vector<std::string>>();
  return std::nullopt;
}

bool expired(const Call& call, const Analysis& analysis) {
  return analysis.timing.finished(call.now) && call.now >= analysis.timing.done + call.options.retention();
}

void add_analysis(const Call& call, const Analysis& analysis, Asked& asked) {
  asked.analyses.push_back(&analysis);
  if (analysis.timing.finished(call.now)) return;
  const WallTime next = analysis.timing.outcome == Outcome::stuck ? WallTime::max() : analysis.timing.done;
  asked.ready_at = std::min(next, asked.ready_at.value_or(WallTime::max()));
}

Asked by_jobs(const Call& call, AnalysisKind kind) {
  const bool single = call.body.contains("job_id");
  auto ids = call.texts("job_ids");
  if (single) ids.insert(ids.begin(), call.text("job_id", ""));
  Asked asked;
  json missing = json::array();
  json gone = json::array();
  for (const std::string& id : ids) {
    const Analysis* analysis = call.state.analyses.find(kind, id);
    if (analysis == nullptr) {
      missing.push_back(id);
    } else if (expired(call, *analysis)) {
      gone.push_back(id);
    } else {
      add_analysis(call, *analysis, asked);
    }
  }
  asked.data = {{"selection", {{"source", single ? "job_id" : "job_ids"}, {"selected_count", ids.size()}}},
                {"requested_count", ids.size()},
                {"found_count", asked.analyses.size()},
                {"not_found_ids", missing},
                {"expired_ids", gone}};
  return asked;
}

tl::expected<Asked, Reply> by_creators(const Call& call, AnalysisKind kind) {
  const auto selection = select_creators(call);
  if (!selection) return tl::unexpected(selection.error());
  Asked asked;
  json missing = json::array();
  for (const std::string& id : selection->unknown) missing.push_back(id);
  for (const std::size_t index : selection->creators) {
    const Analysis* analysis = call.state.analyses.latest_of(kind, index, call.text("campaign_id", ""));
    if (analysis == nullptr || expired(call, *analysis)) {
      missing.push_back(call.state.world.at(index).id);
    } else {
      add_analysis(call, *analysis, asked);
    }
  }
  asked.data = {{"selection", selection->summary()},
                {"creators_requested", selection->requested()},
                {"found_count", asked.analyses.size()},
                {"missing_creator_ids", missing}};
  return asked;
}

}  // namespace

std::string Terms::work_for(const Creator& creator) const {
  const std::string what = joined_sorted(criteria);
  if (kind == AnalysisKind::content) return fmt::format("content:{}:{}:{}", creator.id, what, posts);
  return fmt::format("audience:{}:{}:{}", creator.id, what, depth);
}

Reply start_analyses(Call& call, Terms terms) {
  if (auto refusal = take_criteria_of_campaign(call, terms)) return *std::move(refusal);
  const auto selection = select_creators(call);
  if (!selection) return selection.error();
  if (selection->creators.empty()) return not_found("No creators found for the selection");
  const auto creators = analyzable(call, *selection);
  const std::int64_t cost = price_of(call, terms, creators);
  if (!call.state.account.can_afford(cost)) return too_few_credits(call, cost);
  json jobs = json::array();
  json ids = json::array();
  for (const std::size_t index : creators) {
    const Analysis* known = cached_analysis(call, terms, call.state.world.at(index));
    const Analysis& analysis = known != nullptr ? *known : buy(call, terms, index);
    jobs.push_back(job_entry(call, terms, analysis, known != nullptr));
    ids.push_back(prefix_of(terms.kind) + analysis.id);
  }
  Reply reply = success({{"creators_requested", selection->requested()},
                         {"selection", selection->summary()},
                         {"campaign_id", call.body.value("campaign_id", json(nullptr))},
                         {"jobs_created", cost / terms.price},
                         {"job_ids", ids},
                         {"jobs", jobs},
                         {"failures", failures_of(call, *selection)}},
                        202);
  reply.cost = cost;
  return reply;
}

tl::expected<Asked, Reply> asked_for(const Call& call, AnalysisKind kind) {
  if (call.body.contains("job_id") || call.body.contains("job_ids")) {
    if (!call.body.contains("job_id") && call.texts("job_ids").empty()) {
      return tl::unexpected(invalid("job_ids must contain at least 1 item(s)"));
    }
    if (auto refusal = refuse_too_many(call, "job_ids")) return tl::unexpected(std::move(*refusal));
    return by_jobs(call, kind);
  }
  if (!has_selection(call)) {
    return tl::unexpected(invalid("Provide job_id, job_ids, creator_ids, result_set_id or result_set_ids"));
  }
  return by_creators(call, kind);
}

json head_of(const Call& call, const Analysis& analysis) {
  const Creator& creator = call.state.world.at(analysis.creator);
  const bool finished = analysis.timing.finished(call.now);
  const bool failed = finished && analysis.timing.outcome == Outcome::fail;
  const json ended = finished ? json(to_iso8601(analysis.timing.done)) : json(nullptr);
  const bool begun = analysis.timing.fraction(call.now) > 0.2;
  return {{"job_id", prefix_of(analysis.kind) + analysis.id},
          {"analysis_id", analysis.id},
          {"creator_id", creator.id},
          {"creator_name", creator.name},
          {"profile_url", creator.profile_url.value_or("")},
          {"platform", creator.platform},
          {"status", failed     ? "failed"
                     : finished ? "succeeded"
                     : begun    ? "running"
                                : "pending"},
          {"source_status", failed     ? "failed"
                            : finished ? "completed"
                            : begun    ? "processing"
                                       : "pending"},
          {"match_score", nullptr},
          {"error_message", failed ? json("The analysis could not be completed.") : json(nullptr)},
          {"completed_at", ended},
          {"updated_at", finished ? ended : json(to_iso8601(call.now))}};
}

}  // namespace toksync::sandbox
