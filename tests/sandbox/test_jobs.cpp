// The traps of job ids, waiting, expiry, and the rate window.
#include <functional>

#include <doctest/doctest.h>

#include "requests.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

Milliseconds time_of(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

TEST_CASE("a prefixed id is unknown to the job endpoints, a wrong family to the others") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 1);
  const json jobs = sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a"}}})
                        .body()["data"]["job_ids"];
  const std::string prefixed = jobs[0];
  const std::string bare = prefixed.substr(prefixed.find(':') + 1);
  CHECK(sandbox.get("/v1/jobs/" + prefixed).status == 404);
  CHECK(sandbox.get("/v1/jobs/" + bare).status == 404);
  CHECK(sandbox.get("/v1/jobs/enrichment:" + ids[0]).status == 404);
  CHECK(sandbox.post("/v1/jobs/results", {{"job_id", prefixed}}).status == 404);
  const json wrong = sandbox.post("/v1/audience-match/results", {{"job_ids", {bare, prefixed}}}).body()["data"];
  CHECK(wrong["found_count"] == 0);
  CHECK(wrong["not_found_ids"] == json{bare, prefixed});
}

TEST_CASE("a wait holds the request until the jobs end, and not beyond its time") {
  SandboxProcess sandbox({"--time-scale", "5", "--job-latency", "2", "--rate-limit", "100"});
  const auto ids = some_creators(sandbox, 3);
  sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  const json body = {{"creator_ids", ids}, {"wait_seconds", 30}};
  const Milliseconds waited =
      time_of([&] { CHECK(sandbox.post("/v1/enrichments/results", body).body()["data"]["completed"] == 3); });
  CHECK(waited >= Milliseconds{150});
  CHECK(waited < Milliseconds{5500});
  sandbox.fault("POST /v1/creators/content-match jobs_stuck count=all");
  sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a"}}});
  const Milliseconds whole = time_of([&] {
    const json five = {{"creator_ids", ids}, {"wait_seconds", 5}};
    const json data = sandbox.post("/v1/content-match/results", five).body()["data"];
    CHECK(data["results_summary"][0]["status"] != "succeeded");
  });
  CHECK(whole >= Milliseconds{990});
  CHECK(whole < Milliseconds{5500});
}

TEST_CASE("the job endpoints wait too") {
  SandboxProcess sandbox(quick());
  const std::string job = start_thought_leaders(sandbox);
  const json bulk = sandbox.post("/v1/jobs/results:bulk", {{"job_ids", {job}}, {"wait_seconds", 30}}).body()["data"];
  CHECK(bulk["jobs"][0]["status"] == "succeeded");
}

TEST_CASE("results expire") {
  SandboxProcess sandbox(quick({"--retention-days", "0"}));
  const auto ids = some_creators(sandbox, 1);
  const json jobs = sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a"}}})
                        .body()["data"]["job_ids"];
  const std::string job = start_thought_leaders(sandbox);
  const json by_job = {{"job_ids", jobs}, {"wait_seconds", 30}};
  sandbox.post("/v1/content-match/results", by_job);
  CHECK(sandbox.post("/v1/content-match/results", by_job).body()["data"]["expired_ids"] == jobs);
  CHECK(sandbox.post("/v1/content-match/results", {{"creator_ids", ids}}).body()["data"]["missing_creator_ids"] ==
        json(ids));
  CHECK(sandbox.post("/v1/jobs/results", {{"job_id", job}, {"wait_seconds", 30}}).status == 404);
  CHECK(sandbox.get("/v1/jobs/" + job).body()["data"]["job"]["status"] == "expired");
}

TEST_CASE("jobs fail or go missing on request, and stay charged") {
  SandboxProcess sandbox(quick());
  const auto ids = some_creators(sandbox, 3);
  sandbox.fault("POST /v1/creators/content-match jobs_fail count=1");
  sandbox.fault("POST /v1/creators/content-match jobs_missing count=1");
  const json jobs = sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a"}}})
                        .body()["data"]["job_ids"];
  const json data = sandbox.post("/v1/content-match/results", {{"job_ids", jobs}, {"wait_seconds", 30}}).body()["data"];
  CHECK(data["not_found_ids"] == json{jobs[1]});
  CHECK(data["results_summary"][0]["status"] == "failed");
  CHECK(data["results_summary"][0]["error_message"].is_string());
  CHECK(data["results_summary"][1]["status"] == "succeeded");
  CHECK(sandbox.bill()["by_operation"]["content_match"]["credits"] == 9);
}

TEST_CASE("the rate window counts every request, tells so, and opens again") {
  SandboxProcess sandbox({"--time-scale", "15", "--rate-limit", "3"});
  const HttpAnswer first = sandbox.get("/v1/account/usage");
  CHECK(first.headers.at("x-ratelimit-limit") == "3");
  CHECK(first.headers.at("x-ratelimit-remaining") == "2");
  CHECK(std::stoll(first.headers.at("x-ratelimit-reset")) > 1'700'000'000);
  CHECK(sandbox.get("/v1/jobs/none").headers.at("x-ratelimit-remaining") == "1");
  CHECK(sandbox.post("/v1/creators/search", {{"limit", 0}}).headers.at("x-ratelimit-remaining") == "0");
  const HttpAnswer limited = sandbox.get("/v1/account/usage");
  CHECK(limited.status == 429);
  CHECK(error_code(limited) == "RATE_LIMITED");
  const int retry_after = std::stoi(limited.headers.at("retry-after"));
  CHECK(retry_after >= 1);
  CHECK(retry_after <= 4);
  CHECK(with_key(sandbox, "", "GET", "/health").status == 200);
  HttpAnswer later = limited;
  const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
  while (later.status == 429 && std::chrono::steady_clock::now() < deadline) later = sandbox.get("/v1/account/usage");
  CHECK(later.status == 200);
  CHECK(later.headers.at("x-ratelimit-remaining") == "2");
}
