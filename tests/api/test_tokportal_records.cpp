#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/portal.hpp"

namespace toksync::api {
namespace {

using namespace portal_test;
using Json = nlohmann::json;

TEST_CASE("an account, as the contract has it") {
  const auto page = page_of(call("accounts"), R"({"data":[{
    "id":"9f3a7b2e-1c4d-4e8f-a5b6-7d9e0f1a2b3c","platform":"tiktok","username":"coolcreator99",
    "visible_name":"Cool Creator","biography":null,"profile_picture_url":"https://x.test/p.jpg","country":"US",
    "link_in_bio":null,"profile_url":"https://www.tiktok.com/@coolcreator99","tokmail_email":"m@tokmail.test",
    "banned":true,"created_at":"2026-01-10T08:00:00Z","updated_at":"2026-05-28T09:06:00.123456+02:00"}]})");
  REQUIRE(page.rows.size() == 1);
  const auto& row = page.rows[0];
  CHECK(row.values.size() == resource("accounts").columns.size());
  CHECK(text_of("accounts", row, "account_id") == "9f3a7b2e-1c4d-4e8f-a5b6-7d9e0f1a2b3c");
  CHECK(text_of("accounts", row, "visible_name") == "Cool Creator");
  CHECK(value_of("accounts", row, "biography") == kNothing);
  CHECK(value_of("accounts", row, "is_banned") == whole(1));
  CHECK(text_of("accounts", row, "created_at") == "2026-01-10T08:00:00Z");
  CHECK(text_of("accounts", row, "updated_at") == "2026-05-28T07:06:00Z");
}

TEST_CASE("values and fields that are new fail nothing, and stay in the record") {
  const auto page = page_of(call("bundles"), R"({"data":[{"id":"b","status":"configuring","bundle_type":"live",
    "account_status":"dreaming","platform":"youtube","saved_account_id":null,"is_published":"later",
    "videos_quantity":"3","invented":{"x":[1,2]}}]})");
  REQUIRE(page.rows.size() == 1);
  CHECK(page.broken.empty());
  CHECK(text_of("bundles", page.rows[0], "status") == "configuring");
  CHECK(text_of("bundles", page.rows[0], "account_status") == "dreaming");
  CHECK(value_of("bundles", page.rows[0], "account_id") == kNothing);
  CHECK(value_of("bundles", page.rows[0], "is_published") == kNothing);
  CHECK(value_of("bundles", page.rows[0], "videos_quantity") == whole(3));
  CHECK(Json::parse(page.rows[0].raw_json)["invented"] == Json{{"x", {1, 2}}});
}

