// Backfills: some stages over creators of a person's choice, cut short anywhere, with and without --force. Whatever
// happens, the same backfill buys each work once, and no more than a budget allows.
#include <csignal>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::BackfillAsked;
using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using Kind = Fault::Kind;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;

/// A first night that finds ten creators, and buys what it wants for the best two; then a backfill.
struct SecondNight : Night {
  SecondNight() : Night(pipeline_of({set()})) {
    api.found_by["saas"] = numbers(1, 10);
    REQUIRE(play().exit_code() == 0);
    REQUIRE(api.count("/v1/creators/enrich") == 2);
    REQUIRE(api.count("/v1/creators/content-match") == 2);
    clock.advance(std::chrono::hours{3});
    billed_before = api.billed();
  }

  static KeywordSet set() {
    auto set = set_with("saas", {kSearch, kEnrich, kContent, kAudience});
    set.enrich->select.top = 2;
    set.enrich->batch_size = 2;
    set.content_match->batch_size = 2;
    return set;
  }

  [[nodiscard]] Credits billed_since() const { return api.billed() - billed_before; }
  [[nodiscard]] std::int64_t backfills() { return ask("SELECT count(*) FROM backfill_rows"); }
  /// The ledger's charges are the bill, and nothing is open.
  void check_ledger() {
    CHECK(totals().charged == api.billed());
    CHECK(totals().open() == 0);
  }

  Credits billed_before = 0;
};

TEST_CASE("a backfill applies stages to all who are given, and buys nothing that is known") {
  SecondNight night;
  night.backfill = BackfillAsked{{kEnrich, kContent}, {2, 3, 4, 5}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.billed_since() == 3 * (1 + 3));
  CHECK(night.ask_all("SELECT stage, items_total, items_done FROM stages WHERE run_id = 'run_2'") ==
        "content_match|4|4|\nenrich|4|4|");
  night.check_books();
  // The shortlist is that of the nightly run, now with what the backfill found out.
  CHECK(night.ask("SELECT count(*) FROM shortlist") == 10);
  CHECK(night.ask("SELECT count(*) FROM shortlist WHERE content_score IS NOT NULL") == 5);
}

TEST_CASE("a backfill of one stage asks for no other") {
  SecondNight night;
  night.backfill = BackfillAsked{{kContent}, {7, 8}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to("/v1/creators/enrich") == 0);
  CHECK(night.billed_since() == 2 * 3);
  night.check_books();
}

TEST_CASE("what a creator's enrichment cannot bring keeps nobody else from the next stage") {
  SecondNight night;
  night.api.without_profile = {4};
  night.backfill = BackfillAsked{{kEnrich, kContent}, {3, 4, 5}};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.billed_since() == 2 * (1 + 3));
  night.check_books();
}

TEST_CASE("force buys again what is young, and only once") {
  SecondNight night;
  night.backfill = BackfillAsked{{kContent}, {1, 2, 3}, true};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.billed_since() == 3 * 3);
  night.check_ledger();
  // It is done: the same again is another backfill.
  night.clock.advance(Seconds{1});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.billed_since() == 6 * 3);
  CHECK(night.backfills() == 2);
}

TEST_CASE("the nightly run goes on where it was, whatever was backfilled in between") {
  SecondNight night;
  Fault kill;
  kill.kind = Kind::kill_before;
  night.api.faults = {kill};
  REQUIRE(night.play_and_die());
  night.backfill = BackfillAsked{{kEnrich}, {5, 6}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask_text("SELECT status FROM runs WHERE run_id = 'run_2'") == "running");
  night.backfill.reset();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask_text("SELECT status FROM runs WHERE run_id = 'run_2'") == "succeeded");
  CHECK(night.ask("SELECT count(*) FROM runs") == 3);
  night.check_books();
}

/// A forced backfill over creators of whom some are known, cut short at each moment.
template <typename Interrupt>
void cut_short_everywhere(const Interrupt& interrupt) {
  const BackfillAsked asked{{kEnrich, kContent, kAudience}, numbers(1, 5), true};
  for (int moment = 0;; ++moment) {
    CAPTURE(moment);
    SecondNight night;
    night.api.enriched_for = std::chrono::hours{1};
    night.backfill = asked;
    if (!interrupt(night, moment)) break;
    REQUIRE(moment < 100);
    // Cut short when all was done, it is done: the same again would be another.
    const bool is_done = night.ask("SELECT count(*) FROM runs WHERE status = 'succeeded'") == 2;
    if (!is_done) CHECK(night.play().exit_code() == 0);
    CHECK(night.billed_since() == 5 * (1 + 3 + 10));
    CHECK(night.backfills() == 1);
    CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
    night.check_ledger();
  }
}

