// Every operation of the contract answers in the documented shape.
#include <set>

#include <doctest/doctest.h>

#include "requests.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

const std::string workspace_key = "tk_live_" + std::string(48, '0');

/// Whether an object has all these fields.
bool has_all(const json& object, const std::vector<const char*>& names) {
  for (const char* name : names) {
    if (!object.contains(name)) {
      MESSAGE("missing: " << name << " in " << object.dump());
      return false;
    }
  }
  return true;
}

bool is_envelope(const HttpAnswer& answer) {
  const json body = answer.body();
  return body["success"] == true && body["meta"]["request_id"] == answer.headers.at("x-request-id") &&
         body["meta"]["trace_id"] == answer.headers.at("x-trace-id");
}

}  // namespace

TEST_CASE("the probes and the list of endpoints need no key") {
  SandboxProcess sandbox(quick());
  for (const char* path : {"/health", "/ready", "/version"}) {
    CHECK(with_key(sandbox, "", "GET", path).status == 200);
  }
  CHECK(with_key(sandbox, "", "GET", "/health").body()["status"] == "ok");
  const HttpAnswer list = with_key(sandbox, "", "GET", "/v1/");
  CHECK(is_envelope(list));
  CHECK(list.body()["data"]["endpoints"].size() == 28);
}

TEST_CASE("database search pages with a cursor, sorts and filters") {
  SandboxProcess sandbox(quick());
  json body = {{"query", "growth"}, {"limit", 40}, {"filters", {{"min_followers", 5000}}}};
  std::set<std::string> seen;
  std::int64_t last = INT64_MAX;
  for (int page = 0; page < 100; ++page) {
    const HttpAnswer answer = sandbox.post("/v1/creators/search", body);
    REQUIRE(answer.status == 200);
    const json creators = answer.body()["data"]["creators"];
    for (const json& creator : creators) {
      const auto followers = creator["metrics"]["followers_count"].get<std::int64_t>();
      CHECK(followers >= 5000);
      CHECK(followers <= last);
      last = followers;
      CHECK(seen.insert(creator["id"]).second);
    }
    if (answer.body()["meta"]["next_cursor"].is_null()) break;
    body["cursor"] = answer.body()["meta"]["next_cursor"];
  }
  CHECK(seen.size() > 200);
  body["query"] = "another query";
  CHECK(sandbox.post("/v1/creators/search", body).status == 400);
  const json youtube = sandbox.post("/v1/creators/search", {{"platform", "youtube"}}).body()["data"]["creators"];
  REQUIRE(youtube.size() == 50);
  CHECK(youtube[0]["platform"] == "youtube");
}

TEST_CASE("discovery search finds enough B2B marketers, and rankings move between pages") {
  SandboxProcess sandbox(quick());
  std::set<std::string> unique;
  std::size_t shown = 0;
  for (int offset = 0;; offset += 50) {
    const json answer = sandbox.post("/v1/creators/discovery-search", discovery_body(50, offset)).body();
    const json creators = answer["data"]["creators"];
    if (creators.empty()) break;
    for (const json& creator : creators) unique.insert(creator["id"]);
    shown += creators.size();
    CHECK(has_all(answer["meta"], {"keywords_used", "ranking_source", "search_mode", "result_set_id", "pagination"}));
    CHECK(has_all(creators[0], {"id", "name", "bio", "metrics", "score", "match_rank", "updated_at"}));
  }
  CHECK(unique.size() >= 300);
  CHECK(unique.size() < shown);
  SandboxProcess still(quick({"--no-shuffle-pages"}));
  const json first = still.post("/v1/creators/discovery-search", discovery_body(100, 0)).body()["data"]["creators"];
  const json second = still.post("/v1/creators/discovery-search", discovery_body(50, 50)).body()["data"]["creators"];
  CHECK(first[50] == second[0]);
  CHECK(first[99] == second[49]);
}

