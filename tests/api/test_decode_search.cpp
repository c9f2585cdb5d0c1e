#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kDiscovery = DiscoverySearch{.keywords = {"logistics"}};
const Call kDatabase = DatabaseSearch{};

const std::string kCreator =
    R"({"id":"0a1b2c3d-0000-4000-8000-000000000001","name":"Ada Holm","bio":"Freight \u0026 fleets",
  "location":"Bergen, NO","avatar_url":"https://cdn.example/ada.jpg","content_categories":["logistics","logistics","saas"],
  "target_audiences":["founders"],"languages":["no","en","no"],"platform":"linkedin","handle":"ada-holm",
  "profile_url":"https://www.linkedin.com/in/ada-holm/","metrics":{"followers_count":12345,"engagement_rate":1.75,
  "avg_posts_per_month":6,"avg_views_per_post":4100,"shares_per_post":3,"comments_per_post":21,"reactions_per_post":180},
  "updated_at":"2026-05-20T11:04:00Z","score":91.5,"match_rank":2,"is_enriched":false,"brand_new_field":{"a":[1,2]}})";

SearchPage page_of(const Call& call, const std::string& creators, std::string_view meta = R"({"request_id":"r"})") {
  return payload<SearchPage>(call, R"({"creators":)" + creators + "}", meta);
}

FoundCreator only_creator(const std::string& record) {
  auto page = page_of(kDiscovery, "[" + record + "]");
  REQUIRE(page.creators.size() == 1);
  return page.creators.front();
}

TEST_CASE("a creator is read with everything that has a column") {
  const auto [creator, score, match_rank] = only_creator(kCreator);
  CHECK(creator.creator_id == "0a1b2c3d-0000-4000-8000-000000000001");
  CHECK(creator.platform == "linkedin");
  CHECK(creator.handle == "ada-holm");
  CHECK(creator.name == "Ada Holm");
  CHECK(creator.bio == "Freight & fleets");
  CHECK(creator.location == "Bergen, NO");
  CHECK(creator.profile_url == "https://www.linkedin.com/in/ada-holm/");
  CHECK(creator.avatar_url == "https://cdn.example/ada.jpg");
  CHECK(creator.metrics == Metrics{12345, 1.75, 6, 4100, 180, 21, 3});
  CHECK(creator.is_enriched == false);
  CHECK(creator.source_updated_at == "2026-05-20T11:04:00Z");
  CHECK(creator.content_categories == std::vector<std::string>{"logistics", "saas"});
  CHECK(creator.target_audiences == std::vector<std::string>{"founders"});
  CHECK(creator.languages == std::vector<std::string>{"no", "en"});
  CHECK(score == 91.5);
  CHECK(match_rank == 2);
}

TEST_CASE("the raw record is what came, to the byte, fields without a column included") {
  const auto creator = only_creator(kCreator).creator;
  CHECK(creator.raw_json == kCreator);
}

TEST_CASE("null, absent and mistyped are unknown, never zero") {
  for (const auto* const record :
       {R"({"id":"c"})", R"({"id":"c","name":null,"bio":null,"metrics":null,"languages":null,"score":null})",
        R"({"id":"c","name":["x"],"bio":{},"metrics":"none","languages":7,"score":"high","is_enriched":"maybe"})",
        R"({"id":"c","metrics":{"followers_count":null,"engagement_rate":"n/a"},"content_categories":[null,{}]})"}) {
    CAPTURE(record);
    const auto found = only_creator(record);
    CHECK(found.creator.creator_id == "c");
    CHECK_FALSE(found.creator.name);
    CHECK_FALSE(found.creator.bio);
    CHECK(found.creator.metrics == Metrics{});
    CHECK_FALSE(found.creator.is_enriched);
    CHECK(found.creator.languages.empty());
    CHECK(found.creator.content_categories.empty());
    CHECK_FALSE(found.score);
    CHECK(found.creator.raw_json == record);
  }
}

TEST_CASE("numbers in strings, fractions of counts, counts beyond 32 and 53 bits") {
  const auto metrics =
      only_creator(R"({"id":"c","metrics":{"followers_count":"9007199254740993","engagement_rate":"2.5",
    "avg_views_per_post":3000000000.0}})")
          .creator.metrics;
  CHECK(metrics.followers_count == 9007199254740993);
  CHECK(metrics.engagement_rate == 2.5);
  CHECK(metrics.avg_views_per_post == 3e9);
  CHECK(only_creator(R"({"id":"c","metrics":{"followers_count":4294967297.0}})").creator.metrics.followers_count ==
        4294967297);
  CHECK(only_creator(R"({"id":"c","followers_count":77})").creator.metrics.followers_count == 77);
  CHECK(only_creator(R"({"id":17})").creator.creator_id == "17");
  CHECK(only_creator(R"({"id":"c","languages":"en"})").creator.languages == std::vector<std::string>{"en"});
}

