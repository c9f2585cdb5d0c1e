#include <array>

#include <doctest/doctest.h>

#include "api/portal.hpp"

namespace toksync::api {
namespace {

using namespace portal_test;

TEST_CASE("what an account or a bundle does not have is no error") {
  struct Row {
    int status;
    std::string_view code;
  };
  for (const auto& [status, code] : std::vector<Row>{{404, "ANALYTICS_NOT_FOUND"},
                                                     {400, "ANALYTICS_NOT_FOUND"},
                                                     {422, "analytics_not_found"},
                                                     {404, "ACCOUNT_NOT_FOUND"},
                                                     {404, "BUNDLE_NOT_FOUND"},
                                                     {404, "SOMETHING_NEW"},
                                                     {403, "SAVED_ACCOUNT_NOT_OWNED"},
                                                     {403, "BUNDLE_NOT_OWNED"},
                                                     {403, "bundle_not_owned"}}) {
    for (const auto* const name : {"account_metrics", "videos", "bundle_videos"}) {
      CAPTURE(status);
      CAPTURE(code);
      CAPTURE(name);
      const auto page = page_of(call(name, "acc_1"), error_body(code), status);
      CHECK(page.rows.empty());
      CHECK_FALSE(page.next_page.has_value());
      CHECK_FALSE(page.total.has_value());
      CHECK(page.broken.empty());
    }
  }
}

TEST_CASE("a list that is not there is a failure") {
  for (const auto* const name : {"accounts", "bundles", "credit_history", "balance", "bans"}) {
    CAPTURE(name);
    const auto missing = failure_of(call(name), 404, error_body("NOT_FOUND"));
    CHECK(missing.kind == FailureKind::rejected);
    CHECK(missing.code == "NOT_FOUND");
    CHECK(failure_of(call(name), 403, error_body("SAVED_ACCOUNT_NOT_OWNED")).kind == FailureKind::forbidden);
  }
  CHECK(failure_of(call("series", "views"), 404, error_body("ANALYTICS_NOT_FOUND")).kind == FailureKind::rejected);
}

TEST_CASE("a 404 that the API did not write says nothing of an account") {
  for (const auto* const body : {"<html>not found</html>", "", "{}"}) {
    CAPTURE(body);
    const auto failure = failure_of(call("videos", "acc_1"), 404, body);
    CHECK(failure.kind == FailureKind::rejected);
    CHECK(failure.code == "HTTP_404");
  }
}

TEST_CASE("each refusal is told apart by its status, and none may have cost anything") {
  struct Row {
    int status;
    std::string_view code;
    FailureKind kind;
  };
  for (const auto& [status, code, kind] : std::vector<Row>{{400, "VALIDATION_ERROR", FailureKind::rejected},
                                                           {401, "AUTH_MISSING_KEY", FailureKind::unauthorized},
                                                           {401, "AUTH_INVALID_KEY", FailureKind::unauthorized},
                                                           {401, "AUTH_REVOKED_KEY", FailureKind::unauthorized},
                                                           {401, "SOMETHING_NEW", FailureKind::unauthorized},
                                                           {402, "INSUFFICIENT_CREDITS", FailureKind::no_credits},
                                                           {403, "PLAN_TOO_LOW", FailureKind::forbidden},
                                                           {408, "TIMEOUT", FailureKind::unavailable},
                                                           {422, "VALIDATION_ERROR", FailureKind::rejected},
                                                           {429, "RATE_LIMIT_EXCEEDED", FailureKind::rate_limited},
                                                           {429, "RATE_LIMITED", FailureKind::rate_limited},
                                                           {429, "capacity_cooldown", FailureKind::rate_limited},
                                                           {500, "INTERNAL", FailureKind::unavailable},
                                                           {503, "MAINTENANCE", FailureKind::unavailable}}) {
    for (const auto& asked : {call("accounts"), call("videos", "acc_1")}) {
      CAPTURE(status);
      CAPTURE(code);
      const auto failure = failure_of(asked, status, error_body(code));
      CHECK(failure.kind == kind);
      CHECK(failure.code == code);
      CHECK(failure.message == "Some words.");
      CHECK_FALSE(failure.may_be_charged);
    }
  }
}

TEST_CASE("answers that are no JSON") {
  const auto gateway = failure_of(call("accounts"), 502, "<html>\n<h1>Bad Gateway</h1></html>");
  CHECK(gateway.kind == FailureKind::unavailable);
  CHECK(gateway.code == "HTTP_502");
  CHECK(gateway.message.find("Bad Gateway") != std::string::npos);
  CHECK(failure_of(call("accounts"), 401, "no").kind == FailureKind::unauthorized);
  CHECK(failure_of(call("accounts"), 302, "").kind == FailureKind::rejected);
  for (const auto* const body : {"<html>hello</html>", "", R"({"data":[{"id":"a"})"}) {
    CAPTURE(body);
    CHECK(failure_of(call("accounts"), 200, body).kind == FailureKind::unreadable);
  }
  CHECK(failure_of(call("accounts"), 200, error_body("INTERNAL")).kind == FailureKind::unreadable);
}

TEST_CASE("no key of ours is in what is told of a failure") {
  const auto failure =
      failure_of(call("accounts"), 401,
                 R"({"error":{"code":"AUTH_INVALID_KEY","message":"key )" + kPortalKey + R"( is unknown"}})");
  CHECK(failure.message == "key *** is unknown");
  CHECK(failure_of(call("accounts"), 500, "of " + kPortalKey).message.find("sk_0") == std::string::npos);
}

TEST_CASE("after a 429 the longer of two waits counts") {
  struct Row {
    OptionalText header;
    std::string_view details;
    std::optional<Seconds> wait;
  };
  for (const auto& [header, details, wait] : std::vector<Row>{
           {"1", R"({"retry_after_seconds":2})", Seconds{2}},
           {"5", R"({"retry_after_seconds":2})", Seconds{5}},
           {"1", "null", Seconds{1}},
           {{}, R"({"retry_after_seconds":3})", Seconds{3}},
           {{}, R"({"retry_after_seconds":"3"})", Seconds{3}},
           {{}, R"({"retry_after_seconds":1.2})", Seconds{2}},
           {{}, R"({"retry_after_seconds":0})", Seconds{0}},
           {{}, "null", {}},
           {{}, "{}", {}},
           {"soon", R"({"retry_after_seconds":-3})", {}},
           {{}, R"({"retry_after_seconds":1e12})", {}},
       }) {
    CAPTURE(details);
    Headers headers{{"x-ratelimit-limit", "120"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1780272060"}};
    if (header) headers.emplace_back("retry-after", *header);
    const auto answer = decoded(call("accounts"), 429, error_body("RATE_LIMIT_EXCEEDED", details), headers);
    REQUIRE_FALSE(answer.payload.has_value());
    CHECK(answer.payload.error().kind == FailureKind::rate_limited);
    CHECK(answer.retry_after == wait);
    CHECK(answer.http_status == 429);
    CHECK(answer.rate_limit.limit == 120);
    CHECK(answer.rate_limit.remaining == 0);
    CHECK(answer.rate_limit.reset_in == Milliseconds{60'000});
  }
  const auto html = decoded(call("accounts"), 429, "<html>slow down</html>");
  CHECK(html.payload.error().kind == FailureKind::rate_limited);
  CHECK_FALSE(html.retry_after.has_value());
}

TEST_CASE("the id of a request comes from the first header that has one") {
  const Headers all{
      {"x-vercel-id", "iad1::v"}, {"request-id", "r3"}, {"x-request-id", "r2"}, {"x-tokportal-request-id", "req_1"}};
  const std::array<std::string_view, 5> expected{"req_1", "r2", "r3", "iad1::v", ""};
  for (std::size_t dropped = 0; dropped < expected.size(); ++dropped) {
    const Headers headers(all.begin(), all.end() - static_cast<std::ptrdiff_t>(dropped));
    CHECK(decoded(call("accounts"), 200, R"({"data":[]})", headers).request_id == expected[dropped]);
    CHECK(decoded(call("accounts"), 500, error_body("X"), headers).request_id == expected[dropped]);
  }
  CHECK(decoded(call("accounts"), 200, R"({"data":[]})", {{"x-tokportal-request-id", ""}, {"x-request-id", "r2"}})
            .request_id == "r2");
  CHECK(decoded(call("accounts"), 200, R"({"data":[]})", {{"x-request-id", "a\x1b[2J" + kPortalKey}}).request_id ==
        "a [2J***");
}

TEST_CASE("a request without an answer can be asked again, it cost nothing") {
  const auto outcome = [](std::string code, bool may_have_arrived) {
    return portal().decode(call("accounts"),
                           http::TransportFailure{std::move(code), "of " + kPortalKey, may_have_arrived}, kNow);
  };
  const auto timeout = outcome("TIMEOUT", true);
  REQUIRE_FALSE(timeout.payload.has_value());
  CHECK(timeout.payload.error().kind == FailureKind::unavailable);
  CHECK_FALSE(timeout.payload.error().may_be_charged);
  CHECK(timeout.payload.error().message == "of ***");
  CHECK(timeout.http_status == 0);
  CHECK(outcome("CONNECT_FAILED", false).payload.error().kind == FailureKind::not_sent);
}

}  // namespace
}  // namespace toksync::api
