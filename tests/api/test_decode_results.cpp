// Enrichments, content matches with their posts, audience matches with their details.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

using Json = nlohmann::json;

const Call kEnrichments = ReadEnrichments{{"c1", "c2"}};
const Call kContent = ReadContentMatches{{"content-fit:11", "12"}};
const Call kAudience = ReadAudienceMatches{{"audience-fit:21"}};
const Call kPosts = ReadContentPosts{{"content-fit:11"}};
const Call kDetails = ReadAudienceDetails{{"audience-fit:21"}};

std::vector<EnrichmentRecord> enrichments(std::string_view data) {
  return payload<EnrichmentResults>(kEnrichments, data).records;
}

TEST_CASE("a number of pending enrichments that cannot be is not believed") {
  for (const auto* const pending : {"-1", "4294967296", "null"}) {
    CAPTURE(pending);
    const auto data = R"({"results":[],"pending":)" + std::string(pending) + "}";
    CHECK(payload<EnrichmentResults>(kEnrichments, data).pending == std::nullopt);
  }
}

TEST_CASE("an enrichment joins the full record with what only the summary says") {
  const auto records =
      enrichments(R"({"completed":1,"pending":0,"results_summary":[{"creator_id":"c1","name":"Ada Holm",
    "profile_url":"https://x/ada","followers_count":12345,"median_posts_per_month":6,"engagement_rate":1.75,
    "enriched_at":"2026-05-28T09:06:00Z","only_summary":[1,2]}],"results":[{"creator_id":"c1","name":"Ada Holm, PhD",
    "median_reactions_per_post":180,"median_comments_per_post":"21","median_shares_per_post":3.5,"enriched_at":null,
    "only_full":{"deep":true}}]})");
  REQUIRE(records.size() == 1);
  const auto& record = records[0];
  CHECK(record.creator_id == "c1");
  CHECK(record.status == JobStatus::succeeded);
  CHECK(record.name == "Ada Holm, PhD");
  CHECK(record.profile_url == "https://x/ada");
  CHECK(record.enriched_at == "2026-05-28T09:06:00Z");
  CHECK(record.followers_count == 12345);
  CHECK(record.engagement_rate == 1.75);
  CHECK(record.median_posts_per_month == 6);
  CHECK(record.median_reactions_per_post == 180);
  CHECK(record.median_comments_per_post == 21);
  CHECK(record.median_shares_per_post == 3.5);
  const auto raw = Json::parse(record.raw_json);
  CHECK(raw["only_summary"] == Json{1, 2});
  CHECK(raw["only_full"]["deep"] == true);
  CHECK(raw["name"] == "Ada Holm, PhD");
}

TEST_CASE("full and summary records are joined by creator, not by position") {
  const auto records = enrichments(R"({"results_summary":[{"creator_id":"c2","enriched_at":"2"},{"creator_id":"c1",
    "enriched_at":"1"},{"creator_id":"c3","enriched_at":"3"}],"results":[{"creator_id":"c1","median_posts_per_month":1},
    {"creator_id":"c2","median_posts_per_month":2}]})");
  REQUIRE(records.size() == 3);
  CHECK(records[0].creator_id == "c1");
  CHECK(records[0].enriched_at == "1");
  CHECK(records[1].creator_id == "c2");
  CHECK(records[1].enriched_at == "2");
  CHECK(records[2].creator_id == "c3");
}

TEST_CASE("one level of detail alone is enough, and its raw record is what came") {
  const std::string record = R"({"creator_id":"c1", "enriched_at":"2026-05-28T09:06:00Z"})";
  CHECK(enrichments(R"({"results_summary":[)" + record + "]}").at(0).raw_json == record);
  CHECK(enrichments(R"({"results":[)" + record + "]}").at(0).raw_json == record);
  CHECK(enrichments(R"({"results":[{"creator_id":"c1","metrics":{"followers_count":5,"engagement_rate":1.5}}]})")
            .at(0)
            .followers_count == 5);
}

TEST_CASE("what is not enriched yet is left out") {
  for (const auto* const record :
       {R"({"creator_id":"c1","status":"pending"})", R"({"creator_id":"c1","status":"processing","enriched_at":"x"})",
        R"({"creator_id":"c1","is_enriched":false})", R"({"creator_id":"c1","enriched_at":null})",
        R"({"creator_id":"c1","status":"not_enriched"})", R"({"creator_id":"c1","status":"some_new_state"})",
        R"({"name":"nobody","enriched_at":"x"})", "17", "null"}) {
    CAPTURE(record);
    CHECK(enrichments(std::string(R"({"results_summary":[)") + record + "]}").empty());
  }
  CHECK(enrichments(R"({"results_summary":[]})").empty());
}