TEST_CASE("a stricter mode finds fewer") {
  SandboxProcess sandbox(quick());
  std::vector<std::int64_t> totals;
  for (const char* mode : {"strict", "balanced", "broad"}) {
    json body = discovery_body(1);
    body["search_mode"] = mode;
    const json meta = sandbox.post("/v1/creators/discovery-search", body).body()["meta"];
    CHECK(meta["search_mode"] == mode);
    totals.push_back(meta["pagination"]["total"]);
  }
  CHECK(totals[0] < totals[1]);
  CHECK(totals[1] <= totals[2]);
}

TEST_CASE("the same seed gives the same creators, another seed others") {
  const auto first_page = [](const std::string& seed) {
    SandboxProcess sandbox(quick({"--seed", seed}));
    return sandbox.post("/v1/creators/search", {{"limit", 20}}).body()["data"];
  };
  const json one = first_page("7");
  CHECK(one == first_page("7"));
  CHECK(one != first_page("8"));
}

TEST_CASE("a creator's detail tells of its enrichment") {
  SandboxProcess sandbox(quick());
  const std::string id = some_creators(sandbox, 1)[0];
  const HttpAnswer before = sandbox.get("/v1/creators/" + id);
  CHECK(is_envelope(before));
  CHECK(before.body()["data"]["creator"]["enrichment"]["is_enriched"] == false);
  CHECK(has_all(before.body()["data"]["creator"], {"id", "created_at", "updated_at", "metrics"}));
  sandbox.post("/v1/creators/enrich", {{"creator_ids", {id}}});
  sandbox.post("/v1/enrichments/results", {{"creator_ids", {id}}, {"wait_seconds", 30}});
  CHECK(sandbox.get("/v1/creators/" + id).body()["data"]["creator"]["enrichment"]["is_enriched"] == true);
  CHECK(sandbox.get("/v1/creators/" + id + "?platform=youtube").status == 404);
  CHECK(sandbox.get("/v1/creators/00000000-0000-4000-8000-000000000000").status == 404);
}

TEST_CASE("search result posts are evidence for the keywords") {
  SandboxProcess sandbox(quick());
  const json search = sandbox.post("/v1/creators/discovery-search", discovery_body(5)).body();
  const json by_set = sandbox
                          .post("/v1/search-results/posts",
                                {{"result_set_id", search["meta"]["result_set_id"]}, {"posts_limit_per_creator", 2}})
                          .body()["data"];
  CHECK(has_all(by_set, {"keywords_used", "selection", "results", "unsupported_creators", "detail_level"}));
  CHECK(by_set["keywords_used"] == keywords());
  const json result = by_set["results"][0];
  CHECK(has_all(result, {"creator", "cached_post_count", "matched_posts_count", "matched_keywords", "evidence_posts"}));
  CHECK(
      has_all(result["evidence_posts"][0], {"post_url", "posted_at", "keyword_matches", "relevance_score", "snippet"}));
  CHECK(sandbox.post("/v1/search-results/posts", {{"creator_ids", {result["creator"]["id"]}}}).status == 400);
}

TEST_CASE("enrichment: 202 with jobs, results by creator ids, 200 when nothing is left to do") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 3);
  const HttpAnswer started = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(started.status == 202);
  const json data = started.body()["data"];
  CHECK(has_all(data, {"creators_requested", "selection", "task_id", "credits", "already_enriched_count",
                       "missing_linkedin_profiles", "jobs"}));
  CHECK(data["jobs"][0]["job_id"] == "enrichment:" + ids[0]);
  const json pending = sandbox.post("/v1/enrichments/results", {{"creator_ids", ids}}).body()["data"];
  CHECK(pending["pending"] == 3);
  CHECK(pending["results_summary"].empty());
  const json done =
      sandbox.post("/v1/enrichments/results", {{"creator_ids", ids}, {"wait_seconds", 30}, {"detail_level", "full"}})
          .body()["data"];
  CHECK(done["completed"] == 3);
  CHECK(done["pending"] == 0);
  CHECK(
      has_all(done["results_summary"][0], {"creator_id", "followers_count", "median_posts_per_month", "enriched_at"}));
  CHECK(
      has_all(done["results"][0], {"median_reactions_per_post", "median_comments_per_post", "median_shares_per_post"}));
  const HttpAnswer again = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(again.status == 200);
  CHECK(again.body()["data"]["all_complete"] == true);
  CHECK(again.body()["data"]["jobs_created"] == 0);
  CHECK(again.body()["data"]["already_enriched_count"] == 3);
}

