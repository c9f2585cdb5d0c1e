// The partner API's words: one job a request, job documents in many shapes, its prices and its usage.
#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

std::unique_ptr<Provider> partner() {
  return std::move(*make_provider("toksta-partner", {"https://api.example.com", Secret(kKey), Milliseconds{1}}));
}

Answer ask(const Call& call, int status, std::string body) {
  return partner()->decode(call, http::Response{status, {}, std::move(body)}, kNow);
}

template <typename Kind>
Kind found(const Call& call, std::string_view data) {
  const auto answer = ask(call, 200, enveloped(data));
  REQUIRE_MESSAGE(answer.payload.has_value(), (answer.payload ? "" : answer.payload.error().message));
  return std::get<Kind>(*answer.payload);
}

std::string problem(const Call& call, std::string_view data) {
  const auto answer = ask(call, 200, enveloped(data));
  REQUIRE_FALSE(answer.payload.has_value());
  CHECK(answer.payload.error().kind == FailureKind::unreadable);
  return answer.payload.error().message;
}

const StartContentMatch kStart{{"a", "b", "c"}, {"x"}, 10};
const ReadContentMatches kRead{{"j1#a", "j1#b", "j1#c"}};
const ReadEnrichments kReadProfiles{{"j1#a", "j1#b"}};

std::vector<std::string> states(const ContentMatchResults& results) {
  std::vector<std::string> states;
  for (const auto& record : results.records) {
    states.push_back(record.job_id + " " + std::string(to_string(record.status)));
  }
  return states;
}
using Texts = std::vector<std::string>;

TEST_CASE("results are read at the job, whatever its id is made of") {
  const auto provider = partner();
  for (const Call& call :
       {Call{kReadProfiles}, Call{kRead}, Call{ReadContentPosts{{"j1#a"}}}, Call{ReadAudienceMatches{{"j1#a"}}},
        Call{ReadAudienceDetails{{"", "j1#a"}}}, Call{ReadThoughtLeaders{{"j1"}}}}) {
    const auto request = provider->to_request(call);
    CHECK(request.method == http::Method::get);
    CHECK(request.url == "https://api.example.com/v1/jobs/j1");
    CHECK(request.body.empty());
  }
  const auto path = [&](std::string id) { return provider->to_request(ReadContentMatches{{std::move(id)}}).path; };
  CHECK(path("job:1_a-b.c~#x") == "/v1/jobs/job%3A1_a-b.c~");
  CHECK(path("../account?x=1#2#x") == "/v1/jobs/..%2Faccount%3Fx%3D1%232");
  CHECK(path("..#x") == "/v1/jobs/%2E%2E");
  CHECK(provider->to_request(CancelThoughtLeaders{"j/1"}).path == "/v1/jobs/j%2F1/cancel");
  CHECK(provider->ways().reads_by_start);
  CHECK_FALSE(provider->ways().finds_by_creator);
  CHECK(provider->ways().longest_hold == Seconds{0});
}

TEST_CASE("one job id is a job for each creator that was taken") {
  for (const auto* const data :
       {R"({"job_id":"j1","status":"queued"})", R"({"job":{"id":"j1","status":"queued"}})", R"({"job":"j1"})",
        R"({"id":"j1"})", R"({"job_ids":["j1"]})", R"({"jobs":[{"job_id":"j1","creator_id":"a"},{"job_id":"j1"}]})",
        // One job was created, and three creators are charged for.
        R"({"job_id":"j1","jobs_created":1})"}) {
    CAPTURE(data);
    const auto started = found<StartedJobs>(kStart, data);
    REQUIRE(started.jobs.size() == 3);
    CHECK(started.jobs[1].external_id == "j1#b");
    CHECK(started.jobs[1].creator_id == "b");
    CHECK(started.refused.empty());
    CHECK_FALSE(started.jobs_created.has_value());
  }
}

