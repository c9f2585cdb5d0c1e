// Nights in which finding out about a lost answer is itself cut short, handed to another run, or made hard by
// the calendar or by an API that fails again and again.
#include <csignal>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using test::to;
using Kind = Fault::Kind;
using std::chrono::hours;
using std::chrono::minutes;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

const std::string kUsage = "/v1/account/usage";
const std::string kEnriching = "/v1/creators/enrich";
const std::string kMatching = "/v1/creators/content-match";
const std::string kAudiences = "/v1/creators/audience-match";
const std::string kLeading = "/v1/creators/thought-leaders";
const std::vector<std::string> kStarts{kEnriching, kMatching, kAudiences, kLeading};

const std::map<std::string, std::string> kFinds{{kEnriching, "/v1/enrichments/results"},
                                                {kMatching, "/v1/content-match/results"},
                                                {kAudiences, "/v1/audience-match/results"}};

Fault fault(Kind kind, std::string path, int times = 1, int skip = 0) {
  return {.kind = kind, .strikes = to(std::move(path)), .times = times, .skip = skip};
}

Fault status(int status, std::string path, int times) {
  auto one = fault(Kind::answer, std::move(path), times);
  one.status = status;
  one.code = status == 404 ? "NOT_FOUND" : "INTERNAL_ERROR";
  return one;
}

/// Four creators through every stage.
struct FullNight : Night {
  FullNight() : Night(pipeline_of({set_with("saas", {kSearch, kEnrich, kContent, kAudience, kLeaders})})) {
    pipeline.keyword_sets[0].thought_leaders->max_candidates_to_analyze = 10;
    // A later night reuses what the first one found.
    pipeline.keyword_sets[0].search->refresh_after = std::chrono::days{90};
    api.found_by["saas"] = numbers(1, 4);
  }

  void check_all_there(int gone = 0) {
    CHECK(ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
    CHECK(ask("SELECT count(*) FROM enrichments") == 4);
    CHECK(ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 4);
    CHECK(ask("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") == 4);
    CHECK(ask("SELECT count(*) FROM jobs WHERE error_code = 'RESULT_LOST' AND family <> 'search'") == gone);
    check_books();
  }
};

constexpr Credits kFullPrice = 1 + 4 + 4 * 3 + 4 * 10 + 10 * 2;

TEST_CASE("two keyword sets with the same creators do not blur each other's lost analyses") {
  for (const auto kind : {Kind::kill_before, Kind::kill_after}) {
    for (const int skip : {0, 1, 2}) {
      for (const bool told : {false, true}) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(skip);
        CAPTURE(told);
        auto a = set_with("a", {kSearch, kContent});
        auto b = set_with("b", {kSearch, kContent});
        a.content_match->batch_size = 2;
        b.content_match->batch_size = 3;
        Night night(pipeline_of({a, b}));
        night.api.found_by["a"] = numbers(1, 4);
        night.api.found_by["b"] = numbers(1, 6);
        night.api.criteria_are_told = told;
        // The process dies while other starts are on their way.
        night.api.latency = Seconds{1};
        night.api.faults = {fault(kind, kMatching, 1, skip)};
        REQUIRE(night.play_and_die());
        CHECK(night.play().exit_code() == 0);
        CHECK(night.api.count(kMatching) == 10);
        CHECK(night.ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 10);
        CHECK(night.ask("SELECT count(DISTINCT external_id) FROM jobs WHERE family = 'content_match'"
                        " AND status = 'succeeded'") == 10);
        night.check_books();
      }
    }
  }
}

// --- the calendar ---

TEST_CASE("around a month's end nothing is bought twice, and no run waits for ever") {
  for (const auto& path : kStarts) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (const auto before : {Seconds{1}, Seconds{60}, Seconds{300}, Seconds{590}, Seconds{610}, Seconds{750},
                                Seconds{900}, Seconds{1200}, Seconds{-300}, Seconds{-700}}) {
        CAPTURE(path);
        CAPTURE(static_cast<int>(kind));
        CAPTURE(before.count());
        FullNight night;
        // The last moments of June.
        night.clock.advance(std::chrono::days{30} - hours{2} - before);
        night.api.faults = {fault(kind, path)};
        const auto code = night.play().exit_code();
        CHECK((code == 0 || code == 3 || code == 6));
        CHECK(night.api.bought_twice().empty());
        // Only what leaves no trace can be in doubt for good.
        if (path != kLeading && path != kEnriching) CHECK(code == 0);
        if (code == 0) night.check_books();
        night.clock.advance(hours{5});
        night.start_new_run = true;
        CHECK(night.play().exit_code() == code);
        CHECK(night.api.bought_twice().empty());
      }
    }
  }
}

TEST_CASE("the usage of a lost request's own month is read, although that month is over") {
  FullNight night;
  night.clock.advance(std::chrono::days{30} - hours{2} - minutes{15});
  night.api.faults = {fault(Kind::kill_after, kLeading)};
  REQUIRE(night.play_and_die());
  night.clock.advance(hours{3});
  CHECK(night.play().exit_code() == 3);
  CHECK(night.api.billed() == kFullPrice);
  night.check_all_there(1);
}

