#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "plan/choice.hpp"

namespace toksync::plan {
namespace {

using store::Candidate;
using store::Decision;
using store::WorkState;
using Ids = std::vector<std::string>;

std::int64_t key_of(const std::string& id) {
  std::int64_t key = 0;
  for (const char c : id) key = key * 128 + c;
  return key;
}

std::string id_of(CreatorKey creator) {
  std::string id;
  for (auto key = raw(creator); key > 0; key /= 128) id.insert(id.begin(), static_cast<char>(key % 128));
  return id;
}

/// Named by a letter or word, whose characters make the key.
Candidate candidate(const std::string& id, std::int64_t rank, OptionalNumber followers = std::nullopt) {
  Candidate one;
  one.creator = CreatorKey{key_of(id)};
  one.rank = rank;
  one.followers = followers;
  return one;
}

Ids chosen(const std::vector<Candidate>& candidates, const Select& select) {
  Ids ids;
  for (const auto& one : choose(candidates, select)) ids.push_back(id_of(one.creator));
  return ids;
}

const std::vector<Candidate> kFour{candidate("c", 3, 500), candidate("a", 1, 100), candidate("d", 4),
                                   candidate("b", 2, 500)};

TEST_CASE("without a wish the choice is everybody, by rank") {
  CHECK(chosen(kFour, {}) == Ids{"a", "b", "c", "d"});
  CHECK(chosen({}, {}).empty());
}

TEST_CASE("an order puts the largest first, the unknown last, and ties by rank") {
  Select select;
  select.order_by = OrderBy::followers;
  CHECK(chosen(kFour, select) == Ids{"b", "c", "a", "d"});
}

TEST_CASE("an unknown value comes even after a negative one") {
  Select select;
  select.order_by = OrderBy::followers;
  CHECK(chosen({candidate("unknown", 1), candidate("negative", 2, -1e300)}, select) == Ids{"negative", "unknown"});
}

TEST_CASE("top cuts after the order, and may exceed what there is") {
  Select select;
  select.order_by = OrderBy::followers;
  select.top = 2;
  CHECK(chosen(kFour, select) == Ids{"b", "c"});
  select.top = 0;
  CHECK(chosen(kFour, select).empty());
  select.top = 100;
  CHECK(chosen(kFour, select).size() == 4);
}

TEST_CASE("bounds hold at their ends, and top counts what passed them") {
  Select select;
  select.bounds[Measure::followers] = {100.0, 500.0};
  CHECK(chosen(kFour, select) == Ids{"a", "b", "c"});
  select.bounds[Measure::followers] = {100.1, std::nullopt};
  CHECK(chosen(kFour, select) == Ids{"b", "c"});
  select.bounds[Measure::followers] = {std::nullopt, 499.9};
  CHECK(chosen(kFour, select) == Ids{"a"});
  select.bounds[Measure::followers] = {500.0, std::nullopt};
  select.top = 1;
  CHECK(chosen(kFour, select) == Ids{"b"});
}

TEST_CASE("an unknown value passes no bound, but an empty bound is none") {
  Select select;
  select.bounds[Measure::followers] = {0.0, std::nullopt};
  CHECK(chosen({candidate("unknown", 1), candidate("zero", 2, 0)}, select) == Ids{"zero"});
  select.bounds[Measure::followers] = {};
  CHECK(chosen({candidate("unknown", 1)}, select) == Ids{"unknown"});
}

TEST_CASE("every measure and every order looks at its own value") {
  struct Row {
    Measure measure;
    OrderBy order;
    OptionalNumber Candidate::*field;
  };
  const std::vector<Row> rows{{Measure::followers, OrderBy::followers, &Candidate::followers},
                              {Measure::engagement_rate, OrderBy::engagement_rate, &Candidate::engagement_rate},
                              {Measure::posts_per_month, OrderBy::rank, &Candidate::posts_per_month},
                              {Measure::reactions_per_post, OrderBy::score, &Candidate::reactions_per_post},
                              {Measure::content_score, OrderBy::content_score, &Candidate::content_score},
                              {Measure::audience_score, OrderBy::audience_score, &Candidate::audience_score}};
  for (const auto& row : rows) {
    CAPTURE(to_string(row.measure));
    auto with = candidate("with", 2);
    with.*row.field = 10.0;
    const std::vector<Candidate> both{candidate("without", 1), with};
    Select bounded;
    bounded.bounds[row.measure] = {10.0, 10.0};
    CHECK(chosen(both, bounded) == Ids{"with"});
    if (row.order == OrderBy::rank || row.order == OrderBy::score) continue;
    Select ordered;
    ordered.order_by = row.order;
    CHECK(chosen(both, ordered) == Ids{"with", "without"});
  }
  auto scored = candidate("scored", 2);
  scored.score = 1.0;
  Select by_score;
  by_score.order_by = OrderBy::score;
  CHECK(chosen({candidate("without", 1), scored}, by_score) == Ids{"scored", "without"});
}

TEST_CASE("several bounds must all hold") {
  auto one = candidate("one", 1, 1000);
  one.engagement_rate = 1.0;
  auto two = candidate("two", 2, 1000);
  two.engagement_rate = 3.0;
  Select select;
  select.bounds[Measure::followers] = {1000.0, std::nullopt};
  select.bounds[Measure::engagement_rate] = {2.0, std::nullopt};
  CHECK(chosen({one, two}, select) == Ids{"two"});
}

TEST_CASE("work is bought only when nothing speaks against it") {
  const WallTime now{std::chrono::days{20'000}};
  const RefreshAfter month = std::chrono::days{30};
  const RefreshAfter always = Seconds{0};
  const RefreshAfter once = std::nullopt;
  const auto aged = [&](Seconds age) {
    WorkState work;
    work.fresh_at = now - age;
    return work;
  };
  const auto with = [](const auto& change) {
    WorkState work;
    change(work);
    return work;
  };
  const auto outstanding = with([](WorkState& work) { work.outstanding = JobKey{1}; });
  const auto ambiguous = with([](WorkState& work) { work.ambiguous = true; });
  const auto failed = with([](WorkState& work) { work.failed_in_run = true; });
  const auto bought = with([](WorkState& work) { work.succeeded_in_run = true; });
  const auto lost = [&](Seconds age) { return with([&](WorkState& work) { work.lost_at = now - age; }); };
  struct Row {
    std::string what;
    WorkState work;
    RefreshAfter refresh_after;
    Decision decision;
  };
  const std::vector<Row> rows{
      {"never seen", {}, month, Decision::buy},
      {"never seen, once", {}, once, Decision::buy},
      {"young", aged(std::chrono::days{29}), month, Decision::fresh},
      {"exactly as old as allowed", aged(std::chrono::days{30}), month, Decision::buy},
      {"old", aged(std::chrono::days{31}), month, Decision::buy},
      {"old, once is enough", aged(std::chrono::days{9999}), once, Decision::fresh},
      {"just now, always anew", aged(Seconds{0}), always, Decision::buy},
      {"from the future", aged(Seconds{-60}), month, Decision::fresh},
      {"outstanding", outstanding, month, Decision::outstanding},
      {"outstanding, always anew", outstanding, always, Decision::outstanding},
      {"ambiguous", ambiguous, month, Decision::held},
      {"ambiguous, always anew", ambiguous, always, Decision::held},
      {"failed in this run", failed, always, Decision::failed},
      {"bought by this run", bought, always, Decision::fresh},
      {"bought by this run after a failure",
       with([](WorkState& work) { work.succeeded_in_run = work.failed_in_run = true; }), always, Decision::fresh},
      {"ambiguous beside old data", with([&](WorkState& work) {
         work.ambiguous = true;
         work.fresh_at = now;
       }),
       month, Decision::held},
      {"charged and lost, lately", lost(std::chrono::days{29}), month, Decision::failed},
      {"charged and lost, long enough ago", lost(std::chrono::days{30}), month, Decision::buy},
      {"charged and lost, once is enough", lost(std::chrono::days{9999}), once, Decision::failed},
      {"charged and lost, always anew", lost(Seconds{0}), always, Decision::buy},
      {"charged and lost, and bought by this run since", with([&](WorkState& work) {
         work.lost_at = now;
         work.succeeded_in_run = true;
       }),
       month, Decision::fresh},
      {"charged and lost, and outstanding", with([&](WorkState& work) {
         work.lost_at = now;
         work.outstanding = JobKey{1};
       }),
       month, Decision::outstanding},
      {"outstanding and ambiguous", with([](WorkState& work) {
         work.ambiguous = true;
         work.outstanding = JobKey{1};
       }),
       month, Decision::held},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(decide(row.work, row.refresh_after, now) == row.decision);
  }
}

TEST_CASE("what was learned under a clock that was ahead is as young as what was learned now") {
  const WallTime now{std::chrono::days{20'000}};
  const RefreshAfter at_once = Seconds{0}, daily = std::chrono::days{1}, never = std::nullopt;
  for (const auto learned : {now, WallTime{now + std::chrono::hours{9}}}) {
    CHECK_FALSE(is_young(learned, at_once, now));
    CHECK(is_young(learned, daily, now));
    CHECK(is_young(learned, never, now));
  }
  CHECK_FALSE(is_young(now - std::chrono::days{1}, daily, now));
  CHECK(is_young(now - std::chrono::days{1} + Seconds{1}, daily, now));
}

TEST_CASE("whoever is not chosen is told the bound that was not passed") {
  store::Candidate candidate;
  candidate.followers = 8200;
  Select select;
  select.bounds[Measure::followers] = {10000.0, std::nullopt};
  CHECK(why_not_chosen(candidate, select) == "out: followers is 8200, min_followers is 10000");
  select.bounds[Measure::followers] = {std::nullopt, 500.5};
  CHECK(why_not_chosen(candidate, select) == "out: followers is 8200, max_followers is 500.5");
  candidate.followers.reset();
  CHECK(why_not_chosen(candidate, select) == "out: followers is unknown, and a maximum is asked for");
  select = {};
  select.top = 5;
  select.order_by = OrderBy::content_score;
  CHECK(why_not_chosen(candidate, select) == "out: 5 others come before by content_score (top = 5)");
}

TEST_CASE("a decision is told with the age that it goes by") {
  store::WorkState work;
  const RefreshAfter month = std::chrono::days{30};
  CHECK(why(store::Decision::buy, work, month) == "to be bought: nothing is known yet");
  work.fresh_at = from_iso8601("2026-05-01T00:00:00Z");
  CHECK(why(store::Decision::buy, work, month) ==
        "to be bought again: what is known is of 2026-05-01T00:00:00Z, older than refresh_after = 30d");
  CHECK(why(store::Decision::fresh, work, month) ==
        "free: known since 2026-05-01T00:00:00Z, younger than refresh_after = 30d");
  CHECK(why(store::Decision::fresh, work, std::nullopt) ==
        "free: known since 2026-05-01T00:00:00Z, and bought only once (refresh_after = never)");
  work.outstanding = JobKey{17};
  CHECK(why(store::Decision::outstanding, work, month) == "free: job 17 is paid for, and its result is awaited");
  work.lost_at = from_iso8601("2026-05-02T00:00:00Z");
  CHECK(why(store::Decision::failed, work, month) ==
        "out: paid for 2026-05-02T00:00:00Z and the result lost; not bought again before refresh_after = 30d is over");
  work.failed_in_run = true;
  CHECK(why(store::Decision::failed, work, month) == "out: it failed in this run, which does not try it again");
}

}  // namespace
}  // namespace toksync::plan
