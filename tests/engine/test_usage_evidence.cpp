#include <doctest/doctest.h>

#include "engine/usage_evidence.hpp"

namespace toksync::engine {
namespace {

using std::chrono::minutes;
using store::SnapshotKey;
using store::UsageMovement;
using store::UsageSnapshot;

constexpr Seconds kSettleAfter{180};
constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kLeaders = StageName::thought_leaders;

const WallTime kNoon = from_iso8601("2026-06-15T12:00:00Z").value();

using Operations = std::map<std::string, Credits>;

/// A reading of June, so many minutes after noon.
UsageSnapshot reading(int key, int minute, Credits total, Operations operations = {}) {
  return {SnapshotKey{key}, kNoon + minutes{minute}, "2026-06", total, std::move(operations)};
}

/// Readings 10 and 20, at noon and `later` minutes after it.
struct Pair {
  explicit Pair(int later, Credits moved = 0) : before(reading(10, 0, 100)), after(reading(20, later, 100 + moved)) {}
  [[nodiscard]] UsageReadings readings() const { return {before, after, kSettleAfter}; }
  UsageSnapshot before, after;
};

UsageMovement sent(StageName family, int minute, Credits reserved) {
  UsageMovement movement;
  movement.intent = IntentKey{1};
  movement.family = family;
  movement.sent_at = kNoon + minutes{minute};
  movement.snapshot = SnapshotKey{minute < 0 ? 9 : 10};
  movement.reserved = reserved;
  return movement;
}

UsageMovement settled(UsageMovement movement, Credits charged, int finished = 0) {
  movement.settled = true;
  movement.charged = charged;
  movement.finished_at = kNoon + minutes{finished};
  return movement;
}

UsageMovement ambiguous(UsageMovement movement) {
  movement.ambiguous = true;
  return movement;
}

TEST_CASE("what a request moved between two readings is exact once both readings show all of it") {
  struct Row {
    std::string what;
    UsageMovement movement;
    int later;
    CreditRange range;
  };
  const std::vector<Row> rows{
      {"charged long before", settled(sent(kEnrich, -10, 5), 5), 60, {0, 0}},
      {"charged just before: the first reading may show it, or not", settled(sent(kEnrich, -2, 5), 5), 60, {0, 5}},
      {"the last moment that counts as just before", settled(sent(kEnrich, -3, 5), 5), 60, {0, 5}},
      {"charged between, long ago", settled(sent(kEnrich, 1, 5), 5), 60, {5, 5}},
      {"charged less than reserved", settled(sent(kEnrich, 1, 5), 4), 60, {4, 4}},
      {"charged more than reserved", settled(sent(kEnrich, 1, 5), 10), 60, {10, 10}},
      {"not charged", settled(sent(kContent, 1, 15), 0), 60, {0, 0}},
      {"charged between, just now: the second reading may not show it", settled(sent(kEnrich, 59, 5), 5), 60, {0, 5}},
      {"charged just now and more than reserved", settled(sent(kEnrich, 59, 5), 10), 60, {0, 10}},
      {"charged just now and less than reserved", settled(sent(kEnrich, 59, 5), 4), 60, {0, 5}},
      {"on its way", sent(kEnrich, 59, 5), 60, {0, 5}},
      {"on its way since before the first reading", sent(kEnrich, -1, 5), 60, {0, 5}},
      {"in doubt since just before", ambiguous(sent(kContent, -1, 15)), 60, {0, 15}},
      {"in doubt for so long that the first reading shows it if any does",
       ambiguous(sent(kContent, -60, 15)),
       60,
       {0, 0}},
      {"in doubt, sent between", ambiguous(sent(kContent, 1, 15)), 60, {0, 15}},
      {"a search, charged between", settled(sent(kSearch, 1, 1), 1), 60, {1, 1}}};
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(known_movement(row.movement, Pair(row.later).readings()) == row.range);
  }
}

TEST_CASE("a job of thought leaders moves the usage twice: by its reservation, and back by what it did not use") {
  struct Row {
    std::string what;
    UsageMovement movement;
    CreditRange range;
  };
  const std::vector<Row> rows{
      {"ended long before", settled(sent(kLeaders, -60, 200), 74, -30), {0, 0}},
      {"ended just before: refunded in the first reading, or not",
       settled(sent(kLeaders, -60, 200), 74, -1),
       {-126, 74}},
      {"began before, ended between", settled(sent(kLeaders, -10, 200), 74, 10), {-126, 74}},
      {"began and ended between", settled(sent(kLeaders, 1, 200), 74, 10), {74, 74}},
      {"began between, ended just now: perhaps not refunded yet", settled(sent(kLeaders, 1, 200), 74, 59), {0, 200}},
      {"runs since long before", sent(kLeaders, -600, 200), {-200, 200}},
      {"runs since then", sent(kLeaders, 1, 200), {0, 200}},
      {"in doubt, sent between", ambiguous(sent(kLeaders, 1, 200)), {0, 200}},
      {"in doubt, sent before: it may have been refunded since", ambiguous(sent(kLeaders, -10, 200)), {-200, 200}},
      {"in doubt since long before", ambiguous(sent(kLeaders, -60, 200)), {0, 0}},
      {"never arrived, and found out between", settled(sent(kLeaders, 1, 200), 0, 40), {0, 0}}};
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(known_movement(row.movement, Pair(60).readings()) == row.range);
  }
}