TEST_CASE("long texts, NUL characters and damaged bytes cost nothing") {
  const std::string bio(200'000, 'b');
  CHECK(only_creator(R"({"id":"c","bio":")" + bio + R"("})").creator.bio == bio);
  CHECK(only_creator(R"({"id":"c","bio":"a\u0000b"})").creator.bio == std::string("a\0b", 3));
  const auto mended = only_creator("{\"id\":\"c\",\"bio\":\"caf\xE9\",\"name\":\"cut \\ud83d\"}").creator;
  CHECK(mended.bio == "caf\xEF\xBF\xBD");
  CHECK(mended.name == "cut \xEF\xBF\xBD");
  CHECK(nlohmann::json::accept(mended.raw_json));
}

TEST_CASE("of many tags, too, each is kept once, in their order") {
  std::string list;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    const auto tag = "tag " + std::to_string(i % 2500);
    list += (list.empty() ? "\"" : ",\"") + tag + "\"";
    if (i < 2500) expected.push_back(tag);
  }
  CHECK(only_creator(R"({"id":"c","languages":[)" + list + "]}").creator.languages == expected);
}

TEST_CASE("an entry without an id is kept beside the page") {
  const auto page = page_of(kDiscovery, R"([{"name":"No Id"},{"id":"c"},17,null,{"id":null,"x":1},{"id":""}])",
                            R"({"request_id":"r","search_mode":"broad","keywords_used":["logistics"]})");
  REQUIRE(page.creators.size() == 1);
  CHECK(page.search_mode == "broad");
  const auto meta = nlohmann::json::parse(page.meta_json);
  CHECK(meta["unreadable"] == nlohmann::json::parse(R"([{"name":"No Id"},17,null,{"id":null,"x":1},{"id":""}])"));
  CHECK(meta["meta"]["keywords_used"][0] == "logistics");
}

TEST_CASE("what stands beside the creators is kept") {
  const auto page = payload<SearchPage>(kDiscovery, R"({"creators":[],"result_set_id":"rs_1","total":812})");
  const auto meta = nlohmann::json::parse(page.meta_json);
  CHECK(meta["data"] == nlohmann::json::parse(R"({"result_set_id":"rs_1","total":812})"));
  CHECK_FALSE(meta["data"].contains("creators"));
  CHECK_FALSE(meta.contains("unreadable"));
  CHECK(page.creators.empty());
}

TEST_CASE("a page without a list of creators is unreadable and may have been charged") {
  for (const auto* const data : {"{}", R"({"creators":null})", R"({"creators":{}})", R"({"creators":"none"})", "7"}) {
    CAPTURE(data);
    const auto found = failure(kDiscovery, 200, enveloped(data));
    CHECK(found.kind == FailureKind::unreadable);
    CHECK(found.may_be_charged);
  }
  CHECK(payload<SearchPage>(kDiscovery, R"([{"id":"c"}])").creators.size() == 1);
  CHECK(payload<SearchPage>(kDiscovery, R"({"results":[{"id":"c"}]})").creators.size() == 1);
}

TEST_CASE("the end of a discovery search is told by the pagination, wherever it stands") {
  for (const auto* const meta :
       {R"({"has_more":false})", R"({"pagination":{"has_more":false}})", R"({"pagination":{"has_next_page":false}})"}) {
    CHECK(page_of(kDiscovery, "[]", meta).ended);
  }
  CHECK_FALSE(page_of(kDiscovery, "[]", R"({"has_more":true})").ended);
  CHECK_FALSE(page_of(kDiscovery, "[]", R"({"request_id":"r"})").ended);
  CHECK_FALSE(page_of(kDiscovery, "[]", R"({"next_cursor":"x"})").next_cursor);
  CHECK(payload<SearchPage>(kDiscovery, R"({"creators":[],"pagination":{"has_more":false}})").ended);
}

TEST_CASE("a database search goes on with its cursor and ends without one") {
  const auto page = page_of(kDatabase, "[]", R"({"next_cursor":"abc=="})");
  CHECK(page.next_cursor == "abc==");
  CHECK_FALSE(page.ended);
  for (const auto* const meta : {R"({"next_cursor":null})", R"({"next_cursor":""})", R"({"request_id":"r"})"}) {
    CAPTURE(meta);
    const auto last = page_of(kDatabase, "[]", meta);
    CHECK_FALSE(last.next_cursor);
    CHECK(last.ended);
  }
  CHECK(page_of(kDatabase, "[]", R"({"next_cursor":"abc","has_more":false})").ended);
}

}  // namespace
}  // namespace toksync::api
