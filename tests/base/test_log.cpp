#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/time.hpp"
#include "support/temporary_folder.hpp"

namespace toksync {
namespace {

const std::string kKey = "tk_test_" + std::string(48, '0');

/// Sends standard error into a file as long as it lives.
class StderrCapture {
 public:
  explicit StderrCapture(const std::filesystem::path& path) : saved_(dup(STDERR_FILENO)) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (saved_ < 0 || file < 0 || dup2(file, STDERR_FILENO) < 0) throw std::runtime_error("cannot redirect stderr");
    close(file);
  }
  ~StderrCapture() {
    std::fflush(stderr);
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }
  StderrCapture(const StderrCapture&) = delete;
  StderrCapture& operator=(const StderrCapture&) = delete;

 private:
  int saved_;
};

std::string logged(LogFormat format, LogLevel level, const std::function<void(const Logger&)>& write) {
  const test::TemporaryFolder folder;
  {
    const StderrCapture capture(folder / "log");
    const auto logger = make_logger(format, level);
    write(logger);
  }
  return folder.read("log");
}

TEST_CASE("a line for people holds time, level and message") {
  const auto line =
      logged(LogFormat::text, LogLevel::normal, [](const Logger& log) { log->info("page {} of {}", 2, 3); });
  REQUIRE(line.size() > 20);
  CHECK(from_iso8601(line.substr(0, 20)).has_value());
  CHECK(line.substr(20) == " info    page 2 of 3\n");
}

TEST_CASE("a line for machines is one JSON object") {
  const auto line = logged(LogFormat::json, LogLevel::normal, [](const Logger& log) { log->warn("page {}", 2); });
  const std::string before = R"({"at":")";
  REQUIRE(line.starts_with(before));
  CHECK(from_iso8601(line.substr(before.size(), 20)).has_value());
  CHECK(line.substr(before.size() + 20) == "\",\"level\":\"warning\",\"message\":\"page 2\"}\n");
}

TEST_CASE("quotes, backslashes and control characters do not break the JSON") {
  const auto line = logged(LogFormat::json, LogLevel::normal, [](const Logger& log) {
    log->info("{}",
              "a\"b\\c\nd\te\x01"
              "f\xC3\xA9");
  });
  CHECK(line.ends_with("\"message\":\"a\\\"b\\\\c\\u000ad\\u0009e\\u0001f\xC3\xA9\"}\n"));
}

TEST_CASE("a message stays on its line, whatever is in it") {
  const auto line =
      logged(LogFormat::text, LogLevel::normal, [](const Logger& log) { log->info("{}", "a\nb\x1b[31mc\x7f"); });
  CHECK(line.ends_with(" info    a\\nb\\x1b[31mc\\x7f\n"));
}

TEST_CASE("no key reaches the log, in either format") {
  for (const auto format : {LogFormat::text, LogFormat::json}) {
    const auto text = logged(format, LogLevel::verbose, [](const Logger& log) {
      log->error("Authorization: Bearer {}", kKey);
      log->debug("\"{}\"\n{}", kKey, kKey);
    });
    CHECK(text.find("tk_test_") == std::string::npos);
    CHECK(text.find("***") != std::string::npos);
  }
}

