// The stand-in for TokPortal: what it answers, how it limits, what changes when days pass.
#include <algorithm>

#include <doctest/doctest.h>

#include "readers.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

/// The first account that has analytics, or has none.
std::string account_with_analytics(const Portal& portal, bool there) {
  for (const json& account : portal.rows("/accounts")) {
    const std::string id = account["id"];
    if ((portal.ask("/accounts/" + id + "/analytics").status == 200) == there) return id;
  }
  return "";
}

}  // namespace

TEST_CASE("TokPortal: 137 accounts are three pages of 50, each once, and a page beyond is empty") {
  const Portal portal;
  const json second = portal.ask("/accounts?per_page=50&page=2").body();
  CHECK(second["pagination"] == json{{"page", 2}, {"per_page", 50}, {"total", 137}, {"total_pages", 3}});
  CHECK(portal.ask("/accounts?per_page=50&page=3").body()["data"].size() == 37);
  CHECK(portal.ask("/accounts?per_page=50&page=4").body()["data"].empty());
  CHECK(ids_of(portal.rows("/accounts", 50)).size() == 137);
  CHECK(portal.ask("/accounts").body()["data"].size() == 25);
  CHECK(portal.ask("/accounts?per_page=500").body()["pagination"]["per_page"] == 100);
  CHECK(portal.ask("/accounts?page=0").status == 400);
  const json none = portal.ask("/bundles?status=no_such_status").body();
  CHECK(none["data"].empty());
  CHECK(none["pagination"]["total_pages"] == 0);
}

TEST_CASE("TokPortal: filters of accounts leave what they name") {
  const Portal portal;
  const auto all = portal.rows("/accounts");
  const auto tiktok = portal.rows("/accounts?platform=tiktok");
  CHECK(tiktok.size() < all.size());
  CHECK(std::all_of(tiktok.begin(), tiktok.end(), [](const json& row) { return row["platform"] == "tiktok"; }));
  const auto american = portal.rows("/accounts?country=USA");
  CHECK(american.size() == portal.rows("/accounts?country=US").size());
  CHECK(std::any_of(american.begin(), american.end(), [](const json& row) { return row["country"] == "US"; }));
  const auto banned = portal.rows("/accounts?banned=true");
  CHECK_FALSE(banned.empty());
  CHECK(banned.size() + portal.rows("/accounts?banned=false").size() == all.size());
}

TEST_CASE("TokPortal: keys are checked, and every answer says which request it answers") {
  const Portal portal;
  const std::string url = portal.base_url() + "/api/ext/me";
  const HttpAnswer without = http_request_with({}, "GET", url, {});
  CHECK(without.status == 401);
  CHECK(code_of(without) == "AUTH_MISSING_KEY");
  CHECK(without.headers.at("x-tokportal-request-id").starts_with("req_"));
  CHECK(code_of(http_request_with({"X-API-Key: sk_wrong"}, "GET", url, {})) == "AUTH_INVALID_KEY");
  const HttpAnswer good = http_request_with({"X-API-Key: " + Portal::key(), "X-Request-ID: mine-1"}, "GET", url, {});
  CHECK(good.status == 200);
  CHECK(good.headers.at("x-tokportal-request-id") == "mine-1");
  CHECK(good.headers.at("x-tokportal-api-version") == "2026-05-25");
  CHECK(good.headers.at("x-tokportal-api-stability") == "stable");
  CHECK(portal.requests().dump().find(Portal::key()) == std::string::npos);
  CHECK(http_request_with({"X-API-Key: " + Portal::key()}, "GET", portal.base_url() + "/api/me", {}).status == 404);
}