TEST_CASE("what is done shows by its state, its time or its medians") {
  for (const auto* const record :
       {R"({"creator_id":"c1","status":"succeeded"})", R"({"creator_id":"c1","source_status":"Completed"})",
        R"({"creator_id":"c1","enriched_at":"2026-05-28T09:06:00Z"})",
        R"({"creator_id":"c1","enriched_at":null,"median_posts_per_month":3})", R"({"id":"c1","name":"Ada"})",
        R"({"creator_id":"c1","status":"enriched","enriched_at":"2026-05-28T09:06:00Z"})"}) {
    CAPTURE(record);
    const auto records = enrichments(std::string(R"({"results_summary":[)") + record + "]}");
    REQUIRE(records.size() == 1);
    CHECK(records[0].creator_id == "c1");
    CHECK(records[0].status == JobStatus::succeeded);
  }
}

TEST_CASE("failed enrichments come with their reason, among the results or apart") {
  const auto records = enrichments(R"({"results_summary":[{"creator_id":"c1","status":"failed","error_code":"PRIVATE",
    "error_message":"profile is private"}],"failures":[{"creator_id":"c2","code":"GONE","message":"no such profile"},"c3",
    {"message":"nobody"}]})");
  REQUIRE(records.size() == 3);
  CHECK(records[0].status == JobStatus::failed);
  CHECK(records[0].error_code == "PRIVATE");
  CHECK(records[0].error_message == "profile is private");
  CHECK(records[1].creator_id == "c2");
  CHECK(records[1].status == JobStatus::failed);
  CHECK(records[1].error_code == "GONE");
  CHECK(records[1].error_message == "no such profile");
  CHECK(records[2].creator_id == "c3");
}

TEST_CASE("results that are missing altogether are unreadable, and free") {
  for (const auto& call : {kEnrichments, kContent, kAudience, kPosts, kDetails}) {
    for (const auto* const data : {"{}", "null", "[]", R"({"results":null})"}) {
      const auto found = failure(call, 200, enveloped(data));
      CHECK(found.kind == FailureKind::unreadable);
      CHECK_FALSE(found.may_be_charged);
    }
  }
}

TEST_CASE("a content match is read with everything that has a column") {
  const auto results =
      payload<ContentMatchResults>(kContent, R"({"not_found_ids":["12"],"expired_ids":["content-fit:99"],
    "results_summary":[{"job_id":"content-fit:11","analysis_id":"11","creator_id":"c1","status":"succeeded",
    "source_status":"completed","match_score":78.5,"matching_posts_count":6,"total_posts_analyzed":10,
    "content_fit_label":"Strong fit","error_message":null,"completed_at":"2026-05-28T09:06:00Z"}],
    "results":[{"job_id":"content-fit:11","result_expires_at":"2026-06-27T09:06:00Z","themes":["x"]}]})");
  REQUIRE(results.records.size() == 1);
  const auto& match = results.records[0];
  CHECK(match.job_id == "content-fit:11");
  CHECK(match.analysis_id == "11");
  CHECK(match.creator_id == "c1");
  CHECK(match.status == JobStatus::succeeded);
  CHECK(match.match_score == 78.5);
  CHECK(match.matching_posts_count == 6);
  CHECK(match.total_posts_analyzed == 10);
  CHECK(match.content_fit_label == "Strong fit");
  CHECK(match.completed_at == "2026-05-28T09:06:00Z");
  CHECK(match.result_expires_at == "2026-06-27T09:06:00Z");
  CHECK_FALSE(match.error_message);
  const auto raw = Json::parse(match.raw_json);
  CHECK(raw["themes"] == Json{"x"});
  CHECK(raw["match_score"] == 78.5);
  CHECK(results.not_found_ids == std::vector<std::string>{"12"});
  CHECK(results.expired_ids == std::vector<std::string>{"content-fit:99"});
}

TEST_CASE("job ids come back as they were asked for, prefixed or bare") {
  const auto results =
      payload<ContentMatchResults>(kContent, R"({"results_summary":[{"job_id":"11"},{"analysis_id":"12"},
    {"job_id":"13"}],"not_found_ids":["11"]})");
  REQUIRE(results.records.size() == 3);
  CHECK(results.records[0].job_id == "content-fit:11");
  CHECK(results.records[0].analysis_id == "11");
  CHECK(results.records[1].job_id == "12");
  CHECK(results.records[2].job_id == "content-fit:13");
  CHECK(results.not_found_ids == std::vector<std::string>{"content-fit:11"});
  const auto single = payload<AudienceMatchResults>(kAudience, R"({"results":[{"match_score":3}]})");
  CHECK(single.records.at(0).job_id == "audience-fit:21");
  CHECK(payload<ContentMatchResults>(kContent, R"({"results":[{"match_score":3}]})").records.empty());
}

