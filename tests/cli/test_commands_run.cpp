// How run talks while it works against a server: its summary, what --quiet and --verbose change, the
// formats of the log, and the signals that stop it.
#include <csignal>
#include <memory>
#include <sstream>

#include <doctest/doctest.h>

#include "binary.hpp"
#include "support/sandbox_process.hpp"

namespace toksync::cli::test {
namespace {

using toksync::test::SandboxProcess;

constexpr Milliseconds kPatience{30'000};

/// Finds 120 creators in two requests.
constexpr std::string_view kSearch = R"(version = 1
name = "small"
[keyword_sets.a]
keywords = ["B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"]
[search]
max_creators = 120
)";

struct SandboxBench : Bench {
  SandboxBench() {
    folder.write("p.toml", kSearch);
    environment["TOKSYNC_BASE_URL"] = sandbox.base_url();
    environment["TOKSTA_API_KEY"] = toksync::test::sandbox_key();
  }

  /// Starts a run and waits until its first search is at the server, which keeps the answer to itself.
  [[nodiscard]] std::unique_ptr<Process> start_held_run() {
    sandbox.fault("POST /v1/creators/discovery-search hold_before count=1");
    auto process = std::make_unique<Process>(TOKSYNC_BINARY, options({"run", "p.toml"}));
    REQUIRE(sandbox.wait_until_held(1));
    return process;
  }

  SandboxProcess sandbox{{"--time-scale", "20", "--rate-limit", "600"}};
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE_FIXTURE(SandboxBench, "a run ends with what was found, what it cost and where it is") {
  const auto result = run({"run", "p.toml"});
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "of pipeline small: succeeded"));
  CHECK(contains(result.out, "120 creators found"));
  CHECK(contains(result.out, "Database: toksync.db"));
  CHECK_FALSE(contains(result.out, "Left to do"));
  CHECK(contains(result.out, "Credits:  " + std::to_string(sandbox.credits_charged()) + " charged"));
}

TEST_CASE_FIXTURE(SandboxBench, "a successful quiet run prints nothing") {
  const auto result = run({"run", "p.toml", "--quiet"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(result.err.empty());
}

TEST_CASE_FIXTURE(SandboxBench, "run --json is one document with the figures of the database") {
  const auto document = json({"run", "p.toml"});
  CHECK(document["status"] == "succeeded");
  CHECK(document["exit_code"] == 0);
  CHECK(document["credits_charged"] == sandbox.credits_charged());
  REQUIRE(document["stages"].size() == 1);
  CHECK(document["stages"][0]["items_done"] == 120);
  CHECK(document["next_steps"].empty());
  CHECK(json({"status"})["run"]["credits_charged"] == document["credits_charged"]);
}

TEST_CASE_FIXTURE(SandboxBench, "--verbose logs each request with its request_id, and never the key") {
  const auto result = run({"run", "p.toml", "--verbose"});
  CHECK(contains(result.err, "GET /v1/account/usage 200 request_id=req_"));
  CHECK(contains(result.err, "POST /v1/creators/discovery-search 200 request_id=req_"));
  CHECK_FALSE(contains(result.err + result.out, toksync::test::sandbox_key()));
}

TEST_CASE_FIXTURE(SandboxBench, "with --log-format json each line of standard error is a document") {
  const auto lines = lines_of(run({"run", "p.toml", "--verbose", "--log-format", "json"}).err);
  REQUIRE(lines.size() > 2);
  for (const auto& line : lines) CHECK(nlohmann::json::parse(line).contains("level"));
}

TEST_CASE_FIXTURE(SandboxBench, "a bar is drawn only when asked for, away from a terminal") {
  CHECK_FALSE(contains(run({"run", "p.toml"}).err, "\033"));
  const auto drawn = run({"run", "p.toml", "--progress", "bar"});
  CHECK(contains(drawn.err, "\r\033[K["));
  CHECK_FALSE(contains(drawn.out, "\033"));
}

TEST_CASE_FIXTURE(SandboxBench, "a refused key ends with code 4") {
  environment["TOKSTA_API_KEY"] = "tk_test_" + std::string(48, '1');
  const auto result = run({"run", "p.toml"});
  CHECK(result.exit_code == 4);
  CHECK(contains(result.err, "UNAUTHORIZED"));
  CHECK(sandbox.credits_charged() == 0);
}

TEST_CASE_FIXTURE(SandboxBench, "--max-credits stops before it is passed, and a higher one goes on") {
  const auto stopped = run({"run", "p.toml", "--max-credits", "1"});
  CHECK(stopped.exit_code == 8);
  CHECK(contains(stopped.err, "max_credits_per_run"));
  CHECK(contains(stopped.out, "the run has spent its limit"));
  CHECK(sandbox.credits_charged() <= 1);
  CHECK(run({"resume", "--max-credits", "10"}).exit_code == 0);
}

TEST_CASE_FIXTURE(SandboxBench, "a second signal ends the process at once") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto process = start_held_run();
    process->send_signal(signal);
    // The first one waits for the answer to what may have been charged.
    CHECK_FALSE(process->wait_for(Milliseconds{500}));
    process->send_signal(signal);
    const auto result = process->wait_for(Milliseconds{2'000});
    REQUIRE(result);
    CHECK(result->exit_code == 128 + signal);
    sandbox.release();
    sandbox.reset();
  }
}

TEST_CASE_FIXTURE(SandboxBench, "the first signal saves the state, and the run goes on from it") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto process = start_held_run();
    process->send_signal(signal);
    sandbox.release();
    const auto stopped = process->wait_for(kPatience);
    REQUIRE(stopped);
    CHECK(stopped->exit_code == 128 + signal);
    CHECK(contains(stopped->out, "interrupted"));
    CHECK(contains(stopped->out, "toksync resume "));
    const auto id = json({"status"})["run"]["run_id"];
    const auto finished = json({"run", "p.toml"});
    CHECK(finished["run_id"] == id);
    CHECK(finished["status"] == "succeeded");
    CHECK(finished["credits_charged"] == sandbox.credits_charged());
    sandbox.reset();
  }
}

}  // namespace
}  // namespace toksync::cli::test
