#include <limits>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

using Json = nlohmann::json;

http::Request request_for(const Call& call) { return make_test_provider()->to_request(call); }

void check_message(const Call& call, std::string_view path, const char* body) {
  CAPTURE(path);
  const auto request = request_for(call);
  CHECK(request.method == http::Method::post);
  CHECK(request.path == path);
  CHECK(request.url == "http://127.0.0.1:9" + std::string(path));
  CHECK(Json::parse(request.body) == Json::parse(body));
}

TEST_CASE("each call is said the way the contract wants it") {
  check_message(DiscoverySearch{.keywords = {"b2b", "abm"}, .mode = "strict", .limit = 25, .offset = 50},
                "/v1/creators/discovery-search",
                R"({"keywords":["b2b","abm"],"search_mode":"strict","limit":25,"offset":50})");
  check_message(DatabaseSearch{}, "/v1/creators/search", R"({"platform":"linkedin","limit":100})");
  check_message(StartEnrichment{{"c1", "c2"}}, "/v1/creators/enrich", R"({"creator_ids":["c1","c2"]})");
  check_message(StartContentMatch{{"c1"}, {"devtools"}, 20}, "/v1/creators/content-match",
                R"({"creator_ids":["c1"],"topic_keywords":["devtools"],"posts_to_analyze":20})");
  check_message(StartAudienceMatch{{"c1"}, {"CMO"}, AnalysisDepth::deep_dive}, "/v1/creators/audience-match",
                R"({"creator_ids":["c1"],"target_audience_criteria":["CMO"],"analysis_depth":"deep_dive"})");
  check_message(ReadEnrichments{{"c1"}, true, Seconds{10}}, "/v1/enrichments/results",
                R"({"creator_ids":["c1"],"detail_level":"full","wait_seconds":10})");
  check_message(ReadEnrichments{{"c1"}, false, Seconds{0}}, "/v1/enrichments/results",
                R"({"creator_ids":["c1"],"detail_level":"summary","wait_seconds":0})");
  check_message(ReadContentMatches{{"content-fit:1"}, Seconds{99}}, "/v1/content-match/results",
                R"({"job_ids":["content-fit:1"],"detail_level":"full","wait_seconds":30})");
  check_message(ReadContentPosts{{"content-fit:1"}, 5}, "/v1/content-match/posts",
                R"({"job_ids":["content-fit:1"],"detail_level":"full","posts_limit_per_creator":5})");
  check_message(ReadAudienceMatches{{"audience-fit:1"}, Seconds{30}}, "/v1/audience-match/results",
                R"({"job_ids":["audience-fit:1"],"detail_level":"full","wait_seconds":30})");
  check_message(ReadAudienceDetails{{"audience-fit:1"}, 30}, "/v1/audience-match/details",
                R"({"job_ids":["audience-fit:1"],"detail_level":"full","engagers_limit":30})");
  check_message(ReadContentMatches{{}, Seconds{0}, {"c1", "c2"}}, "/v1/content-match/results",
                R"({"creator_ids":["c1","c2"],"detail_level":"full","wait_seconds":0})");
  check_message(ReadAudienceMatches{{}, Seconds{0}, {"c1"}}, "/v1/audience-match/results",
                R"({"creator_ids":["c1"],"detail_level":"full","wait_seconds":0})");
  check_message(ReadHitPosts{{"c1", "c2"}, {"b2b", "abm"}, 4}, "/v1/search-results/posts",
                R"({"creator_ids":["c1","c2"],"keywords":["b2b","abm"],"posts_limit_per_creator":4,
                    "detail_level":"full"})");
  check_message(StartContentMatch{{"c1"}, {"devtools"}, 20, "k1"}, "/v1/creators/content-match",
                R"({"creator_ids":["c1"],"campaign_id":"k1","posts_to_analyze":20})");
  check_message(StartAudienceMatch{{"c1"}, {"CMO"}, AnalysisDepth::deep_dive, "k1"}, "/v1/creators/audience-match",
                R"({"creator_ids":["c1"],"campaign_id":"k1","analysis_depth":"deep_dive"})");
  check_message(ReadContentMatches{{}, Seconds{0}, {"c1"}, "k1"}, "/v1/content-match/results",
                R"({"creator_ids":["c1"],"campaign_id":"k1","detail_level":"full","wait_seconds":0})");
  check_message(CreateCreatorList{"Voices", "Of the night", Platform::youtube}, "/v1/creator-lists",
                R"({"name":"Voices","description":"Of the night","platform":"youtube"})");
  check_message(SaveToCreatorList{"l1", {"c1", "c2"}}, "/v1/creator-lists/l1/creators",
                R"({"creator_ids":["c1","c2"],"creator_source":"public"})");
  check_message(CancelThoughtLeaders{"j1"}, "/v1/jobs/j1/cancel", "{}");
  check_message(ReadThoughtLeaders{{"j1", "j2"}}, "/v1/jobs/results:bulk", R"({"job_ids":["j1","j2"],"limit":200})");
}

