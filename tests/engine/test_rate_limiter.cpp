#include <algorithm>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "engine/rate_limiter.hpp"

namespace toksync::engine {
namespace {

constexpr SteadyTime kStart{Milliseconds{5'000'000}};
constexpr Milliseconds kMinute{60'000};

SteadyTime at(Milliseconds after_start) { return kStart + after_start; }

RateLimitHeaders headers(int limit, int remaining, Milliseconds reset_in) { return {limit, remaining, reset_in}; }

bool may_leave(const RateLimiter& limiter, SteadyTime now) { return limiter.next_slot(now) <= now; }

/// Sends as many as may leave at that moment, at most `most`.
int send_all(RateLimiter& limiter, SteadyTime now, int most = 1000) {
  int count = 0;
  for (; count < most && may_leave(limiter, now); ++count) limiter.sent(now);
  return count;
}

/// A limiter that has heard that `remaining` of `limit` are left for `reset_in`.
RateLimiter informed(int limit, int remaining, Milliseconds reset_in, std::optional<int> ceiling = std::nullopt) {
  RateLimiter limiter(ceiling);
  limiter.sent(kStart);
  limiter.answered(headers(limit, remaining, reset_in), kStart);
  return limiter;
}

TEST_CASE("the first request goes alone, the others wait for what it learns") {
  RateLimiter limiter(std::nullopt);
  CHECK_FALSE(limiter.limit().has_value());
  CHECK(send_all(limiter, kStart) == 1);
  CHECK(limiter.next_slot(kStart) == SteadyTime::max());
  CHECK(limiter.next_slot(at(kMinute)) == SteadyTime::max());
  limiter.answered(headers(60, 59, kMinute), at(Milliseconds{100}));
  CHECK(limiter.limit() == 60);
  CHECK(send_all(limiter, at(Milliseconds{100})) == 59);
}

TEST_CASE("a first request that fails lets the next one try") {
  RateLimiter limiter(std::nullopt);
  limiter.sent(kStart);
  limiter.answered({}, at(Milliseconds{100}));
  CHECK(may_leave(limiter, at(Milliseconds{100})));
}

TEST_CASE("what others used of the window is theirs") {
  auto limiter = informed(60, 7, Milliseconds{30'000});
  CHECK(send_all(limiter, kStart) == 7);
  CHECK_FALSE(may_leave(limiter, at(Milliseconds{29'000})));
}

TEST_CASE("a used-up window opens again at its reset, and not before") {
  auto limiter = informed(20, 19, Milliseconds{30'000});
  CHECK(send_all(limiter, kStart) == 19);
  const auto next = limiter.next_slot(kStart);
  CHECK(next >= at(Milliseconds{30'000}));
  CHECK(next <= at(Milliseconds{31'000}));
  CHECK_FALSE(may_leave(limiter, next - Milliseconds{1}));
  CHECK(send_all(limiter, next) == 20);
}

TEST_CASE("a ceiling below the server's limit rules") {
  auto limiter = informed(60, 59, kMinute, 5);
  CHECK(limiter.limit() == 5);
  CHECK(send_all(limiter, kStart) == 4);
  CHECK(limiter.next_slot(kStart) == at(kMinute));
  CHECK(send_all(limiter, at(kMinute)) == 5);
}

TEST_CASE("a ceiling counts any minute, not the server's window") {
  auto limiter = informed(60, 59, Milliseconds{1'000}, 5);
  CHECK(send_all(limiter, at(Milliseconds{500})) == 4);
  // The server's window is over, ours is not.
  CHECK(send_all(limiter, at(Milliseconds{10'000})) == 0);
  CHECK(send_all(limiter, at(kMinute)) == 1);
  CHECK(send_all(limiter, at(kMinute + Milliseconds{500})) == 4);
}

TEST_CASE("a ceiling above the server's limit changes nothing") {
  auto limiter = informed(20, 19, kMinute, 600);
  CHECK(limiter.limit() == 20);
  CHECK(send_all(limiter, kStart) == 19);
}

TEST_CASE("a server that sends no headers is taken for the smallest plan") {
  RateLimiter limiter(std::nullopt);
  limiter.sent(kStart);
  limiter.answered({}, kStart);
  CHECK(limiter.limit() == 20);
  CHECK(send_all(limiter, kStart) == 19);
  CHECK(limiter.next_slot(kStart) == at(kMinute));
}

TEST_CASE("a limit without the end of its window is counted by the minute") {
  for (const auto reset : {std::optional<Milliseconds>{}, std::optional{Milliseconds{0}}}) {
    RateLimiter limiter(std::nullopt);
    for (int sent = 0; sent < 3; ++sent) {
      CHECK(may_leave(limiter, kStart));
      limiter.sent(kStart);
      limiter.answered({3, 2 - sent, reset}, kStart);
    }
    CHECK(limiter.limit() == 3);
    CHECK(limiter.next_slot(kStart) == at(kMinute));
    // A server that tells it after all is believed.
    limiter.answered({3, 1, Milliseconds{10'000}}, kStart);
    CHECK(limiter.next_slot(kStart) == at(Milliseconds{11'000}));
  }
}

TEST_CASE("a lower ceiling rules over a silent server too, a higher one does not") {
  for (const auto& [ours, limit] : std::map<int, int>{{3, 3}, {500, 20}}) {
    const int ceiling = ours;
    CAPTURE(ceiling);
    RateLimiter limiter(ceiling);
    limiter.sent(kStart);
    limiter.answered({}, kStart);
    CHECK(limiter.limit() == limit);
    CHECK(send_all(limiter, kStart) == limit - 1);
  }
}

TEST_CASE("headers that come later end the caution") {
  RateLimiter limiter(std::nullopt);
  limiter.sent(kStart);
  limiter.answered({}, kStart);
  limiter.sent(kStart);
  limiter.answered(headers(150, 148, kMinute), kStart);
  CHECK(limiter.limit() == 150);
  CHECK(send_all(limiter, kStart) == 148);
}

TEST_CASE("a 429 blocks everything for as long as the server says") {
  auto limiter = informed(60, 59, kMinute);
  limiter.sent(kStart);
  limiter.answered(headers(60, 0, Milliseconds{12'000}), kStart);
  limiter.refused(Milliseconds{12'000}, kStart);
  CHECK_FALSE(may_leave(limiter, at(Milliseconds{11'999})));
  const auto next = limiter.next_slot(kStart);
  CHECK(next >= at(Milliseconds{12'000}));
  CHECK(next <= at(kMinute + Milliseconds{1'000}));
  CHECK(send_all(limiter, next) == 60);
}

TEST_CASE("a 429 without headers blocks a silent server's client too") {
  RateLimiter limiter(std::nullopt);
  limiter.sent(kStart);
  limiter.answered({}, kStart);
  limiter.refused(Milliseconds{5'000}, kStart);
  CHECK_FALSE(may_leave(limiter, at(Milliseconds{4'999})));
  CHECK(may_leave(limiter, at(Milliseconds{5'000})));
}

TEST_CASE("the longest of several refusals counts") {
  auto limiter = informed(60, 59, kMinute);
  limiter.refused(Milliseconds{20'000}, kStart);
  limiter.refused(Milliseconds{5'000}, kStart);
  CHECK_FALSE(may_leave(limiter, at(Milliseconds{19'999})));
}

TEST_CASE("an answer that was held over the end of its window says nothing about the new one") {
  auto limiter = informed(20, 19, Milliseconds{10'000});
  limiter.sent(at(Milliseconds{1'000}));
  const auto next_window = at(Milliseconds{12'000});
  CHECK(send_all(limiter, next_window) == 20);
  // It left in the old window, when 18 were left and the reset was near.
  limiter.answered(headers(20, 18, Milliseconds{0}), next_window);
  CHECK_FALSE(may_leave(limiter, next_window));
}

TEST_CASE("a limit that rises or falls is believed at once") {
  auto limiter = informed(20, 19, kMinute);
  CHECK(send_all(limiter, kStart) == 19);
  limiter.answered(headers(60, 40, kMinute), at(Milliseconds{10}));
  CHECK(limiter.limit() == 60);
  CHECK(send_all(limiter, at(Milliseconds{10})) == 40);
  limiter.answered(headers(20, 0, kMinute), at(Milliseconds{20}));
  CHECK(limiter.limit() == 20);
  CHECK_FALSE(may_leave(limiter, at(Milliseconds{20})));
}

/// The server of the contract: a window of a minute from its first request, every request counts.
class FixedWindowServer {
 public:
  FixedWindowServer(int limit, bool aligned) : limit_(limit), aligned_(aligned) {}

  struct Verdict {
    bool refused = false;
    int remaining = 0;
    SteadyTime end;
  };

  Verdict receive(SteadyTime now) {
    if (!end_ || now >= *end_) {
      const auto begin = aligned_ ? now - now.time_since_epoch() % kMinute : now;
      end_ = begin + kMinute;
      used_ = 0;
    }
    ++used_;
    per_window_[*end_] = std::min(used_, limit_);
    return {used_ > limit_, std::max(0, limit_ - used_), *end_};
  }

  [[nodiscard]] const std::map<SteadyTime, int>& per_window() const { return per_window_; }

 private:
  int limit_;
  bool aligned_;
  std::optional<SteadyTime> end_;
  int used_ = 0;
  std::map<SteadyTime, int> per_window_;
};

struct Flight {
  SteadyTime arrives, answered;
  std::optional<FixedWindowServer::Verdict> verdict;
};

/// A client that always has something to send, at most `in_flight` at a time, for ten minutes.
class Rush {
 public:
  Rush(std::uint64_t seed, int limit, bool aligned) : random_(seed), limiter_(std::nullopt), server_(limit, aligned) {}

  void run(std::size_t most_in_flight, Milliseconds longest_held) {
    const auto stop = kStart + 10 * kMinute;
    while (now_ < stop) {
      while (flights_.size() < most_in_flight && may_leave(limiter_, now_)) send(longest_held);
      advance();
    }
  }

  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] const FixedWindowServer& server() const { return server_; }

 private:
  Milliseconds up_to(Milliseconds longest) {
    return Milliseconds{std::uniform_int_distribution<std::int64_t>(1, longest.count())(random_)};
  }

  void send(Milliseconds longest_held) {
    limiter_.sent(now_);
    const auto arrives = now_ + up_to(Milliseconds{400});
    flights_.push_back({arrives, arrives + up_to(longest_held), std::nullopt});
  }

  /// To the next arrival, answer or slot.
  void advance() {
    auto next = limiter_.next_slot(now_);
    if (next <= now_) next = SteadyTime::max();
    for (const auto& flight : flights_) next = std::min(next, flight.verdict ? flight.answered : flight.arrives);
    now_ = next;
    for (auto& flight : flights_) {
      if (!flight.verdict && flight.arrives <= now_) flight.verdict = server_.receive(now_);
    }
    for (const auto& flight : flights_) {
      if (flight.verdict && flight.answered <= now_) take_in(flight);
    }
    std::erase_if(flights_, [this](const Flight& flight) { return flight.verdict && flight.answered <= now_; });
  }

  void take_in(const Flight& flight) {
    // As the wire has it: the reset in whole seconds, told when the request was counted.
    const auto whole = std::chrono::floor<Seconds>(flight.verdict->end.time_since_epoch());
    const auto reset_in = SteadyTime{whole} - now_;
    limiter_.answered({limit(), flight.verdict->remaining, reset_in}, now_);
    if (!flight.verdict->refused) return;
    ++refused_;
    limiter_.refused(std::chrono::ceil<Seconds>(std::max(Milliseconds{0}, flight.verdict->end - now_)), now_);
  }

  [[nodiscard]] int limit() const { return limit_; }

 public:
  int limit_ = 0;

 private:
  std::mt19937_64 random_;
  RateLimiter limiter_;
  FixedWindowServer server_;
  SteadyTime now_ = kStart;
  std::vector<Flight> flights_;
  int refused_ = 0;
};

TEST_CASE("a server that only we use never refuses, and its windows are filled") {
  for (const bool aligned : {false, true}) {
    for (const int limit : {20, 60, 150}) {
      for (const Milliseconds held : {Milliseconds{300}, Milliseconds{5'000}, Milliseconds{30'000}}) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
          CAPTURE(aligned);
          CAPTURE(limit);
          CAPTURE(held.count());
          CAPTURE(seed);
          Rush rush(seed, limit, aligned);
          rush.limit_ = limit;
          // Enough in flight that only the limit holds us back.
          rush.run(200, held);
          CHECK(rush.refused() == 0);
          const auto& windows = rush.server().per_window();
          std::int64_t served = 0;
          for (const auto& [end, count] : windows) served += count;
          // Ten minutes, less the probe's window and a second of caution in each.
          CHECK(served >= limit * 8);
        }
      }
    }
  }
}

}  // namespace
}  // namespace toksync::engine
