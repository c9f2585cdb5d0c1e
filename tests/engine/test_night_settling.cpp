// Nights in which answers are lost and the API makes it hard to find out: it starts late, tells its charges
// late, carries out a part, or tells less than one would like.
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
using std::chrono::minutes;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

const std::string kSearching = "/v1/creators/discovery-search";
const std::string kEnriching = "/v1/creators/enrich";
const std::string kMatching = "/v1/creators/content-match";
const std::string kAudiences = "/v1/creators/audience-match";
const std::string kLeading = "/v1/creators/thought-leaders";
const std::vector<std::string> kStarts{kEnriching, kMatching, kAudiences, kLeading};

Fault lost(Kind kind, std::string path, int times = 1, int skip = 0) {
  return {.kind = kind, .strikes = to(std::move(path)), .times = times, .skip = skip};
}

/// Six creators through every stage, in batches of three.
struct FullNight : Night {
  FullNight() : Night(pipeline_of({set()})) { api.found_by["saas"] = numbers(1, 6); }

  static KeywordSet set() {
    auto set = set_with("saas", {kSearch, kEnrich, kContent, kAudience, kLeaders});
    set.enrich->batch_size = 3;
    set.content_match->batch_size = 3;
    set.audience_match->batch_size = 3;
    set.thought_leaders->max_candidates_to_analyze = 10;
    return set;
  }

  /// Everything is stored, but for what `gone` says was charged and lost.
  void check_all_there(int gone = 0) {
    CHECK(ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
    CHECK(ask("SELECT count(*) FROM enrichments") == 6);
    CHECK(ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 6);
    CHECK(ask("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") == 6);
    CHECK(ask("SELECT count(*) FROM jobs WHERE error_code = 'RESULT_LOST' AND family <> 'search'") == gone);
    check_books();
  }
};

constexpr Credits kFullPrice = 1 + 6 + 6 * 3 + 6 * 10 + 10 * 2;

bool loses_its_id(const Fault& fault, const std::string& path) {
  return fault.kind != Kind::lose_request && path == kLeading;
}

/// Six creators who are enriched in one batch.
struct OneBatch : Night {
  OneBatch() : Night(pipeline_of({set_with("saas", {StageName::search, StageName::enrich})})) {
    api.found_by["saas"] = numbers(1, 6);
    pipeline.keyword_sets[0].search->refresh_after = std::chrono::days{1};
  }
};

TEST_CASE("a lost start that the API carries out late is not bought a second time") {
  for (const auto& path : kStarts) {
    for (const auto delay : {Seconds{5}, Seconds{70}, Seconds{175}}) {
      for (const int skip : {0, 1}) {
        CAPTURE(path);
        CAPTURE(delay.count());
        CAPTURE(skip);
        FullNight night;
        night.api.start_delay = delay;
        const auto fault = lost(Kind::lose_answer, path, 1, path == kLeading ? 0 : skip);
        night.api.faults = {fault};
        const bool gone = loses_its_id(fault, path);
        CHECK(night.play().exit_code() == (gone ? 3 : 0));
        CHECK(night.api.billed() == kFullPrice);
        night.check_all_there(gone ? 1 : 0);
      }
    }
  }
}

TEST_CASE("a charge that shows late in the usage is not taken for one that was never made") {
  for (const auto& path : kStarts) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (const auto lag : {Seconds{1}, Seconds{30}, Seconds{120}, Seconds{178}}) {
        for (const int skip : {0, 1}) {
          CAPTURE(path);
          CAPTURE(static_cast<int>(kind));
          CAPTURE(lag.count());
          CAPTURE(skip);
          FullNight night;
          night.api.usage_lag = lag;
          const auto fault = lost(kind, path, 1, path == kLeading ? 0 : skip);
          night.api.faults = {fault};
          const bool gone = loses_its_id(fault, path);
          CHECK(night.play().exit_code() == (gone ? 3 : 0));
          CHECK(night.api.billed() == kFullPrice);
          night.check_all_there(gone ? 1 : 0);
        }
      }
    }
  }
}