TEST_CASE("content match: by job, by bare id, by creator, and its posts") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 2);
  const HttpAnswer started = sandbox.post(
      "/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"growth"}}, {"posts_to_analyze", 20}});
  REQUIRE(started.status == 202);
  const json data = started.body()["data"];
  CHECK(has_all(data, {"creators_requested", "selection", "campaign_id", "posts_to_analyze", "jobs", "failures"}));
  CHECK(data["jobs_created"] == 2);
  const std::string job = data["job_ids"][0];
  CHECK(job.starts_with("content-fit:"));
  CHECK(data["jobs"][0]["status"] == "pending");
  const json prefixed =
      sandbox.post("/v1/content-match/results", {{"job_id", job}, {"wait_seconds", 30}}).body()["data"];
  CHECK(prefixed["found_count"] == 1);
  const json summary = prefixed["results_summary"][0];
  CHECK(has_all(summary, {"analysis_id", "creator_id", "match_score", "matching_posts_count", "total_posts_analyzed",
                          "content_fit_label", "source_status", "completed_at", "error_message"}));
  CHECK(summary["status"] == "succeeded");
  const json bare = sandbox.post("/v1/content-match/results", {{"job_ids", {summary["analysis_id"]}}}).body()["data"];
  CHECK(bare["results_summary"][0]["match_score"] == summary["match_score"]);
  const json by_creator =
      sandbox.post("/v1/content-match/results", {{"creator_ids", ids}, {"wait_seconds", 30}, {"detail_level", "full"}})
          .body()["data"];
  CHECK(by_creator["missing_creator_ids"].empty());
  CHECK(by_creator["results"][0]["topic_keywords"] == json{"growth"});
  const json posts =
      sandbox.post("/v1/content-match/posts", {{"creator_ids", ids}, {"posts_limit_per_creator", 2}}).body()["data"];
  const json record = posts["results"][0];
  CHECK(record["returned_posts_count"] == record["matched_posts"].size());
  CHECK(record["matched_posts"].size() <= 2);
  for (const json& post : record["matched_posts"]) {
    CHECK(has_all(
        post, {"title", "post_url", "posted_date", "content_type", "match_score", "keyword_matches", "match_reason"}));
  }
}

TEST_CASE("audience match: results and details") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 2);
  const HttpAnswer started = sandbox.post(
      "/v1/creators/audience-match", {{"creator_ids", ids}, {"target_audience_criteria", {"VP Marketing", "CMO"}}});
  REQUIRE(started.status == 202);
  const json jobs = started.body()["data"]["job_ids"];
  CHECK(jobs[0].get<std::string>().starts_with("audience-fit:"));
  const json data =
      sandbox.post("/v1/audience-match/results", {{"job_ids", jobs}, {"wait_seconds", 30}}).body()["data"];
  CHECK(data["found_count"] == 2);
  CHECK(has_all(data["results_summary"][0], {"match_score", "matching_engagers_count", "total_engagers_analyzed",
                                             "unique_companies", "audience_summary"}));
  const json details =
      sandbox.post("/v1/audience-match/details", {{"job_ids", jobs}, {"detail_level", "full"}, {"engagers_limit", 4}})
          .body()["data"]["results"][0];
  CHECK(details["top_matching_engagers"].size() <= 4);
  CHECK(has_all(details["top_matching_engagers"][0],
                {"name", "job_title", "company", "headline", "linkedin_url", "engagement_count"}));
  CHECK(has_all(details["top_companies"][0], {"name", "count", "percentage"}));
  CHECK(has_all(details["job_title_breakdown"][0], {"title", "count"}));
  CHECK(details.contains("geography"));
}

