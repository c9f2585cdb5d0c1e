#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kEnrichment = StartEnrichment{{"c1", "c2", "c3"}};
const Call kContent = StartContentMatch{{"c1", "c2"}, {"devtools"}, 10};
const Call kAudience = StartAudienceMatch{{"c1"}, {"CMO"}, AnalysisDepth::quick_scan};
const Call kLeaders = StartThoughtLeaders{{"a", "b", "c", "d", "e"}, "strict", {}};

StartedJobs started(const Call& call, std::string_view data) { return payload<StartedJobs>(call, data); }

void check_unreadable(const Call& call, std::string_view data) {
  CAPTURE(data);
  const auto found = failure(call, 202, enveloped(data));
  CHECK(found.kind == FailureKind::unreadable);
  CHECK(found.may_be_charged);
}

TEST_CASE("enrichment: jobs, credits and the creators that have no profile") {
  const auto jobs = started(kEnrichment, R"({"creators_requested":3,"jobs_created":1,"task_id":"run_5",
    "credits":{"required":1,"deducted":1,"remaining":499},"already_enriched_count":1,"missing_linkedin_profiles":["c3"],
    "jobs":[{"job_id":"enrichment:c1","creator_id":"c1","creator_name":"Ada Holm","status":"queued"}]})");
  REQUIRE(jobs.jobs.size() == 1);
  CHECK(jobs.jobs[0].external_id == "enrichment:c1");
  CHECK(jobs.jobs[0].creator_id == "c1");
  CHECK(jobs.jobs[0].status == JobStatus::queued);
  CHECK_FALSE(jobs.jobs[0].cached);
  CHECK(jobs.jobs_created == 1);
  CHECK(jobs.charged == 1);
  CHECK(jobs.balance == 499);
  REQUIRE(jobs.refused.size() == 1);
  CHECK(jobs.refused[0].creator_id == "c3");
  CHECK(jobs.refused[0].code == "MISSING_LINKEDIN_PROFILE");
}

TEST_CASE("enrichment of what is enriched already creates nothing") {
  const auto jobs = started(kEnrichment, R"({"jobs_created":0,"all_complete":true,"already_enriched_count":3,
    "missing_linkedin_profiles":[],"jobs":[]})");
  CHECK(jobs.jobs.empty());
  CHECK(jobs.refused.empty());
  CHECK(jobs.jobs_created == 0);
  CHECK_FALSE(jobs.charged);
  CHECK_FALSE(jobs.balance);
}

TEST_CASE("missing profiles may be objects, and credits may be odd") {
  const auto jobs = started(kEnrichment, R"({"jobs":[],"credits":{"deducted":"1.5","remaining":-20},
    "missing_linkedin_profiles":[{"creator_id":"c1","reason":"no link"},{"id":"c2"},{"name":"nobody"},null]})");
  CHECK(jobs.charged == 2);
  CHECK(jobs.balance == -20);
  REQUIRE(jobs.refused.size() == 2);
  CHECK(jobs.refused[0].message == "no link");
  CHECK(jobs.refused[1].creator_id == "c2");
  CHECK(jobs.refused[1].code == "MISSING_LINKEDIN_PROFILE");
}

TEST_CASE("a charge that cannot be is none, so that the price table rules") {
  for (const auto* const deducted : {"-1", "-0.5e3", "1e13", "9e300", "\"much\""}) {
    CAPTURE(deducted);
    CHECK(started(kEnrichment, R"({"jobs":[],"credits":{"deducted":)" + std::string(deducted) + "}}").charged ==
          std::nullopt);
  }
}

TEST_CASE("content match: new and cached jobs, and failures told in many ways") {
  const auto jobs = started(kContent, R"({"jobs_created":1,"job_ids":["content-fit:11","content-fit:12"],"jobs":[
    {"creator_id":"c1","analysis_id":"11","job_id":"content-fit:11","status":"pending","cached":false},
    {"creator_id":"c2","analysis_id":"12","job_id":"content-fit:12","cached":true}],"failures":[
    {"creator_id":"f1","code":"NO_POSTS","message":"no posts"},{"creator_id":"f2","error":"PRIVATE_PROFILE"},
    {"creator_id":"f3","error":{"code":"NESTED","message":"deeper"}},{"id":"f4","reason":"because"},
    {"creator_id":"f5","error":"a sentence, not a code"},"f6",{"message":"nobody"}]})");
  REQUIRE(jobs.jobs.size() == 2);
  CHECK(jobs.jobs[0].status == JobStatus::queued);
  CHECK(jobs.jobs[1].cached);
  CHECK(jobs.jobs[1].status == JobStatus::succeeded);
  REQUIRE(jobs.refused.size() == 6);
  CHECK(jobs.refused[0].code == "NO_POSTS");
  CHECK(jobs.refused[0].message == "no posts");
  CHECK(jobs.refused[1].code == "PRIVATE_PROFILE");
  CHECK(jobs.refused[2].code == "NESTED");
  CHECK(jobs.refused[2].message == "deeper");
  CHECK(jobs.refused[3].creator_id == "f4");
  CHECK(jobs.refused[3].code == "FAILED");
  CHECK(jobs.refused[3].message == "because");
  CHECK(jobs.refused[4].code == "FAILED");
  CHECK(jobs.refused[4].message == "a sentence, not a code");
  CHECK(jobs.refused[5].creator_id == "f6");
}