TEST_CASE("a full record is asked for by id and platform, and costs nothing") {
  const Call call = ReadCreator{"c1", Platform::youtube};
  const auto request = request_for(call);
  CHECK(request.method == http::Method::get);
  CHECK(request.path == "/v1/creators/c1");
  CHECK(request.url == "http://127.0.0.1:9/v1/creators/c1?platform=youtube");
  CHECK(request.body.empty());
  CHECK_FALSE(is_billable(call));
  CHECK_FALSE(is_billable(Call{ReadHitPosts{}}));
}

TEST_CASE("a thought-leader search sends everything that shapes it") {
  StartThoughtLeaders call{{"a", "b", "c", "d", "e"}, "broad", {}};
  const char* const defaults = R"({"keywords":["a","b","c","d","e"],"mode":"broad","count":10,
    "max_candidates_to_analyze":100,"posts_to_analyze":10,"min_followers":30000,"min_reactions_per_post":50,
    "min_content_match_score":60,"hide_brands":true})";
  check_message(call, "/v1/creators/thought-leaders", defaults);
  call.config.location = "Oslo";
  call.config.language = "no";
  call.config.filters = {{"locations", std::vector<std::string>{"Oslo"}}};
  auto expected = Json::parse(defaults);
  expected.update(Json{{"location", "Oslo"}, {"language", "no"}, {"filters", {{"locations", {"Oslo"}}}}});
  check_message(call, "/v1/creators/thought-leaders", expected.dump().c_str());
}

TEST_CASE("a database search sends what is set, filters included") {
  DatabaseSearch call{.platform = Platform::youtube,
                      .query = "growth \"quoted\" \n line",
                      .sort_by = "name",
                      .sort_order = "asc",
                      .filters = {{"min_followers", 5000.0},
                                  {"max_engagement", 2.5},
                                  {"hide_brands", true},
                                  {"languages", std::vector<std::string>{"en", "de"}},
                                  {"min_engagement", std::numeric_limits<double>::quiet_NaN()},
                                  {"max_followers", std::numeric_limits<double>::infinity()}},
                      .limit = 25,
                      .cursor = "abc=="};
  const auto request = request_for(call);
  CHECK(Json::parse(request.body) == Json::parse(R"({"platform":"youtube","query":"growth \"quoted\" \n line",
    "sort_by":"name","sort_order":"asc","limit":25,"cursor":"abc==","filters":{"min_followers":5000,
    "max_engagement":2.5,"hide_brands":true,"languages":["en","de"]}})"));
  CHECK(request.body.find("5000.0") == std::string::npos);
}

TEST_CASE("bodies are the same bytes for the same call, and valid whatever the words") {
  const DiscoverySearch call{.keywords = {"caf\xE9", std::string("nul\0", 4), "\xF0\x9F\x98\x80"}};
  const auto body = request_for(call).body;
  CHECK(body == request_for(call).body);
  CHECK(Json::parse(body)["keywords"] == Json{"caf\xEF\xBF\xBD", std::string("nul\0", 4), "\xF0\x9F\x98\x80"});
}

TEST_CASE("usage is a GET whose month is in the query and not in the path") {
  const auto request = request_for(ReadUsage{"2026-05"});
  CHECK(request.method == http::Method::get);
  CHECK(request.url == "http://127.0.0.1:9/v1/account/usage?month=2026-05");
  CHECK(request.path == "/v1/account/usage");
  CHECK(request.body.empty());
  CHECK(request_for(ReadUsage{}).url == "http://127.0.0.1:9/v1/account/usage");
}

