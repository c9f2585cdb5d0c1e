// What the suite is shown of each provider: one call of every kind, and an answer as the API gives it.
#include "api/provider_conformance.hpp"

namespace toksync::api::conformance {
namespace {

std::string enveloped(std::string_view data, std::string_view meta = R"({"request_id":"req_7"})") {
  return R"({"success":true,"data":)" + std::string(data) + R"(,"meta":)" + std::string(meta) + "}";
}

std::string refusal(std::string_view code) {
  return R"({"success":false,"error":{"code":")" + std::string(code) +
         R"(","message":"no"},"meta":{"request_id":"req_8"}})";
}

std::vector<Refusal> refusals(std::string_view no_credits) {
  return {{400, refusal("VALIDATION_ERROR"), FailureKind::rejected},
          {401, refusal("UNAUTHORIZED"), FailureKind::unauthorized},
          {402, refusal(no_credits), FailureKind::no_credits},
          {403, refusal("FORBIDDEN"), FailureKind::forbidden},
          {404, refusal("NOT_FOUND"), FailureKind::rejected},
          {429, refusal("RATE_LIMITED"), FailureKind::rate_limited},
          {501, refusal("NOT_IMPLEMENTED"), FailureKind::rejected}};
}

const std::string kFirst = "7b0c2d7e-0000-4000-8000-000000000001";
const std::string kSecond = "7b0c2d7e-0000-4000-8000-000000000002";

// Searches and the usage are the same in both versions of the API.
std::vector<SampleAnswer> common_samples() {
  return {{"discovery search", DiscoverySearch{.keywords = {"x"}},
           enveloped(R"({"creators":[{"id":"c1","name":"Ada","metrics":{"followers_count":12345,"engagement_rate":1.5},
             "languages":["no","en"],"score":9,"updated_at":"2026-05-20T11:04:00Z"},{"id":"c2"}]})",
                     R"({"request_id":"r","pagination":{"has_more":true}})")},
          {"database search",
           DatabaseSearch{.query = "x"},
           enveloped(R"({"creators":[{"id":"c3","name":"Bo","platform":"linkedin"}]})",
                     R"({"request_id":"r","next_cursor":"cur_1"})"),
           200,
           {"platform"}},
          {"posts of hits", ReadHitPosts{{"c1"}, {"x"}, 3},
           enveloped(R"({"results":[{"creator_id":"c1","matched_posts_count":1,
             "evidence_posts":[{"snippet":"S","reactions":4,"keyword_matches":["x"]}]}]})")},
          {"full record", ReadCreator{"c1", Platform::linkedin},
           enveloped(R"({"creator":{"id":"c1","name":"Ada","created_at":"2026-05-20T11:04:00Z"}})")},
          {"usage",
           ReadUsage{"2026-05"},
           enveloped(R"({"period":"2026-05","total_credits_charged":8,"allocated_credits":100,"remaining_credits":92,
             "credit_value_usd":0.01,"enforce_credit_limits":true,
             "operations":{"profile_enrichment":{"calls":1,"credits_charged":8}}})"),
           200,
           {"enforce_credit_limits"}},
          {"cancellation",
           CancelThoughtLeaders{"j1"},
           enveloped(R"({"job":{"id":"j1","status":"canceled","canceled":true,"reason":"cancel_applied"}})"),
           200,
           {"status", "reason"}}};
}

std::vector<SampleAnswer> with_common(std::vector<SampleAnswer> samples) {
  for (auto& sample : common_samples()) samples.push_back(std::move(sample));
  return samples;
}

}  // namespace

