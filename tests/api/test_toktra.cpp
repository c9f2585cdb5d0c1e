// Toktra's requests, its lists and its failures (contracts/toktra.md).
#include <doctest/doctest.h>

#include "api/toktra.hpp"

namespace toksync::api {
namespace {

constexpr const char* kUser =
    R"({"id":"u1","org_id":"o1","email":"alice@acme.com","name":"Alice","department":"Engineering","role":"member",)"
    R"("status":"active","last_active_at":"2026-05-15T09:45:00Z","created_at":"2025-01-01T00:00:00Z",)"
    R"("updated_at":"2026-05-15T11:45:00+02:00","seat":{"kind":"new"}})";
constexpr const char* kUsage =
    R"({"user_id":"u1","user_email":"alice@acme.com","model":"gpt-4","provider":"openai","period":"2026-05-31",)"
    R"("total_requests":247,"total_input_tokens":185000,"total_output_tokens":92500,"estimated_cost_usd":8.32})";
constexpr const char* kAlert =
    R"({"id":"al1","type":"policy_violation","severity":"high","status":"open","title":"t","message":"m",)"
    R"("user_id":null,"policy_id":null,"metadata":{"model":"gpt-4","token_count":4200},)"
    R"("created_at":"2026-05-31T12:00:00Z","resolved_at":null})";

TEST_CASE("each list is read by GET with a key, in pages of a hundred") {
  const auto provider = make_toktra();
  CHECK(provider->name() == "toktra");
  CHECK(provider->rate_limit() == RateLimitKind::window);
  CHECK(provider->ceiling() == 600);
  for (const auto* const name : {"users", "budgets", "policies", "alerts"}) {
    const auto request = provider->to_request(call_of(*provider, name));
    CHECK(request.method == http::Method::get);
    CHECK(request.url == std::string("http://127.0.0.1:9/v1/") + name + "?limit=100");
    CHECK(request.path == std::string("/v1/") + name);
    CHECK(request.bearer.reveal() == "a-long-lived-key");
    CHECK(request.api_key.empty());
    CHECK(request.body.empty());
  }
  const auto next = provider->to_request(call_of(*provider, "users", "", "eyJpZCI6/+=="));
  CHECK(next.url == "http://127.0.0.1:9/v1/users?limit=100&cursor=eyJpZCI6%2F%2B%3D%3D");
}

TEST_CASE("usage is asked for day by day, with both dates") {
  const auto provider = make_toktra();
  const auto request = provider->to_request(call_of(*provider, "usage", "2026-05-31", "c2"));
  CHECK(request.url ==
        "http://127.0.0.1:9/v1/usage?period=daily&start_date=2026-05-31&end_date=2026-05-31&limit=100&cursor=c2");
  CHECK(request.path == "/v1/usage");
}

TEST_CASE("an address without its version gets it") {
  struct Case {
    const char* base_url;
    const char* url;
  };
  for (const auto& [base_url, url] : {Case{"https://api.toktra.io", "https://api.toktra.io/v1/users?limit=100"},
                                      Case{"https://api.toktra.io/v1", "https://api.toktra.io/v1/users?limit=100"},
                                      Case{"https://api.toktra.io/v1/", "https://api.toktra.io/v1/users?limit=100"},
                                      Case{"http://[::1]:8080", "http://[::1]:8080/v1/users?limit=100"}}) {
    auto options = toktra_key();
    options.base_url = base_url;
    const auto provider = make_toktra(options);
    CHECK(provider->to_request(call_of(*provider, "users")).url == url);
  }
}

TEST_CASE("a user is read with all that is known, and the record stays whole") {
  const auto provider = make_toktra();
  const auto& users = resource_of(*provider, "users");
  const auto page = page_of(*provider, call_of(*provider, "users"), listed(kUser));
  REQUIRE(page.rows.size() == 1);
  CHECK(page.broken.empty());
  CHECK_FALSE(page.next_page);
  CHECK_FALSE(page.total);
  const auto& row = page.rows.front();
  CHECK(text_of(users, row, "user_id") == "u1");
  CHECK(text_of(users, row, "department") == "Engineering");
  CHECK(text_of(users, row, "updated_at") == "2026-05-15T09:45:00Z");
  CHECK(row.raw_json == kUser);
  CHECK(provider->read_record(users, row.raw_json).value() == row);
}

TEST_CASE("usage has its day from the question, and every key a value") {
  const auto provider = make_toktra();
  const auto& usage = resource_of(*provider, "usage");
  const auto page = page_of(*provider, call_of(*provider, "usage", "2026-05-31"),
                            listed(std::string(kUsage) + R"(,{"user_id":null,"total_requests":3})"));
  REQUIRE(page.rows.size() == 2);
  CHECK(page.rows[0].values == std::vector<MirrorValue>{"2026-05-31", "2026-05-31", "u1", "openai", "gpt-4",
                                                        "alice@acme.com", std::int64_t{247}, std::int64_t{185000},
                                                        std::int64_t{92500}, 8.32});
  CHECK(text_of(usage, page.rows[1], "day") == "2026-05-31");
  for (const auto* const key : {"period", "user_id", "provider", "model"}) {
    CHECK(text_of(usage, page.rows[1], key).empty());
  }
  CHECK(value_of(usage, page.rows[1], "estimated_cost_usd") == MirrorValue{});
  CHECK(provider->read_record(usage, kUsage).value() == page.rows[0]);
}

TEST_CASE("what an alert does not say is NULL, and its metadata stay JSON") {
  const auto provider = make_toktra();
  const auto& alerts = resource_of(*provider, "alerts");
  const auto page = page_of(*provider, call_of(*provider, "alerts"), listed(kAlert));
  REQUIRE(page.rows.size() == 1);
  for (const auto* const column : {"user_id", "policy_id", "resolved_at", "org_id"}) {
    CHECK(value_of(alerts, page.rows[0], column) == MirrorValue{});
  }
  CHECK(text_of(alerts, page.rows[0], "metadata") == R"({"model":"gpt-4","token_count":4200})");
}

TEST_CASE("budgets and policies are read with their numbers, flags and conditions") {
  const auto provider = make_toktra();
  const auto& budgets = resource_of(*provider, "budgets");
  const auto budget =
      page_of(*provider, call_of(*provider, "budgets"),
              listed(R"({"id":"b1","department":null,"amount":50000.00,"spent":32150.75,"remaining":17849.25,)"
                     R"("currency":"USD","period":"monthly","hard_cap":true})"));
  CHECK(value_of(budgets, budget.rows.at(0), "spent") == MirrorValue{32150.75});
  CHECK(value_of(budgets, budget.rows.at(0), "hard_cap") == MirrorValue{std::int64_t{1}});
  CHECK(value_of(budgets, budget.rows.at(0), "department") == MirrorValue{});
  const auto& policies = resource_of(*provider, "policies");
  const auto policy = page_of(*provider, call_of(*provider, "policies"),
                              listed(R"({"id":"p1","model":null,"action":"block","enabled":false,)"
                                     R"("conditions":{"department":{"not_in":["engineering"]}}})"));
  CHECK(value_of(policies, policy.rows.at(0), "enabled") == MirrorValue{std::int64_t{0}});
  CHECK(text_of(policies, policy.rows.at(0), "conditions") == R"({"department":{"not_in":["engineering"]}})");
}

TEST_CASE("a list ends when either says so, and a walk that cannot go on is told") {
  struct Case {
    const char* rest;  ///< of the envelope
    const char* next;  ///< empty: none
    bool is_broken;
  };
  const auto provider = make_toktra();
  for (const auto& [rest, next, is_broken] : {
           Case{R"("next_cursor":"c2","has_more":true)", "c2", false},
           Case{R"("next_cursor":"c2")", "c2", false},
           Case{R"("next_cursor":null,"has_more":false,"total_count":142)", "", false},
           Case{R"("next_cursor":"c2","has_more":false)", "", false},
           Case{R"("next_cursor":null)", "", false},
           Case{R"("more":[])", "", false},
           Case{R"("next_cursor":null,"has_more":true)", "", true},
           Case{R"("next_cursor":"","has_more":true)", "", true},
           Case{R"("next_cursor":"c1","has_more":true)", "", true},
           Case{R"("next_cursor":"c1")", "", true},
           Case{R"("next_cursor":"c1","has_more":false)", "", false},
       }) {
    CAPTURE(rest);
    const auto page = page_of(*provider, call_of(*provider, "users", "", "c1"),
                              R"({"items":[)" + std::string(kUser) + "]," + rest + "}");
    CHECK(page.next_page.value_or("") == next);
    CHECK(page.broken.empty() == !is_broken);
    CHECK(page.rows.size() == 1);
  }
}

TEST_CASE("a record without its id is told of, and the others are kept") {
  const auto provider = make_toktra();
  const auto page =
      page_of(*provider, call_of(*provider, "users"),
              R"({"items":[{"email":"x@y.z"},)" + std::string(kUser) + R"(,7],"next_cursor":"c2","has_more":true})");
  CHECK(page.rows.size() == 1);
  CHECK(page.unreadable == "a record has no id");
  CHECK(page.broken.empty());
  CHECK(page.next_page == "c2");
}

TEST_CASE("failures tell the API's type and text, in whichever shape") {
  struct Case {
    int status;
    const char* body;
    FailureKind kind;
    const char* code;
    const char* message;
  };
  const auto provider = make_toktra();
  for (const auto& [status, body, kind, code, message] : {
           Case{401, R"({"error":"unauthorized","message":"token expired"})", FailureKind::unauthorized, "unauthorized",
                "token expired"},
           Case{403, R"({"error":"forbidden"})", FailureKind::forbidden, "forbidden", "no message"},
           Case{403, R"({"error":{"type":"forbidden","message":"no alerts"}})", FailureKind::forbidden, "forbidden",
                "no alerts"},
           Case{400, R"({"error":{"code":"bad_request","message":"limit"}})", FailureKind::rejected, "bad_request",
                "limit"},
           Case{404, R"({"error":"not_found","message":"gone"})", FailureKind::rejected, "not_found", "gone"},
           Case{429, R"({"error":"rate_limited"})", FailureKind::rate_limited, "rate_limited", "no message"},
           Case{500, R"({"error":"internal_error","message":"oops"})", FailureKind::unavailable, "internal_error",
                "oops"},
           Case{503, "<html>", FailureKind::unavailable, "HTTP_503", "status 503 without the API's envelope: <html>"},
           Case{502, "", FailureKind::unavailable, "HTTP_502", "status 502 without the API's envelope: no body"},
           Case{400, R"({"error":{}})", FailureKind::rejected, "UNKNOWN", "no message"},
           Case{400, R"({"error":17})", FailureKind::rejected, "HTTP_400",
                R"(status 400 without the API's envelope: {"error":17})"},
       }) {
    CAPTURE(body);
    const auto answer = answer_of(*provider, call_of(*provider, "users"), status, body);
    REQUIRE_FALSE(answer.payload);
    CHECK(answer.http_status == status);
    CHECK(answer.payload.error().kind == kind);
    CHECK(answer.payload.error().code == code);
    CHECK(answer.payload.error().message == message);
    CHECK_FALSE(answer.payload.error().may_be_charged);
  }
}

TEST_CASE("an answer that is no list is unreadable") {
  const auto provider = make_toktra();
  for (const auto* const body : {"", "[]", "{}", R"({"items":{}})", R"({"items":null,"has_more":false})", "<html>"}) {
    const auto answer = answer_of(*provider, call_of(*provider, "users"), 200, body);
    REQUIRE_FALSE(answer.payload);
    CHECK(answer.payload.error().kind == FailureKind::unreadable);
  }
  const auto lost =
      provider->decode(call_of(*provider, "users"), http::TransportFailure{"TIMEOUT", "late", true}, kToktraNow);
  REQUIRE_FALSE(lost.payload);
  CHECK(lost.http_status == 0);
  CHECK(lost.payload.error().kind == FailureKind::unavailable);
}

TEST_CASE("headers tell the window and the wait") {
  const auto provider = make_toktra();
  const auto answer = answer_of(*provider, call_of(*provider, "users"), 429, R"({"error":"rate_limited"})",
                                {{"x-ratelimit-limit", "1000"},
                                 {"x-ratelimit-remaining", "0"},
                                 {"x-ratelimit-reset", "1780272030"},
                                 {"retry-after", "2"},
                                 {"x-request-id", "req-1"}});
  CHECK(answer.rate_limit.limit == 1000);
  CHECK(answer.rate_limit.remaining == 0);
  CHECK(answer.rate_limit.reset_in == Milliseconds{30'000});
  CHECK(answer.retry_after == Seconds{2});
  CHECK(answer.request_id == "req-1");
}

TEST_CASE("what the server wrote about a key is not repeated") {
  const auto provider = make_toktra();
  const auto answer = answer_of(*provider, call_of(*provider, "users"), 401,
                                R"({"error":"unauthorized","message":"a-long-lived-key is not known"})");
  REQUIRE_FALSE(answer.payload);
  CHECK(answer.payload.error().message == "*** is not known");
}

}  // namespace
}  // namespace toksync::api
