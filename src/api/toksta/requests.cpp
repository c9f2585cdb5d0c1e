#include "api/toksta/requests.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace toksync::api::toksta {
namespace {

using Json = nlohmann::json;

constexpr int kLongestWait = 30;  // seconds; the maximum of `wait_seconds`
constexpr int kMostRows = 200;    // per thought-leader job, the maximum of `limit`

Message post(std::string path, const Json& body) {
  return {http::Method::post, std::move(path), {}, body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

int wait_seconds(Seconds wait) { return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, kLongestWait)); }

// A whole number is written as one: "5000", not "5000.0".
Json number(double value) {
  const bool is_whole = std::trunc(value) == value && std::fabs(value) < 9.0e15;
  return is_whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

// JSON has no NaN and no infinity; such a filter filters nothing.
void add_filters(Json& body, const Filters& filters) {
  auto written = Json::object();
  for (const auto& [name, value] : filters) {
    if (const auto* const bound = std::get_if<double>(&value)) {
      if (std::isfinite(*bound)) written[name] = number(*bound);
      continue;
    }
    if (const auto* const flag = std::get_if<bool>(&value)) written[name] = *flag;
    if (const auto* const list = std::get_if<std::vector<std::string>>(&value)) written[name] = *list;
  }
  if (!written.empty()) body["filters"] = std::move(written);
}

void add_text(Json& body, const char* name, const OptionalText& text) {
  if (text) body[name] = *text;
}

Message message(const DiscoverySearch& call) {
  Json body{{"keywords", call.keywords}, {"search_mode", call.mode}, {"limit", call.limit}, {"offset", call.offset}};
  add_filters(body, call.filters);
  return post("/v1/creators/discovery-search", body);
}

Message message(const DatabaseSearch& call) {
  Json body{{"platform", to_string(call.platform)}, {"limit", call.limit}};
  add_text(body, "query", call.query);
  add_text(body, "sort_by", call.sort_by);
  add_text(body, "sort_order", call.sort_order);
  add_text(body, "cursor", call.cursor);
  add_filters(body, call.filters);
  return post("/v1/creators/search", body);
}

Message message(const StartEnrichment& call) {
  return post("/v1/creators/enrich", {{"creator_ids", call.creator_ids}});
}

Message message(const StartContentMatch& call) {
  Json body{{"creator_ids", call.creator_ids}, {"posts_to_analyze", call.posts_to_analyze}};
  add_text(body, "campaign_id", call.campaign_id);
  if (!call.campaign_id) body["topic_keywords"] = call.topic_keywords;
  return post("/v1/creators/content-match", body);
}

Message message(const StartAudienceMatch& call) {
  Json body{{"creator_ids", call.creator_ids}, {"analysis_depth", to_string(call.analysis_depth)}};
  add_text(body, "campaign_id", call.campaign_id);
  if (!call.campaign_id) body["target_audience_criteria"] = call.criteria;
  return post("/v1/creators/audience-match", body);
}

Message message(const StartThoughtLeaders& call) {
  Json body{{"keywords", call.keywords},
            {"mode", call.mode},
            {"count", call.config.count},
            {"max_candidates_to_analyze", call.config.max_candidates_to_analyze},
            {"posts_to_analyze", call.config.posts_to_analyze},
            {"min_followers", number(call.config.min_followers)},
            {"min_reactions_per_post", number(call.config.min_reactions_per_post)},
            {"min_content_match_score", number(call.config.min_content_match_score)},
            {"hide_brands", call.config.hide_brands}};
  add_text(body, "location", call.config.location);
  add_text(body, "language", call.config.language);
  add_filters(body, call.config.filters);
  return post("/v1/creators/thought-leaders", body);
}

Message message(const ReadEnrichments& call) {
  return post("/v1/enrichments/results", {{"creator_ids", call.creator_ids},
                                          {"detail_level", call.full_detail ? "full" : "summary"},
                                          {"wait_seconds", wait_seconds(call.wait)}});
}

// By job ids, or by creator ids: then the latest analysis of each.
template <typename Read>
Message analyses(std::string path, const Read& call) {
  Json body{{"detail_level", "full"}, {"wait_seconds", wait_seconds(call.wait)}};
  const bool by_creator = call.job_ids.empty();
  body[by_creator ? "creator_ids" : "job_ids"] = by_creator ? call.creator_ids : call.job_ids;
  if (by_creator) add_text(body, "campaign_id", call.campaign_id);
  return post(std::move(path), body);
}

Message message(const ReadContentMatches& call) { return analyses("/v1/content-match/results", call); }

Message message(const ReadContentPosts& call) {
  return post(
      "/v1/content-match/posts",
      {{"job_ids", call.job_ids}, {"detail_level", "full"}, {"posts_limit_per_creator", call.posts_per_creator}});
}

Message message(const ReadAudienceMatches& call) { return analyses("/v1/audience-match/results", call); }

Message message(const ReadAudienceDetails& call) {
  return post("/v1/audience-match/details",
              {{"job_ids", call.job_ids}, {"detail_level", "full"}, {"engagers_limit", call.engagers}});
}

// The contract writes the path with braces, which is not what the server listens to
// (contracts/toksta.md, "Families of jobs").
Message message(const ReadThoughtLeaders& call) {
  return post("/v1/jobs/results:bulk", {{"job_ids", call.job_ids}, {"limit", kMostRows}});
}

Message message(const ReadUsage& call) {
  return {http::Method::get, "/v1/account/usage", call.month.empty() ? "" : "?month=" + call.month, {}};
}

// A body is required even when it is empty (contract, /v1/jobs/{id}/cancel).
Message message(const CancelThoughtLeaders& call) {
  return post("/v1/jobs/" + call.job_id + "/cancel", Json::object());
}

// By creators and keywords, not by the result set of the search: that one expires, and the contract does not say
// where an answer names it.
Message message(const ReadHitPosts& call) {
  return post("/v1/search-results/posts", {{"creator_ids", call.creator_ids},
                                           {"keywords", call.keywords},
                                           {"posts_limit_per_creator", call.posts_per_creator},
                                           {"detail_level", "full"}});
}

Message message(const ReadCreator& call) {
  const auto query = "?platform=" + std::string(to_string(call.platform));
  return {http::Method::get, "/v1/creators/" + call.creator_id, query, {}};
}

Message message(const ReadCreatorLists& call) {
  return {http::Method::get, "/v1/creator-lists", fmt::format("?limit={}&offset={}", call.limit, call.offset), {}};
}

Message message(const CreateCreatorList& call) {
  Json body{{"name", call.name}, {"platform", to_string(call.platform)}};
  if (!call.description.empty()) body["description"] = call.description;
  return post("/v1/creator-lists", body);
}

Message message(const SaveToCreatorList& call) {
  return post("/v1/creator-lists/" + call.list_id + "/creators",
              {{"creator_ids", call.creator_ids}, {"creator_source", "public"}});
}

}  // namespace

Message message_for(const Call& call) {
  return std::visit([](const auto& one) { return message(one); }, call);
}

}  // namespace toksync::api::toksta
