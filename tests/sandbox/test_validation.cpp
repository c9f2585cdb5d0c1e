// What the contract does not allow is refused before anything happens.
#include <doctest/doctest.h>

#include "requests.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

struct Case {
  const char* path;
  json body;
  const char* field;
};

const std::string someone = "00000000-0000-4000-8000-000000000000";

std::vector<Case> invalid_cases() {
  const json ids = {someone};
  const json many(101, someone);
  return {
      {"/v1/creators/search", {{"limit", 0}}, "limit"},
      {"/v1/creators/search", {{"limit", 101}}, "limit"},
      {"/v1/creators/search", {{"limit", "50"}}, "limit"},
      {"/v1/creators/search", {{"limit", 2.5}}, "limit"},
      {"/v1/creators/search", {{"platform", "tiktok"}}, "platform"},
      {"/v1/creators/search", {{"sort_by", "followers"}}, "sort_by"},
      {"/v1/creators/search", {{"sort_order", "up"}}, "sort_order"},
      {"/v1/creators/search", {{"filters", json::array()}}, "filters"},
      {"/v1/creators/search", {{"filters", {{"min_followers", "5000"}}}}, "filters.min_followers"},
      {"/v1/creators/search", {{"filters", {{"hide_brands", "yes"}}}}, "filters.hide_brands"},
      {"/v1/creators/search", {{"filters", {{"languages", "en"}}}}, "filters.languages"},
      {"/v1/creators/search", {{"filters", {{"min_follower", 1}}}}, "filters.min_follower"},
      {"/v1/creators/search", {{"keywords", {"growth"}}}, "keywords"},
      {"/v1/creators/discovery-search", json::object(), "keywords"},
      {"/v1/creators/discovery-search", {{"keywords", json::array()}}, "keywords"},
      {"/v1/creators/discovery-search", {{"keywords", {1}}}, "keywords"},
      {"/v1/creators/discovery-search", {{"keywords", {"a"}}, {"offset", -1}}, "offset"},
      {"/v1/creators/discovery-search", {{"keywords", {"a"}}, {"search_mode", "loose"}}, "search_mode"},
      {"/v1/creators/thought-leaders", {{"keywords", {"a", "b", "c", "d"}}}, "keywords"},
      {"/v1/creators/thought-leaders", {{"keywords", keywords()}, {"count", 101}}, "count"},
      {"/v1/creators/thought-leaders", {{"keywords", keywords()}, {"mode", "auto"}}, "mode"},
      {"/v1/creators/thought-leaders", {{"keywords", keywords()}, {"posts_to_analyze", 15}}, "posts_to_analyze"},
      {"/v1/creators/thought-leaders",
       {{"keywords", keywords()}, {"max_candidates_to_analyze", 201}},
       "max_candidates_to_analyze"},
      {"/v1/creators/thought-leaders", {{"keywords", keywords()}, {"min_followers", -1}}, "min_followers"},
      {"/v1/creators/enrich", {{"creator_ids", {"not-a-uuid"}}}, "creator_ids"},
      {"/v1/creators/enrich", {{"creators", json::array()}}, "creators"},
      {"/v1/creators/enrich", {{"result_set_id", "rs"}, {"top_n", 0}}, "top_n"},
      {"/v1/creators/enrich", {{"result_set_id", "rs"}, {"ranks", {0}}}, "ranks"},
      {"/v1/creators/content-match", {{"creator_ids", ids}, {"topics", {"a"}}}, "topics"},
      {"/v1/creators/content-match",
       {{"creator_ids", ids}, {"topic_keywords", {"a"}}, {"posts_to_analyze", 5}},
       "posts_to_analyze"},
      {"/v1/creators/content-match",
       {{"creator_ids", ids}, {"topic_keywords", {"a"}}, {"linkedin_content_types", {"gif"}}},
       "linkedin_content_types"},
      {"/v1/creators/audience-match",
       {{"creator_ids", ids}, {"audience_keywords", {"a"}}, {"analysis_depth", "deep"}},
       "analysis_depth"},
      {"/v1/enrichments/results", {{"creator_ids", ids}, {"wait_seconds", 31}}, "wait_seconds"},
      {"/v1/enrichments/results", {{"creator_ids", ids}, {"detail_level", "all"}}, "detail_level"},
      {"/v1/content-match/posts", {{"creator_ids", ids}, {"posts_limit_per_creator", 11}}, "posts_limit_per_creator"},
      {"/v1/audience-match/details", {{"creator_ids", ids}, {"engagers_limit", 31}}, "engagers_limit"},
      {"/v1/jobs/results", json::object(), "job_id"},
      {"/v1/jobs/results", {{"job_id", someone}, {"limit", 201}}, "limit"},
      {"/v1/jobs/results:bulk", {{"job_ids", json::array()}}, "job_ids"},
      {"/v1/jobs/results:bulk", {{"job_ids", json(21, someone)}}, "job_ids"},
      {"/v1/jobs/results:bulk", {{"job_ids", {"content-fit:" + someone}}}, "job_ids"},
      {"/v1/campaigns", {{"name", ""}, {"content_keywords", {"a"}}, {"target_audience_criteria", {"b"}}}, "name"},
      {"/v1/campaigns", {{"name", "n"}, {"content_keywords", {"a"}}}, "target_audience_criteria"},
      {"/v1/creator-lists", json::object(), "name"},
      {"/v1/creator-lists/x/creators", {{"creator_ids", many}}, "creator_ids"},
  };
}

}  // namespace