TEST_CASE("thought leaders: status, results, bulk, cancel") {
  SandboxProcess sandbox(quick());
  const std::string job = start_thought_leaders(sandbox);
  const json running = sandbox.get("/v1/jobs/" + job).body()["data"]["job"];
  CHECK(
      has_all(running, {"id", "job_type", "status", "source_status", "is_terminal", "progress", "result_expires_at"}));
  CHECK(running["is_terminal"] == false);
  const json done = sandbox.post("/v1/jobs/results", {{"job_id", job}, {"wait_seconds", 30}}).body()["data"]["job"];
  CHECK(done["status"] == "succeeded");
  CHECK(done["result_count"] == done["results"].size());
  CHECK(has_all(done, {"requested_count", "returned_count", "search_exhausted", "results_truncated"}));
  CHECK(has_all(done["results"][0], {"creator_id", "creator_name", "status", "search_rank", "relevance_score", "score",
                                     "content_match_score", "matching_posts", "posts_analyzed", "processed_at"}));
  const json bulk =
      sandbox.post("/v1/jobs/results:bulk", {{"job_ids", {job, "00000000-0000-4000-8000-000000000000"}}, {"limit", 2}})
          .body();
  CHECK(bulk["data"]["jobs"][0]["found"] == true);
  CHECK(bulk["data"]["jobs"][0]["results"].size() == 2);
  CHECK(bulk["data"]["jobs"][1]["found"] == false);
  CHECK(bulk["meta"]["not_found_count"] == 1);
  const json late = sandbox.post("/v1/jobs/" + job + "/cancel", json::object()).body()["data"]["job"];
  CHECK(late["canceled"] == false);
  CHECK(late["reason"].is_string());
  const std::string other = start_thought_leaders(sandbox);
  CHECK(with_key(sandbox, sandbox_key(), "POST", "/v1/jobs/" + other + "/cancel").status == 400);
  const json canceled = sandbox.post("/v1/jobs/" + other + "/cancel", json::object()).body()["data"]["job"];
  CHECK(canceled["canceled"] == true);
  CHECK(canceled["source_status"] == "cancelled");
  CHECK(sandbox.get("/v1/jobs/" + other).body()["data"]["job"]["status"] == "canceled");
}

TEST_CASE("workspace endpoints: closed to a dedicated key, open to a workspace key") {
  SandboxProcess sandbox(quick({"--workspace-key", workspace_key}));
  const json campaign = {{"name", "Launch"}, {"content_keywords", {"growth"}}, {"target_audience_criteria", {"CTO"}}};
  CHECK(sandbox.post("/v1/campaigns", campaign).status == 403);
  CHECK(sandbox.post("/v1/creator-lists", {{"name", "List"}}).status == 403);
  CHECK(sandbox.get("/v1/campaigns/00000000-0000-4000-8000-000000000000").status == 403);
  const auto ids = some_creators(sandbox, 2);
  CHECK(sandbox.post("/v1/creator-lists/x/creators", {{"creator_ids", ids}}).status == 403);
  const HttpAnswer made = with_key(sandbox, workspace_key, "POST", "/v1/campaigns", campaign);
  CHECK(made.status == 201);
  const std::string id = made.body()["data"]["campaign"]["id"];
  CHECK(with_key(sandbox, workspace_key, "GET", "/v1/campaigns/" + id).body()["data"]["campaign"]["name"] == "Launch");
  CHECK(with_key(sandbox, workspace_key, "GET", "/v1/campaigns?limit=5").body()["data"]["campaigns"].size() == 1);
  CHECK(sandbox.get("/v1/campaigns").body()["data"]["campaigns"].empty());
  const HttpAnswer list = with_key(sandbox, workspace_key, "POST", "/v1/creator-lists", {{"name", "Shortlist"}});
  CHECK(list.status == 201);
  const std::string list_id = list.body()["data"]["creator_list"]["id"];
  const json saved =
      with_key(sandbox, workspace_key, "POST", "/v1/creator-lists/" + list_id + "/creators", {{"creator_ids", ids}})
          .body()["data"];
  CHECK(saved["added_count"] == 2);
  CHECK(with_key(sandbox, workspace_key, "GET", "/v1/creator-lists").body()["data"]["creator_lists"].size() == 1);
  CHECK(sandbox.get("/v1/creator-lists").body()["data"]["creator_lists"].empty());
  const json match = {{"creator_ids", ids}, {"campaign_id", id}};
  CHECK(sandbox.post("/v1/creators/content-match", match).status == 403);
  CHECK(with_key(sandbox, workspace_key, "POST", "/v1/creators/content-match", match).status == 202);
}

