#include <stdexcept>

#include <doctest/doctest.h>

#include "support/scripted_transport.hpp"

using namespace std::chrono_literals;

namespace toksync::http {
namespace {

Request get(std::string path, Milliseconds timeout = 60s) {
  Request request;
  request.path = std::move(path);
  request.timeout = timeout;
  return request;
}

test::ScriptedOutcome after_seconds_of_path(const Request& request, WallTime /*now*/) {
  return {test::json_response(200, request.path), Seconds{std::stoi(request.path)}};
}

TEST_CASE("completions come in the order of their time, and the clock moves to each") {
  test::ManualClock clock;
  test::ScriptedTransport transport(clock, after_seconds_of_path);
  const auto begin = clock.steady();
  transport.start(RequestId{1}, get("3"));
  transport.start(RequestId{2}, get("1"));
  transport.start(RequestId{3}, get("3"));

  auto completions = transport.wait(begin + 10s);
  REQUIRE(completions.size() == 1);
  CHECK(completions[0].id == RequestId{2});
  CHECK(completions[0].duration == 1s);
  CHECK(clock.steady() == begin + 1s);

  CHECK(transport.wait(begin + 2s).empty());
  CHECK(clock.steady() == begin + 2s);

  completions = transport.wait(begin + 10s);
  REQUIRE(completions.size() == 2);
  CHECK(completions[0].id == RequestId{1});
  CHECK(completions[1].id == RequestId{3});
  CHECK(transport.in_flight() == 0);
  CHECK(transport.most_in_flight() == 3);
  REQUIRE(transport.log().size() == 3);
  CHECK(transport.log()[2].request.path == "3");
}

TEST_CASE("a latency beyond the timeout is a TIMEOUT at the timeout") {
  test::ManualClock clock;
  test::ScriptedTransport transport(clock, after_seconds_of_path);
  transport.start(RequestId{1}, get("90", 20s));
  const auto completions = transport.wait(clock.steady() + 1h);
  REQUIRE(completions.size() == 1);
  CHECK(completions[0].duration == 20s);
  CHECK(std::get<TransportFailure>(completions[0].outcome).code == "TIMEOUT");
}

TEST_CASE("a canceled request never completes, and a wake-up ends one wait") {
  test::ManualClock clock;
  test::ScriptedTransport transport(clock, after_seconds_of_path);
  const auto begin = clock.steady();
  transport.start(RequestId{1}, get("5"));
  transport.cancel(RequestId{1});
  transport.wake_at(begin + 2s);
  CHECK(transport.wait(begin + 10s).empty());
  CHECK(clock.steady() == begin + 2s);
  CHECK(transport.wait(begin + 10s).empty());
  CHECK(clock.steady() == begin + 10s);
  CHECK(transport.log()[0].canceled);
}

TEST_CASE("waiting forever for nothing, or using an id twice, is a bug of the caller") {
  test::ManualClock clock;
  test::ScriptedTransport transport(clock, after_seconds_of_path);
  CHECK_THROWS_AS(static_cast<void>(transport.wait(SteadyTime::max())), std::logic_error);
  transport.start(RequestId{1}, get("5"));
  CHECK_THROWS_AS(transport.start(RequestId{1}, get("5")), std::logic_error);
}

}  // namespace
}  // namespace toksync::http
