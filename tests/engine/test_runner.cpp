#include <map>
#include <set>

#include <doctest/doctest.h>

#include "engine/runner.hpp"
#include "support/scripted_transport.hpp"

namespace toksync::engine {
namespace {

/// Asks so many times, one after another, and ends when every question has its answer.
class Asker final : public Runner {
 public:
  Asker(std::string name, int questions, const Clock& clock, http::Transport& transport, RequestNumbers& numbers)
      : name_(std::move(name)), left_(questions), clock_(clock), transport_(transport), numbers_(numbers) {}

  bool advance() override {
    REQUIRE_FALSE(concluded_);
    ++advanced_;
    if (clock_.steady() >= wake_) wake_ = SteadyTime::max();
    if (must_end_) return false;
    if (waits_for_ || left_ == 0) return left_ > 0 || waits_for_.has_value();
    waits_for_ = numbers_.next();
    --left_;
    http::Request request;
    request.path = name_;
    transport_.start(*waits_for_, std::move(request));
    return true;
  }
  [[nodiscard]] SteadyTime next_wake() const override { return wake_; }
  void apply(const http::Completion& completion) override {
    REQUIRE_FALSE(concluded_);
    seen_.push_back(completion.id);
    if (waits_for_ != completion.id) return;
    own_.push_back(completion.id);
    waits_for_.reset();
  }
  RunResult conclude() override {
    REQUIRE_FALSE(concluded_);
    concluded_ = true;
    return {.findings = {}, .signal = 0, .messages = {name_}};
  }

  void wake_at(SteadyTime moment) { wake_ = moment; }
  void end_early() { must_end_ = true; }
  [[nodiscard]] const std::vector<http::RequestId>& seen() const { return seen_; }
  [[nodiscard]] const std::vector<http::RequestId>& own() const { return own_; }
  [[nodiscard]] int advanced() const { return advanced_; }
  [[nodiscard]] bool concluded() const { return concluded_; }

 private:
  std::string name_;
  int left_;
  const Clock& clock_;
  http::Transport& transport_;
  RequestNumbers& numbers_;
  SteadyTime wake_ = SteadyTime::max();
  std::optional<http::RequestId> waits_for_;
  std::vector<http::RequestId> seen_, own_;
  int advanced_ = 0;
  bool must_end_ = false, concluded_ = false;
};

/// Notes until when each wait would have gone on.
class NotingTransport final : public http::Transport {
 public:
  explicit NotingTransport(http::Transport& inner) : inner_(inner) {}
  void start(http::RequestId id, http::Request request) override { inner_.start(id, std::move(request)); }
  [[nodiscard]] std::vector<http::Completion> wait(SteadyTime until) override {
    waits.push_back(until);
    return inner_.wait(until);
  }
  void cancel(http::RequestId id) override { inner_.cancel(id); }

  std::vector<SteadyTime> waits;

 private:
  http::Transport& inner_;
};

/// Two runners over one transport, whose answers take as long as their names say.
struct Pair {
  explicit Pair(std::map<std::string, Milliseconds> latencies, int of_left, int of_right)
      : scripted(clock,
                 [latencies](const http::Request& request, WallTime) {
                   return test::ScriptedOutcome{http::Response{200, {}, "{}"}, latencies.at(request.path)};
                 }),
        left("left", of_left, clock, transport, numbers),
        right("right", of_right, clock, transport, numbers) {}

  std::vector<RunResult> run() {
    const std::vector<Runner*> both{&left, &right};
    return run_side_by_side(both, transport);
  }