TEST_CASE("where the clock was set back, the number of the reading tells what came after it") {
  auto movement = settled(sent(kEnrich, -50, 5), 5);
  movement.snapshot = SnapshotKey{10};  // after the first reading, whatever the time says
  CHECK(known_movement(movement, Pair(60).readings()) == CreditRange{5, 5});
  movement.snapshot = std::nullopt;  // before there was any reading
  CHECK(known_movement(movement, Pair(60).readings()) == CreditRange{0, 0});
}

TEST_CASE("a request counts in its month, and around a month's end perhaps in the other") {
  const UsageSnapshot before{SnapshotKey{10}, from_iso8601("2026-07-01T00:00:30Z").value(), "2026-07", 0, {}};
  const UsageSnapshot after{SnapshotKey{20}, from_iso8601("2026-07-01T02:00:00Z").value(), "2026-07", 9, {}};
  const UsageReadings readings{before, after, kSettleAfter};
  const auto at = [](const char* time) {
    auto movement = settled(sent(kEnrich, 0, 5), 5);
    movement.sent_at = from_iso8601(time).value();
    return movement;
  };
  CHECK(known_movement(at("2026-06-30T23:45:00Z"), readings) == CreditRange{0, 0});
  CHECK(known_movement(at("2026-06-30T23:55:00Z"), readings) == CreditRange{0, 5});
  CHECK(known_movement(at("2026-07-01T00:05:00Z"), readings) == CreditRange{0, 5});
  CHECK(known_movement(at("2026-07-01T00:15:00Z"), readings) == CreditRange{5, 5});
}

TEST_CASE("ten minutes around a month's end are not clear of it") {
  for (const auto& [time, clear] : std::vector<std::pair<const char*, bool>>{{"2026-06-30T23:49:59Z", true},
                                                                             {"2026-06-30T23:50:00Z", false},
                                                                             {"2026-06-30T23:59:59Z", false},
                                                                             {"2026-07-01T00:00:00Z", false},
                                                                             {"2026-07-01T00:09:59Z", false},
                                                                             {"2026-07-01T00:10:00Z", true},
                                                                             {"2026-12-31T23:55:00Z", false}}) {
    CAPTURE(time);
    CHECK(is_clear_of_month_end(from_iso8601(time).value()) == clear);
  }
}

TEST_CASE("a job of thought leaders takes ten times as long to settle") {
  CHECK(settling_time(kContent, kSettleAfter) == kSettleAfter);
  CHECK(settling_time(kLeaders, kSettleAfter) == kSettleAfter * 10);
}

// --- what is left to explain ---

std::optional<StageName> family_of(std::string_view name) {
  if (name.starts_with("odd")) return std::nullopt;
  return name.starts_with("content") ? kContent : name.starts_with("search") ? kSearch : kEnrich;
}

store::LostRequest lost(StageName family) {
  store::LostRequest request;
  request.key = IntentKey{7};
  request.family = family;
  return request;
}

UnexplainedUsage unexplained(StageName family, const Pair& pair, const std::vector<UsageMovement>& movements) {
  return unexplained_usage(lost(family), pair.readings(), movements, family_of);
}