TEST_CASE("a creator list: at most a hundred in an addition, and nobody in it twice") {
  SandboxProcess sandbox(quick({"--workspace-key", workspace_key}));
  const auto call = [&](const char* method, const std::string& path, const json& body = {}) {
    return with_key(sandbox, workspace_key, method, path, body);
  };
  const std::string id =
      call("POST", "/v1/creator-lists", {{"name", "Shortlist"}}).body()["data"]["creator_list"]["id"];
  const std::string path = "/v1/creator-lists/" + id + "/creators";
  const auto ids = some_creators(sandbox, 3);
  CHECK(call("POST", path, {{"creator_ids", {ids[0], ids[1]}}}).body()["data"]["added_count"] == 2);
  const json again = call("POST", path, {{"creator_ids", ids}}).body()["data"];
  CHECK(again["requested_count"] == 3);
  CHECK(again["added_count"] == 1);
  CHECK(again["total_items"] == 3);
  const json listed = call("GET", "/v1/creator-lists").body()["data"]["creator_lists"][0];
  CHECK(listed["creator_counts"]["total"] == 3);
  CHECK(call("POST", path, {{"creator_ids", json::array()}}).status == 400);
  CHECK(call("POST", path, {{"creator_ids", std::vector<std::string>(101, ids[0])}}).status == 400);
  CHECK(call("POST", "/v1/creator-lists/" + ids[0] + "/creators", {{"creator_ids", ids}}).status == 404);
  CHECK(sandbox.lists()[0]["creator_ids"].size() == 3);
  CHECK(sandbox.lists()[0]["added_again"] == 2);
  sandbox.delete_lists();
  CHECK(call("POST", path, {{"creator_ids", ids}}).status == 404);
}

TEST_CASE("an analysis for a campaign has its criteria, and is found by it") {
  SandboxProcess sandbox(quick({"--workspace-key", workspace_key}));
  const auto call = [&](const std::string& path, const json& body) {
    return with_key(sandbox, workspace_key, "POST", path, body);
  };
  const json campaign = {{"name", "Launch"}, {"content_keywords", {"growth"}}, {"target_audience_criteria", {"CTO"}}};
  const std::string id = call("/v1/campaigns", campaign).body()["data"]["campaign"]["id"];
  const std::string other = call("/v1/campaigns", campaign).body()["data"]["campaign"]["id"];
  const json creators = {some_creators(sandbox, 1)[0]};
  CHECK(call("/v1/creators/content-match", {{"creator_ids", creators}, {"campaign_id", id}}).status == 202);
  const auto read = [&](const std::string& campaign_id) {
    return call("/v1/content-match/results",
                {{"creator_ids", creators}, {"campaign_id", campaign_id}, {"detail_level", "full"}})
        .body()["data"];
  };
  CHECK(read(id)["results"][0]["campaign_id"] == id);
  CHECK(read(id)["results"][0]["topic_keywords"] == json{"growth"});
  CHECK(read(other)["found_count"] == 0);
}

TEST_CASE("usage: a month's operations, with and without the balance") {
  SandboxProcess sandbox(quick());
  sandbox.post("/v1/creators/search", json::object());
  const json data = sandbox.get("/v1/account/usage").body()["data"];
  CHECK(has_all(
      data, {"period", "total_calls", "total_overage_usd", "plan_source", "subscription_plan", "subscription_status"}));
  CHECK(data["total_credits_charged"] == 1);
  CHECK(data["operations"]["creator_search"]["calls"] == 1);
  CHECK(data["remaining_credits"] == 99'999);
  CHECK(sandbox.get("/v1/account/usage?month=2020-01").body()["data"]["total_calls"] == 0);
  CHECK(sandbox.get("/v1/account/usage?month=may").status == 400);
  SandboxProcess silent(quick({"--no-balance"}));
  CHECK_FALSE(silent.get("/v1/account/usage").body()["data"].contains("remaining_credits"));
}
