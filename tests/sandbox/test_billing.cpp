// What is charged, refunded and refused; and that the bill shows a double purchase.
#include <doctest/doctest.h>

#include "requests.hpp"

using namespace toksync;
using namespace toksync::test;

TEST_CASE("every operation has its price, told in the header and on the bill") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 2);
  CHECK(sandbox.credits_charged() == 1);
  const auto cost_of = [&](const char* path, const json& body) {
    const std::int64_t before = sandbox.credits_charged();
    const HttpAnswer answer = sandbox.post(path, body);
    const std::int64_t cost = sandbox.credits_charged() - before;
    CHECK(answer.headers.at("x-toksta-credit-cost") == std::to_string(cost));
    return cost;
  };
  CHECK(cost_of("/v1/creators/search", json::object()) == 1);
  CHECK(cost_of("/v1/creators/discovery-search", discovery_body(100)) == 1);
  CHECK(cost_of("/v1/creators/discovery-search", discovery_body(100, 100'000)) == 0);
  CHECK(cost_of("/v1/creators/enrich", {{"creator_ids", ids}}) == 2);
  for (const auto& [posts, price] : {std::pair{10, 3}, {20, 5}, {30, 8}}) {
    CHECK(cost_of("/v1/creators/content-match",
                  {{"creator_ids", ids}, {"topic_keywords", {"growth"}}, {"posts_to_analyze", posts}}) == 2 * price);
  }
  for (const auto& [depth, price] : {std::pair{"quick_scan", 10}, {"deep_dive", 20}, {"comprehensive", 30}}) {
    CHECK(cost_of("/v1/creators/audience-match",
                  {{"creator_ids", ids}, {"audience_keywords", {"CMO"}}, {"analysis_depth", depth}}) == 2 * price);
  }
  const std::int64_t before = sandbox.credits_charged();
  sandbox.get("/v1/account/usage");
  sandbox.get("/v1/creators/" + ids[0]);
  sandbox.post("/v1/content-match/results", {{"creator_ids", ids}});
  CHECK(sandbox.credits_charged() == before);
}

TEST_CASE("an enriched creator is free, a mixed selection pays for the new ones only") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 3);
  sandbox.post("/v1/creators/enrich", {{"creator_ids", {ids[0]}}});
  sandbox.post("/v1/enrichments/results", {{"creator_ids", {ids[0]}}, {"wait_seconds", 30}});
  const HttpAnswer mixed = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(mixed.status == 202);
  const json data = mixed.body()["data"];
  CHECK(data["already_enriched_count"] == 1);
  CHECK(data["jobs_created"] == 2);
  CHECK(data["credits"]["deducted"] == 2);
  CHECK(data["credits"]["remaining"] == 100'000 - 4);
  CHECK(sandbox.nothing_bought_twice());
}

TEST_CASE("creators without a LinkedIn profile are named and not charged") {
  SandboxProcess sandbox(quick());
  json ids = json::array();
  json body = {{"limit", 100}};
  while (ids.empty()) {
    const json page = sandbox.post("/v1/creators/search", body).body();
    for (const json& creator : page["data"]["creators"]) {
      if (creator["profile_url"].is_null()) ids.push_back(creator["id"]);
    }
    REQUIRE(page["meta"]["next_cursor"].is_string());
    body["cursor"] = page["meta"]["next_cursor"];
  }
  const json enrich = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}}).body()["data"];
  CHECK(enrich["missing_linkedin_profiles"].size() == ids.size());
  CHECK(enrich["jobs_created"] == 0);
  const json match =
      sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a"}}}).body()["data"];
  CHECK(match["failures"].size() == ids.size());
  CHECK(match["jobs_created"] == 0);
  CHECK_FALSE(sandbox.bill()["by_operation"].contains("profile_enrichment"));
}

TEST_CASE("buying the same analysis twice shows on the bill; cached analyses are free") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 1);
  const json match = {{"creator_ids", ids}, {"topic_keywords", {"b", "a"}}};
  sandbox.post("/v1/creators/content-match", match);
  CHECK(sandbox.nothing_bought_twice());
  sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a", "b"}}});
  CHECK_FALSE(sandbox.nothing_bought_twice());
  SandboxProcess caching(quick({"--cache-analyses", "on"}));
  caching.post("/v1/creators/content-match", match);
  caching.post("/v1/content-match/results", {{"creator_ids", ids}, {"wait_seconds", 30}});
  const json again = caching.post("/v1/creators/content-match", match).body()["data"];
  CHECK(again["jobs"][0]["cached"] == true);
  CHECK(again["jobs_created"] == 0);
  CHECK(caching.credits_charged() == 3);
}