TEST_CASE("once the run is named, each line carries it, and the request that it is about") {
  const auto write = [](const Logger& log) {
    log->info("before");
    name_run(log, "20260601T031500Z-k3fx");
    log->warn("POST /v1/x: 503 GONE: no (request req_7)");
    log->info("GET /v1/y 200 request_id=req_8 12 ms");
    log->info("run 20260601T031500Z-k3fx goes on");
  };
  const auto text = logged(LogFormat::text, LogLevel::normal, write);
  CHECK(text.find("before\n") != std::string::npos);
  CHECK(text.find("no (request req_7) run_id=20260601T031500Z-k3fx\n") != std::string::npos);
  CHECK(text.find("request_id=req_8 12 ms run_id=20260601T031500Z-k3fx\n") != std::string::npos);
  CHECK(text.find("k3fx goes on\n") != std::string::npos);
  const auto json = logged(LogFormat::json, LogLevel::normal, write);
  CHECK(json.find(R"("level":"info","message":"before"})") != std::string::npos);
  CHECK(json.find(R"(,"run_id":"20260601T031500Z-k3fx","request_id":"req_7","message":"POST)") != std::string::npos);
  CHECK(json.find(R"(,"request_id":"req_8","message":"GET)") != std::string::npos);
  CHECK(json.find(R"("run_id":"20260601T031500Z-k3fx","message":"run )") != std::string::npos);
}

TEST_CASE("runs that go on at once name themselves, on loggers of their own") {
  const auto write = [](const Logger& log) {
    const auto first = separate_logger(log);
    const auto second = separate_logger(log);
    name_run(first, "run-a");
    name_run(second, "run-b");
    first->info("of the first");
    second->info("of the second");
    first->info("again of the first");
    log->info("of nobody");
  };
  const auto text = logged(LogFormat::text, LogLevel::normal, write);
  CHECK(text.find(" of the first run_id=run-a\n") != std::string::npos);
  CHECK(text.find(" of the second run_id=run-b\n") != std::string::npos);
  CHECK(text.find(" again of the first run_id=run-a\n") != std::string::npos);
  CHECK(text.find(" of nobody\n") != std::string::npos);
  const auto json = logged(LogFormat::json, LogLevel::normal, write);
  CHECK(json.find(R"(,"run_id":"run-a","message":"of the first"})") != std::string::npos);
  CHECK(json.find(R"(,"run_id":"run-b","message":"of the second"})") != std::string::npos);
  CHECK(json.find(R"("level":"info","message":"of nobody"})") != std::string::npos);
}

TEST_CASE("a separate logger starts without a run, is as loud as the first and as careful") {
  const auto write = [](const Logger& log) {
    name_run(log, "run-a");
    const auto separate = separate_logger(log);
    separate->debug("detail");
    separate->info("news");
    separate->error("trouble with {}", kKey);
  };
  const auto normal = logged(LogFormat::text, LogLevel::normal, write);
  CHECK(normal.find("detail") == std::string::npos);
  CHECK(normal.find(" news\n") != std::string::npos);
  CHECK(normal.find(" trouble with ***\n") != std::string::npos);
  CHECK(logged(LogFormat::text, LogLevel::verbose, write).find(" detail\n") != std::string::npos);
  const auto quiet = logged(LogFormat::text, LogLevel::quiet, write);
  CHECK(quiet.find("news") == std::string::npos);
  CHECK(quiet.find("trouble") != std::string::npos);
}

TEST_CASE("the separate logger of a silent one is silent") {
  const test::TemporaryFolder folder;
  {
    const StderrCapture capture(folder / "log");
    separate_logger(make_silent_logger())->critical("trouble");
  }
  CHECK(folder.read("log").empty());
}

TEST_CASE("the level decides what is written") {
  const auto write = [](const Logger& log) {
    log->debug("detail");
    log->info("news");
    log->error("trouble");
  };
  const auto quiet = logged(LogFormat::text, LogLevel::quiet, write);
  CHECK(quiet.find("trouble") != std::string::npos);
  CHECK(quiet.find("news") == std::string::npos);
  const auto normal = logged(LogFormat::text, LogLevel::normal, write);
  CHECK(normal.find("news") != std::string::npos);
  CHECK(normal.find("detail") == std::string::npos);
  const auto verbose = logged(LogFormat::text, LogLevel::verbose, write);
  CHECK(verbose.find("detail") != std::string::npos);
}

TEST_CASE("the silent logger writes nothing") {
  const test::TemporaryFolder folder;
  {
    const StderrCapture capture(folder / "log");
    make_silent_logger()->critical("trouble");
  }
  CHECK(folder.read("log").empty());
}

}  // namespace
}  // namespace toksync