TEST_CASE("late starts whose charges show late, as long as both together keep within settle_after") {
  for (const auto& path : kStarts) {
    CAPTURE(path);
    FullNight night;
    night.api.start_delay = Seconds{100};
    night.api.usage_lag = Seconds{70};
    night.api.faults = {lost(Kind::lose_answer, path)};
    CHECK(night.play().exit_code() == (path == kLeading ? 3 : 0));
    CHECK(night.api.billed() == kFullPrice);
    night.check_all_there(path == kLeading ? 1 : 0);
  }
}

TEST_CASE("a longer settle_after covers a slower API") {
  FullNight night;
  night.pipeline.source.settle_after = minutes{15};
  night.api.start_delay = minutes{7};
  night.api.usage_lag = minutes{7};
  night.api.faults = {lost(Kind::lose_answer, kEnriching), lost(Kind::lose_answer, kAudiences, 1, 1)};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == kFullPrice);
  night.check_all_there();
}

TEST_CASE("of a batch that arrived in part, what landed is collected and the rest is bought once more") {
  for (const auto& path : {kEnriching, kMatching, kAudiences}) {
    for (const int landed : {1, 2, 4}) {
      for (const auto lag : {Seconds{0}, Seconds{100}}) {
        for (const bool told : {false, true}) {
          CAPTURE(path);
          CAPTURE(landed);
          CAPTURE(lag.count());
          CAPTURE(told);
          FullNight night;
          night.pipeline.keyword_sets[0].enrich->batch_size = 5;
          night.pipeline.keyword_sets[0].content_match->batch_size = 5;
          night.pipeline.keyword_sets[0].audience_match->batch_size = 5;
          night.api.usage_lag = lag;
          night.api.criteria_are_told = told;
          auto fault = lost(Kind::lose_answer, path);
          fault.landed = landed;
          night.api.faults = {fault};
          CHECK(night.play().exit_code() == 0);
          CHECK(night.sent_to(path) == 3);
          const auto decided = [&](const std::string& decision) {
            return night.ask("SELECT count(DISTINCT job_key) FROM job_evidence WHERE decision = '" + decision + "'");
          };
          CHECK(decided("adopted") == landed);
          CHECK(decided("released") == 5 - landed);
          CHECK(night.api.billed() == kFullPrice);
          night.check_all_there();
        }
      }
    }
  }
}

TEST_CASE("a creator without a profile in a lost batch is asked for once more and charged to nobody") {
  for (const auto& path : {kEnriching, kMatching, kAudiences}) {
    for (const int landed : {0, 1, 2, 3}) {
      CAPTURE(path);
      CAPTURE(landed);
      FullNight night;
      night.api.without_profile = {2};
      auto fault = lost(landed == 0 ? Kind::lose_request : Kind::lose_answer, path);
      if (landed > 0) fault.landed = landed;
      night.api.faults = {fault};
      CHECK(night.play().exit_code() == 3);
      CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
      CHECK(night.ask("SELECT count(*) FROM enrichments") == 5);
      night.check_books();
    }
  }
}

TEST_CASE("a lost search is booked by the usage, however late the charge shows") {
  for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
    for (const auto delay : {Seconds{0}, Seconds{100}}) {
      for (const auto lag : {Seconds{0}, Seconds{70}}) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(delay.count());
        CAPTURE(lag.count());
        FullNight night;
        night.pipeline.keyword_sets[0].search->max_creators = 300;
        night.api.found_by["saas"] = numbers(1, 150);
        night.pipeline.keyword_sets[0].enrich->select.top = 3;
        night.api.start_delay = delay;
        night.api.usage_lag = lag;
        night.api.faults = {lost(kind, kSearching, 1, 1)};
        CHECK(night.play().exit_code() == 0);
        CHECK(night.api.count(kSearching) == (kind == Kind::lose_answer ? 3 : 2));
        CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
        night.check_books();
      }
    }
  }
}

TEST_CASE("where the key may not read the usage, the results alone decide") {
  for (const auto& path : {kEnriching, kMatching, kAudiences}) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      CAPTURE(path);
      CAPTURE(static_cast<int>(kind));
      FullNight night;
      night.api.usage_is_allowed = false;
      night.api.pending_is_told = path != kEnriching;
      night.api.faults = {lost(kind, path)};
      // An enrichment that failed leaves no record, so that a missing one proves nothing.
      const bool is_held = path == kEnriching && kind == Kind::lose_request;
      CHECK(night.play().exit_code() == (is_held ? 6 : 0));
      CHECK(night.api.bought_twice().empty());
      if (is_held) continue;
      CHECK(night.api.billed() == kFullPrice);
      night.check_all_there();
    }
  }
}