TEST_CASE("one thing under several names") {
  struct Row {
    std::string_view resource, record, column, value;
  };
  for (const auto& [name, record, column, value] : std::vector<Row>{
           {"bundles", R"({"bundle_id":"b","type":"videos_only"})", "bundle_id", "b"},
           {"bundles", R"({"bundle_id":"b","type":"videos_only"})", "bundle_type", "videos_only"},
           {"bundles", R"({"id":"a","bundle_id":"b","type":"x","bundle_type":"y"})", "bundle_id", "a"},
           {"bundles", R"({"id":"a","bundle_id":"b","type":"x","bundle_type":"y"})", "bundle_type", "y"},
           {"videos", R"({"id":"1","video_id":"2"})", "video_id", "1"},
           {"videos", R"({"video_id":"2","post_id":"3"})", "video_id", "2"},
           {"videos", R"({"post_id":3})", "video_id", "3"},
           {"videos", R"({"tracked_post_id":"4"})", "video_id", "4"},
           {"videos", R"({"trackedPostId":"5"})", "video_id", "5"},
           {"videos", R"({"platform_url":"https://x.test/6"})", "video_id", "https://x.test/6"},
           {"videos", R"({"platform_url":"https://x.test/6"})", "url", "https://x.test/6"},
           {"videos", R"({"id":"1","title":"T","description":"D"})", "caption", "D"},
           {"videos", R"({"id":"1","created_at":"2026-05-01T00:00:00Z"})", "published_at", "2026-05-01T00:00:00Z"},
           {"bundle_videos", R"({"position":1,"id":"v"})", "video_id", "v"},
           {"series", R"({"day":"2026-05-01","count":2})", "day", "2026-05-01"},
           {"series", R"({"bucket":"2026-05-02","value":2})", "day", "2026-05-02"},
       }) {
    CAPTURE(record);
    CAPTURE(column);
    const auto page = page_of(call(name, "s"), R"({"data":[)" + std::string(record) + "]}");
    REQUIRE(page.rows.size() == 1);
    CHECK(text_of(name, page.rows[0], column) == value);
  }
}

TEST_CASE("the balance is one record of the day, under its new name and its old one") {
  const auto page = page_of(call("balance"), R"({"data":{"total_credits":1250,"expiring_within_7_days":638,
    "upcoming_expirations":[{"amount":638,"expires_at":"2026-06-08T04:47:51.413+00:00","source":"farmer_topup"}],
    "last_updated":"2026-05-31T23:59:59.999Z","items":[{"not":"a list of records"}]}})");
  REQUIRE(page.rows.size() == 1);
  const auto& row = page.rows[0];
  CHECK(text_of("balance", row, "day") == "2026-06-01");
  CHECK(value_of("balance", row, "total_credits") == MirrorValue{1250.0});
  CHECK(Json::parse(text_of("balance", row, "upcoming_expirations"))[0]["amount"] == 638);
  CHECK(text_of("balance", row, "last_updated") == "2026-05-31T23:59:59Z");
  for (const auto* const old : {R"({"data":{"credits":7}})", R"({"credits":7})"}) {
    const auto before = page_of(call("balance"), old);
    REQUIRE(before.rows.size() == 1);
    CHECK(value_of("balance", before.rows[0], "total_credits") == MirrorValue{7.0});
  }
  CHECK(page_of(call("balance"), R"({"data":null})").rows.empty());
}

TEST_CASE("the metrics of an account are one record, whatever lists it holds") {
  const auto page = page_of(call("account_metrics", "acc_1"), R"({"data":{"account_id":"another",
    "followers_count":12400,"total_views":580000,"average_engagement_rate":7.24,"average_video_views":38667,
    "scraped_at":"2026-02-10T09:15:00Z","videos":[{"id":"v1"},{"id":"v2"}],"series":[]}})");
  REQUIRE(page.rows.size() == 1);
  const auto& row = page.rows[0];
  CHECK(text_of("account_metrics", row, "account_id") == "acc_1");
  CHECK(text_of("account_metrics", row, "day") == "2026-06-01");
  CHECK(value_of("account_metrics", row, "followers_count") == whole(12'400));
  CHECK(value_of("account_metrics", row, "average_engagement_rate") == MirrorValue{7.24});
  CHECK(text_of("account_metrics", row, "scraped_at") == "2026-02-10T09:15:00Z");
  CHECK_FALSE(page.next_page.has_value());
}

TEST_CASE("the points of a series, however they are held") {
  for (const auto* const body :
       {R"({"data":[{"date":"2026-05-30","value":7},{"date":"2026-05-31","value":"8.5"}]})",
        R"({"data":{"points":[{"date":"2026-05-30","value":7},{"day":"2026-05-31","value":8.5}]}})",
        R"({"data":{"series":[{"bucket":"2026-05-30","count":7},{"date":"2026-05-31","value":8.5}]}})",
        R"({"points":[{"date":"2026-05-30","value":7},{"date":"2026-05-31","value":8.5}]})"}) {
    CAPTURE(body);
    const auto page = page_of(call("series", "likes"), body);
    REQUIRE(page.rows.size() == 2);
    CHECK(page.broken.empty());
    CHECK(text_of("series", page.rows[0], "metric") == "likes");
    CHECK(text_of("series", page.rows[0], "day") == "2026-05-30");
    CHECK(value_of("series", page.rows[0], "value") == MirrorValue{7.0});
    CHECK(value_of("series", page.rows[1], "value") == MirrorValue{8.5});
    CHECK_FALSE(page.next_page.has_value());
  }
  CHECK(page_of(call("series", "likes"), R"({"data":[]})").rows.empty());
}

TEST_CASE("the decision over a ban stands in it") {
  const auto page = page_of(call("bans"), R"({"data":[
    {"id":"1","status":"appeal_refused","resolution":{"resolution":"refund","reason_code":"spam","refund_credits":12.5,
     "resolved_at":"2026-05-30T10:00:00.5Z"}},
    {"id":"2","status":"appeal_pending","resolution":null}]})");
  REQUIRE(page.rows.size() == 2);
  CHECK(text_of("bans", page.rows[0], "resolution") == "refund");
  CHECK(text_of("bans", page.rows[0], "resolution_reason_code") == "spam");
  CHECK(value_of("bans", page.rows[0], "refund_credits") == MirrorValue{12.5});
  CHECK(text_of("bans", page.rows[0], "resolved_at") == "2026-05-30T10:00:00Z");
  CHECK(value_of("bans", page.rows[1], "resolution") == kNothing);
}

