// How lists are walked: pages, windows, what is missing since when, and what a death in the middle leaves.
#include <utility>

#include "mirror_night.hpp"

namespace toksync::engine::test {
namespace {

TEST_CASE("a night reads every list to its end with one token") {
  MirrorNight night;
  fill(night.api);
  const auto result = night.play();
  CHECK(result.exit_code() == 0);
  CHECK(result.messages.empty());
  CHECK(night.api.count("/v1/oauth/token") == 1);
  CHECK(night.api.urls().front() == "/v1/oauth/token");
  CHECK(night.api.count("/v1/users") == 3);
  CHECK(night.api.count("/v1/budgets") == 2);
  CHECK(night.api.count("/v1/policies") == 1);
  CHECK(night.api.count("/v1/alerts") == 2);
  CHECK(night.api.count("/v1/usage") == 6);
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5");
  CHECK(night.ids("toktra_budget_days", "day || budget_id") == "2026-06-01b1 2026-06-01b2 2026-06-01b3");
  CHECK(night.ids("toktra_alerts", "alert_id") == "a1 a2 a3 a4");
  CHECK(night.ask("SELECT count(*) || ' ' || sum(estimated_cost_usd) FROM toktra_usage") == "9 18.0");
  CHECK(night.ask("SELECT status FROM runs") == "succeeded");
  CHECK(night.ask("SELECT count(*) FROM api_requests") == "15");
  CHECK(night.ask("SELECT group_concat(DISTINCT status) FROM mirrors") == "succeeded");
  CHECK(night.most_in_flight > 1);
}

TEST_CASE("a list that says it goes on, but not where, is kept and marks nothing as missing") {
  for (const auto* const ending : {R"("next_cursor":null,"has_more":true)", R"("next_cursor":"c0","has_more":true)"}) {
    CAPTURE(ending);
    MirrorNight night({"users", "policies"});
    fill(night.api);
    CHECK(night.play().exit_code() == 0);
    night.clock.advance(std::chrono::days{1});
    night.api.lists["users"] = {user("u6"), user("u7"), user("u8")};
    night.api.ending["users"] = ending;
    night.api.forget_log();
    const auto result = night.play();
    CHECK(result.exit_code() == 3);
    // A cursor is repeated when the second page names the one that led to it.
    CHECK(night.api.count("/v1/users") == (std::string_view(ending).find("c0") == std::string_view::npos ? 1 : 2));
    CHECK(night.status_of("users") == "incomplete");
    CHECK(night.status_of("policies") == "succeeded");
    CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5 u6 u7");
    CHECK(night.ask("SELECT count(*) FROM toktra_users WHERE missing_since IS NOT NULL") == "0");
    REQUIRE(result.messages.size() == 1);
    CHECK(result.messages[0].starts_with("users: "));
  }
}

TEST_CASE("a record that cannot be read is told of; the walk goes on, and marks nothing as missing") {
  MirrorNight night({"users"});
  fill(night.api);
  CHECK(night.play().exit_code() == 0);
  auto& users = night.api.lists["users"];
  const auto second = std::exchange(users[1], R"({"email":"u2@acme.com"})");
  users.pop_back();
  users.push_back(user("u6"));
  night.api.forget_log();
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  REQUIRE(result.messages.size() == 1);
  CHECK(result.messages.front() ==
        "users: a record has no id: nothing was marked as missing; the other records are kept");
  CHECK(night.api.count("/v1/users") == 3);
  CHECK(night.status_of("users") == "incomplete");
  CHECK(night.ids("toktra_users WHERE missing_since IS NULL", "user_id") == "u1 u2 u3 u4 u5 u6");
  users[1] = second;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ids("toktra_users WHERE missing_since IS NOT NULL", "user_id") == "u5");
}

TEST_CASE("a day with a record that cannot be read stays as it was") {
  MirrorNight night({"usage"});
  fill(night.api);
  CHECK(night.play().exit_code() == 0);
  night.api.lists["usage 2026-05-31"] = {"7", usage("2026-05-31", "u9", 1)};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ids("toktra_usage WHERE day = '2026-05-31'", "user_id") == "u1 u2 u3");
}

TEST_CASE("cursors that lead in a circle do not lead on for ever") {
  MirrorNight night({"users"});
  fill(night.api);
  // c2 and c4 are told by turns.
  const auto page = [](const std::string& id, const std::string& next) {
    return toksync::test::ScriptedOutcome{
        toksync::test::json_response(200, R"({"items":[)" + user(id) + R"(],"next_cursor":")" + next + "\"}"), {}};
  };
  night.api.instead["/v1/users"] = {page("u1", "c2"), page("u2", "c4"), page("u3", "c2"), page("u2", "c4")};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.api.count("/v1/users") == 3);
  CHECK(night.status_of("users") == "incomplete");
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3");
}