TEST_CASE("where the key may not read the usage, what leaves no trace is held for a person") {
  for (const auto& path : {kSearching, kLeading}) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      CAPTURE(path);
      CAPTURE(static_cast<int>(kind));
      FullNight night;
      night.api.usage_is_allowed = false;
      night.api.faults = {lost(kind, path)};
      CHECK(night.play().exit_code() == 6);
      CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'ambiguous'") == 1);
      CHECK(night.ask_text("SELECT evidence FROM jobs WHERE status = 'ambiguous'").find("tells no usage") !=
            std::string::npos);
      CHECK(night.api.bought_twice().empty());
    }
  }
}

TEST_CASE("the account may tell its total alone, or its operations alone") {
  for (const bool total : {true, false}) {
    for (const auto& path : kStarts) {
      for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
        CAPTURE(total);
        CAPTURE(path);
        CAPTURE(static_cast<int>(kind));
        FullNight night;
        night.api.total_is_told = total;
        night.api.operations_are_told = !total;
        const auto fault = lost(kind, path);
        night.api.faults = {fault};
        const bool gone = loses_its_id(fault, path);
        CHECK(night.play().exit_code() == (gone ? 3 : 0));
        CHECK(night.api.billed() == kFullPrice);
        night.check_all_there(gone ? 1 : 0);
      }
    }
  }
}

TEST_CASE("an account that tells a balance and no charges is no evidence that nothing was charged") {
  for (const auto& path : kStarts) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      CAPTURE(path);
      CAPTURE(static_cast<int>(kind));
      FullNight night;
      night.api.balance = 1000;
      night.api.total_is_told = false;
      night.api.operations_are_told = false;
      night.api.pending_is_told = path != kEnriching;
      night.api.faults = {lost(kind, path)};
      const bool is_held = path == kLeading || (path == kEnriching && kind == Kind::lose_request);
      CHECK(night.play().exit_code() == (is_held ? 6 : 0));
      CHECK(night.api.bought_twice().empty());
      if (!is_held) night.check_all_there();
    }
  }
}

TEST_CASE("lost work about creators who were forgotten since is settled, and nobody gets its result") {
  for (const auto kind : {Kind::kill_before, Kind::kill_after}) {
    CAPTURE(static_cast<int>(kind));
    OneBatch night;
    night.api.faults = {lost(kind, kEnriching)};
    REQUIRE(night.play_and_die());
    const std::string gone = "(SELECT creator_key FROM creators ORDER BY creator_key LIMIT 2)";
    (void)night.ask("DELETE FROM search_hit_rows WHERE creator_key IN " + gone + " RETURNING 1");
    (void)night.ask("UPDATE job_rows SET creator_key = NULL WHERE creator_key IN " + gone + " RETURNING 1");
    CHECK(night.play().exit_code() == 0);
    CHECK(night.ask("SELECT count(*) FROM enrichments") == 4);
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
    night.check_books();
  }
}

TEST_CASE("a search that costs nothing leaves nothing to find out") {
  FullNight night;
  night.pipeline.prices[PriceItem::discovery_search] = 0;
  night.api.price_factors["creator_discovery_search_per_100"] = 0;
  night.api.faults = {lost(Kind::lose_answer, kSearching)};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'ambiguous'") == 0);
  night.check_books();
}

TEST_CASE("one reading of the usage serves all that wait for one") {
  Night night(pipeline_of({set_with("leaders", {kLeaders}), set_with("saas", {kSearch})}));
  night.api.found_by["saas"] = numbers(1, 3);
  // A job that does not end, and a mere total, keep every reading from being clear for half an hour.
  night.api.never_ending = {0};
  night.api.operations_are_told = false;
  night.api.faults = {lost(Kind::lose_request, kSearching, 5)};
  CHECK(night.play().exit_code() == 6);
  CHECK(night.sent_to("/v1/account/usage") < 130);
}

}  // namespace
}  // namespace toksync::engine