TEST_CASE("creators that were not taken are refused, in whichever list they stand") {
  const auto started = found<StartedJobs>(kStart, R"({"job_id":"j1","credits":{"deducted":2,"remaining":50},
      "missing_linkedin_profiles":[{"creator_id":"a","creator_name":"A"}],
      "failures":[{"creator_id":"b","code":"NO_POSTS","message":"none"}],"not_found_ids":["z"]})");
  REQUIRE(started.jobs.size() == 1);
  CHECK(started.jobs[0].external_id == "j1#c");
  CHECK(started.charged == 2);
  CHECK(started.balance == 50);
  REQUIRE(started.refused.size() == 3);
  CHECK(started.refused[0].creator_id == "b");
  CHECK(started.refused[0].code == "NO_POSTS");
  CHECK(started.refused[1].code == "MISSING_LINKEDIN_PROFILE");
  CHECK(started.refused[2].code == "NOT_FOUND");
}

TEST_CASE("what was taken and names no job, or several, may have been charged and cannot be read") {
  for (const auto* const data : {"{}", R"({"status":"queued"})", R"({"job_id":""})", R"({"job_ids":["j1","j2"]})"}) {
    CAPTURE(data);
    const auto answer = ask(kStart, 202, enveloped(data));
    REQUIRE_FALSE(answer.payload.has_value());
    CHECK(answer.payload.error().may_be_charged);
  }
  const auto nothing = found<StartedJobs>(kStart, R"({"jobs_created":0,"all_complete":true})");
  CHECK(nothing.jobs.empty());
  CHECK(nothing.refused.size() == 3);
}

TEST_CASE("a start of which nothing resolves is refused, and free") {
  const auto answer = ask(kStart, 404, R"({"success":false,"error":{"code":"NOT_FOUND","message":"none"}})");
  REQUIRE_FALSE(answer.payload.has_value());
  CHECK(answer.payload.error().kind == FailureKind::rejected);
  CHECK_FALSE(answer.payload.error().may_be_charged);
}

TEST_CASE("nothing is read of a job that goes on, in whatever words") {
  for (const auto* const state :
       {"queued", "pending", "running", "PROCESSING", "in-progress", "In Progress", "brewing"}) {
    CAPTURE(state);
    const auto data = R"({"job_id":"j1","status":")" + std::string(state) +
                      R"(","results":[{"creator_id":"a","match_score":5,"enriched_at":"2026-05-28"}]})";
    CHECK(found<ContentMatchResults>(kRead, data).records.empty());
    const auto profiles = found<EnrichmentResults>(kReadProfiles, data);
    CHECK(profiles.records.empty());
    CHECK(profiles.pending == 2);
    const auto leaders = found<ThoughtLeadersResults>(ReadThoughtLeaders{{"j1"}}, data);
    REQUIRE(leaders.jobs.size() == 1);
    CHECK_FALSE(is_final(leaders.jobs[0].status));
  }
}

TEST_CASE("of a partial job those succeed that have results") {
  for (const auto* const state : {"partial", "PARTIAL", "partially_completed", "completed-with-errors", "failed"}) {
    CAPTURE(state);
    const auto results =
        found<ContentMatchResults>(kRead, R"({"job_id":"j1","status":")" + std::string(state) + R"(","results":[
          {"creator_id":"a","match_score":71,"matching_posts_count":3},
          {"creator_id":"b","status":"failed","error_message":"no posts"}]})");
    CHECK(states(results) == Texts{"j1#a succeeded", "j1#b failed", "j1#c failed"});
    CHECK(results.records[0].match_score == 71);
    CHECK(results.records[1].error_message == "no posts");
    CHECK(results.records[2].error_message == "the job ended without a result for this creator");
    CHECK(results.records[2].creator_id == "c");
  }
  const auto profiles = found<EnrichmentResults>(kReadProfiles, R"({"status":"partial","results":[
      {"creator_id":"b","enriched_at":"2020-01-01T00:00:00Z","followers_count":5}],
      "errors":[{"creator_id":"a","code":"PRIVATE","message":"the profile is private"}]})");
  REQUIRE(profiles.records.size() == 2);
  CHECK(profiles.pending == 0);
  CHECK(profiles.records[0].status == JobStatus::failed);
  CHECK(profiles.records[0].error_code == "PRIVATE");
  CHECK(profiles.records[0].error_message == "the profile is private");
  CHECK(profiles.records[0].job_id == "j1#a");
  CHECK(profiles.records[1].status == JobStatus::succeeded);
  CHECK(profiles.records[1].creator_id == "b");
  CHECK(profiles.records[1].followers_count == 5);
}

