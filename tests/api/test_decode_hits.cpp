// The posts behind hits, and full records; the first of each as in the examples of the contract.
#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kPosts = ReadHitPosts{{"c1", "c2", "c3"}, {"developer tools", "API"}, 3};
const Call kCreator = ReadCreator{"f0e1d2c3-b4a5-4678-9abc-def012345678", Platform::linkedin};

TEST_CASE("the posts behind a hit, as the contract shows them") {
  const auto records = payload<HitPostsResults>(kPosts, R"({"keywords_used":["developer tools","API"],
    "selection":{"source":"creator_ids","selected_count":1},"results":[{"creator":{
    "id":"f0e1d2c3-b4a5-4678-9abc-def012345678","name":"Jane Marketer","handle":"jane-marketer","platform":"linkedin",
    "profile_url":"https://www.linkedin.com/in/jane-marketer/"},"cached_post_count":42,"matched_posts_count":2,
    "matched_keywords":["developer tools"],"evidence_posts":[{
    "post_url":"https://www.linkedin.com/posts/jane-marketer_...","posted_at":"2026-05-18T08:00:00Z",
    "keyword_matches":["developer tools"],"relevance_score":22,"snippet":"Why developer tools win on DevEx...",
    "reactions":410,"comments":34,"shares":9}]}],"unsupported_creators":[],"detail_level":"summary",
    "posts_limit_per_creator":3})")
                           .records;
  REQUIRE(records.size() == 1);
  const auto& record = records[0];
  CHECK(record.creator_id == "f0e1d2c3-b4a5-4678-9abc-def012345678");
  CHECK(record.matched_posts_count == 2);
  CHECK(record.cached_post_count == 42);
  CHECK(record.matched_keywords_json == R"(["developer tools"])");
  CHECK(record.unsupported == std::nullopt);
  CHECK(record.raw_json.starts_with(R"({"creator":{)"));
  REQUIRE(record.posts.size() == 1);
  CHECK(record.posts[0] == HitPost{.post_url = "https://www.linkedin.com/posts/jane-marketer_...",
                                   .posted_at = "2026-05-18T08:00:00Z",
                                   .snippet = "Why developer tools win on DevEx...",
                                   .relevance_score = 22,
                                   .reactions = 410,
                                   .comments = 34,
                                   .shares = 9,
                                   .keyword_matches_json = R"(["developer tools"])"});
}

TEST_CASE("what is left out of the posts is unknown, and what cannot be told apart is passed over") {
  const auto records = payload<HitPostsResults>(kPosts, R"({"results":[{"creator_id":"c1","evidence_posts":[{},7]},
    {"matched_posts_count":3},"c9"],"unsupported_creators":["c2",{"id":"c3","message":"YouTube"},{"reason":"x"}]})")
                           .records;
  REQUIRE(records.size() == 3);
  CHECK(records[0].posts == std::vector<HitPost>{HitPost{}});
  CHECK(records[0].matched_posts_count == std::nullopt);
  CHECK(records[0].matched_keywords_json == "[]");
  CHECK(records[1].creator_id == "c2");
  CHECK(records[1].unsupported == "unsupported");
  CHECK(records[1].raw_json == R"({"creator_id":"c2"})");
  CHECK(records[2].creator_id == "c3");
  CHECK(records[2].unsupported == "YouTube");
}

TEST_CASE("an answer without results tells nothing about posts") {
  CHECK(failure(kPosts, 200, enveloped(R"({"keywords_used":[]})")).code == "UNREADABLE_ANSWER");
  CHECK(payload<HitPostsResults>(kPosts, R"({"results":[]})").records.empty());
}

TEST_CASE("a full record, as the contract shows it") {
  const auto detail = payload<CreatorDetail>(kCreator, R"({"creator":{"id":"f0e1d2c3-b4a5-4678-9abc-def012345678",
    "name":"Jane Marketer","bio":"Head of Growth.","location":"London, UK",
    "avatar_url":"https://media.licdn.com/.../jane.jpg","content_categories":["marketing"],
    "target_audiences":["marketers"],"languages":["en"],"platform":"linkedin","handle":"jane-marketer",
    "profile_url":"https://www.linkedin.com/in/jane-marketer/","metrics":{"followers_count":48200,
    "engagement_rate":2.31},"created_at":"2026-01-02T10:00:00Z","updated_at":"2026-05-20T11:04:00Z",
    "enrichment":{"is_enriched":false}}})");
  CHECK(detail.creator.creator_id == "f0e1d2c3-b4a5-4678-9abc-def012345678");
  CHECK(detail.creator.bio == "Head of Growth.");
  CHECK(detail.creator.metrics.followers_count == 48200);
  CHECK(detail.creator.metrics.engagement_rate == 2.31);
  CHECK(detail.creator.content_categories == std::vector<std::string>{"marketing"});
  CHECK(detail.creator.is_enriched == false);
  CHECK(detail.creator.source_updated_at == "2026-05-20T11:04:00Z");
  CHECK(detail.created_at == "2026-01-02T10:00:00Z");
  CHECK(detail.creator.raw_json.starts_with(R"({"id":)"));
}

TEST_CASE("an enrichment in a full record counts where it is the newer one") {
  const auto followers = [](const std::string& enrichment) {
    const auto data = R"({"creator":{"id":"f0e1d2c3-b4a5-4678-9abc-def012345678","metrics":{"followers_count":10,
      "shares_per_post":1},"updated_at":"2026-05-20T11:04:00Z","enrichment":)" +
                      enrichment + "}}";
    const auto metrics = payload<CreatorDetail>(kCreator, data).creator.metrics;
    CHECK(metrics.shares_per_post == 1);
    return metrics.followers_count;
  };
  CHECK(followers(R"({"is_enriched":true,"enriched_at":"2026-05-21T00:00:00Z","followers_count":12})") == 12);
  CHECK(followers(R"({"is_enriched":true,"enriched_at":"2026-05-21T00:00:00Z","followers_count":null})") == 10);
  CHECK(followers(R"({"is_enriched":true,"enriched_at":"2026-05-19T00:00:00Z","followers_count":12})") == 10);
  CHECK(followers(R"({"is_enriched":true,"followers_count":12})") == 10);
}

TEST_CASE("a record of nobody, or of somebody else, is none") {
  const auto reason = [](const char* data) { return failure(kCreator, 200, enveloped(data)).message; };
  CHECK(reason(R"({"creator":{"name":"Jane"}})").find("holds no creator") != std::string::npos);
  CHECK(reason(R"({"creator":{"id":"c2"}})").find("about somebody else") != std::string::npos);
  CHECK(
      failure(kCreator, 404, R"({"success":false,"error":{"code":"NOT_FOUND","message":"Creator not found"}})").kind ==
      FailureKind::rejected);
}

}  // namespace
}  // namespace toksync::api
