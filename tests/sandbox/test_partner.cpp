// The sandbox as the partner API: one job a request, read at one place, at its own prices.
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "requests.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

std::vector<std::string> as_partner(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"--api", "partner"});
  return quick(more);
}

/// The job's document, once it has ended.
json ended(const SandboxProcess& sandbox, const std::string& id) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const json job = sandbox.get("/v1/jobs/" + id).body()["data"];
    const std::string status = job["status"];
    if (status != "queued" && status != "processing" && status != "running") return job;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  FAIL("the job does not end");
  return nullptr;
}

std::string start(const SandboxProcess& sandbox, const std::string& what, json body) {
  const HttpAnswer answer = sandbox.post("/v1/creators/" + what, body);
  REQUIRE(answer.status == 202);
  const json data = answer.body()["data"];
  CHECK_FALSE(data.contains("jobs"));
  return data["job_id"];
}

}  // namespace

TEST_CASE("each start is one job, and its document holds the results") {
  const SandboxProcess sandbox(as_partner());
  const auto ids = some_creators(sandbox, 3);
  const auto enrichment = ended(sandbox, start(sandbox, "enrich", {{"creator_ids", ids}}));
  CHECK(enrichment["status"] == "completed");
  REQUIRE(enrichment["results"].size() == 3);
  CHECK(enrichment["results"][0]["creator_id"] == ids[0]);
  CHECK(enrichment["results"][0].contains("median_posts_per_month"));
  const auto content =
      ended(sandbox, start(sandbox, "content-match", {{"creator_ids", ids}, {"topic_keywords", {"growth"}}}));
  REQUIRE(content["results"].size() == 3);
  CHECK(content["results"][0]["match_score"].is_number());
  CHECK_FALSE(content["results"][0].contains("job_id"));
  const auto audience =
      ended(sandbox, start(sandbox, "audience-match", {{"creator_ids", ids}, {"audience_keywords", {"CMO"}}}));
  CHECK(audience["results"].size() == 3);
  const auto leaders = ended(sandbox, start_thought_leaders(sandbox));
  CHECK(leaders["status"] == "completed");
  CHECK_FALSE(leaders["results"].empty());
}

TEST_CASE("its prices are its own, and searches are free") {
  const SandboxProcess sandbox(as_partner());
  const auto ids = some_creators(sandbox, 2);
  CHECK(sandbox.credits_charged() == 0);
  const auto cost_of = [&](const char* path, const json& body) {
    const std::int64_t before = sandbox.credits_charged();
    CHECK(sandbox.post(path, body).status < 300);
    return sandbox.credits_charged() - before;
  };
  CHECK(cost_of("/v1/creators/search", json::object()) == 0);
  CHECK(cost_of("/v1/creators/enrich", {{"creator_ids", ids}}) == 4);
  for (const int posts : {10, 20, 30}) {
    CHECK(cost_of("/v1/creators/content-match",
                  {{"creator_ids", ids}, {"topic_keywords", {"growth"}}, {"posts_to_analyze", posts}}) == 4);
  }
  for (const char* depth : {"quick_scan", "deep_dive", "comprehensive"}) {
    CHECK(cost_of("/v1/creators/audience-match",
                  {{"creator_ids", ids}, {"audience_keywords", {"CMO"}}, {"analysis_depth", depth}}) == 4);
  }
  for (const auto& [mode, price] : {std::pair{"broad", 2}, {"balanced", 3}, {"strict", 4}}) {
    const std::int64_t balance = sandbox.bill()["balance"];
    start_thought_leaders(sandbox, {{"mode", mode}, {"max_candidates_to_analyze", 10}});
    CHECK(sandbox.bill()["balance"] == balance - 10 * price);
  }
}

TEST_CASE("a job of which some failed is partial, one of which all failed has failed") {
  const SandboxProcess sandbox(as_partner());
  const auto ids = some_creators(sandbox, 3);
  sandbox.fault("POST /v1/creators/enrich jobs_fail count=1");
  const auto partial = ended(sandbox, start(sandbox, "enrich", {{"creator_ids", ids}}));
  CHECK(partial["status"] == "partial");
  CHECK(partial["results"].size() == 2);
  sandbox.fault("POST /v1/creators/content-match jobs_fail count=3");
  const auto failed =
      ended(sandbox, start(sandbox, "content-match", {{"creator_ids", ids}, {"topic_keywords", {"growth"}}}));
  CHECK(failed["status"] == "failed");
  CHECK(failed["error_message"].is_string());
}

TEST_CASE("where nothing resolves the answer is 404, and free") {
  const SandboxProcess sandbox(as_partner());
  const json nobody = {{"creator_ids", {"00000000-0000-4000-8000-000000000000"}}};
  CHECK(error_code(sandbox.post("/v1/creators/enrich", nobody)) == "NOT_FOUND");
  CHECK(sandbox.get("/v1/jobs/nowhere").status == 404);
  CHECK(sandbox.credits_charged() == 0);
  // v1's routes for results are not there.
  for (const char* route : {"/v1/enrichments/results", "/v1/content-match/results", "/v1/jobs/results:bulk"}) {
    CHECK(sandbox.post(route, nobody).status == 404);
  }
}

TEST_CASE("out of credits has its own code, and the usage tells whether a limit is enforced") {
  const SandboxProcess sandbox(as_partner({"--credits", "3"}));
  const auto ids = some_creators(sandbox, 2);
  const auto refused = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(refused.status == 402);
  CHECK(error_code(refused) == "CREDIT_LIMIT_EXCEEDED");
  const auto usage = sandbox.get("/v1/account/usage").body()["data"];
  CHECK(usage["enforce_credit_limits"] == true);
  CHECK(usage["remaining_credits"] == 3);
  const SandboxProcess generous(as_partner({"--credits", "3", "--overage"}));
  CHECK(generous.post("/v1/creators/enrich", {{"creator_ids", ids}}).status == 202);
  CHECK(generous.get("/v1/account/usage").body()["data"]["enforce_credit_limits"] == false);
}