TEST_CASE("a reading of the usage that crosses the month's end still admits what waits for it") {
  auto set = set_with("saas", {kSearch, kEnrich});
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 3);
  night.clock.advance(std::chrono::days{30} - hours{2} - Milliseconds{40});
  CHECK(night.play().exit_code() == 0);
  night.check_books();
}

// --- again and again ---

TEST_CASE("what is lost again and again ends, and a later run goes on") {
  for (const auto& path : kStarts) {
    CAPTURE(path);
    FullNight night;
    night.api.faults = {fault(Kind::lose_request, path, 1000)};
    const auto begun = night.clock.steady();
    CHECK(night.play().exit_code() == 5);
    CHECK(night.clock.steady() - begun < hours{8});
    CHECK(night.sent_to(path) <= 6);
    CHECK(night.log().size() < 1000);
    CHECK(night.totals().open() == 0);
    night.api.faults.clear();
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.billed() == kFullPrice);
    night.check_all_there();
  }
}

// --- another run ---

TEST_CASE("what an older run lost is settled by the next one, charged to the old, and bought again only if wanted") {
  for (const auto kind : {Kind::kill_after, Kind::kill_before}) {
    for (const bool wanted : {true, false}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(wanted);
      FullNight night;
      night.api.faults = {fault(kind, kAudiences)};
      REQUIRE(night.play_and_die());
      night.pipeline.sha256 = "1f";
      if (!wanted) night.pipeline.keyword_sets[0].audience_match.reset();
      CHECK(night.play().exit_code() == 0);
      const bool arrived = kind == Kind::kill_after;
      CHECK(night.api.count(kAudiences) == (arrived || wanted ? 4 : 0));
      CHECK(night.ask("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") ==
            (arrived || wanted ? 4 : 0));
      const auto old = night.ask("SELECT credits_charged FROM runs ORDER BY run_key LIMIT 1");
      CHECK(old == 1 + 4 + 4 * 3 + (arrived ? 40 : 0));
      CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
      night.check_books();
    }
  }
}

TEST_CASE("a stage that is left out with --stage is settled and not bought again") {
  for (const auto kind : {Kind::kill_after, Kind::kill_before}) {
    CAPTURE(static_cast<int>(kind));
    FullNight night;
    night.api.faults = {fault(kind, kEnriching)};
    REQUIRE(night.play_and_die());
    night.options.scope.stages = {kContent};
    night.start_new_run = true;
    const auto code = night.play().exit_code();
    CHECK(code == 0);
    const bool arrived = kind == Kind::kill_after;
    CHECK(night.api.count(kEnriching) == (arrived ? 4 : 0));
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
    CHECK(night.totals().open() == 0);
    night.options.scope.stages.clear();
    CHECK(night.play().exit_code() == 0);
    night.check_all_there();
  }
}

TEST_CASE("a signal, or the end of the time allowed, while something is found out about: a later process goes on") {
  for (const auto& path : kStarts) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (const auto after : {Seconds{1}, Seconds{3}, Seconds{30}, Seconds{181}, Seconds{183}, Seconds{1801}}) {
        CAPTURE(path);
        CAPTURE(static_cast<int>(kind));
        CAPTURE(after.count());
        FullNight night;
        night.api.faults = {fault(kind, path)};
        const bool gone = path == kLeading && kind == Kind::lose_answer;
        const auto begun = night.clock.steady();
        night.options.longest_wait = Milliseconds{500};
        night.options.signal = [&] { return night.clock.steady() - begun >= after ? SIGTERM : 0; };
        auto code = night.play().exit_code();
        night.options.signal = [] { return 0; };
        night.options.max_duration = Seconds{100};
        for (int processes = 0; code != (gone ? 3 : 0); ++processes) {
          REQUIRE(processes < 60);
          code = night.play().exit_code();
          CHECK((code == 8 || code == (gone ? 3 : 0)));
        }
        CHECK(night.ask("SELECT count(*) FROM runs") == 1);
        CHECK(night.api.billed() == kFullPrice);
        night.check_all_there(gone ? 1 : 0);
      }
    }
  }
}

TEST_CASE("killed at any request while something is found out about, it is found out about all the same") {
  for (const auto& path : {kMatching, kLeading}) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (int death = 0; death < 30; ++death) {
        CAPTURE(path);
        CAPTURE(static_cast<int>(kind));
        CAPTURE(death);
        FullNight night;
        bool is_lost = false;
        auto kill = fault(death % 2 == 0 ? Kind::kill_before : Kind::kill_after, "", 1, death / 2);
        kill.strikes = [&](const http::Request& request) {
          const bool was_lost = std::exchange(is_lost, is_lost || request.path == path);
          return was_lost && !request.exactly_once;
        };
        night.api.faults = {kill, fault(kind, path)};
        const bool gone = path == kLeading && kind == Kind::lose_answer;
        if (!night.play_and_die()) break;
        CHECK(night.play().exit_code() == (gone ? 3 : 0));
        CHECK(night.api.billed() == kFullPrice);
        night.check_all_there(gone ? 1 : 0);
      }
    }
  }
}