TEST_CASE("the key, the timeout and the care for what is billable go with every request") {
  const auto start = request_for(StartEnrichment{{"c1"}});
  CHECK(start.bearer.reveal() == kKey);
  CHECK(start.url.find(kKey) == std::string::npos);
  CHECK(start.timeout == Milliseconds{60'000});
  CHECK(start.exactly_once);
  CHECK(start.headers == Headers{{"Accept", "application/json"}, {"Content-Type", "application/json"}});
  const auto read = request_for(ReadEnrichments{{"c1"}, true, Seconds{20}});
  CHECK(read.timeout == Milliseconds{80'000});
  CHECK_FALSE(read.exactly_once);
  CHECK(request_for(DatabaseSearch{}).exactly_once);
  CHECK(request_for(DiscoverySearch{}).exactly_once);
  CHECK_FALSE(request_for(ReadUsage{"2026-05"}).exactly_once);
  CHECK_FALSE(request_for(CancelThoughtLeaders{"j1"}).exactly_once);
}

TEST_CASE("a provider is found by its name, and a slash at the end of its address does not matter") {
  const auto provider = make_provider("toksta", {"https://api.toksta.com//", Secret(kKey), Milliseconds{1}});
  REQUIRE(provider.has_value());
  CHECK((*provider)->name() == "toksta");
  CHECK((*provider)->to_request(ReadUsage{}).url == "https://api.toksta.com/v1/account/usage");
  const auto unknown = make_provider("toktsa", {"https://api.toksta.com", Secret(kKey), Milliseconds{1}});
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == ErrorKind::usage);
  CHECK(unknown.error().text().find("toktsa") != std::string::npos);
}

TEST_CASE("the price table is the published one") {
  const auto prices = make_test_provider()->prices();
  struct Price {
    PriceItem item;
    Credits credits;
  };
  for (const auto& [item, credits] :
       {Price{PriceItem::creator_search, 1}, Price{PriceItem::discovery_search, 1}, Price{PriceItem::enrich, 1},
        Price{PriceItem::content_match_10, 3}, Price{PriceItem::content_match_20, 5},
        Price{PriceItem::content_match_30, 8}, Price{PriceItem::audience_match_quick_scan, 10},
        Price{PriceItem::audience_match_deep_dive, 20}, Price{PriceItem::audience_match_comprehensive, 30},
        Price{PriceItem::thought_leaders_broad, 1}, Price{PriceItem::thought_leaders_balanced, 2},
        Price{PriceItem::thought_leaders_strict, 3}}) {
    CAPTURE(to_string(item));
    CHECK(prices.at(item) == credits);
  }
}

TEST_CASE("the operations of the usage answer belong to the stages that they charge for") {
  struct Row {
    std::string_view operation;
    std::optional<StageName> family;
  };
  const auto provider = make_test_provider();
  for (const auto& [operation, family] : std::vector<Row>{// The two that the contract knows.
                                                          {"creator_discovery_search_per_100", StageName::search},
                                                          {"profile_enrichment", StageName::enrich},
                                                          // Those of the sandbox.
                                                          {"creator_search", StageName::search},
                                                          {"content_match", StageName::content_match},
                                                          {"audience_match", StageName::audience_match},
                                                          {"thought_leaders", StageName::thought_leaders},
                                                          {"thought_leader_discovery", StageName::thought_leaders},
                                                          {"content_match_enrichment", StageName::content_match},
                                                          {"creator_discovery", std::nullopt},
                                                          {"exports", std::nullopt},
                                                          {"", std::nullopt}}) {
    CAPTURE(operation);
    CHECK(provider->family_of_operation(operation) == family);
  }
}

TEST_CASE("lists are read page by page") {
  const auto request = request_for(ReadCreatorLists{100, 200});
  CHECK(request.method == http::Method::get);
  CHECK(request.path == "/v1/creator-lists");
  CHECK(request.url == "http://127.0.0.1:9/v1/creator-lists?limit=100&offset=200");
  CHECK_FALSE(request.exactly_once);
  CHECK(request_for(CreateCreatorList{"Voices", "", Platform::linkedin}).exactly_once);
  CHECK(request_for(SaveToCreatorList{"l1", {"c1"}}).exactly_once);
}

}  // namespace
}  // namespace toksync::api
