// The stand-in for Toktra: tokens, cursors, what changes when days pass.
#include <algorithm>

#include <doctest/doctest.h>

#include "readers.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

const char* const last_week = "/usage?period=daily&start_date=2026-05-22&end_date=2026-05-28";

std::string identity(const json& row) {
  return row["period"].get<std::string>() + row["user_id"].dump() + row["provider"].dump() + row["model"].dump();
}

std::map<std::string, json> by_identity(const std::vector<json>& rows) {
  std::map<std::string, json> found;
  for (const json& row : rows) found[identity(row)] = row;
  return found;
}

}  // namespace

TEST_CASE("Toktra: a token is given to the client, is good for a while, and can be taken away") {
  const Governance api({"--token-lifetime", "1"});
  const json given = api.token().body();
  CHECK(given["token_type"] == "bearer");
  CHECK(given["expires_in"] == 1);
  const std::string token = given["access_token"];
  CHECK(api.ask("/users", token).status == 200);
  const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
  while (api.ask("/users?limit=1", token).status == 200 && std::chrono::steady_clock::now() < deadline) {
  }
  const HttpAnswer expired = api.ask("/users", token);
  CHECK(expired.status == 401);
  CHECK(code_of(expired) == "unauthorized");
  const std::string other = api.token().body()["access_token"];
  CHECK(other != token);
  api.fault("GET /v1/users forget_tokens");
  CHECK(api.ask("/users", other).status == 401);
  CHECK(api.ask("/users", api.token().body()["access_token"]).status == 200);
  CHECK(hits(api, "POST /oauth/token") == 3);
  CHECK(api.requests().dump().find("secret_test") == std::string::npos);
}

TEST_CASE("Toktra: a wrong client is refused, and a key needs no token") {
  const Governance api;
  const HttpAnswer wrong = api.token("grant_type=client_credentials&client_id=client_test&client_secret=x");
  CHECK(wrong.status == 401);
  CHECK(wrong.body()["error"] == "invalid_client");
  CHECK(api.token("grant_type=password").status == 400);
  CHECK(http_request("POST", api.base_url() + "/v1/oauth/token", "{}", "").status == 400);
  CHECK(api.ask("/users").status == 200);
  CHECK(api.ask("/users", "").status == 401);
  CHECK(http_request("GET", api.base_url() + "/users", "", Governance::key()).status == 404);
}

TEST_CASE("Toktra: 214 users are three pages by cursor, ending with null and false") {
  const Governance api;
  const json first = api.ask("/users?limit=100").body();
  CHECK(first["has_more"] == true);
  CHECK(first["total_count"] == 214);
  const json second = api.ask("/users?limit=100&cursor=" + first["next_cursor"].get<std::string>()).body();
  const json third = api.ask("/users?limit=100&cursor=" + second["next_cursor"].get<std::string>()).body();
  CHECK(third["items"].size() == 14);
  CHECK(third["has_more"] == false);
  CHECK(third["next_cursor"].is_null());
  CHECK(ids_of(api.items("/users")).size() == 214);
  CHECK(api.ask("/users").body()["items"].size() == 25);
  CHECK(api.ask("/users?limit=101").status == 400);
  CHECK(api.ask("/users?limit=0").status == 400);
}