ProviderSubject toksta_subject() {
  return {
      "toksta",
      with_common(
          {{"enrichment",
            StartEnrichment{{"c1", "c2"}},
            enveloped(R"({"jobs_created":1,"credits":{"deducted":1,"remaining":9},"missing_linkedin_profiles":["c2"],
                  "jobs":[{"job_id":"enrichment:c1","creator_id":"c1","status":"queued"}]})"),
            202,
            {"status"}},
           {"content match",
            StartContentMatch{{"c1", "c2"}, {"x"}, 10},
            enveloped(R"({"jobs_created":1,"jobs":[{"job_id":"content-fit:1","creator_id":"c1","status":"pending"}],
                  "failures":[{"creator_id":"c2","error":"NO_POSTS"}]})"),
            202,
            {"status"}},
           {"audience match",
            StartAudienceMatch{{"c1"}, {"CMO"}, AnalysisDepth::quick_scan},
            enveloped(
                R"({"jobs_created":1,"jobs":[{"job_id":"audience-fit:2","creator_id":"c1","status":"pending"}]})"),
            202,
            {"status"}},
           {"thought leaders",
            StartThoughtLeaders{},
            enveloped(R"({"job_id":"j1","status":"queued"})"),
            202,
            {"status"}},
           {"enrichment results",
            ReadEnrichments{{"c1"}},
            enveloped(R"({"pending":0,"results_summary":[{"creator_id":"c1","enriched_at":"2026-05-28"}],
                  "results":[{"creator_id":"c1","status":"completed","median_reactions_per_post":2.5}]})"),
            200,
            {"status"}},
           {"content match results",
            ReadContentMatches{{"content-fit:1"}},
            enveloped(R"({"results":[{"job_id":"content-fit:1","analysis_id":"1","creator_id":"c1",
                  "status":"succeeded","match_score":71,"matching_posts_count":2}],"expired_ids":["2"]})"),
            200,
            {"status"}},
           {"content posts", ReadContentPosts{{"content-fit:1"}},
            enveloped(R"({"results":[{"job_id":"content-fit:1","matched_posts":[{"title":"T",
                  "keyword_matches":["k"]}]}]})")},
           {"audience match results",
            ReadAudienceMatches{{"audience-fit:2"}},
            enveloped(R"({"results":[{"job_id":"audience-fit:2","creator_id":"c1","status":"succeeded",
                  "match_score":31}]})"),
            200,
            {"status"}},
           {"audience details", ReadAudienceDetails{{"audience-fit:2"}},
            enveloped(R"({"results":[{"job_id":"audience-fit:2","top_companies":[{"name":"N","count":3}],
                  "top_matching_engagers":[{"name":"E","job_title":"CMO"}]}]})")},
           {"thought leader results",
            ReadThoughtLeaders{{"j1"}},
            enveloped(R"({"jobs":[{"job_id":"j1","status":"succeeded","progress":{"completed_items":4},
                  "results":[{"creator_id":"c1","status":"approved","score":88}]}]})"),
            200,
            {"status"}}}),
      refusals("INSUFFICIENT_CREDITS")};
}

ProviderSubject toksta_partner_subject() {
  const std::vector<std::string> both{kFirst, kSecond};
  const std::vector<std::string> works{"job-9#" + kFirst, "job-9#" + kSecond};
  const auto job = [](std::string_view status, std::string_view results) {
    return enveloped(R"({"job_id":"job-9","status":")" + std::string(status) + R"(","results":)" +
                     std::string(results) + "}");
  };
  const auto first = R"([{"creator_id":")" + kFirst + R"(",)";
  return {"toksta-partner",
          with_common(
              {{"enrichment",
                StartEnrichment{both},
                enveloped(R"({"job_id":"job-9","status":"queued","credits":{"deducted":2,"remaining":9},
              "missing_linkedin_profiles":[")" +
                          kSecond + R"("]})"),
                202,
                {"status"}},
               {"content match",
                StartContentMatch{both, {"x"}, 10},
                enveloped(R"({"job_id":"job-9","status":"queued","failures":[{"creator_id":")" + kSecond +
                          R"(","code":"NO_POSTS"}]})"),
                202,
                {"status", "code"}},
               {"audience match",
                StartAudienceMatch{both, {"CMO"}, AnalysisDepth::quick_scan},
                enveloped(R"({"job_id":"job-9","status":"queued"})"),
                202,
                {"status"}},
               {"thought leaders",
                StartThoughtLeaders{},
                enveloped(R"({"job_id":"j1","status":"queued"})"),
                202,
                {"status"}},
               {"enrichment job",
                ReadEnrichments{works},
                job("partial", first + R"("enriched_at":"2026-05-28","median_reactions_per_post":2.5}])"),
                200,
                {"status"},
                true},
               {"content match job",
                ReadContentMatches{works},
                job("partial", first + R"("status":"completed","match_score":71,"matched_posts":[{"title":"T"}]}])"),
                200,
                {"status"},
                true},
               {"content posts",
                ReadContentPosts{works},
                job("completed", first + R"("match_score":71,"matched_posts":[{"title":"T"}]}])"),
                200,
                {"status"},
                true},
               {"audience match job",
                ReadAudienceMatches{works},
                job("completed", first + R"("status":"completed","match_score":31,"job_id":"own-4"}])"),
                200,
                {"status"},
                true},
               {"audience details",
                ReadAudienceDetails{works},
                job("completed", first + R"("match_score":31,"engagers":[{"name":"E","job_title":"CMO"}]}])"),
                200,
                {"status"},
                true},
               {"thought leaders' job",
                ReadThoughtLeaders{{"j1"}},
                enveloped(R"({"job_id":"j1","status":"completed","progress":{"completed_items":4},
              "results":[{"creator_id":"c1","status":"approved","score":88}]})"),
                200,
                {"status"},
                true}}),
          refusals("CREDIT_LIMIT_EXCEEDED")};
}

}  // namespace toksync::api::conformance
