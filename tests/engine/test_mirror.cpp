// Whole nights of mirrors: the real engine, provider and store against FakeToktra on a manual clock.
#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/fault_point.hpp"
#include "engine/mirror.hpp"
#include "fake_toktra.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::engine::test {
namespace {

struct Killed {};

struct Silent final : Observer {
  void observe(const Progress& /*progress*/) override {}
};

std::string user(const std::string& id, const std::string& department = "Engineering") {
  return fmt::format(R"({{"id":"{}","email":"{}@acme.com","name":"Name {}","department":"{}"}})", id, id, id,
                     department);
}
std::string usage(const std::string& day, const std::string& user_id, double cost) {
  return fmt::format(R"({{"user_id":"{}","user_email":"{}@acme.com","model":"gpt-4","provider":"openai",)"
                     R"("period":"{}","total_requests":1,"estimated_cost_usd":{}}})",
                     user_id, user_id, day, cost);
}
std::string budget(const std::string& id, double spent) {
  return fmt::format(R"({{"id":"{}","amount":100,"spent":{}}})", id, spent);
}
std::string alert(const std::string& id) {
  return fmt::format(R"({{"id":"{}","status":"open","message":"u1@acme.com used gpt-4"}})", id);
}

/// What several processes do over one database.
class MirrorNight {
 public:
  explicit MirrorNight(const std::vector<std::string>& resources = {"users", "budgets", "policies", "alerts",
                                                                    "usage"}) {
    pipeline.name = "toktra";
    pipeline.text = "version = 1";
    pipeline.source.api = "toktra";
    pipeline.source.name = "acme";
    for (const auto& name : resources) {
      pipeline.mirrors.push_back(
          {.resource = name, .history = true, .window = std::chrono::days{2}, .first_window = std::chrono::days{3}});
    }
    provider_options.base_url = "https://api.toktra.io/v1";
    provider_options.client_id = Secret("client-1");
    provider_options.client_secret = Secret("s3cret");
    clock.advance(std::chrono::hours{2});
  }

  /// One process: goes on with an unfinished run or begins one.
  RunResult play() {
    auto run = store.unfinished_run(pipeline.name);
    if (run) {
      store.resume_run(run->key, clock.wall());
    } else {
      run =
          store.begin_run({fmt::format("run-{}", ++runs_), pipeline.name, pipeline.text, "0f", "0.1.0"}, clock.wall());
    }
    auto provider = api::make_mirror_provider("toktra", provider_options).value();
    toksync::test::ScriptedTransport transport(
        clock, [this](const http::Request& request, WallTime now) { return api.answer(request, now); });
    Silent observer;
    Mirror mirror(env_, pipeline, *provider, transport, store, *run, options, observer);
    auto result = mirror.run();
    most_in_flight = transport.most_in_flight();
    CHECK(api.forbidden_requests() == 0);
    return result;
  }

#ifdef TOKSYNC_FAULT_POINTS
  /// The same, but the process dies at that passage (from 1) of any fault point; false when it came to its end before.
  bool play_and_die(std::size_t at) {
    std::size_t passed = 0;
    const FaultPointHook hook([&](std::string_view /*name*/) {
      if (++passed == at) throw Killed{};
    });
    try {
      (void)play();
    } catch (const Killed&) {
      return true;
    }
    return false;
  }
#endif

  [[nodiscard]] std::string ask(const std::string& sql) {
    SQLite::Statement statement(store.database(), sql);
    if (!statement.executeStep()) return "";
    return statement.getColumn(0).isNull() ? "NULL" : statement.getColumn(0).getString();
  }
  [[nodiscard]] std::string ids(const std::string& table, const std::string& column) {
    return ask("SELECT group_concat(x, ' ') FROM (SELECT " + column + " AS x FROM " + table + " ORDER BY 1)");
  }
  [[nodiscard]] std::string status_of(const std::string& resource) {
    return ask("SELECT status FROM mirror_walk_rows WHERE resource = '" + resource +
               "' ORDER BY walk_key DESC LIMIT 1");
  }

  FakeToktra api;
  toksync::test::ManualClock clock;
  pipeline::Pipeline pipeline;
  api::MirrorOptions provider_options;
  MirrorOptions options;
  store::Store store = store::Store::open({}, store::OpenMode::memory).value();
  std::size_t most_in_flight = 0;