TEST_CASE("the states of a job, in every spelling") {
  struct Case {
    const char* fields;
    JobStatus status;
  };
  for (const auto& [fields, status] :
       {Case{R"("status":"queued")", JobStatus::queued},
        Case{R"("status":"pending")", JobStatus::queued},
        Case{R"("status":"running")", JobStatus::running},
        Case{R"("status":"processing")", JobStatus::running},
        Case{R"("status":"succeeded")", JobStatus::succeeded},
        Case{R"("status":"completed")", JobStatus::succeeded},
        Case{R"("status":"SUCCESS")", JobStatus::succeeded},
        Case{R"("status":"failed")", JobStatus::failed},
        Case{R"("status":"error")", JobStatus::failed},
        Case{R"("status":"canceled")", JobStatus::canceled},
        Case{R"("status":"cancelled")", JobStatus::canceled},
        Case{R"("status":"expired")", JobStatus::expired},
        Case{R"("status":"levitating")", JobStatus::running},
        Case{R"("status":"")", JobStatus::running},
        Case{R"("status":"levitating","source_status":"completed")", JobStatus::succeeded},
        Case{R"("status":"running","source_status":"completed")", JobStatus::running},
        Case{R"("status":null,"source_status":"cancelled")", JobStatus::canceled},
        Case{R"("status":"levitating","is_terminal":true,"match_score":5)", JobStatus::running},
        Case{R"("match_score":5)", JobStatus::succeeded},
        Case{R"("completed_at":"x")", JobStatus::succeeded},
        Case{R"("creator_id":"c1")", JobStatus::running}}) {
    CAPTURE(fields);
    const auto data = std::string(R"({"results_summary":[{"job_id":"content-fit:11",)") + fields + "}]}";
    CHECK(payload<ContentMatchResults>(kContent, data).records.at(0).status == status);
  }
}

TEST_CASE("a failed analysis tells why") {
  const auto results = payload<ContentMatchResults>(kContent, R"({"results_summary":[{"job_id":"11","status":"failed",
    "error_message":"no posts"},{"job_id":"12","status":"failed","error":{"code":"X","message":"nested"}}]})");
  CHECK(results.records.at(0).error_message == "no posts");
  CHECK(results.records.at(1).error_message == "nested");
}

TEST_CASE("evidence posts keep their keywords as JSON") {
  const auto results =
      payload<ContentPostsResults>(kPosts, R"({"results":[{"job_id":"content-fit:11","analysis_id":"11",
    "matched_posts":[{"title":"Why fleets win","post_url":"https://x/1","posted_date":"2026-05-18","content_type":"text",
    "match_score":81,"keyword_matches":["fleet", "route \"x\""],"match_reason":"On topic.","likes":5},
    {"keyword_matches":"fleet"},{"keyword_matches":null}]}]})");
  REQUIRE(results.records.size() == 1);
  const auto& evidence = results.records[0];
  CHECK(evidence.job_id == "content-fit:11");
  CHECK(evidence.analysis_id == "11");
  REQUIRE(evidence.posts.size() == 3);
  CHECK(evidence.posts[0].title == "Why fleets win");
  CHECK(evidence.posts[0].post_url == "https://x/1");
  CHECK(evidence.posts[0].posted_date == "2026-05-18");
  CHECK(evidence.posts[0].content_type == "text");
  CHECK(evidence.posts[0].match_score == 81);
  CHECK(evidence.posts[0].match_reason == "On topic.");
  CHECK(evidence.posts[0].keyword_matches_json == R"(["fleet", "route \"x\""])");
  CHECK(Json::parse(evidence.posts[0].raw_json)["likes"] == 5);
  CHECK(evidence.posts[1].keyword_matches_json == R"(["fleet"])");
  CHECK(evidence.posts[2].keyword_matches_json == "[]");
  CHECK(Json::parse(evidence.raw_json)["matched_posts"].size() == 3);
}

