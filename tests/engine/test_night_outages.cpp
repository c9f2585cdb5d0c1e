// Nights in which the network is gone for a while, or the clock is set.
#include <algorithm>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using Kind = Fault::Kind;

constexpr Credits kFullPrice = 1 + 5 + 5 * 3 + 5 * 10 + 10 * 2;
constexpr Milliseconds kOutage{600'000};
constexpr int kAlways = 1'000'000;

/// Five creators through every stage.
struct FullNight : Night {
  FullNight()
      : Night(pipeline_of({set_with("saas", {StageName::search, StageName::enrich, StageName::content_match,
                                             StageName::audience_match, StageName::thought_leaders})})) {
    pipeline.keyword_sets[0].thought_leaders->max_candidates_to_analyze = 10;
    api.found_by["saas"] = numbers(1, 5);
  }

  /// Every request of the ten minutes that begin then meets this fault.
  void lose_network(Kind kind, Milliseconds after) {
    const auto from = clock.steady() + after;
    Fault fault;
    fault.kind = kind;
    fault.times = kAlways;
    fault.strikes = [this, from](const http::Request&) {
      return clock.steady() >= from && clock.steady() < from + kOutage;
    };
    api.faults = {fault};
  }

  /// Calls `then` when that request, counted from 1, is being sent.
  void at_request(int number, std::function<void()> then) {
    Fault watcher;
    watcher.times = kAlways;
    watcher.strikes = [number, then = std::move(then), seen = 0](const http::Request&) mutable {
      if (++seen == number) then();
      return false;
    };
    api.faults.push_back(watcher);
  }

  void check_complete() {
    CHECK(ask("SELECT count(DISTINCT creator_id) FROM search_hits") == 5);
    CHECK(ask("SELECT count(*) FROM enrichments") == 5);
    CHECK(ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 5);
    CHECK(ask("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") == 5);
    CHECK(ask("SELECT count(*) FROM thought_leaders") > 0);
    CHECK(ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
  }
};

/// When an outage begins: from the start of an undisturbed night on. Its last request reads the usage once more,
/// which is no loss when it fails.
std::vector<Milliseconds> beginnings() {
  FullNight calm;
  const auto begin = calm.clock.steady();
  REQUIRE(calm.play().exit_code() == 0);
  const auto last = calm.log().back().started_at_steady - begin;
  constexpr int kBeginnings = 20;
  std::vector<Milliseconds> all;
  for (int i = 0; i < kBeginnings; ++i) all.push_back(last * i / kBeginnings);
  return all;
}

}  // namespace

TEST_CASE("ten minutes without network end a night with 5, and the next one finishes it") {
  for (const auto after : beginnings()) {
    CAPTURE(after.count());
    FullNight night;
    night.lose_network(Kind::refuse_connection, after);
    const auto first = night.play();
    CHECK(first.exit_code() == 5);
    CHECK_FALSE(first.messages.empty());
    night.clock.advance(kOutage);
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.billed() == kFullPrice);
    night.check_complete();
    night.check_books();
  }
}

TEST_CASE("a night with enough patience waits for the network and goes on") {
  for (const auto after : beginnings()) {
    CAPTURE(after.count());
    FullNight night;
    night.options.max_attempts = 40;
    night.lose_network(Kind::refuse_connection, after);
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.billed() == kFullPrice);
    night.check_complete();
    night.check_books();
  }
}

TEST_CASE("ten minutes in which every packet vanishes leave no doubt in the end, and buy nothing twice") {
  for (const auto kind : {Kind::lose_request, Kind::lose_answer}) {
    for (const auto after : beginnings()) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(after.count());
      FullNight night;
      night.lose_network(kind, after);
      (void)night.play();
      night.clock.advance(kOutage);
      const auto code = night.play().exit_code();
      const auto lost = night.ask("SELECT count(*) FROM jobs WHERE error_code = 'RESULT_LOST' AND family <> 'search'");
      CHECK(code == (lost > 0 ? 3 : 0));
      night.check_books();
    }
  }
}

TEST_CASE("a clock that is set during the night changes neither what is bought nor what is stored") {
  using namespace std::chrono_literals;
  int requests = 0;
  {
    FullNight calm;
    REQUIRE(calm.play().exit_code() == 0);
    requests = static_cast<int>(calm.log().size());
  }
  for (const Milliseconds jump :
       {Milliseconds{-31 * 24h}, Milliseconds{-5h}, Milliseconds{5h}, Milliseconds{31 * 24h}}) {
    for (int number = 1; number <= requests; ++number) {
      CAPTURE(jump.count());
      CAPTURE(number);
      FullNight night;
      night.at_request(number, [&night, jump] { night.clock.jump(jump); });
      const auto begin = night.clock.steady();
      CHECK(night.play().exit_code() == 0);
      CHECK(night.clock.steady() - begin < 10min);
      CHECK(night.api.billed() == kFullPrice);
      night.check_complete();
      night.check_books();
    }
  }
}

TEST_CASE("a clock that is set between a crash and the next night loses nothing that was paid for") {
  using namespace std::chrono_literals;
  for (const Milliseconds jump :
       {Milliseconds{-31 * 24h}, Milliseconds{-5h}, Milliseconds{5h}, Milliseconds{31 * 24h}}) {
    for (const std::string path : {"/v1/enrichments/results", "/v1/content-match/results", "/v1/audience-match/details",
                                   "/v1/jobs/results:bulk", "/v1/account/usage"}) {
      CAPTURE(jump.count());
      CAPTURE(path);
      FullNight night;
      night.api.faults = {{.kind = Kind::kill_after, .strikes = test::to(path)}};
      REQUIRE(night.play_and_die());
      night.clock.jump(jump);
      CHECK(night.play().exit_code() == 0);
      CHECK(night.api.billed() == kFullPrice);
      night.check_complete();
      night.check_books();
    }
  }
}

}  // namespace toksync::engine