 private:
  Random random_{1};
  Env env_{clock, random_, make_silent_logger()};
  int runs_ = 0;
};

/// Something in each list, several pages in most.
void fill(FakeToktra& api) {
  for (int i = 1; i <= 5; ++i) api.lists["users"].push_back(user(fmt::format("u{}", i)));
  for (int i = 1; i <= 3; ++i) api.lists["budgets"].push_back(budget(fmt::format("b{}", i), i));
  api.lists["policies"] = {R"({"id":"p1","name":"No gpt-4"})"};
  for (int i = 1; i <= 4; ++i) api.lists["alerts"].push_back(alert(fmt::format("a{}", i)));
  for (const auto* const day : {"2026-05-30", "2026-05-31", "2026-06-01"}) {
    for (int i = 1; i <= 3; ++i) api.lists[std::string("usage ") + day].push_back(usage(day, fmt::format("u{}", i), i));
  }
}

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

TEST_CASE("a key asks for no token") {
  MirrorNight night;
  fill(night.api);
  night.provider_options.client_id = {};
  night.provider_options.client_secret = {};
  night.provider_options.api_key = Secret(kToktraKey);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/oauth/token") == 0);
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5");
}

TEST_CASE("a key that is refused ends the run at once") {
  MirrorNight night;
  night.provider_options.client_id = {};
  night.provider_options.api_key = Secret("wrong");
  night.pipeline.source.max_in_flight = 1;
  CHECK(night.play().exit_code() == 4);
  CHECK(night.api.count() == 1);
}

TEST_CASE("a token is renewed before it ends") {
  MirrorNight night({"usage"});
  night.pipeline.source.max_in_flight = 1;
  night.pipeline.mirrors[0].first_window = std::chrono::days{90};
  night.api.latency = Seconds{50};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/usage") == 90);
  CHECK(night.api.count("/v1/oauth/token") == 2);
  CHECK(night.api.refused_tokens() == 0);
}

TEST_CASE("a token that is refused on the way is renewed once, however many calls it was refused for") {
  MirrorNight night;
  fill(night.api);
  // The answers to the token's first calls come late enough that all of them are refused together.
  bool revoked = false;
  night.options.signal = [&] {
    if (!revoked && night.api.count("/v1/oauth/token") == 1) {
      night.api.revoke_tokens();
      revoked = true;
    }
    return 0;
  };
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.refused_tokens() > 1);
  CHECK(night.api.count("/v1/oauth/token") == 2);
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5");
  CHECK(night.ask("SELECT count(*) FROM toktra_usage") == "9");
}

TEST_CASE("a walk goes on after a page for which the token was refused") {
  MirrorNight night({"users"});
  fill(night.api);
  night.options.signal = [&, done = false]() mutable {
    if (!done && night.api.count("/v1/users") == 1) {
      night.api.revoke_tokens();
      done = true;
    }
    return 0;
  };
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.refused_tokens() == 1);
  CHECK(night.api.count("/v1/oauth/token") == 2);
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5");
}

TEST_CASE("a new token that is refused as well ends the run, and the next one goes on") {
  MirrorNight night;
  fill(night.api);
  night.api.always["/v1/users"] = toktra_error(401, "unauthorized");
  night.pipeline.source.max_in_flight = 1;
  const auto result = night.play();
  CHECK(result.exit_code() == 4);
  CHECK(night.api.count("/v1/oauth/token") == 2);
  CHECK(night.api.count("/v1/users") == 2);
  REQUIRE(result.messages.size() == 1);
  CHECK(result.messages[0] == "GET /v1/users: 401 unauthorized: as told");
  CHECK(night.ask("SELECT status FROM runs") == "failed");
  night.api.always.clear();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM runs") == "1");
  CHECK(night.ids("toktra_users", "user_id") == "u1 u2 u3 u4 u5");
}

TEST_CASE("a client that is not known is refused once, and nothing else is tried") {
  MirrorNight night;
  fill(night.api);
  night.api.knows_client = false;
  const auto result = night.play();
  CHECK(result.exit_code() == 4);
  CHECK(night.api.count() == 1);
  REQUIRE(result.messages.size() == 1);
  CHECK(result.messages[0] == "POST /v1/oauth/token: 401 invalid_client: no such client");
  CHECK(night.ask("SELECT count(*) FROM toktra_users") == "0");
}

TEST_CASE("signing in is tried again when the server is in trouble, after the wait that it asks for") {
  MirrorNight night({"policies"});
  fill(night.api);
  auto busy = toktra_error(429, "rate_limited");
  busy.headers.emplace_back("retry-after", "20");
  night.api.instead["/v1/oauth/token"] = {{busy, Milliseconds{100}},
                                          {http::TransportFailure{"CONNECT_FAILED", "refused", false}, {}},
                                          {toktra_error(500, "internal_error"), Milliseconds{100}}};
  const auto began = night.clock.steady();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/oauth/token") == 4);
  CHECK(night.clock.steady() - began > Seconds{20});
  CHECK(night.clock.steady() - began < Seconds{60});
  MirrorNight worse({"policies"});
  worse.api.always["/v1/oauth/token"] = toktra_error(500, "internal_error");
  CHECK(worse.play().exit_code() == 5);
  CHECK(worse.api.count() == worse.options.max_attempts);
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

TEST_CASE("neither tokens nor the client's secret are ever stored") {
  MirrorNight night;
  fill(night.api);
  CHECK(night.play().exit_code() == 0);
  const toksync::test::TemporaryFolder folder;
  night.store.database().exec("VACUUM INTO '" + folder.file("copy.db") + "'");
  const auto bytes = folder.read("copy.db");
  CHECK(bytes.find("token-1") == std::string::npos);
  CHECK(bytes.find("s3cret") == std::string::npos);
  CHECK(bytes.find("u1@acme.com") != std::string::npos);
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