TEST_CASE("a day of usage that cannot be read to its end stays as it was") {
  MirrorNight night({"usage"});
  fill(night.api);
  CHECK(night.play().exit_code() == 0);
  night.api.lists["usage 2026-06-01"] = {usage("2026-06-01", "u9", 9)};
  night.api.ending["usage 2026-06-01"] = R"("next_cursor":null,"has_more":true)";
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  CHECK(night.status_of("usage") == "incomplete");
  CHECK(night.ask("SELECT group_concat(user_id, ' ') FROM toktra_usage WHERE day = '2026-06-01'") == "u1 u2 u3");
}

TEST_CASE("a request beyond the limit waits as long as it is told, and is asked again") {
  MirrorNight night({"users"});
  fill(night.api);
  auto busy = toktra_error(429, "rate_limited");
  busy.headers.emplace_back("retry-after", "40");
  night.api.instead["/v1/users"] = {{busy, Milliseconds{100}}};
  const auto began = night.clock.steady();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.clock.steady() - began >= Seconds{40});
  CHECK(night.clock.steady() - began < Seconds{50});
  CHECK(night.api.count("/v1/users") == 4);
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5");
}

TEST_CASE("a server in trouble is asked again, and when it stays so another process goes on") {
  MirrorNight night;
  fill(night.api);
  const auto trouble = toktra_error(500, "internal_error");
  night.api.instead["/v1/alerts"] = {{trouble, Milliseconds{100}},
                                     {http::TransportFailure{"CONNECTION_LOST", "gone", true}, Milliseconds{100}},
                                     {toksync::test::json_response(200, "<html>"), Milliseconds{100}}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/alerts") == 5);

  night.clock.advance(std::chrono::days{1});
  night.api.forget_log();
  night.api.always["/v1/alerts"] = trouble;
  CHECK(night.play().exit_code() == 5);
  CHECK(night.api.count("/v1/alerts") == night.options.max_attempts);
  CHECK(night.status_of("users") == "succeeded");
  CHECK(night.status_of("alerts") == "running");

  night.api.forget_log();
  night.api.always.clear();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/users") == 0);
  CHECK(night.api.count("/v1/usage") == 0);
  CHECK(night.api.count("/v1/alerts") == 2);
  CHECK(night.ask("SELECT count(*) FROM runs") == "2");
}

TEST_CASE("a list that the client may not see is said to be so, and the others are read") {
  for (const auto* const body : {R"({"error":"forbidden","message":"no alerts for you"})",
                                 R"({"error":{"type":"forbidden","message":"no alerts for you"}})"}) {
    MirrorNight night;
    fill(night.api);
    night.api.always["/v1/alerts"] = toksync::test::json_response(403, body);
    const auto result = night.play();
    CHECK(result.exit_code() == 3);
    CHECK(night.api.count("/v1/alerts") == 1);
    CHECK(night.status_of("alerts") == "not_entitled");
    CHECK(night.ask("SELECT count(*) FROM mirrors WHERE status = 'succeeded'") == "4");
    REQUIRE(result.messages.size() == 1);
    CHECK(result.messages[0] == "alerts cannot be mirrored: GET /v1/alerts: 403 forbidden: no alerts for you");
  }
}

TEST_CASE("usage follows corrections and removals within its window, and only there") {
  MirrorNight night({"usage"});
  fill(night.api);
  CHECK(night.play().exit_code() == 0);
  night.api.forget_log();
  night.api.lists["usage 2026-05-30"].clear();
  night.api.lists["usage 2026-05-31"] = {usage("2026-05-31", "u1", 7.5), usage("2026-05-31", "u3", 3)};
  night.api.lists["usage 2026-06-01"].push_back(usage("2026-06-01", "u4", 4));
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/usage") == 3);
  const auto of = [&](const std::string& day) {
    return night.ask("SELECT group_concat(user_id || ' ' || estimated_cost_usd, ', ') FROM toktra_usage WHERE day = '" +
                     day + "'");
  };
  CHECK(of("2026-05-30") == "u1 1.0, u2 2.0, u3 3.0");
  CHECK(of("2026-05-31") == "u1 7.5, u3 3.0");
  CHECK(of("2026-06-01") == "u1 1.0, u2 2.0, u3 3.0, u4 4.0");
  CHECK(night.ask("SELECT rows_read || ' ' || rows_new || ' ' || rows_changed || ' ' || rows_missing FROM mirrors"
                  " ORDER BY started_at DESC, run_id DESC LIMIT 1") == "6 1 1 1");
}

TEST_CASE("who is gone is marked by the next night, and who comes back is not gone") {
  MirrorNight night({"users"});
  fill(night.api);
  CHECK(night.play().exit_code() == 0);
  const auto all = std::exchange(night.api.lists["users"], {user("u1"), user("u2", "Sales"), user("u3")});
  night.clock.advance(std::chrono::days{1});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ids("toktra_users WHERE missing_since IS NOT NULL", "user_id") == "u4 u5");
  CHECK(night.ids("toktra_users WHERE changed_at > first_seen_at", "user_id") == "u2");
  night.api.lists["users"] = all;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ids("toktra_users WHERE missing_since IS NOT NULL", "user_id") == "NULL");
}