TEST_CASE("Toktra: a cursor is good for its question only, for a while, and not for another process") {
  const Governance api({"--cursor-lifetime", "1"});
  const std::string cursor = api.ask("/users?limit=10").body()["next_cursor"];
  CHECK(api.ask("/users?limit=20&cursor=" + cursor).status == 200);
  CHECK(api.ask("/users?status=active&cursor=" + cursor).status == 400);
  CHECK(api.ask("/alerts?cursor=" + cursor).status == 400);
  CHECK(api.ask("/users?cursor=nonsense").status == 400);
  CHECK(Governance().ask("/users?cursor=" + cursor).status == 400);
  const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
  while (api.ask("/users?limit=1&cursor=" + cursor).status == 200 && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK(code_of(api.ask("/users?cursor=" + cursor)) == "bad_request");
  const std::string fresh = api.ask("/users?limit=10").body()["next_cursor"];
  api.control("POST", "/sandbox/forget", R"({"what": "cursors"})");
  CHECK(api.ask("/users?limit=10&cursor=" + fresh).status == 400);
}

TEST_CASE("Toktra: no row moves to another page when one goes meanwhile") {
  const Governance api;
  const json first = api.ask("/users?limit=100").body();
  const std::string gone = first["items"][3]["id"];
  api.control("POST", "/sandbox/remove", json{{"resource", "users"}, {"id", gone}}.dump());
  const json second = api.ask("/users?limit=100&cursor=" + first["next_cursor"].get<std::string>()).body();
  const auto seen = ids_of(first["items"]);
  for (const json& user : second["items"]) CHECK_FALSE(seen.contains(user["id"]));
  CHECK(second["items"].size() == 100);
  CHECK(api.items("/users").size() == 213);
}

TEST_CASE("Toktra: usage has a row for each user, model and bucket, both dates in") {
  const Governance api;
  const auto rows = api.items(last_week);
  CHECK(by_identity(rows).size() == rows.size());
  std::set<std::string> days;
  for (const json& row : rows) days.insert(row["period"]);
  CHECK(days.size() == 7);
  CHECK(days.contains("2026-05-22"));
  CHECK(days.contains("2026-05-28"));
  const auto nobody = std::count_if(rows.begin(), rows.end(), [](const json& row) { return row["user_id"].is_null(); });
  CHECK(nobody > 0);
  const auto sum = [](const std::vector<json>& list) {
    std::int64_t total = 0;
    for (const json& row : list) total += row["total_requests"].get<std::int64_t>();
    return total;
  };
  const std::string window = "&start_date=2026-05-22&end_date=2026-05-28";
  CHECK(sum(api.items("/usage?period=hourly" + window)) == sum(rows));
  CHECK(sum(api.items("/usage?period=weekly" + window)) == sum(rows));
  const auto months = api.items("/usage?period=monthly" + window);
  CHECK(sum(months) == sum(rows));
  CHECK(months[0]["period"] == "2026-05");
  const auto gpt4 = api.items(std::string(last_week) + "&model=gpt-4");
  CHECK_FALSE(gpt4.empty());
  CHECK(std::all_of(gpt4.begin(), gpt4.end(), [](const json& row) { return row["model"] == "gpt-4"; }));
  CHECK(api.ask("/usage?start_date=2026-05-28&end_date=2026-05-22").status == 400);
  CHECK(api.ask("/usage?start_date=May").status == 400);
  CHECK(api.ask("/usage?period=yearly").status == 400);
}

TEST_CASE("Toktra: a day revises recent usage, keeps what is older, and one combination vanishes") {
  const Governance api;
  const auto before = by_identity(api.items(last_week));
  api.advance();
  const auto after = by_identity(api.items(last_week));
  std::set<std::string> changed_days;
  std::size_t vanished = 0;
  for (const auto& [key, row] : before) {
    const auto found = after.find(key);
    if (found == after.end()) ++vanished;
    if (found != after.end() && found->second != row) changed_days.insert(row["period"]);
  }
  // One that vanished, and perhaps those of the user who left.
  CHECK(vanished >= 1);
  CHECK(vanished < 40);
  CHECK(changed_days == std::set<std::string>{"2026-05-26", "2026-05-27", "2026-05-28"});
  for (const auto& [key, row] : after) CHECK(before.contains(key));
}

TEST_CASE("Toktra: users, budgets, alerts and policies have the nulls that the contract has") {
  const Governance api;
  const auto some_null = [](const std::vector<json>& rows, const char* name) {
    const auto nulls =
        std::count_if(rows.begin(), rows.end(), [name](const json& row) { return row.at(name).is_null(); });
    return nulls > 0 && nulls < static_cast<std::ptrdiff_t>(rows.size());
  };
  CHECK(some_null(api.items("/users"), "department"));
  CHECK(some_null(api.items("/users"), "last_active_at"));
  CHECK(some_null(api.items("/budgets"), "department"));
  CHECK(some_null(api.items("/policies"), "model"));
  const auto alerts = api.items("/alerts");
  CHECK(alerts.size() == 142);
  for (const char* name : {"user_id", "policy_id", "resolved_at"}) CHECK(some_null(alerts, name));
  for (const json& alert : alerts) CHECK((alert["status"] == "resolved") != alert["resolved_at"].is_null());
  const std::string id = api.items("/budgets")[0]["id"];
  CHECK(api.ask("/budgets/" + id).body()["id"] == id);
  CHECK(api.ask("/budgets/none").status == 404);
}

TEST_CASE("Toktra: filters leave what they name, departments whatever their case") {
  const Governance api;
  const auto open = api.items("/alerts?status=open");
  CHECK_FALSE(open.empty());
  CHECK(open.size() + api.items("/alerts?status=acknowledged").size() + api.items("/alerts?status=resolved").size() ==
        142);
  CHECK(api.items("/alerts?severity=critical").size() < 142);
  CHECK(api.items("/users?department=engineering") == api.items("/users?department=Engineering"));
  CHECK_FALSE(api.items("/users?status=suspended").empty());
}

TEST_CASE("Toktra: as days pass budgets are spent, alerts come and are resolved, users come and go") {
  const Governance api;
  const auto spent = [&](const std::string& period) {
    for (const json& budget : api.items("/budgets")) {
      if (budget["period"] == period) return budget["spent"].get<double>();
    }
    return 0.0;
  };
  const double yearly = spent("annual");
  const double monthly = spent("monthly");
  const auto open = ids_of(api.items("/alerts?status=open"));
  const auto users = ids_of(api.items("/users"));
  api.advance();
  CHECK(spent("annual") > yearly);
  CHECK(spent("monthly") > monthly);
  CHECK(ids_of(api.items("/users")) != users);
  CHECK(api.items("/users").size() == users.size());
  CHECK(api.items("/alerts").size() > 142);
  api.advance(9);
  const auto resolved = ids_of(api.items("/alerts?status=resolved"));
  CHECK(std::any_of(open.begin(), open.end(), [&](const std::string& id) { return resolved.contains(id); }));
  // June is young: what is spent begins anew.
  CHECK(spent("monthly") < monthly);
}

TEST_CASE("Toktra: a window of requests ends when its headers say") {
  const Governance api({"--rate-limit", "3", "--time-scale", "40"});
  for (int request = 0; request < 3; ++request) CHECK(api.ask("/policies").status == 200);
  const HttpAnswer refused = api.ask("/policies");
  REQUIRE(refused.status == 429);
  CHECK(code_of(refused) == "rate_limited");
  CHECK(std::stoi(refused.headers.at("retry-after")) <= 2);
  CHECK(refused.headers.at("x-ratelimit-remaining") == "0");
  // Tokens are not counted.
  CHECK(api.token().status == 200);
}

TEST_CASE("Toktra: lists that do not end as they should") {
  const Governance api;
  api.fault("GET /v1/users null_cursor");
  const json endless = api.ask("/users").body();
  CHECK(endless["has_more"] == true);
  CHECK(endless["next_cursor"].is_null());
  const std::string cursor = api.ask("/users").body()["next_cursor"];
  api.fault("GET /v1/users repeated_cursor count=all");
  const json again = api.ask("/users?cursor=" + cursor).body();
  CHECK(again["next_cursor"] == cursor);
  CHECK(again["has_more"] == true);
}

TEST_CASE("Toktra: errors are texts, or objects when asked for") {
  const Governance api({"--error-objects"});
  CHECK(api.ask("/users", "wrong").body()["error"]["code"] == "unauthorized");
  const Governance plain;
  CHECK(plain.ask("/users", "wrong").body()["error"] == "unauthorized");
  plain.fault("GET /v1/alerts error status=403 code=forbidden shape=object message=not for you");
  const HttpAnswer refused = plain.ask("/alerts");
  CHECK(refused.status == 403);
  CHECK(refused.body()["error"] == json{{"code", "forbidden"}, {"message", "not for you"}});
  CHECK(plain.ask("/users").status == 200);
}

TEST_CASE("Toktra: whoever writes is counted") {
  const Governance api;
  CHECK(http_request("POST", api.base_url() + "/v1/policies", "{}", Governance::key()).status == 201);
  CHECK(http_request("DELETE", api.base_url() + "/v1/policies/p1", "", Governance::key()).status == 200);
  CHECK(hits(api, "POST /policies") == 1);
  CHECK(hits(api, "DELETE /policies/{id}") == 1);
}
