// Failures on request: what the client sees, and whether the work was done and billed.
#include <algorithm>
#include <thread>

#include <doctest/doctest.h>
#include <signal.h>

#include "requests.hpp"

using namespace toksync;
using namespace toksync::test;

namespace {

const char* const search = "/v1/creators/search";

HttpAnswer search_once(const SandboxProcess& sandbox) { return sandbox.post(search, {{"limit", 3}}); }

struct Expectation {
  const char* fault;
  long status;  ///< 0: no complete answer
  std::int64_t charged;
};

}  // namespace

TEST_CASE("each fault fails as it says, bills as it says, and once") {
  SandboxProcess sandbox(quick());
  for (const Expectation& one : {Expectation{"lost_request", 0, 0},
                                 {"lost_answer", 0, 1},
                                 {"429", 429, 0},
                                 {"500_before", 500, 0},
                                 {"500_after", 500, 1},
                                 {"503_refused", 503, 0},
                                 {"html_502", 502, 0},
                                 {"html_503", 503, 0},
                                 {"html_504 work=done", 504, 1},
                                 {"empty_503", 503, 0},
                                 {"truncated", 0, 1},
                                 {"malformed", 200, 1},
                                 {"not_json", 200, 1},
                                 {"error status=403 code=FORBIDDEN message=plan ended", 403, 0},
                                 {"slow seconds=0.05", 200, 1},
                                 {"echo_page status=504", 504, 0},
                                 {"echo", 200, 1},
                                 {"odd_records", 200, 1},
                                 {"huge_body megabytes=2", 200, 1}}) {
    CAPTURE(one.fault);
    sandbox.reset();
    sandbox.fault(std::string("POST /v1/creators/* ") + one.fault);
    const HttpAnswer answer = search_once(sandbox);
    CHECK(answer.status == one.status);
    CHECK((answer.error.empty() == (one.status != 0)));
    CHECK(sandbox.credits_charged() == one.charged);
    CHECK(search_once(sandbox).status == 200);
    CHECK(sandbox.credits_charged() == one.charged + 1);
  }
}

TEST_CASE("the answers of failures look like the real ones") {
  SandboxProcess sandbox(quick());
  const auto failed_with = [&](const char* fault) {
    sandbox.fault(std::string("* * ") + fault);
    return search_once(sandbox);
  };
  CHECK(failed_with("429 retry_after=7").headers.at("retry-after") == "7");
  CHECK(error_code(failed_with("500_after")) == "INTERNAL_ERROR");
  CHECK(failed_with("503_refused").body()["success"] == false);
  const HttpAnswer gateway = failed_with("html_502");
  CHECK(gateway.headers.at("content-type") == "text/html");
  CHECK(gateway.text.find("502 Bad Gateway") != std::string::npos);
  CHECK(failed_with("empty_503").text.empty());
  CHECK_FALSE(json::accept(failed_with("malformed").text));
  CHECK_FALSE(json::accept(failed_with("not_json").text));
  CHECK(failed_with("huge_body megabytes=2").text.size() > 2'000'000);
  const HttpAnswer error = failed_with("error status=403 code=FORBIDDEN message=plan ended");
  CHECK(error.body()["error"]["message"] == "plan ended");
}

TEST_CASE("a server that echoes repeats the key it was sent") {
  SandboxProcess sandbox(quick());
  sandbox.fault("* * echo");
  const HttpAnswer echoed = search_once(sandbox);
  CHECK(echoed.body()["data"]["creators"][0].dump().find(sandbox_key()) != std::string::npos);
  CHECK(echoed.body()["meta"].dump().find(sandbox_key()) != std::string::npos);
  CHECK(echoed.headers.at("x-request-id").find(sandbox_key()) != std::string::npos);
  sandbox.fault("* * echo_page");
  CHECK(search_once(sandbox).text.find(sandbox_key()) != std::string::npos);
}

