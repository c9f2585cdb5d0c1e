#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kRead = ReadThoughtLeaders{{"j1", "j2"}};

std::vector<ThoughtLeadersJob> jobs_of(std::string_view data) {
  return payload<ThoughtLeadersResults>(kRead, data).jobs;
}

TEST_CASE("jobs come with their rows, and those not found say so") {
  const auto jobs = jobs_of(R"({"jobs":[{"found":true,"job_id":"j1","status":"succeeded","source_status":"completed",
    "progress":{"total_items":120,"completed_items":118,"approved_items":38},"requested_count":10,"returned_count":1,
    "search_exhausted":false,"result_expires_at":"2026-06-27T09:06:00Z","completed_at":"2026-05-28T09:06:00Z",
    "results":[{"creator_id":"c1","creator_name":"Ada Holm","status":"approved","search_rank":1,"relevance_score":0.92,
    "relevance_reasoning":"On topic.","processed_at":"2026-05-28T09:05:00Z","score":88,"content_match_score":79.5,
    "matching_posts":7,"posts_analyzed":10,"extra":1}]},{"job_id":"j2","found":false}]})");
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].job_id == "j1");
  CHECK(jobs[0].found);
  CHECK(jobs[0].status == JobStatus::succeeded);
  CHECK(jobs[0].analyzed_creators == 118);
  CHECK(jobs[0].result_expires_at == "2026-06-27T09:06:00Z");
  CHECK(jobs[0].completed_at == "2026-05-28T09:06:00Z");
  CHECK_FALSE(jobs[0].error_message);
  REQUIRE(jobs[0].thought_leaders.size() == 1);
  const auto& row = jobs[0].thought_leaders[0];
  CHECK(row.creator_id == "c1");
  CHECK(row.creator_name == "Ada Holm");
  CHECK(row.status == "approved");
  CHECK(row.reasoning == "On topic.");
  CHECK(row.processed_at == "2026-05-28T09:05:00Z");
  CHECK(row.search_rank == 1);
  CHECK(row.relevance_score == 0.92);
  CHECK(row.score == 88);
  CHECK(row.content_match_score == 79.5);
  CHECK(row.matching_posts == 7);
  CHECK(row.posts_analyzed == 10);
  CHECK(nlohmann::json::parse(row.raw_json)["extra"] == 1);
  const auto raw = nlohmann::json::parse(jobs[0].raw_json);
  CHECK(raw["requested_count"] == 10);
  CHECK_FALSE(raw.contains("results"));
  CHECK(jobs[1].job_id == "j2");
  CHECK_FALSE(jobs[1].found);
  CHECK_FALSE(is_final(jobs[1].status));
}

TEST_CASE("the older names of the rows' fields are understood") {
  const auto row = jobs_of(R"({"jobs":[{"job_id":"j1","results":[{"creator_id":"c1","match_rank":64,
    "reasoning":"Fits."}]}]})")
                       .at(0)
                       .thought_leaders.at(0);
  CHECK(row.score == 64);
  CHECK(row.reasoning == "Fits.");
}

TEST_CASE("what was analyzed is told by the job, or else by its progress") {
  struct Case {
    const char* fields;
    std::optional<std::int64_t> analyzed;
  };
  for (const auto& [fields, analyzed] :
       {Case{R"("analyzed_creators":37,"progress":{"completed_items":40})", 37},
        Case{R"("analyzed_creators":0,"progress":{"completed_items":40})", 0},
        Case{R"("analyzed_creators":["c1","c2"])", 2},
        Case{R"("analyzed_creators":null,"progress":{"completed_items":40})", 40},
        Case{R"("progress":{"completed_items":"40"})", 40}, Case{R"("progress":null)", std::nullopt},
        Case{R"("status":"succeeded")", std::nullopt}, Case{R"("analyzed_creators":-1)", std::nullopt},
        Case{R"("analyzed_creators":9e18,"progress":{"completed_items":-40})", std::nullopt}}) {
    CAPTURE(fields);
    CHECK(jobs_of(std::string(R"({"jobs":[{"job_id":"j1",)") + fields + "}]}").at(0).analyzed_creators == analyzed);
  }
}

TEST_CASE("a row without a creator is kept with its job") {
  const auto jobs =
      jobs_of(R"({"jobs":[{"job_id":"j1","results":[{"creator_name":"Nobody"},{"creator_id":"c1"},5]}]})");
  CHECK(jobs.at(0).thought_leaders.size() == 1);
  CHECK(nlohmann::json::parse(jobs.at(0).raw_json)["unreadable"] ==
        nlohmann::json::parse(R"([{"creator_name":"Nobody"},5])"));
}

TEST_CASE("a single job is read too; an answer without one is unreadable") {
  CHECK(jobs_of(R"({"job":{"job_id":"j1","status":"failed","error_message":"ran dry"}})").at(0).error_message ==
        "ran dry");
  for (const auto* const data : {"{}", R"({"jobs":[]})", R"({"jobs":[{"status":"succeeded"}]})", "null"}) {
    CAPTURE(data);
    const auto found = failure(kRead, 200, enveloped(data));
    CHECK(found.kind == FailureKind::unreadable);
    CHECK_FALSE(found.may_be_charged);
  }
}

TEST_CASE("a cancellation was applied, or came too late") {
  const Call cancel = CancelThoughtLeaders{"j1"};
  const auto applied = payload<CanceledJob>(
      cancel, R"({"job":{"id":"j1","status":"canceled","canceled":true,"reason":"cancel_applied"}})");
  CHECK(applied.applied);
  CHECK(applied.reason == "cancel_applied");
  const auto late = payload<CanceledJob>(cancel, R"({"job":{"id":"j1","canceled":false,"reason":"already_terminal"}})");
  CHECK_FALSE(late.applied);
  CHECK(late.reason == "already_terminal");
  const auto odd = payload<CanceledJob>(cancel, R"({"job":{"canceled":false,"reason":"no\nreason\u001b[31m"}})");
  CHECK(odd.reason == "unknown");
  CHECK(payload<CanceledJob>(cancel, R"({"canceled":true})").applied);
  CHECK_FALSE(payload<CanceledJob>(cancel, "{}").applied);
}

}  // namespace
}  // namespace toksync::api
