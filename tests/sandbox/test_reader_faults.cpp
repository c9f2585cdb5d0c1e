// Failures on request of the APIs that are only read.
#include <thread>

#include <doctest/doctest.h>

#include "readers.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

struct Expectation {
  const char* fault;
  long status;  ///< 0: no complete answer
};

constexpr Expectation expectations[] = {{"lost_request", 0},
                                        {"lost_answer", 0},
                                        {"429", 429},
                                        {"500_before", 500},
                                        {"503_refused", 503},
                                        {"html_502", 502},
                                        {"html_504 work=done", 504},
                                        {"empty_503", 503},
                                        {"truncated", 0},
                                        {"malformed", 200},
                                        {"not_json", 200},
                                        {"error status=401 code=AUTH_REVOKED_KEY message=revoked", 401},
                                        {"slow seconds=0.05", 200},
                                        {"echo_page status=504", 504},
                                        {"echo", 200},
                                        {"odd_records", 200},
                                        {"unknown_fields", 200},
                                        {"new_values", 200},
                                        {"no_data", 200},
                                        {"huge_body megabytes=2", 200}};

}  // namespace

TEST_CASE("readers: each fault fails as it says, and once") {
  const Portal portal;
  const Governance governance;
  for (const Expectation& one : expectations) {
    CAPTURE(one.fault);
    portal.fault(std::string("GET /api/ext/accounts ") + one.fault);
    CHECK(portal.ask("/accounts").status == one.status);
    CHECK(portal.ask("/accounts").status == 200);
    governance.fault(std::string("GET /v1/users ") + one.fault);
    CHECK(governance.ask("/users").status == one.status);
    CHECK(governance.ask("/users").status == 200);
  }
}

TEST_CASE("readers: a 429 tells how long to wait in the header, in the body, in both differently, or not at all") {
  const Portal portal;
  const auto limited = [&](const char* values) {
    portal.fault(std::string("* * 429 ") + values);
    return portal.ask("/me");
  };
  const HttpAnswer both = limited("retry_after=1 body=2");
  CHECK(both.headers.at("retry-after") == "1");
  CHECK(both.body()["error"]["details"]["retry_after_seconds"] == 2);
  const HttpAnswer body_only = limited("retry_after=none body=3");
  CHECK_FALSE(body_only.headers.contains("retry-after"));
  CHECK(body_only.body()["error"]["details"]["retry_after_seconds"] == 3);
  const HttpAnswer neither = limited("retry_after=none body=none");
  CHECK_FALSE(neither.headers.contains("retry-after"));
  CHECK_FALSE(neither.body()["error"].contains("details"));
  const Governance governance;
  governance.fault("* * 429 retry_after=2");
  CHECK(governance.ask("/users").headers.at("retry-after") == "2");
}

TEST_CASE("readers: rows with new fields, unknown values and what clients fear are still rows") {
  const Portal portal;
  const json sound = portal.ask("/accounts").body()["data"];
  const auto spoiled = [&](const char* kind) {
    portal.fault(std::string("GET /api/ext/accounts ") + kind);
    return portal.ask("/accounts").body();
  };
  const json widened = spoiled("unknown_fields");
  CHECK(widened["data"][0].contains("x_experimental"));
  CHECK(widened.contains("x_sibling"));
  const json renamed = spoiled("new_values");
  CHECK(renamed["data"][0]["platform"] == "quantum_entangled");
  CHECK(renamed["data"][0]["id"] == sound[0]["id"]);
  CHECK(spoiled("odd_records")["data"][0]["username"].is_null());
  CHECK(spoiled("no_data") == sound);
  CHECK_FALSE(spoiled("no_pagination").contains("pagination"));
  CHECK(spoiled("echo")["data"][0].dump().find(Portal::key()) != std::string::npos);
}

TEST_CASE("readers: a star in the middle of a path lets one resource fail alone") {
  const Portal portal;
  const std::string id = portal.rows("/accounts")[0]["id"];
  portal.fault("GET /api/ext/accounts/*/analytics* error status=403 code=PLAN_TOO_LOW count=all");
  CHECK(portal.ask("/accounts/" + id + "/analytics").status == 403);
  CHECK(portal.ask("/accounts/" + id + "/analytics/videos").status == 403);
  CHECK(portal.ask("/accounts/" + id).status == 200);
  CHECK(portal.ask("/accounts").status == 200);
}

TEST_CASE("readers: a held request goes on when released") {
  const Portal portal;
  portal.fault("GET /api/ext/me hold_after");
  HttpAnswer answer;
  std::thread client([&] { answer = portal.ask("/me"); });
  CHECK(portal.wait_until_held(1));
  portal.release();
  client.join();
  CHECK(answer.status == 200);
  CHECK(portal.held() == 0);
}

TEST_CASE("readers: a fault that the API does not know is refused, as is an API that is none") {
  const Portal portal;
  CHECK_THROWS(portal.fault("* * null_cursor"));
  CHECK_THROWS(portal.fault("* * jobs_fail"));
  const Governance governance;
  CHECK_THROWS(governance.fault("* * reordered_columns"));
  CHECK_THROWS(portal.control("POST", "/sandbox/advance", R"({"days": 0})"));
  CHECK_THROWS(portal.control("POST", "/sandbox/forget", R"({"what": "tokens"})"));
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--api", "myspace"},
                                                {"--api", "7"},
                                                {"--api", "toktra", "--today", "tomorrow"},
                                                {"--fault", "* * advance"}}) {
    CHECK(run_process(SANDBOX_BINARY, {flags, {}, {}, {}}).exit_code == 2);
  }
}