TEST_CASE("odd records hold what clients fear, and are still JSON") {
  SandboxProcess sandbox(quick());
  sandbox.fault("* * odd_records");
  const HttpAnswer answer = sandbox.post(search, {{"limit", 20}});
  const json creators = answer.body()["data"]["creators"];
  REQUIRE(creators.size() == 20);
  CHECK(creators[0]["name"].is_null());
  CHECK_FALSE(creators[1].contains("metrics"));
  CHECK(creators[2].contains("x_experimental"));
  CHECK(creators[3]["bio"].get<std::string>().size() == 200'000);
  CHECK(creators[4]["name"].get<std::string>().find('\0') != std::string::npos);
  CHECK(creators[5]["metrics"]["followers_count"] > 4'000'000'000);
  CHECK(creators[6]["languages"] == json{"same", "same", "other"});
  CHECK(creators[8]["name"].get<std::string>().find("DROP TABLE") != std::string::npos);
  const auto ids = some_creators(sandbox, 8);
  sandbox.post("/v1/creators/content-match", {{"creator_ids", ids}, {"topic_keywords", {"a"}}});
  sandbox.fault("POST /v1/content-match/results odd_records");
  const json body = {{"creator_ids", ids}, {"wait_seconds", 30}};
  const auto states = [&] {
    std::vector<std::string> found;
    const json data = sandbox.post("/v1/content-match/results", body).body()["data"];
    for (const json& record : data["results_summary"]) found.push_back(record["status"]);
    return found;
  };
  const auto odd = states();
  CHECK(std::count(odd.begin(), odd.end(), "reticulating") == 1);
  CHECK(states() == std::vector<std::string>(8, "succeeded"));
}

TEST_CASE("an answer that trickles, or has no end, keeps its client waiting and nobody else") {
  SandboxProcess sandbox(quick());
  for (const std::string kind : {"trickle", "endless"}) {
    CAPTURE(kind);
    sandbox.reset();
    sandbox.fault("POST /v1/creators/search " + kind);
    HttpAnswer answer;
    std::thread client(
        [&] { answer = http_request("POST", sandbox.base_url() + search, "{}", sandbox_key(), Milliseconds{1'500}); });
    const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
    while (sandbox.credits_charged() == 0 && std::chrono::steady_clock::now() < deadline) {
    }
    CHECK(search_once(sandbox).status == 200);
    client.join();
    CHECK(answer.status == 0);
    CHECK(sandbox.credits_charged() == 2);
  }
}

TEST_CASE("after, count and the endpoint decide which requests fail") {
  SandboxProcess sandbox(quick());
  sandbox.fault("POST /v1/creators/search 500_before after=1 count=2");
  std::vector<long> statuses;
  for (int request = 0; request < 4; ++request) statuses.push_back(search_once(sandbox).status);
  CHECK(statuses == std::vector<long>{200, 500, 500, 200});
  sandbox.fault("GET /v1/jobs/* 500_before count=all");
  CHECK(search_once(sandbox).status == 200);
  CHECK(sandbox.get("/v1/jobs/a").status == 500);
  CHECK(sandbox.get("/v1/jobs/b").status == 500);
  sandbox.clear_faults();
  CHECK(sandbox.get("/v1/jobs/b").status == 404);
}

TEST_CASE("a held request goes on when released, and is done only if it was held after the work") {
  SandboxProcess sandbox(quick());
  for (const auto& [kind, charged_while_held] : {std::pair{"hold_before", 0}, {"hold_after", 1}}) {
    sandbox.reset();
    sandbox.fault(std::string("POST /v1/creators/search ") + kind);
    HttpAnswer answer;
    std::thread client([&] { answer = search_once(sandbox); });
    CHECK(sandbox.wait_until_held(1));
    CHECK(sandbox.credits_charged() == charged_while_held);
    sandbox.release();
    client.join();
    CHECK(answer.status == 200);
    CHECK(sandbox.credits_charged() == 1);
    CHECK(sandbox.held() == 0);
  }
}

TEST_CASE("a client that goes away while held leaves no work behind when it was held before it") {
  SandboxProcess sandbox(quick());
  sandbox.fault("POST /v1/creators/search hold_before");
  const HttpAnswer answer = http_request("POST", sandbox.base_url() + search, "{}", sandbox_key(), Milliseconds{100});
  CHECK(answer.status == 0);
  const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
  while (sandbox.held() > 0 && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK(sandbox.held() == 0);
  CHECK(sandbox.credits_charged() == 0);
  CHECK(sandbox.requests()[0]["status"] == 0);
}

TEST_CASE("a refused port refuses connections, then opens again") {
  SandboxProcess sandbox(quick());
  sandbox.fault("POST /v1/creators/search refused after=1 seconds=0.4");
  CHECK(search_once(sandbox).status == 200);
  HttpAnswer answer = search_once(sandbox);
  for (int attempt = 0; attempt < 100 && answer.status == 200; ++attempt) answer = search_once(sandbox);
  CHECK(answer.status == 0);
  const auto deadline = std::chrono::steady_clock::now() + Seconds{10};
  while (answer.status == 0 && std::chrono::steady_clock::now() < deadline) answer = search_once(sandbox);
  CHECK(answer.status == 200);
}

TEST_CASE("the log has every request in order, the lost ones too, without the key") {
  SandboxProcess sandbox(quick({"--fault", "POST /v1/creators/search lost_answer"}));
  search_once(sandbox);
  sandbox.get("/v1/account/usage?month=2026-01");
  const json log = sandbox.requests();
  REQUIRE(log.size() == 2);
  CHECK(log[0]["n"] == 1);
  CHECK(log[0]["status"] == 0);
  CHECK(log[0]["fault"] == "lost_answer");
  CHECK(log[0]["body"]["limit"] == 3);
  CHECK(log[1]["path"] == "/v1/account/usage");
  CHECK(log[1]["query"] == "month=2026-01");
  CHECK(log[1]["status"] == 200);
  CHECK(log.dump().find(sandbox_key()) == std::string::npos);
  CHECK(sandbox.request_count("POST", search) == 1);
}

TEST_CASE("a fault that cannot be read is refused, on the command line too") {
  SandboxProcess sandbox(quick());
  for (const char* spec : {"too short", "* * no_such_kind", "* * 429 count=many", "* * 429 nonsense"}) {
    CAPTURE(spec);
    CHECK_THROWS(sandbox.fault(spec));
    const ProcessResult result = run_process(SANDBOX_BINARY, {{"--fault", spec}, {}, {}, {}});
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("fault") != std::string::npos);
  }
  CHECK(run_process(SANDBOX_BINARY, {{"--help"}, {}, {}, {}}).exit_code == 0);
  CHECK(run_process(SANDBOX_BINARY, {{"--creators", "x"}, {}, {}, {}}).exit_code == 2);
}

TEST_CASE("signals end it at once and cleanly, even with held requests") {
  for (const int signal : {SIGINT, SIGTERM}) {
    SandboxProcess sandbox(quick());
    sandbox.fault("POST /v1/creators/search hold_after");
    std::thread client([&] { static_cast<void>(search_once(sandbox)); });
    CHECK(sandbox.wait_until_held(1));
    sandbox.process().send_signal(signal);
    const auto result = sandbox.process().wait_for(Milliseconds{5000});
    client.join();
    REQUIRE(result.has_value());
    CHECK(result->exit_code == 0);
  }
}

TEST_CASE("many clients are served at once") {
  SandboxProcess sandbox(quick());
  sandbox.fault("POST /v1/creators/search hold_after count=all");
  std::vector<std::thread> clients;
  std::vector<HttpAnswer> answers(64);
  for (HttpAnswer& answer : answers) clients.emplace_back([&] { answer = search_once(sandbox); });
  CHECK(sandbox.wait_until_held(64));
  sandbox.clear_faults();
  sandbox.release();
  for (std::thread& client : clients) client.join();
  for (const HttpAnswer& answer : answers) CHECK(answer.status == 200);
}