TEST_CASE("what moved in the operations of the family is told from all the rest") {
  Pair pair(60, 3 + 5 + 1);
  pair.before.operations = {{"content", 40}, {"enrichment", 60}};
  pair.after.operations = {{"content", 43}, {"enrichment", 65}, {"search", 1}};
  const auto none = unexplained(kContent, pair, {});
  CHECK(none.own == CreditRange{3, 3});
  CHECK(none.rest == CreditRange{6, 6});
  CHECK_FALSE(none.may_clear);
  const auto known = unexplained(kContent, pair, {settled(sent(kEnrich, 1, 5), 5), settled(sent(kSearch, 1, 1), 1)});
  CHECK(known.own == CreditRange{3, 3});
  CHECK(known.rest == CreditRange{0, 0});
}

TEST_CASE("a total beyond all operations is somebody's") {
  Pair pair(60, 10);
  pair.before.operations = {{"content", 40}};
  pair.after.operations = {{"content", 43}};
  CHECK(unexplained(kContent, pair, {}).rest == CreditRange{7, 7});
}

TEST_CASE("without operations everything is the family's") {
  const Pair pair(60, 8);
  const auto usage = unexplained(kContent, pair, {settled(sent(kEnrich, 1, 5), 5)});
  CHECK(usage.own == CreditRange{3, 3});
  CHECK(usage.rest == CreditRange{0, 0});
}

TEST_CASE("an operation that is named after another family is never the family's") {
  Pair pair(60, 47);
  pair.before.operations = {{"search", 1}};
  pair.after.operations = {{"search", 48}};
  const auto usage = unexplained(kContent, pair, {});
  CHECK(usage.own == CreditRange{0, 0});
  CHECK(usage.rest == CreditRange{47, 47});
}

TEST_CASE("families without an operation of their name share those of unknown names") {
  Pair pair(60, 9);
  pair.before.operations = {{"search", 1}, {"odd_one", 10}};
  pair.after.operations = {{"search", 2}, {"odd_one", 15}, {"odd_two", 3}};
  const auto usage = unexplained(kContent, pair, {settled(sent(kEnrich, 1, 5), 5), settled(sent(kSearch, 1, 1), 1)});
  CHECK(usage.own == CreditRange{3, 3});
  CHECK(usage.rest == CreditRange{0, 0});
}

TEST_CASE("what is undecided of the request itself is left out, what is decided is known") {
  Pair pair(60, 6);
  auto undecided = ambiguous(sent(kContent, 1, 9));
  undecided.intent = IntentKey{7};
  auto adopted = settled(sent(kContent, 1, 3), 3);
  adopted.intent = IntentKey{7};
  const auto usage = unexplained(kContent, pair, {undecided, adopted});
  CHECK(usage.own == CreditRange{3, 3});
  CHECK_FALSE(usage.may_clear);
}

TEST_CASE("a range may clear when time alone narrows it") {
  const auto may_clear = [](const UsageMovement& movement) {
    return unexplained(kContent, Pair(60), {movement}).may_clear;
  };
  CHECK(may_clear(settled(sent(kEnrich, 59, 5), 5)));
  CHECK(may_clear(sent(kEnrich, 59, 5)));
  CHECK(may_clear(sent(kLeaders, -600, 200)));
  CHECK_FALSE(may_clear(settled(sent(kEnrich, 1, 5), 5)));
  // What the first reading showed is not to be found out any more.
  CHECK_FALSE(may_clear(settled(sent(kEnrich, -1, 5), 5)));
  // Another request in doubt waits for its own decision.
  CHECK_FALSE(may_clear(ambiguous(sent(kContent, 59, 3))));
}

TEST_CASE("the drift is what the account moved beyond all that is known, in either direction") {
  const auto drift = [](Credits moved, const std::vector<UsageMovement>& movements) {
    const Pair pair(60, moved);
    return usage_drift(pair.readings(), movements);
  };
  CHECK(drift(5, {settled(sent(kEnrich, 1, 5), 5)}) == CreditRange{0, 0});
  CHECK(drift(8, {settled(sent(kEnrich, 1, 5), 5)}) == CreditRange{3, 3});
  CHECK(drift(0, {settled(sent(kEnrich, 1, 5), 5)}) == CreditRange{-5, -5});
  CHECK(drift(5, {settled(sent(kEnrich, 59, 5), 5)}) == CreditRange{0, 5});
  CHECK(drift(0, {}) == CreditRange{0, 0});
}

}  // namespace
}  // namespace toksync::engine