TEST_CASE("an audience match and its details") {
  const auto results = payload<AudienceMatchResults>(kAudience, R"({"results_summary":[{"job_id":"audience-fit:21",
    "analysis_id":"21","creator_id":"c1","status":"succeeded","match_score":71,"matching_engagers_count":134,
    "total_engagers_analyzed":300,"unique_companies":88,"audience_summary":"Fleet managers."}]})");
  REQUIRE(results.records.size() == 1);
  CHECK(results.records[0].match_score == 71);
  CHECK(results.records[0].matching_engagers_count == 134);
  CHECK(results.records[0].total_engagers_analyzed == 300);
  CHECK(results.records[0].unique_companies == 88);
  CHECK(results.records[0].audience_summary == "Fleet managers.");

  const auto details = payload<AudienceDetailsResults>(kDetails, R"({"results":[{"job_id":"21","top_matching_engagers":[
    {"name":"Bo K.","job_title":"Fleet Lead","company":"Nordhaul","headline":"Fleet Lead at Nordhaul",
    "linkedin_url":"https://x/bo","engagement_count":"4"}],"top_companies":[{"name":"Nordhaul","count":12,
    "percentage":8.9},"Plain AS"],"job_title_breakdown":[{"title":"Fleet Lead","count":18.0},null]}]})");
  REQUIRE(details.records.size() == 1);
  const auto& one = details.records[0];
  CHECK(one.job_id == "audience-fit:21");
  REQUIRE(one.engagers.size() == 1);
  CHECK(one.engagers[0].name == "Bo K.");
  CHECK(one.engagers[0].job_title == "Fleet Lead");
  CHECK(one.engagers[0].company == "Nordhaul");
  CHECK(one.engagers[0].headline == "Fleet Lead at Nordhaul");
  CHECK(one.engagers[0].linkedin_url == "https://x/bo");
  CHECK(one.engagers[0].engagement_count == 4);
  REQUIRE(one.companies.size() == 2);
  CHECK(one.companies[0].count == 12);
  CHECK(one.companies[0].percentage == 8.9);
  CHECK(one.companies[1].name == "Plain AS");
  REQUIRE(one.job_titles.size() == 2);
  CHECK(one.job_titles[0].title == "Fleet Lead");
  CHECK(one.job_titles[0].count == 18);
  CHECK_FALSE(one.job_titles[1].title);
  CHECK(Json::parse(one.raw_json)["job_id"] == "21");
}

TEST_CASE("an analysis tells what it was asked to look for, or it does not") {
  const auto content = payload<ContentMatchResults>(kContent, R"({"results":[{"job_id":"content-fit:11",
    "status":"succeeded","topic_keywords":["saas","abm","saas"],"posts_to_analyze":20},{"job_id":"12",
    "status":"succeeded","keywords":["growth"]}]})");
  REQUIRE(content.records.size() == 2);
  CHECK(content.records[0].told.texts == std::vector<std::string>{"abm", "saas"});
  CHECK(content.records[0].told.depth == "20");
  CHECK(content.records[1].told.texts == std::vector<std::string>{"growth"});
  CHECK(content.records[1].told.depth.empty());
  const auto audience = payload<AudienceMatchResults>(kAudience, R"({"results":[{"job_id":"21","status":"succeeded",
    "target_audience_criteria":["VP Marketing","CMO"],"analysis_depth":"deep_dive"}]})");
  CHECK(audience.records.at(0).told.texts == std::vector<std::string>{"CMO", "VP Marketing"});
  CHECK(audience.records.at(0).told.depth == "deep_dive");
  const auto silent = payload<ContentMatchResults>(kContent, R"({"results":[{"job_id":"12","status":"succeeded"}]})");
  CHECK(silent.records.at(0).told.texts.empty());
  CHECK(silent.records.at(0).told.depth.empty());
}

TEST_CASE("analyses asked for by creator come under their own ids; who has none is no failure") {
  const Call by_creator = ReadContentMatches{{}, Seconds{0}, {"c1", "c2", "c3"}};
  const auto found = payload<ContentMatchResults>(by_creator, R"({"creators_requested":3,"found_count":2,
    "missing_creator_ids":["c3"],"results_summary":[{"job_id":"11","creator_id":"c1","status":"running"},
    {"analysis_id":"12","creator_id":"c2","status":"succeeded"}]})");
  REQUIRE(found.records.size() == 2);
  CHECK(found.records[0].job_id == "content-fit:11");
  CHECK(found.records[0].creator_id == "c1");
  CHECK(found.records[1].job_id == "content-fit:12");
  CHECK(found.not_found_ids.empty());
  const auto none = payload<ContentMatchResults>(by_creator, R"({"missing_creator_ids":["c1","c2","c3"]})");
  CHECK(none.records.empty());
}

}  // namespace
}  // namespace toksync::api
