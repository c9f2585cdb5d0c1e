#include "sandbox/analyses.hpp"
#include "sandbox/findings.hpp"
#include "sandbox/handlers.hpp"
#include "sandbox/prices.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

/// All the ways to say whom the audience should be, in one list.
std::vector<std::string> criteria_of(const Call& call) {
  std::vector<std::string> criteria;
  for (const char* name : {"target_audience_criteria", "audience_keywords", "keywords"}) {
    for (const std::string& text : call.texts(name)) criteria.push_back(text);
  }
  for (const char* name : {"campaign_brief", "target_audience"}) {
    if (call.body.contains(name)) criteria.push_back(call.text(name, ""));
  }
  return criteria;
}

json summary_of(const Call& call, const Analysis& analysis) {
  json record = head_of(call, analysis);
  if (!analysis.timing.succeeded(call.now)) return record;
  const AudienceFinding finding = audience_finding(call.state.world, analysis);
  record["match_score"] = finding.score;
  record["matching_engagers_count"] = finding.matching;
  record["total_engagers_analyzed"] = finding.analyzed;
  record["unique_companies"] = finding.companies;
  record["audience_summary"] = finding.summary;
  record["recommended_next_endpoint"] = "/v1/audience-match/details";
  return record;
}

json full_record_of(const Call& call, const Analysis& analysis) {
  json record = summary_of(call, analysis);
  if (!analysis.campaign_id.empty()) record["campaign_id"] = analysis.campaign_id;
  record["target_audience_criteria"] = analysis.criteria;
  record["analysis_depth"] = analysis.depth;
  record["started_at"] = to_iso8601(analysis.timing.started);
  record["result_expires_at"] = to_iso8601(analysis.timing.done + call.options.retention());
  return record;
}

json details_of(const Call& call, const Analysis& analysis) {
  json record = summary_of(call, analysis);
  record.erase("recommended_next_endpoint");
  if (!analysis.timing.succeeded(call.now)) return record;
  const World& world = call.state.world;
  record["top_matching_engagers"] = top_engagers(world, analysis, static_cast<int>(call.integer("engagers_limit", 5)));
  record["top_companies"] = top_companies(world, analysis);
  record["job_title_breakdown"] = job_titles(world, analysis);
  if (call.full()) record["geography"] = geography(world, analysis);
  return record;
}

}  // namespace

Reply start_audience_match(Call& call) {
  const auto criteria = criteria_of(call);
  if (criteria.empty() && !call.body.contains("campaign_id")) {
    return invalid("Provide campaign_brief, target_audience, audience_keywords or target_audience_criteria");
  }
  const std::string depth = call.text("analysis_depth", "quick_scan");
  Reply reply = start_analyses(call, {AnalysisKind::audience, "audience_match", criteria, 0, depth,
                                      prices_of(call.options.api).of_audience(depth),
                                      "Audience analysis started. This may take a few minutes."});
  if (!reply.failed()) reply.data["analysis_depth"] = depth;
  return reply;
}

Reply audience_match_results(Call& call) {
  auto asked = asked_for(call, AnalysisKind::audience);
  if (!asked) return asked.error();
  Reply reply = success(asked->data);
  reply.ready_at = asked->ready_at;
  reply.data["results_summary"] = json::array();
  if (call.full()) reply.data["results"] = json::array();
  for (const Analysis* analysis : asked->analyses) {
    reply.data["results_summary"].push_back(summary_of(call, *analysis));
    if (call.full()) reply.data["results"].push_back(full_record_of(call, *analysis));
  }
  return reply;
}

Reply audience_match_details(Call& call) {
  auto asked = asked_for(call, AnalysisKind::audience);
  if (!asked) return asked.error();
  Reply reply = success(asked->data);
  reply.ready_at = asked->ready_at;
  reply.data["detail_level"] = call.text("detail_level", "summary");
  reply.data["engagers_limit"] = call.integer("engagers_limit", 5);
  reply.data["results"] = json::array();
  for (const Analysis* analysis : asked->analyses) reply.data["results"].push_back(details_of(call, *analysis));
  return reply;
}

}  // namespace toksync::sandbox
