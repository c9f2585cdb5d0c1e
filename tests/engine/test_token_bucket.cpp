#include <algorithm>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "engine/token_bucket.hpp"
#include "support/manual_clock.hpp"

namespace toksync::engine {
namespace {

constexpr int kUsual = 120;  // contracts/tokportal.md, section 4
constexpr Milliseconds kMinute{60'000};

RateLimitHeaders left(int remaining, int limit = kUsual) { return {limit, remaining, std::nullopt}; }

bool may_leave(const TokenBucket& bucket, SteadyTime now) { return bucket.next_slot(now) <= now; }

/// Sends as many as may leave at that moment, each answered at once without a word.
int send_all(TokenBucket& bucket, SteadyTime now, int most = 1000) {
  int count = 0;
  for (; count < most && may_leave(bucket, now); ++count) {
    bucket.sent(now);
    bucket.answered({}, now, Milliseconds{0});
  }
  return count;
}

/// A bucket out of which so many were taken just now.
TokenBucket used(int count, SteadyTime now) {
  TokenBucket bucket(kUsual, std::nullopt);
  CHECK(send_all(bucket, now, count) == count);
  return bucket;
}

TEST_CASE("a full bucket first, then one at a time as they come back") {
  for (const int per_minute : {1, 7, 60, kUsual, 600}) {
    CAPTURE(per_minute);
    test::ManualClock clock;
    TokenBucket bucket(per_minute, std::nullopt);
    CHECK(bucket.limit() == per_minute);
    CHECK(send_all(bucket, clock.steady()) == per_minute);
    const auto emptied = clock.steady();
    for (int sent = 1; sent <= 3 * per_minute; ++sent) {
      const auto slot = bucket.next_slot(clock.steady());
      REQUIRE(slot - emptied == Milliseconds{(60'000 * sent + per_minute - 1) / per_minute});
      clock.advance_to(slot);
      REQUIRE(send_all(bucket, clock.steady()) == 1);
    }
  }
}

TEST_CASE("tokens pile up while nothing is sent, but no more than a bucket full") {
  struct Pause {
    Milliseconds length;
    int tokens;
  };
  for (const auto& [length, tokens] :
       {Pause{Milliseconds{499}, 0}, Pause{Milliseconds{500}, 1}, Pause{Milliseconds{10'000}, 20}, Pause{kMinute, 120},
        Pause{10 * kMinute, 120}}) {
    CAPTURE(length.count());
    test::ManualClock clock;
    auto bucket = used(kUsual, clock.steady());
    clock.advance(length);
    CHECK(send_all(bucket, clock.steady()) == tokens);
  }
}

TEST_CASE("what is told to be left lowers the count, and never raises it") {
  struct Word {
    int used, told;
    int tokens;  ///< then
  };
  for (const auto& [taken, told, tokens] :
       {Word{1, 119, 119}, Word{1, 30, 30}, Word{1, 0, 0}, Word{100, 20, 20}, Word{100, 19, 19}, Word{100, 5, 5},
        // Less than a whole token apart is what the whole number does not tell.
        Word{100, 119, 20}, Word{119, 1000, 1}, Word{120, 60, 0}}) {
    CAPTURE(taken);
    CAPTURE(told);
    test::ManualClock clock;
    auto bucket = used(taken - 1, clock.steady());
    bucket.sent(clock.steady());
    bucket.answered(left(told), clock.steady(), Milliseconds{0});
    CHECK(send_all(bucket, clock.steady()) == tokens);
  }
}

TEST_CASE("a whole number that is told does not eat the fraction that has come back") {
  test::ManualClock clock;
  auto bucket = used(kUsual - 1, clock.steady());
  bucket.sent(clock.steady());
  clock.advance(Milliseconds{300});
  bucket.answered(left(0), clock.steady(), Milliseconds{300});
  CHECK(bucket.next_slot(clock.steady()) - clock.steady() == Milliseconds{200});
}

TEST_CASE("an answer that took long tells what was left when its request came") {
  test::ManualClock clock;
  auto bucket = used(kUsual - 1, clock.steady());
  bucket.sent(clock.steady());
  clock.advance(Milliseconds{5'000});
  bucket.answered(left(0), clock.steady(), Milliseconds{5'000});
  CHECK(send_all(bucket, clock.steady()) == 10);
  // One that was quick says that somebody else took them.
  clock.advance(Milliseconds{5'000});
  bucket.sent(clock.steady());
  bucket.answered(left(0), clock.steady(), Milliseconds{100});
  CHECK(send_all(bucket, clock.steady()) == 0);
  CHECK(bucket.next_slot(clock.steady()) - clock.steady() == Milliseconds{500});
}

TEST_CASE("requests that are still on their way are not in what is told to be left") {
  test::ManualClock clock;
  TokenBucket bucket(kUsual, std::nullopt);
  for (int sent = 0; sent < 8; ++sent) bucket.sent(clock.steady());
  bucket.answered(left(30), clock.steady(), Milliseconds{0});
  CHECK(send_all(bucket, clock.steady()) == 23);
}

TEST_CASE("a full bucket begins to fill when a request may have come to the server") {
  test::ManualClock clock;
  TokenBucket bucket(kUsual, std::nullopt);
  for (int sent = 0; sent < kUsual; ++sent) bucket.sent(clock.steady());
  clock.advance(Milliseconds{10'000});
  CHECK(bucket.next_slot(clock.steady()) == SteadyTime::max());
  bucket.answered({}, clock.steady(), Milliseconds{10'000});
  CHECK(bucket.next_slot(clock.steady()) - clock.steady() == Milliseconds{500});
}

TEST_CASE("the limit that the server tells is its rate and its bucket") {
  for (const int told : {1, 30, 60, 240, 600}) {
    CAPTURE(told);
    test::ManualClock clock;
    TokenBucket bucket(kUsual, std::nullopt);
    bucket.sent(clock.steady());
    bucket.answered(left(told - 1, told), clock.steady(), Milliseconds{0});
    CHECK(bucket.limit() == told);
    CHECK(send_all(bucket, clock.steady()) == std::min(told - 1, kUsual - 1));
    clock.advance(2 * kMinute);
    CHECK(send_all(bucket, clock.steady()) == told);
    CHECK(bucket.next_slot(clock.steady()) - clock.steady() == Milliseconds{(60'000 + told - 1) / told});
  }
}

TEST_CASE("a limit that makes no sense is none") {
  for (const int told : {0, -1}) {
    test::ManualClock clock;
    TokenBucket bucket(kUsual, std::nullopt);
    bucket.sent(clock.steady());
    bucket.answered({told, std::nullopt, std::nullopt}, clock.steady(), Milliseconds{0});
    CHECK(bucket.limit() == kUsual);
    CHECK(may_leave(bucket, clock.steady()));
  }
  CHECK(TokenBucket(0, std::nullopt).limit() == 1);
}

TEST_CASE("a change of the limit leaves the tokens that came back before") {
  test::ManualClock clock;
  auto bucket = used(kUsual, clock.steady());
  clock.advance(Milliseconds{10'000});
  bucket.sent(clock.steady());
  bucket.answered({600, std::nullopt, std::nullopt}, clock.steady(), Milliseconds{0});
  CHECK(send_all(bucket, clock.steady()) == 19);
}

TEST_CASE("no minute has more requests than the ceiling, also right after the start") {
  for (const int of_user : {1, 10, 60, kUsual, 200}) {
    const int ceiling = of_user;
    CAPTURE(ceiling);
    test::ManualClock clock;
    TokenBucket bucket(kUsual, ceiling);
    CHECK(bucket.limit() == std::min(ceiling, kUsual));
    std::vector<SteadyTime> sent;
    while (sent.size() < static_cast<std::size_t>(4 * ceiling)) {
      clock.advance_to(bucket.next_slot(clock.steady()));
      REQUIRE(send_all(bucket, clock.steady(), 1) == 1);
      sent.push_back(clock.steady());
    }
    const auto apart = static_cast<std::size_t>(ceiling);
    for (std::size_t later = apart; later < sent.size(); ++later) REQUIRE(sent[later] - sent[later - apart] >= kMinute);
    CHECK(sent.back() - sent.front() == bucket.least_time(4 * ceiling));
  }
}

TEST_CASE("after a 429 one leaves when the server says, and then one at a time") {
  for (const int taken : {1, 119, 120}) {
    for (const auto wait : {Milliseconds{1'000}, Milliseconds{2'000}, Milliseconds{30'000}, 2 * kMinute}) {
      CAPTURE(taken);
      CAPTURE(wait.count());
      test::ManualClock clock;
      auto bucket = used(taken, clock.steady());
      const auto refused = clock.steady();
      bucket.refused(wait, refused);
      CHECK(bucket.next_slot(refused) == refused + wait);
      for (int sent = 0; sent < 5; ++sent) {
        const auto slot = bucket.next_slot(clock.steady());
        CHECK(slot == refused + wait + sent * Milliseconds{500});
        clock.advance_to(slot);
        CHECK(send_all(bucket, clock.steady()) == 1);
      }
    }
  }
}

TEST_CASE("of several refusals the longest counts, in whatever order they come") {
  for (const bool longest_first : {true, false}) {
    test::ManualClock clock;
    auto bucket = used(1, clock.steady());
    bucket.refused(Milliseconds{longest_first ? 20'000 : 2'000}, clock.steady());
    bucket.refused(Milliseconds{longest_first ? 2'000 : 20'000}, clock.steady());
    const auto slot = bucket.next_slot(clock.steady());
    CHECK(slot - clock.steady() == Milliseconds{20'000});
    clock.advance_to(slot);
    CHECK(send_all(bucket, clock.steady()) == 1);
  }
}

TEST_CASE("a refusal gives nothing to a slow bucket that is empty") {
  test::ManualClock clock;
  TokenBucket bucket(6, std::nullopt);
  CHECK(send_all(bucket, clock.steady()) == 6);
  bucket.refused(Milliseconds{1'000}, clock.steady());
  CHECK(bucket.next_slot(clock.steady()) - clock.steady() == Milliseconds{10'000});
}

TEST_CASE("the least time is that of a full bucket and what comes back") {
  struct Walk {
    std::int64_t requests;
    Milliseconds least;
  };
  for (const auto& [requests, least] :
       {Walk{0, Milliseconds{0}}, Walk{1, Milliseconds{0}}, Walk{120, Milliseconds{0}}, Walk{121, Milliseconds{500}},
        Walk{300, Milliseconds{90'000}}, Walk{2'120, Milliseconds{1'000'000}}}) {
    CAPTURE(requests);
    CHECK(TokenBucket(kUsual, std::nullopt).least_time(requests) == least);
  }
  CHECK(TokenBucket(kUsual, 60).least_time(300) == 4 * kMinute);
  CHECK(TokenBucket(kUsual, 60).least_time(0) == Milliseconds{0});
  CHECK(TokenBucket(kUsual, 1'000).least_time(300) == Milliseconds{90'000});
}

/// The server of the contract, counting in parts of which `limit` come back in a millisecond.
class BucketServer {
 public:
  explicit BucketServer(int limit, int taken_before = 0) : limit_(limit), parts_(kToken * (limit - taken_before)) {}

  struct Verdict {
    bool refused = false;
    int remaining = 0;
    Seconds retry_after{0};
  };

  Verdict receive(SteadyTime now) {
    if (filled_) parts_ = std::min(kToken * limit_, parts_ + (now - *filled_).count() * limit_);
    filled_ = now;
    const bool refused = parts_ < kToken;
    if (!refused) parts_ -= kToken;
    const Milliseconds until_next{(kToken - parts_ % kToken + limit_ - 1) / limit_};
    return {refused, static_cast<int>(parts_ / kToken), std::chrono::ceil<Seconds>(until_next)};
  }

 private:
  static constexpr std::int64_t kToken = 60'000;
  int limit_;
  std::int64_t parts_;
  std::optional<SteadyTime> filled_;
};

struct Flight {
  SteadyTime sent, arrives, answered;
  std::optional<BucketServer::Verdict> verdict;
};

/// A walk that always has something to ask for, with at most so many requests in flight.
class BucketWalk {
 public:
  BucketWalk(std::uint64_t seed, BucketServer server, Milliseconds slowest)
      : random_(seed), server_(server), slowest_(slowest) {}

  /// Until so many were answered.
  void run(int requests, std::size_t most_in_flight) {
    while (answered_ < requests) {
      const auto is_wanted = [&] { return answered_ + static_cast<int>(flights_.size()) < requests; };
      while (is_wanted() && flights_.size() < most_in_flight && may_leave(bucket_, clock_.steady())) send();
      advance(is_wanted() && flights_.size() < most_in_flight);
    }
  }

  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] Milliseconds took() const { return clock_.steady() - began_; }

 private:
  Milliseconds some_time() {
    return Milliseconds{std::uniform_int_distribution<std::int64_t>(1, slowest_.count())(random_)};
  }

  void send() {
    const auto now = clock_.steady();
    bucket_.sent(now);
    const auto arrives = now + some_time();
    flights_.push_back({now, arrives, arrives + some_time(), std::nullopt});
  }

  /// To the next arrival, answer or slot.
  void advance(bool waits_for_slot) {
    auto next = waits_for_slot ? bucket_.next_slot(clock_.steady()) : SteadyTime::max();
    for (const auto& flight : flights_) next = std::min(next, flight.verdict ? flight.answered : flight.arrives);
    REQUIRE(next < SteadyTime::max());
    clock_.advance_to(next);
    const auto now = clock_.steady();
    for (auto& flight : flights_) {
      if (!flight.verdict && flight.arrives <= now) flight.verdict = server_.receive(now);
    }
    for (const auto& flight : flights_) {
      if (flight.verdict && flight.answered <= now) take_in(flight);
    }
    std::erase_if(flights_, [now](const Flight& flight) { return flight.verdict && flight.answered <= now; });
  }

  void take_in(const Flight& flight) {
    const auto now = clock_.steady();
    bucket_.answered(left(flight.verdict->remaining), now, now - flight.sent);
    if (!flight.verdict->refused) {
      ++answered_;
      return;
    }
    ++refused_;
    bucket_.refused(flight.verdict->retry_after, now);
  }

  std::mt19937_64 random_;
  test::ManualClock clock_;
  TokenBucket bucket_{kUsual, std::nullopt};
  BucketServer server_;
  Milliseconds slowest_;
  SteadyTime began_ = clock_.steady();
  std::vector<Flight> flights_;
  int answered_ = 0, refused_ = 0;
};

TEST_CASE("a walk that has the bucket for itself is never refused, and takes no longer than it must") {
  for (const std::size_t in_flight : {4U, 8U, 32U, 300U}) {
    for (const Milliseconds slowest : {Milliseconds{1}, Milliseconds{100}, Milliseconds{400}, Milliseconds{700}}) {
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(in_flight);
        CAPTURE(slowest.count());
        CAPTURE(seed);
        BucketWalk walk(seed, BucketServer(kUsual), slowest);
        walk.run(300, in_flight);
        CHECK(walk.refused() == 0);
        const auto least = TokenBucket(kUsual, std::nullopt).least_time(300);
        CHECK(walk.took() >= least);
        // The answers before the first token comes back, and after the last, are not the limit's.
        const auto rest = walk.took() - 2 * 2 * slowest;
        CHECK(static_cast<double>(rest.count()) <= 1.02 * static_cast<double>(least.count()));
        if (slowest <= Milliseconds{400}) CHECK(walk.took().count() * 100 <= least.count() * 102);
      }
    }
  }
}

TEST_CASE("a bucket that a run before has emptied is believed to be so by the first answer") {
  for (const int taken : {30, 90, 111}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(taken);
      CAPTURE(seed);
      BucketWalk walk(seed, BucketServer(kUsual, taken), Milliseconds{200});
      walk.run(200, 8);
      CHECK(walk.refused() == 0);
    }
  }
}

TEST_CASE("with long waits for answers the bucket fills up again, and still nothing is refused") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    BucketWalk walk(seed, BucketServer(kUsual), Milliseconds{30'000});
    walk.run(600, 40);
    CHECK(walk.refused() == 0);
  }
}

}  // namespace
}  // namespace toksync::engine