TEST_CASE("a request that breaks the schema is refused with the field that broke it") {
  SandboxProcess sandbox(quick());
  for (const Case& one : invalid_cases()) {
    CAPTURE(one.path);
    CAPTURE(one.body.dump());
    const HttpAnswer answer = sandbox.post(one.path, one.body);
    CHECK(answer.status == 400);
    const json body = answer.body();
    CHECK(body["success"] == false);
    CHECK(body["error"]["code"] == "VALIDATION_ERROR");
    CHECK(body["error"]["details"]["fields"].contains(one.field));
    CHECK(body["meta"]["request_id"] == answer.headers.at("x-request-id"));
  }
  CHECK(sandbox.credits_charged() == 0);
}

TEST_CASE("criteria and selections that are missing are refused") {
  SandboxProcess sandbox(quick());
  const json ids = {someone};
  for (const auto& [path, body] :
       std::vector<std::pair<const char*, json>>{{"/v1/creators/enrich", json::object()},
                                                 {"/v1/creators/enrich", {{"creator_ids", json::array()}}},
                                                 {"/v1/creators/content-match", {{"creator_ids", ids}}},
                                                 {"/v1/creators/audience-match", {{"creator_ids", ids}}},
                                                 {"/v1/content-match/results", json::object()},
                                                 {"/v1/audience-match/details", {{"job_ids", json::array()}}},
                                                 {"/v1/search-results/posts", {{"creator_ids", ids}}}}) {
    CAPTURE(path);
    CHECK(sandbox.post(path, body).status == 400);
  }
  CHECK(sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}}).status == 404);
  CHECK(sandbox.post("/v1/creators/enrich", {{"result_set_id", "rs_unknown"}}).status == 404);
}

TEST_CASE("a body that is no JSON object, or not called JSON, is a bad request") {
  SandboxProcess sandbox(quick());
  const std::string url = sandbox.base_url() + "/v1/creators/search";
  for (const char* text : {"", "{", "[]", "null", "\"text\""}) {
    CAPTURE(text);
    const HttpAnswer answer = http_request("POST", url, text, sandbox_key());
    CHECK(answer.status == 400);
    CHECK(error_code(answer) == "BAD_REQUEST");
  }
}

TEST_CASE("keys: missing, unknown and revoked ones are 401, unknown routes 404") {
  SandboxProcess sandbox(quick({"--api-key", "tk_test_" + std::string(48, '1')}));
  for (const std::string& key : {std::string(), sandbox_key(), std::string("nonsense")}) {
    const HttpAnswer answer = with_key(sandbox, key, "GET", "/v1/account/usage");
    CHECK(answer.status == 401);
    CHECK(error_code(answer) == "UNAUTHORIZED");
  }
  CHECK(with_key(sandbox, "tk_test_" + std::string(48, '1'), "GET", "/v1/account/usage").status == 200);
  CHECK(with_key(sandbox, "tk_test_" + std::string(48, '1'), "GET", "/v1/nowhere").status == 404);
}

TEST_CASE("a limit of ids is named in the refusal, and unknown keys pass when lenient") {
  SandboxProcess sandbox(quick({"--max-ids", "2", "--lenient"}));
  const auto ids = some_creators(sandbox, 3);
  const HttpAnswer answer = sandbox.post("/v1/creators/enrich", {{"creator_ids", ids}});
  CHECK(answer.status == 400);
  CHECK(answer.text.find("at most 2") != std::string::npos);
  for (const auto* const path :
       {"/v1/enrichments/results", "/v1/content-match/results", "/v1/audience-match/details"}) {
    CAPTURE(path);
    CHECK(sandbox.post(path, {{"creator_ids", ids}}).text.find("creator_ids must contain at most 2") !=
          std::string::npos);
  }
  for (const auto* const path : {"/v1/content-match/results", "/v1/content-match/posts", "/v1/jobs/results:bulk"}) {
    CAPTURE(path);
    CHECK(sandbox.post(path, {{"job_ids", ids}}).text.find("job_ids must contain at most 2") != std::string::npos);
  }
  CHECK(sandbox.post("/v1/creators/search", {{"whatever", 1}}).status == 200);
}
