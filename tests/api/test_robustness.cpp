// Damaged answers of every kind: whatever happens to the bytes, decoding ends in a payload or a failure.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/decoding.hpp"
#include "base/random.hpp"

namespace toksync::api {
namespace {

struct Exchange {
  Call call;
  std::string body;
};

std::vector<Exchange> exchanges() {
  return {
      {DiscoverySearch{.keywords = {"x"}},
       enveloped(
           R"({"creators":[{"id":"c1","name":"Ada \ud83d\ude00","metrics":{"followers_count":12345,"engagement_rate":1.5},
         "languages":["no","en"],"score":9,"updated_at":"2026-05-20T11:04:00Z"},{"id":"c2"}]})",
           R"({"request_id":"r","pagination":{"has_more":true}})")},
      {StartEnrichment{{"c1", "c2"}},
       enveloped(R"({"jobs_created":1,"credits":{"deducted":1,"remaining":9},"missing_linkedin_profiles":["c2"],
         "jobs":[{"job_id":"enrichment:c1","creator_id":"c1","status":"queued"}]})")},
      {StartContentMatch{{"c1"}, {"x"}, 10},
       enveloped(
           R"({"jobs_created":1,"job_ids":["content-fit:1"],"failures":[{"creator_id":"c2","error":"NO_POSTS"}]})")},
      {StartThoughtLeaders{}, enveloped(R"({"job_id":"j1","status":"queued"})")},
      {ReadEnrichments{{"c1"}},
       enveloped(R"({"results_summary":[{"creator_id":"c1","enriched_at":"x"}],"results":[{"creator_id":"c1",
         "median_posts_per_month":2.5}]})")},
      {ReadContentMatches{{"content-fit:1"}},
       enveloped(
           R"({"results":[{"job_id":"content-fit:1","status":"succeeded","match_score":71}],"expired_ids":["2"]})")},
      {ReadContentPosts{{"content-fit:1"}},
       enveloped(
           R"({"results":[{"job_id":"content-fit:1","matched_posts":[{"title":"T","keyword_matches":["k"]}]}]})")},
      {ReadAudienceDetails{{"audience-fit:1"}},
       enveloped(R"({"results":[{"job_id":"audience-fit:1","top_companies":[{"name":"N","count":3}]}]})")},
      {ReadHitPosts{{"c1", "c2"}, {"x"}, 3},
       enveloped(R"({"results":[{"creator":{"id":"c1"},"matched_posts_count":1,"matched_keywords":["x"],
         "evidence_posts":[{"post_url":"https://x/1","keyword_matches":["x"],"shares":2}]}],
         "unsupported_creators":["c2"]})")},
      {ReadCreator{"c1"},
       enveloped(R"({"creator":{"id":"c1","name":"Ada","metrics":{"followers_count":5},"created_at":"2026-01-02"}})")},
      {ReadThoughtLeaders{{"j1"}},
       enveloped(R"({"jobs":[{"job_id":"j1","status":"succeeded","progress":{"completed_items":4},
         "results":[{"creator_id":"c1","score":88}]}]})")},
      {ReadUsage{"2026-05"},
       enveloped(
           R"({"period":"2026-05","total_credits_charged":8,"operations":{"a":{"calls":1,"credits_charged":8}}})")}};
}

// What a record keeps must be JSON whatever the answer looked like: the database checks it later.
struct CheckRaw {
  static void raw(const std::string& json) { CHECK_MESSAGE(nlohmann::json::accept(json), json); }

  void operator()(const SearchPage& page) const {
    raw(page.meta_json);
    for (const auto& found : page.creators) raw(found.creator.raw_json);
  }
  void operator()(const EnrichmentResults& results) const {
    for (const auto& record : results.records) raw(record.raw_json);
  }
  void operator()(const ContentPostsResults& results) const {
    for (const auto& record : results.records) {
      raw(record.raw_json);
      for (const auto& post : record.posts) raw(post.keyword_matches_json);
    }
  }
  void operator()(const ThoughtLeadersResults& results) const {
    for (const auto& job : results.jobs) raw(job.raw_json);
  }
  void operator()(const Usage& usage) const { raw(usage.raw_json); }
  void operator()(const auto&) const {}
};

void check_survives(const Provider& provider, const Call& call, int status, std::string body) {
  const auto answer = provider.decode(call, http::Response{status, {}, std::move(body)}, kNow);
  if (answer.payload) {
    std::visit(CheckRaw{}, *answer.payload);
  } else {
    CHECK_FALSE(answer.payload.error().code.empty());
  }
}

TEST_CASE("every fixture decodes, and every prefix of it is unreadable") {
  const auto provider = make_test_provider();
  for (const auto& [call, body] : exchanges()) {
    CAPTURE(body);
    REQUIRE(provider->decode(call, http::Response{200, {}, body}, kNow).payload.has_value());
    for (std::size_t length = 0; length < body.size(); ++length) {
      const auto answer = provider->decode(call, http::Response{200, {}, body.substr(0, length)}, kNow);
      REQUIRE_FALSE(answer.payload.has_value());
      CHECK(answer.payload.error().kind == FailureKind::unreadable);
      CHECK(answer.payload.error().may_be_charged == is_billable(call));
    }
  }
}

TEST_CASE("one bit wrong anywhere never crashes") {
  const auto provider = make_test_provider();
  for (const auto& [call, body] : exchanges()) {
    for (std::size_t at = 0; at < body.size(); ++at) {
      for (const unsigned bit : {0U, 1U, 3U, 5U, 7U}) {
        auto damaged = body;
        damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
        check_survives(*provider, call, 200, std::move(damaged));
      }
    }
  }
}

TEST_CASE("many bytes wrong, cut out or doubled never crash") {
  const auto provider = make_test_provider();
  Random random(20260601);
  const auto below = [&random](std::size_t bound) {
    return static_cast<std::size_t>(random.unit() * static_cast<double>(bound));
  };
  const std::string_view hard = "{}[]\",:\\u0\x80\xFF\xF0\x01 9e-.";
  for (const auto& [call, body] : exchanges()) {
    for (int round = 0; round < 300; ++round) {
      auto damaged = body;
      for (auto changes = below(8); changes > 0; --changes) damaged[below(damaged.size())] = hard[below(hard.size())];
      const auto from = below(damaged.size());
      const auto count = below(20);
      if (round % 3 == 0) damaged.erase(from, count);
      if (round % 3 == 1) damaged.insert(from, damaged.substr(from, count));
      check_survives(*provider, call, round % 5 == 0 ? 500 : 202, std::move(damaged));
    }
  }
}

TEST_CASE("the answer to one call does not crash the decoder of another") {
  const auto provider = make_test_provider();
  const auto all = exchanges();
  for (const auto& asked : all) {
    for (const auto& answered : all) check_survives(*provider, asked.call, 200, answered.body);
  }
}

}  // namespace
}  // namespace toksync::api