TEST_CASE("job_ids alone belong to the creators in order, when there are as many") {
  const auto paired = started(kContent, R"({"jobs_created":2,"job_ids":["content-fit:11","content-fit:12"]})");
  REQUIRE(paired.jobs.size() == 2);
  CHECK(paired.jobs[0].creator_id == "c1");
  CHECK(paired.jobs[1].creator_id == "c2");
  CHECK(paired.jobs[1].external_id == "content-fit:12");
  const auto fewer = started(kContent, R"({"jobs_created":1,"job_ids":["content-fit:11"]})");
  REQUIRE(fewer.jobs.size() == 1);
  CHECK_FALSE(fewer.jobs[0].creator_id);
}

TEST_CASE("a job that job_ids names and jobs does not describe is not lost") {
  const auto jobs = started(kContent, R"({"jobs_created":2,"job_ids":["content-fit:11","content-fit:12"],
    "jobs":[{"creator_id":"c1","job_id":"content-fit:11","status":"pending"}]})");
  REQUIRE(jobs.jobs.size() == 2);
  CHECK(jobs.jobs[1].external_id == "content-fit:12");
  CHECK_FALSE(jobs.jobs[1].creator_id);
}

TEST_CASE("a job's id may have to be put together") {
  CHECK(started(kAudience, R"({"jobs":[{"creator_id":"c1","analysis_id":"77"}]})").jobs.at(0).external_id ==
        "audience-fit:77");
  CHECK(started(kEnrichment, R"({"jobs":[{"creator_id":"c1"}]})").jobs.at(0).external_id == "enrichment:c1");
}

TEST_CASE("a failed entry among the jobs is a refusal when it has no id, a failed job when it has") {
  const auto jobs = started(kAudience, R"({"jobs":[{"creator_id":"c1","status":"failed","error":"NO_AUDIENCE"},
    {"creator_id":"c2","job_id":"audience-fit:2","status":"failed"}]})");
  REQUIRE(jobs.refused.size() == 1);
  CHECK(jobs.refused[0].code == "NO_AUDIENCE");
  REQUIRE(jobs.jobs.size() == 1);
  CHECK(jobs.jobs[0].status == JobStatus::failed);
}

TEST_CASE("an answer that hides which jobs were paid for is unreadable") {
  check_unreadable(kContent, R"({"jobs_created":2,"jobs":[]})");
  check_unreadable(kContent, R"({"jobs_created":2,"jobs":null,"job_ids":null})");
  check_unreadable(kContent, R"({"jobs":[{"creator_id":"c1","status":"pending"}]})");
  check_unreadable(kContent, R"({"jobs":[17]})");
  check_unreadable(kContent, R"({"jobs":[{"creator_id":"c1","job_id":""}]})");
  check_unreadable(kContent, R"({"jobs":[{"creator_id":"c1","analysis_id":""}]})");
  check_unreadable(kContent, R"({"jobs_created":2,"job_ids":["content-fit:11",""]})");
  check_unreadable(kContent, "null");
}

TEST_CASE("two creators cannot share a job, though a job may be told twice") {
  const auto shared = [](std::string_view other) {
    return R"({"jobs":[{"creator_id":"c1","job_id":"content-fit:11"},{"job_id":"content-fit:11")" + std::string(other) +
           "}]}";
  };
  CHECK(started(kContent, shared(R"(,"creator_id":"c1")")).jobs.front().creator_id == "c1");
  check_unreadable(kContent, shared(R"(,"creator_id":"c2")"));
  check_unreadable(kContent, shared(""));
}

TEST_CASE("thought leaders: one job, wherever its id stands") {
  for (const auto* const data : {R"({"job_id":"j1","job_type":"thought_leaders","status":"queued"})",
                                 R"({"job":{"id":"j1","status":"queued"}})", R"({"id":"j1"})"}) {
    CAPTURE(data);
    const auto jobs = started(kLeaders, data);
    REQUIRE(jobs.jobs.size() == 1);
    CHECK(jobs.jobs[0].external_id == "j1");
    CHECK(jobs.jobs[0].status == JobStatus::queued);
    CHECK_FALSE(jobs.jobs[0].creator_id);
  }
  const auto charged = started(kLeaders, R"({"job_id":"j1","credits":{"deducted":200,"remaining":300}})");
  CHECK(charged.charged == 200);
  CHECK(charged.balance == 300);
  check_unreadable(kLeaders, R"({"status":"queued"})");
  check_unreadable(kLeaders, R"({"job_id":""})");
  check_unreadable(kLeaders, "null");
}

}  // namespace
}  // namespace toksync::api
