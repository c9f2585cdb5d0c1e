// How a mirror signs in: keys, tokens that end, and servers that refuse them.
#include "mirror_night.hpp"

namespace toksync::engine::test {
namespace {

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

}  // namespace
}  // namespace toksync::engine::test
