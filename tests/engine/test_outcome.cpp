#include <csignal>

#include <doctest/doctest.h>

#include "engine/outcome.hpp"

namespace toksync::engine {
namespace {

using store::RunStatus;

RunResult with(std::set<Finding> findings, int signal = 0) {
  RunResult result;
  result.findings = std::move(findings);
  result.signal = signal;
  return result;
}

TEST_CASE("each finding has its exit code and status") {
  struct Row {
    Finding finding;
    int code;
    RunStatus status;
  };
  const std::vector<Row> rows{
      {Finding::unauthorized, 4, RunStatus::failed}, {Finding::no_credits, 7, RunStatus::stopped},
      {Finding::budget, 8, RunStatus::stopped},      {Finding::unreachable, 5, RunStatus::failed},
      {Finding::ambiguous, 6, RunStatus::partial},   {Finding::failures, 3, RunStatus::partial}};
  for (const auto& row : rows) {
    CAPTURE(row.code);
    CHECK(with({row.finding}).exit_code() == row.code);
    CHECK(with({row.finding}).status() == row.status);
  }
  CHECK(with({}).exit_code() == 0);
  CHECK(with({}).status() == RunStatus::succeeded);
}

TEST_CASE("the first of the interface's order wins: 4, 7, 8, 5, 6, 3") {
  const std::vector<Finding> order{Finding::unauthorized, Finding::no_credits, Finding::budget,
                                   Finding::unreachable,  Finding::ambiguous,  Finding::failures};
  for (std::size_t first = 0; first < order.size(); ++first) {
    for (std::size_t second = first; second < order.size(); ++second) {
      CHECK(with({order[second], order[first]}).exit_code() == with({order[first]}).exit_code());
    }
  }
}

TEST_CASE("a signal is told as 128 and its number, whatever else was found") {
  CHECK(with({}, SIGINT).exit_code() == 130);
  CHECK(with({Finding::unauthorized}, SIGTERM).exit_code() == 143);
  CHECK(with({}, SIGINT).status() == RunStatus::interrupted);
  CHECK(with({Finding::failures}, SIGTERM).status() == RunStatus::interrupted);
}

}  // namespace
}  // namespace toksync::engine