TEST_CASE("results are found where a job's document has them") {
  const std::string list = R"([{"creator_id":"a","match_score":1},{"creator_id":"b","match_score":2},
                              {"creator_id":"c","match_score":3}])";
  const std::string by_creator = R"({"a":{"match_score":1},"b":{"match_score":2},"c":{"match_score":3}})";
  for (const auto& data :
       {R"({"status":"completed","results":)" + list + "}", R"({"state":"Completed","result":{"items":)" + list + "}}",
        R"({"job":{"id":"j1","status":"succeeded"},"results":)" + list + "}",
        R"({"job":{"job_id":"j1","status":"done","data":{"creators":)" + list + "}}}",
        R"({"job_id":"j1","job_status":"complete","results":)" + by_creator + "}",
        R"({"status":"completed","data":)" + by_creator + "}"}) {
    CAPTURE(data);
    const auto results = found<ContentMatchResults>(kRead, data);
    CHECK(states(results) == Texts{"j1#a succeeded", "j1#b succeeded", "j1#c succeeded"});
    CHECK(results.records[2].match_score == 3);
  }
  const auto lone =
      found<ContentMatchResults>(ReadContentMatches{{"j1#a"}}, R"({"status":"completed","result":{"match_score":9}})");
  REQUIRE(lone.records.size() == 1);
  CHECK(lone.records[0].match_score == 9);
}

TEST_CASE("a job that ended well and holds no results is read again, not given up") {
  CHECK(problem(kRead, R"({"job_id":"j1","status":"completed"})").starts_with("the job has ended"));
  CHECK(problem(kReadProfiles, R"({"job_id":"j1","status":"partial"})").starts_with("the job has ended"));
  CHECK(
      problem(ReadThoughtLeaders{{"j1"}}, R"({"job_id":"j1","status":"completed"})").starts_with("the job has ended"));
  CHECK(problem(kRead, R"({"job_id":"j2","status":"completed","results":[]})").starts_with("the answer holds no job"));
  CHECK(problem(kRead, R"({"results":[]})").starts_with("the answer holds no job"));
}

TEST_CASE("a job that failed, was canceled or is past its retention ends all of its creators") {
  const auto failed = found<ContentMatchResults>(
      kRead, R"({"job_id":"j1","status":"failed","error":{"code":"BUSY","message":"no capacity"}})");
  CHECK(states(failed) == Texts{"j1#a failed", "j1#b failed", "j1#c failed"});
  CHECK(failed.records[0].error_message == "no capacity");
  const auto canceled = found<ContentMatchResults>(kRead, R"({"job_id":"j1","status":"cancelled"})");
  CHECK(states(canceled) == Texts{"j1#a canceled", "j1#b canceled", "j1#c canceled"});
  CHECK(found<ContentMatchResults>(kRead, R"({"job_id":"j1","status":"expired"})").expired_ids == kRead.job_ids);
}

TEST_CASE("a job that is not known is no failure of the question") {
  const std::string body = R"({"success":false,"error":{"code":"NOT_FOUND","message":"Job not found"}})";
  CHECK(std::get<ContentMatchResults>(*ask(kRead, 404, body).payload).not_found_ids == kRead.job_ids);
  CHECK(std::get<EnrichmentResults>(*ask(kReadProfiles, 404, body).payload).pending == 0);
  CHECK_FALSE(std::get<ThoughtLeadersResults>(*ask(ReadThoughtLeaders{{"j1"}}, 404, body).payload).jobs.at(0).found);
  CHECK_FALSE(ask(kRead, 404, "<html>not here</html>").payload.has_value());
}

TEST_CASE("evidence is read where the document carries it, and nowhere else") {
  const auto without = found<ContentMatchResults>(kRead, R"({"status":"completed","results":[
      {"creator_id":"a","match_score":1,"matching_posts_count":4}]})");
  CHECK(without.records[0].has_details == false);
  const std::string with = R"({"status":"completed","results":[
      {"creator_id":"a","match_score":1,"matched_posts":[{"title":"T"},{"title":"U"}]}]})";
  CHECK(found<ContentMatchResults>(kRead, with).records[0].has_details == true);
  const auto posts = found<ContentPostsResults>(ReadContentPosts{{"j1#a"}}, with);
  REQUIRE(posts.records.size() == 1);
  CHECK(posts.records[0].job_id == "j1#a");
  CHECK(posts.records[0].posts.size() == 2);
}

