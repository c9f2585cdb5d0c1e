// What FakeToksta tells for free: results and the states of jobs.
#include <algorithm>

#include <fmt/format.h>

#include "base/time.hpp"
#include "fake_toksta.hpp"

namespace toksync::engine::test {
namespace {

using Json = nlohmann::json;

int number_of(const std::string& creator_id) { return std::stoi(creator_id.substr(24)); }

std::string bare(const std::string& id) {
  const auto colon = id.find(':');
  return colon == std::string::npos ? id : id.substr(colon + 1);
}

Json evidence(Json record, const std::string& family) {
  if (family == "content-fit") {
    record["matched_posts"] = {{{"title", "A post"}, {"post_url", "https://example.com/1"}, {"match_score", 80}}};
  } else {
    record["top_matching_engagers"] = {{{"name", "Sam B."}, {"job_title", "CMO"}}};
    record["top_companies"] = {{{"name", "Acme"}, {"count", 3}}};
    record["job_title_breakdown"] = {{{"title", "CMO"}, {"count", 3}}};
  }
  return record;
}

}  // namespace

Milliseconds FakeToksta::hold(const Json& body, const std::vector<WallTime>& ready, WallTime now) const {
  const Milliseconds wait = Seconds{holds ? body.value("wait_seconds", 0) : 0};
  Milliseconds until_all{0};
  for (const auto at : ready) until_all = std::max(until_all, at - now);
  return std::min(wait, until_all);
}

FakeToksta::Reply FakeToksta::enrichments(const Json& body, WallTime now) {
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  std::vector<WallTime> ready;
  for (const auto& id : ids) {
    const auto& known = enriched_[number_of(id)];
    if (!known.empty()) ready.push_back(known.back().ready_at);
  }
  Reply reply;
  reply.held = hold(body, ready, now);
  const auto then = now + reply.held;
  Json results = Json::array();
  int pending = 0;
  for (const auto& id : ids) {
    const auto number = number_of(id);
    auto known = enriched_[number];
    const bool runs = known.empty() || known.back().ready_at > then || never_ending.contains(number);
    pending += runs ? 1 : 0;
    // A failed enrichment is not pending any longer, and leaves no record.
    const bool no_record = runs || failing.contains(number);
    if (no_record && !known.empty()) known.pop_back();
    // While a new enrichment runs, the old record is still shown.
    if (known.empty()) continue;
    results.push_back({{"creator_id", id},
                       {"name", fmt::format("Creator {}", number)},
                       {"followers_count", 1000 * (number + 1)},
                       {"engagement_rate", 0.5},
                       {"median_posts_per_month", 4},
                       {"enriched_at", to_iso8601(known.back().ready_at)}});
  }
  reply.data = {{"creators_requested", ids.size()}, {"completed", results.size()}};
  if (pending_is_told) reply.data["pending"] = pending;
  reply.data["results_summary"] = results;
  return reply;
}

const std::string* FakeToksta::latest_analysis(const std::string& family, const std::string& creator_id) const {
  const auto found = latest_.find({family, creator_id});
  if (found == latest_.end()) return nullptr;
  const auto number = number_of(creator_id);
  return unknown_jobs.contains(number) || expired_jobs.contains(number) ? nullptr : &found->second;
}

Json FakeToksta::analysis_record(const std::string& id, const Job& job, WallTime then) const {
  const bool done = job.ready_at <= then && !never_ending.contains(job.creator);
  const bool failed = done && failing.contains(job.creator);
  Json record{{"job_id", id}, {"analysis_id", bare(id)}, {"creator_id", job.creator_id}};
  record["status"] = failed ? "failed" : done ? "succeeded" : "running";
  record["updated_at"] = to_iso8601(done ? job.ready_at : job.started_at);
  if (failed) record["error_message"] = "the profile could not be read";
  if (done && !failed) {
    record["match_score"] = 40 + job.creator % 60;
    record["matching_posts_count"] = 3;
    record["total_engagers_analyzed"] = 30;
    record["completed_at"] = to_iso8601(job.ready_at);
  }
  if (!criteria_are_told) return record;
  for (const auto* const name :
       {"topic_keywords", "posts_to_analyze", "target_audience_criteria", "analysis_depth", "campaign_id"}) {
    if (job.request.contains(name)) record[name] = job.request.at(name);
  }
  return record;
}

FakeToksta::Reply FakeToksta::analyses(const Json& body, const std::string& family, bool details, WallTime now) {
  const bool by_creators = body.contains("creator_ids");
  const auto asked = body.at(by_creators ? "creator_ids" : "job_ids").get<std::vector<std::string>>();
  Json missing = Json::array();
  Json expired = Json::array();
  std::vector<std::pair<std::string, const Job*>> found;
  for (const auto& name : asked) {
    const auto* const latest = by_creators ? latest_analysis(family, name) : nullptr;
    const auto id = latest != nullptr ? family + ":" + *latest : name;
    const auto job = jobs_.find(bare(id));
    if (job == jobs_.end() || job->second.family != family || unknown_jobs.contains(job->second.creator)) {
      missing.push_back(name);
    } else if (expired_jobs.contains(job->second.creator)) {
      expired.push_back(name);
    } else {
      found.emplace_back(id, &job->second);
    }
  }
  std::vector<WallTime> ready;
  for (const auto& [id, job] : found) ready.push_back(job->ready_at);
  Reply reply;
  reply.held = hold(body, ready, now);
  Json results = Json::array();
  for (const auto& [id, job] : found) {
    auto record = analysis_record(id, *job, now + reply.held);
    results.push_back(details ? evidence(std::move(record), family) : std::move(record));
  }
  if (by_creators) {
    reply.data = {
        {"creators_requested", asked.size()}, {"found_count", found.size()}, {"missing_creator_ids", missing}};
  } else {
    reply.data = {{"requested_count", asked.size()},
                  {"found_count", found.size()},
                  {"not_found_ids", missing},
                  {"expired_ids", expired}};
  }
  if (!details) reply.data["results_summary"] = results;
  if (details || body.value("detail_level", std::string()) == "full") reply.data["results"] = results;
  return reply;
}

FakeToksta::Reply FakeToksta::hit_posts(const Json& body) const {
  const auto keywords = body.value("keywords", std::vector<std::string>{});
  if (keywords.empty()) return failure(400, "BAD_REQUEST", "keywords are required without a result set");
  Reply reply;
  reply.data = {{"keywords_used", keywords}, {"results", Json::array()}, {"unsupported_creators", Json::array()}};
  for (const auto& id : body.at("creator_ids").get<std::vector<std::string>>()) {
    const auto number = number_of(id);
    if (without_evidence.contains(number)) continue;
    if (without_profile.contains(number)) {
      reply.data["unsupported_creators"].push_back({{"creator_id", id}, {"reason", "no_linkedin_profile"}});
      continue;
    }
    Json posts = Json::array();
    for (int i = 1; i <= body.at("posts_limit_per_creator").get<int>(); ++i) {
      posts.push_back({{"post_url", fmt::format("https://example.com/{}/{}", number, i)},
                       {"posted_at", "2026-05-18T08:00:00Z"},
                       {"keyword_matches", {keywords.front()}},
                       {"relevance_score", 22},
                       {"snippet", "A post..."},
                       {"reactions", 410},
                       {"comments", 34},
                       {"shares", 9}});
    }
    reply.data["results"].push_back({{"creator", {{"id", id}}},
                                     {"cached_post_count", 42},
                                     {"matched_posts_count", posts.size()},
                                     {"matched_keywords", {keywords.front()}},
                                     {"evidence_posts", posts}});
  }
  return reply;
}

FakeToksta::Reply FakeToksta::creator_detail(const std::string& id) const {
  const auto number = number_of(id);
  if (without_detail.contains(number)) return failure(404, "NOT_FOUND", "Creator not found");
  Reply reply;
  reply.data["creator"] = {{"id", id},
                           {"name", fmt::format("Creator {}", number)},
                           {"bio", "the whole story"},
                           {"platform", "linkedin"},
                           {"metrics", {{"followers_count", 1000 * number + 7}}},
                           {"created_at", "2026-01-02T10:00:00Z"},
                           {"enrichment", {{"is_enriched", false}}}};
  return reply;
}

FakeToksta::Reply FakeToksta::leaders(const Json& body, WallTime now) {
  Reply reply;
  reply.data["jobs"] = Json::array();
  for (const auto& id : body.at("job_ids").get<std::vector<std::string>>()) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || unknown_jobs.contains(0)) {
      reply.data["jobs"].push_back({{"job_id", id}, {"found", false}});
      continue;
    }
    end_leaders(id, now);
    const auto& job = found->second;
    Json record{{"job_id", id}, {"found", true}, {"status", "running"}};
    if (job.ended) {
      record["status"] = job.canceled ? "canceled" : failing.contains(0) ? "failed" : "succeeded";
      record["analyzed_creators"] = job.analyzed;
      record["completed_at"] = to_iso8601(job.ready_at);
      record["results"] = {{{"creator_id", creator_id(1)}, {"status", "approved"}, {"relevance_score", 77}}};
    }
    reply.data["jobs"].push_back(record);
  }
  return reply;
}

FakeToksta::Reply FakeToksta::leader_job(const std::string& id, WallTime now) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second.family != "leaders") return failure(404, "NOT_FOUND", "no such job");
  end_leaders(id, now);
  const auto& job = found->second;
  Reply reply;
  auto& told = reply.data["job"];
  told = {{"id", id}, {"created_at", to_iso8601(job.started_at)}};
  told["status"] = !job.ended ? "running" : job.canceled ? "canceled" : failing.contains(0) ? "failed" : "succeeded";
  told["is_terminal"] = job.ended;
  told["updated_at"] = to_iso8601(job.ended ? job.ready_at : now);
  told["progress"] = {{"total_items", job.request.at("max_candidates_to_analyze")},
                      {"completed_items", candidates_done(job, now)}};
  if (job.ended) told["completed_at"] = to_iso8601(job.ready_at);
  return reply;
}

}  // namespace toksync::engine::test