// --- reads that fail ---

TEST_CASE("while the usage cannot be read, what is lost stays undecided, and the next run decides it") {
  for (const auto& path : kStarts) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      CAPTURE(path);
      CAPTURE(static_cast<int>(kind));
      FullNight night;
      bool is_lost = false;
      auto failing = status(500, kUsage, 1000);
      failing.strikes = [&](const http::Request& request) {
        is_lost = is_lost || request.path == path;
        return is_lost && request.path == kUsage;
      };
      night.api.faults = {failing, fault(kind, path)};
      CHECK(night.play().exit_code() == 5);
      CHECK(night.api.bought_twice().empty());
      CHECK(night.totals().open() > 0);
      night.api.faults.clear();
      const bool gone = path == kLeading && kind == Kind::lose_answer;
      CHECK(night.play().exit_code() == (gone ? 3 : 0));
      CHECK(night.api.billed() == kFullPrice);
      night.check_all_there(gone ? 1 : 0);
    }
  }
}

TEST_CASE("while the results cannot be read, what is lost stays undecided, and the next run decides it") {
  for (const auto& [path, find] : kFinds) {
    for (const int http_status : {500, 403, 400}) {
      for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
        CAPTURE(path);
        const int code = http_status;
        CAPTURE(code);
        CAPTURE(static_cast<int>(kind));
        FullNight night;
        auto failing = status(code, find, 1000);
        failing.strikes = [&, by_creator = std::string("creator_ids"), url = find](const http::Request& request) {
          return request.path == url && request.body.find(by_creator) != std::string::npos;
        };
        night.api.faults = {failing, fault(kind, path)};
        CHECK(night.play().exit_code() == (code == 403 ? 4 : 5));
        CHECK(night.api.bought_twice().empty());
        CHECK(night.sent_to(path) == 1);
        night.api.faults.clear();
        CHECK(night.play().exit_code() == 0);
        CHECK(night.api.billed() == kFullPrice);
        night.check_all_there();
      }
    }
  }
}

TEST_CASE("what a start has left is found in smaller portions where the API takes only so many ids") {
  for (const auto& [path, find] : kFinds) {
    for (const int most : {1, 2, 3}) {
      for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
        CAPTURE(path);
        CAPTURE(most);
        CAPTURE(static_cast<int>(kind));
        FullNight night;
        night.api.most_read_ids = most;
        night.api.faults = {fault(kind, path)};
        CHECK(night.play().exit_code() == 0);
        CHECK(night.api.billed() == kFullPrice);
        night.check_all_there();
      }
    }
  }
}

TEST_CASE("a portion that cannot be read leaves the whole request undecided, and the run ends all the same") {
  for (const auto& [path, find] : kFinds) {
    CAPTURE(path);
    FullNight night;
    night.api.most_read_ids = 2;
    auto failing = status(500, find, 1000);
    failing.strikes = [url = find](const http::Request& request) {
      return request.path == url && request.body.find("000000000001\"") != std::string::npos &&
             request.body.find("000000000003\"") == std::string::npos;
    };
    night.api.faults = {failing, fault(Kind::lose_answer, path)};
    night.pipeline.source.max_in_flight = 1;
    CHECK(night.play().exit_code() == 5);
    CHECK(night.api.bought_twice().empty());
    night.api.faults.clear();
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.billed() == kFullPrice);
    night.check_all_there();
  }
}

TEST_CASE("a 404 of the API says that nothing is there; one of a gateway says nothing") {
  for (const bool usage : {true, false}) {
    for (const bool gateway : {false, true}) {
      for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
        CAPTURE(usage);
        CAPTURE(gateway);
        CAPTURE(static_cast<int>(kind));
        FullNight night;
        night.api.usage_is_allowed = usage;
        auto absent = status(404, kFinds.at(kMatching), 1000);
        absent.strikes = [](const http::Request& request) {
          return request.path == kFinds.at(kMatching) && request.body.find("creator_ids") != std::string::npos;
        };
        if (gateway) absent.body = "<html>Not found</html>";
        night.api.faults = {absent, fault(kind, kMatching)};
        const auto code = night.play().exit_code();
        if (gateway) CHECK(code == 5);
        if (!gateway && usage) CHECK(code == (kind == Kind::lose_answer ? 3 : 0));
        // An API that denies what it may have, to a key that may not see the usage, cannot be seen through.
        if (!gateway && !usage) CHECK(code == 6);
        CHECK(night.api.bought_twice().empty());
      }
    }
  }
}

}  // namespace
}  // namespace toksync::engine