TEST_CASE("fields that nobody knows yet are kept in the record") {
  MirrorNight night({"policies"});
  night.api.lists["policies"] = {R"({"id":"p1","risk":{"level":3},"name":null})"};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT json_extract(raw_json, '$.risk.level') FROM toktra_policies") == "3");
  CHECK(night.ask("SELECT name FROM toktra_policies") == "NULL");
}

TEST_CASE("with redaction no address and no name is anywhere in the database, and people still join") {
  MirrorNight night;
  fill(night.api);
  night.provider_options.redact = {"email", "name"};
  night.provider_options.redact_key = Secret("a key for hashes");
  night.api.always["/v1/policies"] = toksync::test::json_response(403, R"({"error":"u1@acme.com may not"})");
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM toktra_users u JOIN toktra_usage g ON g.user_email = u.email") == "9");
  const toksync::test::TemporaryFolder folder;
  night.store.database().exec("VACUUM INTO '" + folder.file("copy.db") + "'");
  const auto bytes = folder.read("copy.db");
  CHECK(bytes.find("acme.com") == std::string::npos);
  CHECK(bytes.find("Name u") == std::string::npos);
  CHECK(bytes.find("gpt-4") != std::string::npos);
}

TEST_CASE("a night that is stopped in time goes on in another process") {
  MirrorNight night({"usage"});
  fill(night.api);
  night.pipeline.source.max_in_flight = 1;
  night.api.latency = Seconds{30};
  night.options.max_duration = Seconds{100};
  CHECK(night.play().exit_code() == 8);
  const auto done = night.ask("SELECT count(DISTINCT day) FROM toktra_usage");
  CHECK(done == "1");
  night.options.max_duration.reset();
  night.api.forget_log();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/usage") == 4);
  CHECK(night.ask("SELECT count(*) FROM toktra_usage") == "9");
}

#ifdef TOKSYNC_FAULT_POINTS
TEST_CASE("wherever a process dies, the next one ends with the same tables") {
  const auto tables = [](MirrorNight& night) {
    std::string text;
    for (const auto* const table : {"toktra_users", "toktra_budgets", "toktra_policies", "toktra_alerts"}) {
      text += night.ids(table, "raw_json || ifnull(missing_since, '')") + "\n";
    }
    return text + night.ids("toktra_usage", "raw_json") + night.ids("toktra_budget_days", "day || budget_id || spent");
  };
  const auto change = [](FakeToktra& api) {
    api.lists["users"].erase(api.lists["users"].begin());
    api.lists["usage 2026-05-31"].pop_back();
  };
  MirrorNight whole;
  fill(whole.api);
  CHECK(whole.play().exit_code() == 0);
  std::size_t deaths = 0;
  for (std::size_t at = 1;; ++at) {
    CAPTURE(at);
    MirrorNight night;
    fill(night.api);
    if (!night.play_and_die(at)) break;
    ++deaths;
    const auto begun = std::stoi(night.ask("SELECT count(*) FROM runs"));
    const bool is_unfinished = night.store.unfinished_run("toktra").has_value();
    CHECK(night.play().exit_code() == 0);
    CHECK(tables(night) == tables(whole));
    CHECK(night.ask("SELECT count(*) FROM runs") == std::to_string(begun + (is_unfinished ? 0 : 1)));
    // Nothing that was stored is marked as missing by the walk that was given up.
    CHECK(night.ask("SELECT count(*) FROM toktra_users WHERE missing_since IS NOT NULL") == "0");
    change(night.api);
    CHECK(night.play().exit_code() == 0);
    CHECK(night.ids("toktra_users WHERE missing_since IS NOT NULL", "user_id") == "u1");
    CHECK(night.ask("SELECT count(*) FROM toktra_usage") == "8");
  }
  CHECK(deaths > 50);
}
#endif

}  // namespace
}  // namespace toksync::engine::test