TEST_CASE("the raw record of the partner API is one that v1 reads the same") {
  const auto results = found<ContentMatchResults>(kRead, R"({"status":"partial","results":[
      {"creator_id":"a","match_score":71,"status":"done","job_id":"own","topic_keywords":["x"],"completed_at":"2026-05-28"}]})");
  auto expected = results.records[0];
  CHECK(expected.raw_json.find(R"("api_job_id":"own")") != std::string::npos);
  CHECK(expected.raw_json.find(R"("source_status":"done")") != std::string::npos);
  const auto read = make_test_provider()->decode_record(RecordKind::content_match, expected.raw_json);
  REQUIRE(read.has_value());
  // But for the prefix that v1 gives its ids, and what only the partner API's provider knows.
  expected.job_id = "content-fit:j1#a";
  expected.has_details.reset();
  CHECK(std::get<ContentMatchRecord>(*read) == expected);
}

TEST_CASE("a job of thought leaders tells its rows and how many were analyzed") {
  for (
      const auto* const data :
      {R"({"job_id":"j1","status":"partial","analyzed_creators":7,"results":[{"creator_id":"a","score":88}]})",
       R"({"job":{"id":"j1","state":"partial","result":{"analyzed_creators":7,"thought_leaders":[{"creator_id":"a","score":88}]}}})"}) {
    CAPTURE(data);
    const auto results = found<ThoughtLeadersResults>(ReadThoughtLeaders{{"j1"}}, data);
    REQUIRE(results.jobs.size() == 1);
    CHECK(results.jobs[0].job_id == "j1");
    CHECK(results.jobs[0].status == JobStatus::succeeded);
    CHECK(results.jobs[0].analyzed_creators == 7);
    REQUIRE(results.jobs[0].thought_leaders.size() == 1);
    CHECK(results.jobs[0].thought_leaders[0].score == 88);
  }
  CHECK(found<ThoughtLeadersResults>(ReadThoughtLeaders{{"j1"}}, R"({"status":"completed","results":null})")
            .jobs.at(0)
            .thought_leaders.empty());
}

TEST_CASE("a search without a match is an empty page") {
  for (const auto* const data : {"null", "{}", "[]", R"({"creators":[]})"}) {
    CAPTURE(data);
    CHECK(found<SearchPage>(DiscoverySearch{.keywords = {"x"}}, data).creators.empty());
  }
  problem(DiscoverySearch{.keywords = {"x"}}, R"({"count":3})");
}

TEST_CASE("what remains is a balance only where the limit is enforced") {
  const ReadUsage call{"2026-05"};
  const auto bare = found<Usage>(call, R"({"allocated_credits":1000,"remaining_credits":880,"credit_value_usd":0.01,
                                          "enforce_credit_limits":true})");
  CHECK(bare.balance == 880);
  CHECK(bare.charges_are_told);
  CHECK(bare.total_credits_charged == 120);
  const auto free =
      found<Usage>(call, R"({"allocated_credits":1000,"remaining_credits":-20,"enforce_credit_limits":false,
                                          "total_credits_charged":1020})");
  CHECK_FALSE(free.balance.has_value());
  CHECK(free.total_credits_charged == 1020);
  const auto untold = found<Usage>(call, R"({"enforce_credit_limits":false})");
  CHECK_FALSE(untold.charges_are_told);
  CHECK_FALSE(untold.balance.has_value());
  problem(call, "{}");
}

TEST_CASE("prices are the partner's usual ones") {
  const auto prices = partner()->prices();
  CHECK(prices.at(PriceItem::discovery_search) == 0);
  CHECK(prices.at(PriceItem::creator_search) == 0);
  CHECK(prices.at(PriceItem::enrich) == 2);
  CHECK(prices.at(PriceItem::content_match_30) == 2);
  CHECK(prices.at(PriceItem::audience_match_comprehensive) == 2);
  CHECK(prices.at(PriceItem::thought_leaders_broad) == 2);
  CHECK(prices.at(PriceItem::thought_leaders_balanced) == 3);
  CHECK(prices.at(PriceItem::thought_leaders_strict) == 4);
}

}  // namespace
}  // namespace toksync::api