TEST_CASE("thought leaders: reserved at the start, charged for the analyzed, the rest refunded") {
  SandboxProcess sandbox(quick());
  for (const auto& [mode, price] : {std::pair{"broad", 1}, {"balanced", 2}, {"strict", 3}}) {
    sandbox.reset();
    const json few = {{"mode", mode}, {"max_candidates_to_analyze", 200}, {"min_followers", 200'000}};
    const std::string job = start_thought_leaders(sandbox, few);
    CHECK(sandbox.bill()["credits_reserved"] == 200 * price);
    CHECK(sandbox.bill()["credits_charged"] == 0);
    CHECK(sandbox.get("/v1/account/usage").body()["data"]["remaining_credits"] == 100'000 - 200 * price);
    const json done = sandbox.post("/v1/jobs/results", {{"job_id", job}, {"wait_seconds", 30}}).body()["data"]["job"];
    const auto analyzed = done["progress"]["completed_items"].get<std::int64_t>();
    CHECK(done.value("analyzed_creators", analyzed) == analyzed);
    CHECK(analyzed < 200);
    const json bill = sandbox.bill();
    CHECK(bill["credits_reserved"] == 0);
    CHECK(bill["credits_charged"] == analyzed * price);
    CHECK(bill["credits_refunded"] == (200 - analyzed) * price);
    CHECK(sandbox.get("/v1/account/usage").body()["data"]["total_credits_charged"] == analyzed * price);
  }
}

TEST_CASE("a canceled job is charged for what it had analyzed, a failed one for all") {
  SandboxProcess sandbox(quick({"--job-latency", "3000"}));
  const std::string job = start_thought_leaders(sandbox);
  sandbox.post("/v1/jobs/" + job + "/cancel", json::object());
  const json bill = sandbox.bill();
  CHECK(bill["credits_reserved"] == 0);
  CHECK(bill["credits_charged"].get<std::int64_t>() + bill["credits_refunded"].get<std::int64_t>() == 40);
  CHECK(bill["credits_charged"] < 40);
  SandboxProcess failing(quick({"--fault", "POST /v1/creators/thought-leaders jobs_fail"}));
  const std::string failed = start_thought_leaders(failing);
  const json end = failing.post("/v1/jobs/results", {{"job_id", failed}, {"wait_seconds", 30}}).body()["data"]["job"];
  CHECK(end["status"] == "failed");
  CHECK(end["error_message"].is_string());
  CHECK(failing.credits_charged() == 40);
}

TEST_CASE("without credits buying is 402 and free calls still work; with overage it goes on") {
  SandboxProcess sandbox(quick({"--credits", "2"}));
  const auto ids = some_creators(sandbox, 3);
  const HttpAnswer refused = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(refused.status == 402);
  CHECK(error_code(refused) == "INSUFFICIENT_CREDITS");
  CHECK(sandbox.post("/v1/creators/thought-leaders", {{"keywords", keywords()}}).status == 402);
  CHECK(sandbox.credits_charged() == 1);
  CHECK(sandbox.get("/v1/account/usage").status == 200);
  sandbox.set_credits(3);
  CHECK(sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}}).status == 202);
  SandboxProcess open(quick({"--credits", "0", "--overage"}));
  CHECK(open.post("/v1/creators/search", json::object()).status == 200);
  const json usage = open.get("/v1/account/usage").body()["data"];
  CHECK(usage["remaining_credits"] == -1);
  CHECK(usage["total_overage_usd"] > 0.0);
}

TEST_CASE("the cost header can be left out, and some creators enriched beforehand") {
  SandboxProcess sandbox(quick({"--no-cost-header", "--pre-enriched", "1"}));
  const auto ids = some_creators(sandbox, 5);
  const HttpAnswer answer = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.headers.contains("x-toksta-credit-cost"));
  CHECK(answer.body()["data"]["already_enriched_count"] == 5);
}