TEST_CASE("TokPortal: a bucket of requests empties, says when the next one fits, and fills evenly") {
  // 4 requests fill in 4 seconds.
  const Portal portal({"--rate-limit", "4", "--time-scale", "15"});
  for (int request = 0; request < 4; ++request) CHECK(portal.ask("/me").status == 200);
  const HttpAnswer refused = portal.ask("/me");
  REQUIRE(refused.status == 429);
  CHECK(code_of(refused) == "RATE_LIMIT_EXCEEDED");
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(refused.body()["error"]["details"]["retry_after_seconds"] == 1);
  CHECK(refused.headers.at("x-ratelimit-limit") == "4");
  CHECK(refused.headers.at("x-ratelimit-remaining") == "0");
  const auto now = std::chrono::duration_cast<Seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  // Completely full again, which is later than the next request fits.
  CHECK(std::stoll(refused.headers.at("x-ratelimit-reset")) >= now + 3);
  const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
  while (portal.ask("/me").status == 429 && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK(std::chrono::steady_clock::now() < deadline);
  CHECK(portal.ask("/me").status == 429);
}

TEST_CASE("TokPortal: some accounts carry secrets, under every name that was seen") {
  const Portal portal;
  const json rows = portal.rows("/accounts");
  for (const char* name : {"tokmail_email", "password", "social_credentials", "credentials", "verification_code",
                           "signing_secret", "\"token\"", "upload_url"}) {
    CAPTURE(name);
    CHECK(rows.dump().find(name) != std::string::npos);
  }
  CHECK(rows.dump().find("reason_code") != std::string::npos);
  const auto with_password =
      std::count_if(rows.begin(), rows.end(), [](const json& row) { return row.contains("password"); });
  CHECK(with_password > 5);
  CHECK(with_password < 40);
}

TEST_CASE("TokPortal: what a reader must never do is there, costs, takes the account away, and is counted") {
  const Portal portal;
  const std::string id = portal.rows("/accounts")[0]["id"];
  CHECK(hits(portal, "POST /accounts/{id}/reveal-credentials") == 0);
  const json before = portal.control("GET", "/sandbox/world");
  CHECK(portal.ask("/accounts/" + id + "/reveal-credentials", "POST").body()["credits_charged"] == 150);
  CHECK(hits(portal, "POST /accounts/{id}/reveal-credentials") == 1);
  const json after = portal.control("GET", "/sandbox/world");
  CHECK(after["balance"] == before["balance"].get<int>() - 150);
  CHECK(portal.ask("/accounts/" + id).status == 404);
  const std::string other = portal.rows("/accounts")[0]["id"];
  CHECK(portal.ask("/accounts/" + other + "/analytics/refresh", "POST").status == 200);
  CHECK(portal.ask("/accounts/" + other + "/verification-code", "POST").status == 200);
  CHECK(hits(portal, "POST /accounts/{id}/analytics/refresh") == 1);
  CHECK(hits(portal, "POST /accounts/{id}/verification-code") == 1);
  portal.reset();
  CHECK(portal.control("GET", "/sandbox/hits").empty());
  CHECK(portal.rows("/accounts")[0]["id"] == id);
}

TEST_CASE("TokPortal: analytics of an account are there, or a 404 that says nothing was collected") {
  const Portal portal;
  const HttpAnswer none = portal.ask("/accounts/" + account_with_analytics(portal, false) + "/analytics");
  CHECK(none.status == 404);
  CHECK(code_of(none) == "ANALYTICS_NOT_FOUND");
  CHECK(code_of(portal.ask("/accounts/nobody/analytics")) == "ACCOUNT_NOT_FOUND");
  const std::string id = account_with_analytics(portal, true);
  const auto views = [&] {
    return portal.ask("/accounts/" + id + "/analytics").body()["data"]["total_views"].get<int>();
  };
  const int before = views();
  portal.advance();
  CHECK(views() > before);
  CHECK(portal.ask("/accounts/" + id + "/analytics").headers.contains("x-tokportal-analytics-contract"));
}

TEST_CASE("TokPortal: posts come in pages, some without an id, and their figures grow from day to day") {
  const Portal portal;
  std::size_t most = 0;
  std::size_t nameless = 0;
  std::vector<json> before;
  std::string path;
  for (const json& account : portal.rows("/accounts")) {
    const std::string one = "/accounts/" + account["id"].get<std::string>() + "/analytics/videos";
    if (portal.ask(one).status != 200) continue;
    const auto posts = portal.rows(one);
    for (const json& post : posts) nameless += post.contains("id") || post.contains("video_id") ? 0 : 1;
    if (posts.size() <= most) continue;
    most = posts.size();
    before = posts;
    path = one;
  }
  CHECK(most > 100);
  CHECK(nameless > 0);
  CHECK(ids_of(before, "url").size() == before.size());
  const auto by_views = portal.rows(path + "?sort_by=views");
  CHECK(std::is_sorted(by_views.begin(), by_views.end(),
                       [](const json& a, const json& b) { return a["views"] > b["views"]; }));
  portal.advance();
  std::map<std::string, int> after;
  for (const json& post : portal.rows(path)) after[post["url"]] = post["views"];
  REQUIRE(after.size() >= before.size());
  CHECK(std::all_of(before.begin(), before.end(),
                    [&](const json& post) { return after.at(post["url"]) > post["views"]; }));
}

TEST_CASE("TokPortal: series have a point a day, both ends in, or one a week") {
  const Portal portal;
  const json days = portal.ask("/analytics/series?metric=likes&from=2026-05-20&to=2026-05-26").body()["data"];
  REQUIRE(days.size() == 7);
  CHECK(days[0]["date"] == "2026-05-20");
  CHECK(days[6]["date"] == "2026-05-26");
  CHECK(days[6]["value"] > days[0]["value"]);
  const json gained =
      portal.ask("/analytics/series?metric=likes&mode=gained&from=2026-05-26&to=2026-05-26").body()["data"];
  CHECK(gained[0]["value"] == days[6]["value"].get<int>() - days[5]["value"].get<int>());
  const json weeks = portal.ask("/analytics/series?granularity=week&from=2026-05-18&to=2026-05-28").body()["data"];
  REQUIRE(weeks.size() == 2);
  CHECK(weeks[1]["date"] == "2026-05-25");
  CHECK(portal.ask("/analytics/series?metric=nonsense").status == 400);
  // Not beyond today, and one account is less than all.
  CHECK(portal.ask("/analytics/series?from=2026-05-27&to=2026-06-30").body()["data"].size() == 2);
  const std::string id = account_with_analytics(portal, true);
  const json one =
      portal.ask("/analytics/series?metric=likes&from=2026-05-26&to=2026-05-26&account=" + id).body()["data"];
  CHECK(one[0]["value"] < days[6]["value"]);
}

TEST_CASE("TokPortal: the dashboard has no envelope, the contract has one") {
  const Portal portal;
  const json dashboard = portal.ask("/analytics?platform=tiktok&platform=instagram").body();
  CHECK_FALSE(dashboard.contains("data"));
  CHECK(dashboard["totals"]["account_count"] > 50);
  CHECK(portal.ask("/analytics?platform=tiktok").body()["totals"]["account_count"] <
        dashboard["totals"]["account_count"]);
  CHECK(portal.ask("/analytics/contract").body()["data"]["access"]["level"] == "full");
}

TEST_CASE("TokPortal: posts as CSV, with newlines in quotes, and with columns in another order") {
  const Portal portal;
  const HttpAnswer plain = portal.ask("/analytics/export/videos?from=2026-05-20");
  CHECK(plain.headers.at("content-type").starts_with("text/csv"));
  CHECK(plain.text.starts_with("id,account_id,"));
  CHECK(plain.text.find("\"Say \"\"hi\"\", she said,\n") != std::string::npos);
  portal.fault("GET /api/ext/analytics/export/videos reordered_columns");
  const HttpAnswer other = portal.ask("/analytics/export/videos?from=2026-05-20");
  CHECK(other.text.starts_with("published_at,engagement_rate,"));
  CHECK(other.text.size() == plain.text.size());
}

TEST_CASE("TokPortal: bundles and their videos, whose states follow the days") {
  const Portal portal;
  const auto bundles = portal.rows("/bundles");
  CHECK(bundles.size() > 137);
  CHECK(portal.rows("/bundles?status=completed").size() < bundles.size());
  const auto states = [&] {
    std::map<std::string, std::string> found;
    for (const json& bundle : portal.rows("/bundles?bundle_type=account_and_videos")) {
      found[bundle["id"]] = bundle["status"];
    }
    return found;
  };
  const auto before = states();
  const std::string id = before.begin()->first;
  const json videos = portal.ask("/bundles/" + id + "/videos").body();
  CHECK_FALSE(videos.contains("pagination"));
  CHECK(videos["data"].size() == portal.ask("/bundles/" + id).body()["data"]["videos_quantity"]);
  CHECK(videos["data"][0]["position"] == 1);
  CHECK(portal.ask("/bundles/none/videos").status == 404);
  portal.advance(3);
  CHECK(before != states());
}

TEST_CASE("TokPortal: credits have a history by whole days, and one entry a day comes late") {
  const Portal portal;
  CHECK(portal.ask("/credits/balance").body()["data"]["total_credits"] == portal.ask("/me").body()["data"]["credits"]);
  const auto one_day = [&] { return portal.rows("/credits/history?date_from=2026-05-27&date_to=2026-05-27"); };
  const auto before = one_day();
  for (const json& entry : before) CHECK(entry["created_at"].get<std::string>().starts_with("2026-05-27T"));
  const auto newest = portal.rows("/credits/history").size();
  portal.advance();
  CHECK(portal.rows("/credits/history").size() > newest);
  CHECK(portal.rows("/credits/history?date_from=2026-05-28&date_to=2026-05-28").size() > 0);
  portal.advance();
  CHECK(one_day() == before);
  CHECK(portal.ask("/credits/history?date_from=yesterday").status == 400);
}

TEST_CASE("TokPortal: bans since a moment are those changed then or later") {
  const Portal portal;
  const auto all = portal.rows("/account-bans");
  REQUIRE(all.size() > 5);
  const std::string newest = all[0]["updated_at"];
  CHECK(newest.ends_with("+00:00"));
  const std::string escaped = newest.substr(0, newest.size() - 6) + "%2B00:00";
  const auto since = portal.rows("/account-bans?since=" + escaped);
  REQUIRE_FALSE(since.empty());
  CHECK(since.size() < all.size());
  for (const json& ban : since) CHECK(ban["updated_at"] == newest);
  portal.advance();
  const auto later = portal.rows("/account-bans?since=" + escaped);
  // The one that stood at the mark comes again, with what happened since.
  const auto old_ids = ids_of(since);
  const auto new_ids = ids_of(later);
  CHECK(std::includes(new_ids.begin(), new_ids.end(), old_ids.begin(), old_ids.end()));
  CHECK(later.size() > since.size());
  const auto refunds = portal.rows("/account-bans?resolution=refund");
  for (const json& ban : refunds) CHECK(ban["resolution"]["refund_credits"] == 25);
  CHECK(portal.ask("/account-bans?since=lately").status == 400);
}

TEST_CASE("TokPortal: a day takes an account away and brings one, and moves the others between pages") {
  const Portal portal;
  const auto before = ids_of(portal.rows("/accounts"));
  const std::string last_of_first = portal.ask("/accounts?per_page=50").body()["data"][49]["id"];
  portal.fault("GET /api/ext/accounts advance days=1 after=1");
  const json first = portal.ask("/accounts?per_page=50").body()["data"];
  const json second = portal.ask("/accounts?per_page=50&page=2").body()["data"];
  // The scan meets the row twice, or misses another.
  const auto on_first = ids_of(first);
  const auto on_second = ids_of(second);
  CHECK(first[49]["id"] == last_of_first);
  const bool repeated =
      std::any_of(on_second.begin(), on_second.end(), [&](const auto& id) { return on_first.contains(id); });
  const auto after = ids_of(portal.rows("/accounts"));
  std::vector<std::string> gone;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(gone));
  REQUIRE(gone.size() == 1);
  CHECK((repeated || on_first.contains(gone[0])));
  CHECK(after.size() == before.size());
  // The Coverage report still has it, unless it is told not to.
  const auto covered = [&](const std::string& query) {
    return ids_of(portal.ask("/reports/account-coverage" + query).body()["data"], "account_id").contains(gone[0]);
  };
  CHECK(covered(""));
  CHECK_FALSE(covered("?include_hidden=false"));
  CHECK(portal.ask("/reports/account-coverage?limit=5").body()["data"].size() == 5);
}

TEST_CASE("TokPortal: an account made anew has another id and the same bundle") {
  const Portal portal;
  const auto owners = [&] {
    std::map<std::string, std::string> found;
    for (const json& bundle : portal.rows("/bundles")) {
      if (!bundle["saved_account_id"].is_null()) found[bundle["id"]] = bundle["saved_account_id"];
    }
    return found;
  };
  const auto before = owners();
  portal.advance(4);
  const auto after = owners();
  CHECK(std::any_of(before.begin(), before.end(), [&](const auto& one) { return after.at(one.first) != one.second; }));
}

TEST_CASE("TokPortal: the same seed and day tell the same, however often it is asked") {
  const Portal one;
  const Portal other;
  one.advance(2);
  other.advance(1);
  CHECK(other.rows("/accounts").size() == 137);
  other.advance(1);
  CHECK(one.rows("/accounts") == other.rows("/accounts"));
  CHECK(one.rows("/credits/history") == other.rows("/credits/history"));
  one.control("POST", "/sandbox/remove", R"({"resource": "accounts"})");
  CHECK(one.rows("/accounts").size() + 1 == other.rows("/accounts").size());
  CHECK_THROWS(one.control("POST", "/sandbox/remove", R"({"resource": "weather"})"));
}
