#include <algorithm>

#include "sandbox/analyses.hpp"
#include "sandbox/findings.hpp"
#include "sandbox/handlers.hpp"
#include "sandbox/prices.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

json summary_of(const Call& call, const Analysis& analysis) {
  json record = head_of(call, analysis);
  if (!analysis.timing.succeeded(call.now)) return record;
  const ContentFinding finding = content_finding(call.state.world, analysis.creator, analysis.criteria, analysis.posts);
  record["match_score"] = finding.score;
  record["matching_posts_count"] = finding.matching;
  record["total_posts_analyzed"] = finding.analyzed;
  record["content_fit_label"] = finding.label;
  record["matched_posts_status"] = finding.matching > 0 ? "saved_snippets_available" : "no_matched_posts";
  record["recommended_next_endpoint"] = "/v1/content-match/posts";
  return record;
}

json full_record_of(const Call& call, const Analysis& analysis) {
  json record = summary_of(call, analysis);
  if (!analysis.campaign_id.empty()) record["campaign_id"] = analysis.campaign_id;
  record["topic_keywords"] = analysis.criteria;
  record["posts_to_analyze"] = analysis.posts;
  record["started_at"] = to_iso8601(analysis.timing.started);
  record["result_expires_at"] = to_iso8601(analysis.timing.done + call.options.retention());
  return record;
}

json posts_of(const Call& call, const Analysis& analysis, const std::string& source) {
  json record = summary_of(call, analysis);
  const bool done = analysis.timing.succeeded(call.now);
  const int matching = done ? record["matching_posts_count"].get<int>() : 0;
  const int limit = std::min(matching, static_cast<int>(call.integer("posts_limit_per_creator", 3)));
  json result = {
      {"source", source == "job_id" || source == "job_ids" ? "job_id " + record["job_id"].get<std::string>()
                                                           : "creator_id " + record["creator_id"].get<std::string>()},
      {"job_id", record["job_id"]},
      {"analysis_id", record["analysis_id"]},
      {"creator_id", record["creator_id"]},
      {"creator_name", record["creator_name"]},
      {"status", record["status"]},
      {"match_score", record["match_score"]},
      {"matching_posts_count", matching},
      {"returned_posts_count", limit},
      {"has_more_matched_posts", matching > limit},
      {"matched_posts", matched_posts(call.state.world, analysis.creator, analysis.criteria, limit)}};
  return result;
}

}  // namespace

Reply start_content_match(Call& call) {
  auto topics = call.texts("topic_keywords");
  if (topics.empty()) topics = call.texts("keywords");
  if (topics.empty() && !call.body.contains("campaign_id")) {
    return invalid("topic_keywords is required when no campaign_id is provided");
  }
  const std::int64_t posts = call.integer("posts_to_analyze", 10);
  Reply reply = start_analyses(
      call, {AnalysisKind::content, "content_match", topics, static_cast<int>(posts), "",
             prices_of(call.options.api).of_content(posts), "Content analysis started. This may take a minute."});
  if (!reply.failed()) reply.data["posts_to_analyze"] = posts;
  return reply;
}

Reply content_match_results(Call& call) {
  auto asked = asked_for(call, AnalysisKind::content);
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

Reply content_match_posts(Call& call) {
  auto asked = asked_for(call, AnalysisKind::content);
  if (!asked) return asked.error();
  Reply reply = success(asked->data);
  reply.ready_at = asked->ready_at;
  reply.data["detail_level"] = call.text("detail_level", "summary");
  reply.data["posts_limit_per_creator"] = call.integer("posts_limit_per_creator", 3);
  reply.data["results"] = json::array();
  const auto source = asked->data["selection"]["source"].get<std::string>();
  for (const Analysis* analysis : asked->analyses) reply.data["results"].push_back(posts_of(call, *analysis, source));
  return reply;
}

}  // namespace toksync::sandbox
