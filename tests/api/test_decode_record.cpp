// What an answer's record says, it says again when it is read from the database.
#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

template <typename Record>
void check_same(RecordKind kind, const Record& record) {
  CAPTURE(record.raw_json);
  const auto again = make_test_provider()->decode_record(kind, record.raw_json);
  REQUIRE_MESSAGE(again.has_value(), again.error());
  CHECK(std::get<Record>(*again) == record);
}

std::string problem_of(RecordKind kind, std::string_view raw_json) {
  const auto read = make_test_provider()->decode_record(kind, raw_json);
  return read ? "" : read.error();
}

TEST_CASE("a creator of a search reads the same again") {
  const auto page = payload<SearchPage>(DiscoverySearch{}, R"({"creators":[ {"id":"c1","name":"Ada \u00e9 \ud83d\ude00",
    "handle":"ada","bio":null,"platform":"linkedin","profile_url":"https://x/ada","is_enriched":false,
    "metrics":{"followers_count":"12345","engagement_rate":1.5},"shares_per_post":2,"languages":["en","en","no"],
    "content_categories":"Marketing","updated_at":"2026-05-20T11:04:00Z","score":9} , {"creator_id":7}]})");
  REQUIRE(page.creators.size() == 2);
  for (const auto& found : page.creators) check_same(RecordKind::creator, found.creator);
}

TEST_CASE("what lies behind a hit, and a full record, read the same again") {
  const auto results = payload<HitPostsResults>(ReadHitPosts{}, R"({"results":[
    {"creator":{"id":"c1"},"matched_posts_count":2,"evidence_posts":[{"url":"https://x/1"},{"snippet":"A","shares":"3"}]},
    {"creator_id":"c2","posts":[]}],"unsupported_creators":["c3"]})");
  REQUIRE(results.records.size() == 3);
  check_same(RecordKind::hit_posts, results.records[0]);
  check_same(RecordKind::hit_posts, results.records[1]);
  const auto detail = payload<CreatorDetail>(ReadCreator{"c1"}, R"({"creator":{"id":"c1","name":"Ada",
    "created_at":"2026-01-02T10:00:00Z","enrichment":{"is_enriched":true}}})");
  const auto again = make_test_provider()->decode_record(RecordKind::creator_detail, detail.creator.raw_json);
  REQUIRE(again.has_value());
  CHECK(std::get<CreatorDetail>(*again) == detail);
}

TEST_CASE("an enrichment of two versions reads the same when they are one") {
  const auto results = payload<EnrichmentResults>(ReadEnrichments{{"c1", "c2"}}, R"({"results_summary":[
    {"creator_id":"c1","name":"Ada Holm","followers_count":12345,"enriched_at":"2026-05-28T09:06:00Z","error":null,
     "metrics":{"engagement_rate":1}},
    {"creator_id":"c2","enriched_at":"2026-05-28","profile_url":"https://x/c2"}],
    "results":[{"creator_id":"c1","creator_name":"Ada Holm, PhD","enriched_at":null,"followers_count":null,
     "median_reactions_per_post":180,"metrics":null,"status":"completed"}]})");
  REQUIRE(results.records.size() == 2);
  CHECK(results.records[0].name == "Ada Holm");
  CHECK(results.records[0].enriched_at == "2026-05-28T09:06:00Z");
  CHECK(results.records[0].engagement_rate == 1);
  for (const auto& record : results.records) check_same(RecordKind::enrichment, record);
}

TEST_CASE("analyses read the same again, with posts and audiences") {
  const auto matches = payload<ContentMatchResults>(ReadContentMatches{{"content-fit:11", "content-fit:12"}}, R"({
    "results_summary":[{"job_id":"content-fit:11","match_score":71.5,"status":"succeeded"}],
    "results":[{"job_id":"content-fit:11","analysis_id":"11","match_score":null,"matching_posts_count":4,"source_status":"x",
      "content_fit_label":"Strong"},{"job_id":"content-fit:12","status":"failed","error":{"message":"no posts"}}]})");
  REQUIRE(matches.records.size() == 2);
  CHECK(matches.records[0].match_score == 71.5);
  for (const auto& record : matches.records) check_same(RecordKind::content_match, record);

  const auto posts = payload<ContentPostsResults>(ReadContentPosts{{"content-fit:11"}}, R"({"results":[
    {"job_id":"content-fit:11","matched_posts":[{"url":"https://x/1", "keyword_matches":"one","match_score":"9"},{}]}]})");
  REQUIRE(posts.records.size() == 1);
  REQUIRE(posts.records[0].posts.size() == 2);
  check_same(RecordKind::content_posts, posts.records[0]);

  const auto audiences = payload<AudienceMatchResults>(ReadAudienceMatches{{"audience-fit:21"}}, R"({"results":[
    {"job_id":"audience-fit:21","match_score":66,"completed_at":"2026-05-28T09:06:00Z","unique_companies":12}]})");
  REQUIRE(audiences.records.size() == 1);
  check_same(RecordKind::audience_match, audiences.records[0]);

  const auto details = payload<AudienceDetailsResults>(ReadAudienceDetails{{"audience-fit:21"}}, R"({"results":[
    {"job_id":"audience-fit:21","top_matching_engagers":[{"name":"B.","linkedin_url":"https://x/b"}],
     "top_companies":["Acme",{"name":"Bee","count":2,"percentage":1.5}],"job_title_breakdown":[{"title":"CMO"}]}]})");
  REQUIRE(details.records.size() == 1);
  CHECK(details.records[0].companies.size() == 2);
  check_same(RecordKind::audience_details, details.records[0]);
}

TEST_CASE("a thought leader reads the same again") {
  const auto results = payload<ThoughtLeadersResults>(ReadThoughtLeaders{{"j1"}}, R"({"jobs":[{"job_id":"j1",
    "status":"succeeded","results":[{"creator_id":"c1","creator_name":"Ada","match_rank":84,"relevance_score":0.84,
    "relevance_reasoning":"writes about it","status":"approved","processed_at":"2026-05-28T09:06:00Z"}]}]})");
  REQUIRE(results.jobs.front().thought_leaders.size() == 1);
  check_same(RecordKind::thought_leader, results.jobs.front().thought_leaders.front());
}

TEST_CASE("what is no record of its kind is told, not guessed") {
  for (const auto kind : kRecordKinds) {
    CAPTURE(to_string(kind));
    for (const auto* const damaged : {"", "{", "null", "[]", "7", R"({"id":)", "{},{}"}) {
      CAPTURE(damaged);
      CHECK_FALSE(problem_of(kind, damaged).empty());
    }
  }
  CHECK(problem_of(RecordKind::creator, R"({"name":"nobody"})") == "it has no id");
  CHECK_FALSE(problem_of(RecordKind::thought_leader, R"({"creator_name":"nobody"})").empty());
}

}  // namespace
}  // namespace toksync::api