  test::ManualClock clock;
  test::ScriptedTransport scripted;
  NotingTransport transport{scripted};
  RequestNumbers numbers;
  Asker left, right;
};

TEST_CASE("two runs go on at the same time, each with its own answers") {
  Pair pair({{"left", Milliseconds{100}}, {"right", Milliseconds{100}}}, 5, 5);
  const auto began = pair.clock.steady();
  const auto results = pair.run();
  CHECK(pair.clock.steady() - began == Milliseconds{500});
  CHECK(pair.scripted.most_in_flight() == 2);
  CHECK(pair.left.own().size() == 5);
  CHECK(pair.right.own().size() == 5);
  // Every answer goes to both: who did not ask lets it be.
  CHECK(pair.left.seen() == pair.right.seen());
  const std::set<http::RequestId> all(pair.left.seen().begin(), pair.left.seen().end());
  CHECK(all.size() == 10);
  REQUIRE(results.size() == 2);
  CHECK(results[0].messages == std::vector<std::string>{"left"});
  CHECK(results[1].messages == std::vector<std::string>{"right"});
}

TEST_CASE("whichever ends first is concluded at once, and the other goes on") {
  struct Lengths {
    int left, right;
  };
  for (const auto& [left, right] : {Lengths{1, 7}, Lengths{7, 1}, Lengths{0, 3}, Lengths{3, 0}}) {
    CAPTURE(left);
    CAPTURE(right);
    Pair pair({{"left", Milliseconds{100}}, {"right", Milliseconds{30}}}, left, right);
    const auto results = pair.run();
    CHECK(pair.left.concluded());
    CHECK(pair.right.concluded());
    CHECK(pair.left.own().size() == static_cast<std::size_t>(left));
    CHECK(pair.right.own().size() == static_cast<std::size_t>(right));
    // Once more than it has answers, at the least; an ended one is not asked again (or it would complain).
    CHECK(pair.left.advanced() > left);
    CHECK(pair.right.advanced() > right);
    CHECK(results[0].messages == std::vector<std::string>{"left"});
    CHECK(results[1].messages == std::vector<std::string>{"right"});
    CHECK(pair.scripted.in_flight() == 0);
  }
}

TEST_CASE("the wait is until the first of them wants to wake") {
  struct Wakes {
    Milliseconds left, right;
  };
  for (const auto& [left, right] :
       {Wakes{Milliseconds{20}, Milliseconds{70}}, Wakes{Milliseconds{70}, Milliseconds{20}}}) {
    Pair pair({{"left", Milliseconds{100}}, {"right", Milliseconds{100}}}, 1, 1);
    const auto began = pair.clock.steady();
    pair.left.wake_at(began + left);
    pair.right.wake_at(began + right);
    std::ignore = pair.run();
    REQUIRE_FALSE(pair.transport.waits.empty());
    CHECK(pair.transport.waits.front() == began + Milliseconds{20});
  }
}

TEST_CASE("one that has ended keeps nobody awake") {
  Pair pair({{"left", Milliseconds{10}}, {"right", Milliseconds{100}}}, 1, 2);
  const auto began = pair.clock.steady();
  pair.left.wake_at(began + Milliseconds{50});
  std::ignore = pair.run();
  REQUIRE(pair.transport.waits.size() == 3);
  CHECK(pair.transport.waits[0] == began + Milliseconds{50});
  CHECK(pair.transport.waits[1] == SteadyTime::max());
}

TEST_CASE("one that has to end leaves the other alone") {
  Pair pair({{"left", Milliseconds{100}}, {"right", Milliseconds{100}}}, 5, 5);
  pair.left.end_early();
  const auto results = pair.run();
  CHECK(pair.left.own().empty());
  CHECK(pair.left.advanced() == 1);
  CHECK(pair.right.own().size() == 5);
  CHECK(results.size() == 2);
}

TEST_CASE("nobody to run is an end, without a wait") {
  test::ManualClock clock;
  test::ScriptedTransport scripted(clock, [](const http::Request&, WallTime) { return test::ScriptedOutcome{}; });
  NotingTransport transport(scripted);
  CHECK(run_side_by_side({}, transport).empty());
  RequestNumbers numbers;
  Asker idle("idle", 0, clock, transport, numbers);
  Runner* const alone = &idle;
  CHECK(run_side_by_side({&alone, 1}, transport).size() == 1);
  CHECK(idle.concluded());
  CHECK(transport.waits.empty());
}

TEST_CASE("requests are numbered one after another, never 0") {
  RequestNumbers numbers;
  CHECK(numbers.next() == http::RequestId{1});
  CHECK(numbers.next() == http::RequestId{2});
}

}  // namespace
}  // namespace toksync::engine
