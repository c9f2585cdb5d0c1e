// What is left of a run for those who do not look: the summary file, the metrics file, whom [notify] names, and log
// lines that tell which run and request they are of.
// Debian builds the library with these (pkg-config --cflags cpp-httplib); its types depend on them.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT
#endif
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <httplib.h>

#include "binary.hpp"
#include "support/sandbox_process.hpp"

namespace toksync::cli::test {
namespace {

using toksync::test::SandboxProcess;

constexpr std::string_view kSearch = R"(version = 1
name = "small"
[keyword_sets.a]
keywords = ["B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"]
[search]
max_creators = 120
)";

struct Night : Bench {
  Night() {
    write_pipeline("");
    environment["TOKSYNC_BASE_URL"] = sandbox.base_url();
    environment["TOKSTA_API_KEY"] = toksync::test::sandbox_key();
  }
  void write_pipeline(const std::string& more) const { folder.write("p.toml", std::string{kSearch} + more); }
  [[nodiscard]] nlohmann::json document(const std::string& name) const {
    return nlohmann::json::parse(folder.read(name));
  }
  [[nodiscard]] bool exists(const std::string& name) const { return std::filesystem::exists(folder / name); }

  SandboxProcess sandbox{{"--time-scale", "100", "--rate-limit", "6000"}};
};

/// A server that keeps what is posted to it.
class Webhook {
 public:
  explicit Webhook(int status = 200, Milliseconds delay = Milliseconds{0}) {
    server_.Post(".*", [this, status, delay](const httplib::Request& request, httplib::Response& response) {
      const std::unique_lock guard(mutex_);
      requests_.push_back(request);
      closing_.wait_for(mutex_, delay, [this] { return is_closing_.load(); });
      response.status = status;
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Webhook() {
    is_closing_ = true;
    closing_.notify_all();
    server_.stop();
  }
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::vector<httplib::Request> requests() {
    const std::lock_guard guard(mutex_);
    return requests_;
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable_any closing_;
  std::atomic<bool> is_closing_{false};
  std::vector<httplib::Request> requests_;
  std::jthread thread_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// --- --summary-file ---

TEST_CASE_FIXTURE(Night, "the summary file is what --json prints, and is replaced as a whole") {
  folder.write("last.json", "old, and longer than nothing");
  const auto printed = json({"run", "p.toml", "--summary-file", "last.json"});
  const auto written = document("last.json");
  CHECK(written == printed);
  CHECK(written["outcome"] == "success");
  CHECK(written["credits_charged"] == sandbox.credits_charged());
  CHECK(contains(written["text"].get<std::string>(), "of pipeline small: succeeded"));
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    CHECK_FALSE(contains(file.path().string(), "last.json."));
  }
}

TEST_CASE_FIXTURE(Night, "a run that never began leaves its reason in the summary file") {
  environment["TOKSTA_API_KEY"] = "";
  CHECK(run({"run", "p.toml", "--summary-file", "last.json"}).exit_code == 4);
  auto written = document("last.json");
  CHECK(written["run_id"] == nullptr);
  CHECK(written["pipeline"] == "small");
  CHECK(written["exit_code"] == 4);
  CHECK(written["outcome"] == "failure");
  CHECK(written["error"]["kind"] == "unauthorized");
  folder.write("p.toml", "version = 1\nname = 3\n");
  CHECK(run({"run", "p.toml", "--summary-file", "last.json"}).exit_code == 2);
  written = document("last.json");
  CHECK(written["pipeline"] == nullptr);
  CHECK(contains(written["text"].get<std::string>(), "p.toml:1:1: keyword_sets: missing"));
}

TEST_CASE_FIXTURE(Night, "a place where no file can be written is told before anything is sent") {
  folder.write("folder/inside", "");
  const auto result = run({"run", "p.toml", "--summary-file", "nowhere/last.json"});
  CHECK(result.exit_code == 2);
  CHECK(contains(result.err, "there is no folder nowhere"));
  CHECK(contains(run({"run", "p.toml", "--metrics-file", "folder"}).err, "folder is a folder"));
  CHECK_FALSE(exists("toksync.db"));
}

TEST_CASE_FIXTURE(Night, "what is asked for and cannot be written in the end is exit code 1") {
  folder.write("keep/inside", "");
  folder.write("p.toml", std::string{kSearch} + "[notify]\non = [\"success\"]\ncommand = [\"true\"]\n");
  // A folder of that name appears while the run works.
  sandbox.fault("POST /v1/creators/discovery-search hold_before count=1");
  Process process(TOKSYNC_BINARY, options({"run", "p.toml", "--summary-file", "last.json"}));
  REQUIRE(sandbox.wait_until_held(1));
  folder.write("last.json/in_the_way", "");
  sandbox.release();
  const auto result = process.wait_for(Milliseconds{30'000});
  REQUIRE(result);
  CHECK(result->exit_code == 1);
  CHECK(contains(result->err, "write last.json"));
}

// --- --metrics-file ---

TEST_CASE_FIXTURE(Night, "the metrics tell the run's figures, and go on telling when the last one was done") {
  REQUIRE(run({"run", "p.toml", "--metrics-file", "small.prom"}).exit_code == 0);
  const auto done = folder.read("small.prom");
  const auto credits = std::to_string(sandbox.credits_charged());
  CHECK(contains(done, "toksync_run_outcome{pipeline=\"small\",outcome=\"success\"} 1\n"));
  CHECK(contains(done, "toksync_run_credits_charged{pipeline=\"small\"} " + credits + "\n"));
  CHECK(contains(
      done, "toksync_run_stage_items{pipeline=\"small\",keyword_set=\"a\",stage=\"search\",state=\"done\"} 120\n"));
  const auto completed = done.substr(done.find("toksync_completed_timestamp_seconds{"));
  environment["TOKSTA_API_KEY"] = "";
  REQUIRE(run({"run", "p.toml", "--metrics-file", "small.prom"}).exit_code == 4);
  const auto failed = folder.read("small.prom");
  CHECK(contains(failed, "toksync_run_outcome{pipeline=\"small\",outcome=\"failure\"} 1\n"));
  CHECK(contains(failed, "toksync_run_exit_code{pipeline=\"small\"} 4\n"));
  CHECK(contains(failed, completed.substr(0, completed.find('\n'))));
  CHECK(contains(failed, "toksync_credits_charged_total{pipeline=\"small\"} " + credits + "\n"));
}

// --- [notify] ---

constexpr std::string_view kRemember = R"(
[notify]
on = ["failure", "partial", "success"]
command = ["sh", "-c", "cat > told.json; env > told.env; echo printed"]
)";

TEST_CASE_FIXTURE(Night, "a command gets the document, the run in variables, and no key") {
  write_pipeline(std::string{kRemember});
  const auto result = run({"run", "p.toml", "--summary-file", "last.json"});
  CHECK(result.exit_code == 0);
  CHECK(document("told.json") == document("last.json"));
  CHECK(contains(result.err, "printed"));
  CHECK_FALSE(contains(result.out, "printed"));
  const auto variables = folder.read("told.env");
  CHECK(contains(variables, "TOKSYNC_RUN_ID=" + document("last.json")["run_id"].get<std::string>()));
  CHECK(contains(variables, "TOKSYNC_RUN_OUTCOME=success"));
  CHECK(contains(variables, "TOKSYNC_RUN_EXIT_CODE=0"));
  CHECK(contains(variables, "TOKSYNC_DB=" + folder.file("toksync.db")));
  CHECK_FALSE(contains(variables, "TOKSTA_API_KEY"));
  CHECK_FALSE(contains(variables, toksync::test::sandbox_key()));
}

TEST_CASE_FIXTURE(Night, "a command sees no key of another pipeline of the same command either") {
  const auto source = "\n[source]\nbase_url = \"" + environment.at("TOKSYNC_BASE_URL") + "\"\n";
  environment.erase("TOKSYNC_BASE_URL");
  write_pipeline(source + std::string{kRemember});
  folder.write("q.toml", "version = 1\nname = \"other\"\n[keyword_sets.b]\nkeywords = [\"one\"]\n[search]\n" + source +
                             "api_key_env = \"OTHER_KEY\"\n");
  environment["OTHER_KEY"] = toksync::test::sandbox_key();
  CHECK(run({"run", "p.toml", "q.toml"}).exit_code == 0);
  const auto variables = folder.read("told.env");
  CHECK(contains(variables, "TOKSYNC_RUN_PIPELINE=small"));
  CHECK_FALSE(contains(variables, "OTHER_KEY"));
  CHECK_FALSE(contains(variables, toksync::test::sandbox_key()));
}

TEST_CASE_FIXTURE(Night, "the command can use toksync: the lock is free, and the database is the run's") {
  write_pipeline("[notify]\non = [\"success\"]\ncommand = [\"sh\", \"-c\", \"" + std::string{TOKSYNC_BINARY} +
                 " db vacuum && " + TOKSYNC_BINARY + " status --json > seen.json\"]\n");
  const auto result = run({"run", "p.toml", "--db", "elsewhere.db"});
  CHECK(result.exit_code == 0);
  CHECK_FALSE(contains(result.err, "[notify]"));
  CHECK(document("seen.json")["run"]["status"] == "succeeded");
}

TEST_CASE_FIXTURE(Night, "only the outcomes that were asked for are told") {
  write_pipeline("[notify]\ncommand = [\"touch\", \"told\"]\n");
  CHECK(run({"run", "p.toml"}).exit_code == 0);
  CHECK_FALSE(exists("told"));
  CHECK(run({"run", "p.toml", "--max-credits", "0"}).exit_code == 8);
  CHECK(exists("told"));
}

TEST_CASE_FIXTURE(Night, "a run that cannot begin is told as well") {
  write_pipeline(std::string{kRemember});
  environment["TOKSTA_API_KEY"] = "";
  CHECK(run({"run", "p.toml"}).exit_code == 4);
  CHECK(document("told.json")["error"]["kind"] == "unauthorized");
  CHECK(contains(folder.read("told.env"), "TOKSYNC_RUN_OUTCOME=failure"));
}

TEST_CASE_FIXTURE(Night, "resume tells, a plan does not, and neither does a resumption without a run") {
  write_pipeline(std::string{kRemember});
  CHECK(run({"run", "p.toml", "--dry-run"}).exit_code == 0);
  CHECK_FALSE(exists("told.json"));
  REQUIRE(run({"run", "p.toml", "--max-credits", "1"}).exit_code == 8);
  CHECK(document("told.json")["status"] == "stopped");
  CHECK(run({"resume", "--max-credits", "10"}).exit_code == 0);
  CHECK(document("told.json")["status"] == "succeeded");
  std::filesystem::remove(folder / "told.json");
  CHECK(run({"resume"}).exit_code == 0);
  CHECK_FALSE(exists("told.json"));
}

TEST_CASE_FIXTURE(Night, "SIGTERM is told as a failure, Ctrl-C is not: whoever pressed it knows") {
  for (const int signal : {SIGTERM, SIGINT}) {
    write_pipeline(std::string{kRemember});
    sandbox.fault("POST /v1/creators/discovery-search hold_before count=1");
    Process process(TOKSYNC_BINARY, options({"run", "p.toml", "--new"}));
    REQUIRE(sandbox.wait_until_held(1));
    process.send_signal(signal);
    sandbox.release();
    const auto result = process.wait_for(Milliseconds{30'000});
    REQUIRE(result);
    CHECK(result->exit_code == 128 + signal);
    CHECK(exists("told.json") == (signal == SIGTERM));
    std::filesystem::remove(folder / "told.json");
    sandbox.reset();
  }
}

TEST_CASE_FIXTURE(Night, "a command that fails is logged, and the exit code stays the run's") {
  const auto told = [&](const std::string& command) {
    write_pipeline("[notify]\non = [\"success\"]\ncommand = " + command + "\ntimeout = \"1s\"\n");
    const auto begin = std::chrono::steady_clock::now();
    const auto result = run({"run", "p.toml", "--quiet"});
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{20});
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(contains(told(R"(["sh", "-c", "exit 7"])"), "the command of [notify], sh: it ended with exit code 7"));
  CHECK(contains(told(R"(["no-such-program"])"), "no-such-program: No such file or directory"));
  CHECK(contains(told(R"(["sh", "-c", "kill -9 $$$"])"), "it was killed by signal 9"));
  // What it started itself ends with it.
  CHECK(contains(told(R"(["sh", "-c", "sleep 60 | cat"])"), "it did not end within 1s"));
}

TEST_CASE_FIXTURE(Night, "a webhook gets the document by POST, and its address stays out of database and log") {
  Webhook webhook;
  environment["HOOK"] = "T0KEN-in-the-path";
  write_pipeline("[notify]\non = [\"success\"]\nwebhook = \"" + webhook.origin() + "/hooks/${HOOK}?thread=1\"\n");
  const auto result = run({"run", "p.toml", "--summary-file", "last.json", "--verbose"});
  CHECK(result.exit_code == 0);
  const auto requests = webhook.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].path == "/hooks/T0KEN-in-the-path");
  CHECK(requests[0].get_param_value("thread") == "1");
  CHECK(requests[0].get_header_value("Content-Type") == "application/json");
  CHECK_FALSE(requests[0].has_header("Authorization"));
  CHECK(nlohmann::json::parse(requests[0].body) == document("last.json"));
  CHECK_FALSE(contains(requests[0].body, toksync::test::sandbox_key()));
  SQLite::Database database(folder.file("toksync.db"));
  SQLite::Statement toml(database, "SELECT pipeline_toml FROM runs");
  REQUIRE(toml.executeStep());
  CHECK(contains(toml.getColumn(0).getString(), "${HOOK}"));
  for (const auto* const name : {"toksync.db", "last.json"}) CHECK_FALSE(contains(folder.read(name), "T0KEN"));
  CHECK_FALSE(contains(result.out + result.err, "T0KEN"));
}

TEST_CASE_FIXTURE(Night, "a webhook that refuses, hangs or is not there changes nothing") {
  const auto told = [&](const std::string& origin) {
    write_pipeline("[notify]\non = [\"success\"]\nwebhook = \"" + origin + "/T0KEN\"\ntimeout = \"1s\"\n");
    const auto result = run({"run", "p.toml", "--quiet"});
    CHECK(result.exit_code == 0);
    CHECK_FALSE(contains(result.err, "T0KEN"));
    CHECK(contains(result.err, "the webhook of [notify] at " + origin));
    return result.err;
  };
  Webhook refusing(500);
  CHECK(contains(told(refusing.origin()), "it answered with HTTP status 500"));
  CHECK(refusing.requests().size() == 1);
  Webhook hanging(200, Milliseconds{60'000});
  CHECK(contains(told(hanging.origin()), "TIMEOUT"));
  CHECK(contains(told("http://127.0.0.1:1"), "CONNECT_FAILED"));
}

TEST_CASE_FIXTURE(Night, "a changed [notify], description or comment is the same run") {
  REQUIRE(run({"run", "p.toml", "--max-credits", "1"}).exit_code == 8);
  const auto id = json({"status"})["run"]["run_id"];
  folder.write("p.toml",
               "# tonight\ndescription = \"the same\"\n" + std::string{kSearch} + "\n[notify]\ncommand = [\"true\"]\n");
  CHECK(json({"run", "p.toml"})["run_id"] == id);
}

// --- the log ---

TEST_CASE_FIXTURE(Night, "every line of the log tells the run, and of a request its request_id") {
  sandbox.fault("POST /v1/creators/discovery-search 503_refused count=1");
  for (const auto& line : lines_of(run({"run", "p.toml", "--verbose", "--log-format", "json"}).err)) {
    CAPTURE(line);
    const auto entry = nlohmann::json::parse(line);
    CHECK(entry["run_id"].get<std::string>().size() > 16);
    const auto message = entry["message"].get<std::string>();
    if (contains(message, "/v1/")) CHECK(entry["request_id"].get<std::string>().starts_with("req_"));
  }
  const auto id = json({"status"})["run"]["run_id"].get<std::string>();
  std::size_t requests = 0;
  for (const auto& line : lines_of(run({"run", "p.toml", "--verbose"}).err)) {
    CAPTURE(line);
    CHECK(contains(line, "Z-"));
    if (contains(line, "/v1/")) ++requests;
    if (contains(line, "/v1/")) CHECK(contains(line, " request_id=req_"));
  }
  CHECK(requests >= 3);
}

TEST_CASE_FIXTURE(Night, "with --log-format json, complaints are documents too") {
  environment["TOKSTA_API_KEY"] = "";
  for (const auto& arguments :
       {std::vector<std::string>{"run", "p.toml"}, {"run", "none.toml"}, {"status", "--db", "none.db"}}) {
    auto all = arguments;
    all.insert(all.end(), {"--log-format", "json"});
    const auto lines = lines_of(run(all).err);
    REQUIRE_FALSE(lines.empty());
    for (const auto& line : lines) CHECK(nlohmann::json::parse(line)["level"] == "error");
  }
}

TEST_CASE_FIXTURE(Night, "a quiet run that waited for the lock prints nothing") {
  sandbox.fault("POST /v1/creators/discovery-search hold_before count=1");
  Process first(TOKSYNC_BINARY, options({"run", "p.toml"}));
  REQUIRE(sandbox.wait_until_held(1));
  Process second(TOKSYNC_BINARY, options({"run", "p.toml", "--quiet", "--lock-wait", "1m"}));
  CHECK_FALSE(second.wait_for(Milliseconds{300}));
  sandbox.release();
  const auto result = second.wait_for(Milliseconds{30'000});
  REQUIRE(result);
  CHECK(result->exit_code == 0);
  CHECK(result->err.empty());
  CHECK(first.wait_for(Milliseconds{30'000}).has_value());
}

}  // namespace
}  // namespace toksync::cli::test