bool killed_at(Night& night, Kind kind, int request) {
  Fault kill;
  kill.kind = kind;
  kill.skip = request;
  night.api.faults = {kill};
  return night.play_and_die();
}

TEST_CASE("a forced backfill that is killed before any request buys each work once") {
  cut_short_everywhere([](Night& night, int request) { return killed_at(night, Kind::kill_before, request); });
}

TEST_CASE("a forced backfill that is killed after any request buys each work once") {
  cut_short_everywhere([](Night& night, int request) { return killed_at(night, Kind::kill_after, request); });
}

TEST_CASE("a forced backfill that is interrupted at any moment buys each work once") {
  cut_short_everywhere([](Night& night, int moment) {
    int asked = 0;
    night.options.signal = [&] { return ++asked > moment ? SIGINT : 0; };
    const auto code = night.play().exit_code();
    night.options.signal = [] { return 0; };
    return code != 0;
  });
}

#ifdef TOKSYNC_FAULT_POINTS
TEST_CASE("a forced backfill that dies between any two steps buys each work once") {
  cut_short_everywhere([](Night& night, int moment) {
    // Every third: they are many.
    night.dies_at = static_cast<std::size_t>(3 * moment + 1);
    return night.play_and_die();
  });
}
#endif

TEST_CASE("no force goes past a budget, and a backfill that stopped there goes on") {
  SecondNight night;
  night.pipeline.budget.max_credits_per_run = 7;
  night.backfill = BackfillAsked{{kContent}, {1, 2, 3, 4}, true};
  SUBCASE("a step that does not fit is not begun") {
    CHECK(night.play().exit_code() == 8);
    CHECK(night.billed_since() == 0);
    night.pipeline.budget.max_credits_per_run = 12;
    CHECK(night.play().exit_code() == 0);
    CHECK(night.billed_since() == 12);
    CHECK(night.backfills() == 1);
  }
  SUBCASE("as much as fits") {
    night.pipeline.budget.on_shortfall = pipeline::OnShortfall::fit;
    (void)night.play();
    CHECK(night.billed_since() == 6);
  }
  SUBCASE("the month's") {
    night.pipeline.budget.max_credits_per_run.reset();
    night.pipeline.budget.max_credits_per_month = night.billed_before + 7;
    CHECK(night.play().exit_code() == 8);
    CHECK(night.billed_since() == 0);
  }
  SUBCASE("the run's, with stages one after the other") {
    night.api.enriched_for = std::chrono::hours{1};
    night.backfill->stages = {kEnrich, kContent};
    CHECK(night.play().exit_code() == 8);
    CHECK(night.billed_since() == 4);
  }
  night.check_ledger();
}

TEST_CASE("no force buys what is paid for and awaited") {
  SecondNight night;
  night.start_new_run = true;
  night.pipeline.keyword_sets[0].content_match->refresh_after = Seconds{0};
  Fault kill;
  kill.kind = Kind::kill_before;
  kill.strikes = test::to("/v1/content-match/results");
  night.api.faults = {kill};
  REQUIRE(night.play_and_die());
  REQUIRE(night.billed_since() == 2 * 3 + 1);
  night.start_new_run = false;
  night.backfill = BackfillAsked{{kContent}, {1, 2}, true};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.billed_since() == 2 * 3 + 1);
  night.check_ledger();
}

TEST_CASE("no force buys what is in doubt") {
  SecondNight night;
  Fault lost;
  lost.kind = Kind::lose_request;
  lost.strikes = test::to("/v1/creators/content-match");
  night.api.faults = {lost};
  // Somebody else's spending makes the usage worthless as evidence.
  night.api.others_spend(night.clock.wall() + Seconds{1}, "content_match", 7);
  night.backfill = BackfillAsked{{kContent}, {3}, true};
  CHECK(night.play().exit_code() == 6);
  REQUIRE(night.ask("SELECT count(*) FROM jobs WHERE status = 'ambiguous'") == 1);
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 6);
  CHECK(night.billed_since() == 0);
  CHECK(night.backfills() == 2);
}

}  // namespace
}  // namespace toksync::engine
