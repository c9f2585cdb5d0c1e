// How a client of Toktra signs in: when, with what, and what comes of it.
#include <doctest/doctest.h>

#include "api/toktra.hpp"

namespace toksync::api {
namespace {

constexpr SteadyTime kStart{Milliseconds{5'000'000}};

http::Response token_answer(const std::string& token, const std::string& rest = R"(,"expires_in":3600)") {
  return {200, {}, R"({"access_token":")" + token + R"(","token_type":"bearer")" + rest + "}"};
}

TEST_CASE("a key never signs in") {
  const auto provider = make_toktra();
  CHECK_FALSE(provider->sign_in(kStart));
  CHECK_FALSE(provider->sign_in_again());
}

TEST_CASE("a client asks for a token with a form, and its secret is marked as one") {
  const auto provider = make_toktra(toktra_client());
  const auto request = provider->sign_in(kStart).value();
  CHECK(request.method == http::Method::post);
  CHECK(request.url == "http://127.0.0.1:9/v1/oauth/token");
  CHECK(request.path == "/v1/oauth/token");
  CHECK(request.bearer.empty());
  CHECK(request.body == "grant_type=client_credentials&client_id=client%201&client_secret=s3cret%26%2F%2B");
  CHECK(request.secret_in_body.reveal() == "s3cret&/+");
  CHECK(std::ranges::find(request.headers,
                          std::pair<std::string, std::string>{"Content-Type", "application/x-www-form-urlencoded"}) !=
        request.headers.end());
}

TEST_CASE("a token is used until two minutes before its end") {
  struct Case {
    const char* rest;
    Seconds used;
  };
  for (const auto& [rest, used] : {
           Case{R"(,"expires_in":3600)", Seconds{3480}},
           Case{R"(,"expires_in":"3600")", Seconds{3480}},
           Case{"", Seconds{3480}},
           Case{R"(,"expires_in":null)", Seconds{3480}},
           Case{R"(,"expires_in":130)", Seconds{65}},
           Case{R"(,"expires_in":0)", Seconds{10}},
           Case{R"(,"expires_in":-5)", Seconds{10}},
           Case{R"(,"expires_in":9000000000000000000)", std::chrono::days{30} - Seconds{120}},
       }) {
    CAPTURE(rest);
    const auto provider = make_toktra(toktra_client());
    REQUIRE(provider->signed_in(token_answer("token-1", rest), kStart));
    CHECK_FALSE(provider->sign_in(kStart));
    CHECK_FALSE(provider->sign_in(kStart + used - Milliseconds{1}));
    CHECK(provider->sign_in(kStart + used));
    CHECK(provider->to_request(call_of(*provider, "users")).bearer.reveal() == "token-1");
  }
}

TEST_CASE("a refused token is renewed once until a call succeeds") {
  const auto provider = make_toktra(toktra_client());
  REQUIRE(provider->signed_in(token_answer("token-1"), kStart));
  CHECK(provider->sign_in_again());
  CHECK(provider->sign_in(kStart));
  REQUIRE(provider->signed_in(token_answer("token-2"), kStart));
  CHECK_FALSE(provider->sign_in(kStart));
  CHECK_FALSE(provider->sign_in_again());
  REQUIRE(provider->signed_in(token_answer("token-3"), kStart));
  (void)answer_of(*provider, call_of(*provider, "users"), 401, R"({"error":"unauthorized"})");
  CHECK_FALSE(provider->sign_in_again());
  (void)page_of(*provider, call_of(*provider, "users"), listed(""));
  CHECK(provider->sign_in_again());
}

TEST_CASE("what the token endpoint refuses is told in its own words") {
  struct Case {
    int status;
    const char* body;
    FailureKind kind;
    const char* code;
    const char* message;
  };
  const auto provider = make_toktra(toktra_client());
  for (const auto& [status, body, kind, code, message] : {
           Case{400, R"({"error":"invalid_client","error_description":"no such client"})", FailureKind::unauthorized,
                "invalid_client", "no such client"},
           Case{401, R"({"error":"unauthorized","message":"bad secret"})", FailureKind::unauthorized, "unauthorized",
                "bad secret"},
           Case{401, R"({"error":{"type":"unauthorized","message":"bad secret"}})", FailureKind::unauthorized,
                "unauthorized", "bad secret"},
           Case{400, "", FailureKind::unauthorized, "HTTP_400", "status 400 without the API's envelope: no body"},
           Case{403, R"({"error":"forbidden"})", FailureKind::forbidden, "forbidden", "no message"},
           Case{429, R"({"error":"rate_limited"})", FailureKind::rate_limited, "rate_limited", "no message"},
           Case{500, R"({"error":"internal_error"})", FailureKind::unavailable, "internal_error", "no message"},
       }) {
    CAPTURE(body);
    const auto outcome = provider->signed_in(http::Response{status, {}, body}, kStart);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == kind);
    CHECK(outcome.error().code == code);
    CHECK(outcome.error().message == message);
    CHECK(provider->sign_in(kStart));
  }
}

TEST_CASE("an answer without a usable token is unreadable, and nothing of it is shown") {
  const auto provider = make_toktra(toktra_client());
  for (const auto* const body :
       {"", "{}", "[]", R"({"access_token":""})", R"({"access_token":null,"refresh_token":"hidden"})",
        R"({"access_token":17,"other":"hidden"})", R"({"access_token":"two\r\nlines: hidden"})"}) {
    const auto outcome = provider->signed_in(http::Response{200, {}, body}, kStart);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == FailureKind::unreadable);
    CHECK(outcome.error().message.find("hidden") == std::string::npos);
    CHECK(provider->sign_in(kStart));
  }
  const auto lost = provider->signed_in(http::TransportFailure{"CONNECT_FAILED", "refused", false}, kStart);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().kind == FailureKind::not_sent);
}

}  // namespace
}  // namespace toksync::api