TEST_CASE("no secret is in a row or its record, however deep; what only looks like one stays") {
  const std::string record = R"({"id":"a","code":"US","reason_code":"spam","country":{"code":"DE"},"passwords":"many",
    "username":"u","password":"SECRET1","tokmail_email":"SECRET2","social_credentials":{"email":"SECRET3"},
    "nested":[{"credentials":"SECRET4","x":{"verification_code":"SECRET5","keep":1}},[{"token":"SECRET6"}]],
    "signing_secret":["SECRET7"],"upload_url":"SECRET8","pass\u0077ord":"SECRET9"})";
  const auto body = R"({"data":[)" + record + "]}";
  for (const auto& each : portal().resources()) {
    if (each.keys > 1 || each.slicing == Slicing::variants) continue;
    CAPTURE(each.name);
    const auto page = each.name == "balance" ? page_of(call("balance"), R"({"data":)" + record + "}")
                                             : page_of(call(each.name, "s"), body);
    REQUIRE(page.rows.size() == 1);
    const auto& row = page.rows[0];
    CHECK(row.raw_json.find("SECRET") == std::string::npos);
    for (const auto& value : row.values) {
      if (const auto* const text = std::get_if<std::string>(&value)) CHECK(text->find("SECRET") == std::string::npos);
    }
    CHECK(Json::parse(row.raw_json) ==
          Json::parse(R"({"id":"a","code":"US","reason_code":"spam","country":{"code":"DE"},
      "passwords":"many","username":"u","nested":[{"x":{"keep":1}},[{}]]})"));
  }
}

TEST_CASE("a column of JSON holds no secret either") {
  const auto page = page_of(call("credit_history"),
                            R"({"data":[{"id":"t","amount":-52,"breakdown":{"video":52,"token":"SECRET"}}]})");
  REQUIRE(page.rows.size() == 1);
  CHECK(text_of("credit_history", page.rows[0], "breakdown") == R"({"video":52})");
  CHECK(value_of("credit_history", page.rows[0], "amount") == MirrorValue{-52.0});
}

TEST_CASE("a record that was stored reads as it was") {
  const auto page = page_of(call("accounts"), R"({"data":[{"id":"a","banned":false,"country":"US","password":"x"}]})");
  REQUIRE(page.rows.size() == 1);
  CHECK(*portal().read_record(resource("accounts"), page.rows[0].raw_json) == page.rows[0]);
  CHECK_FALSE(portal().read_record(resource("accounts"), "{}").has_value());
}

}  // namespace
}  // namespace toksync::api
