// Mirrored lists in a real database, by the tables of Toktra.
#include <array>

#include <doctest/doctest.h>

#include "night.hpp"
#include "store/mirrors.hpp"

namespace toksync::store {
namespace {

constexpr std::array kBudgetColumns{MirrorColumn{"budget_id", "id"}, MirrorColumn{"name", "name"},
                                    MirrorColumn{"spent", "spent", FieldKind::number, true},
                                    MirrorColumn{"amount", "amount", FieldKind::number, true}};
constexpr std::array kUsageColumns{
    MirrorColumn{"day", kSliceField},   MirrorColumn{"period", "period"},
    MirrorColumn{"user_id", "user_id"}, MirrorColumn{"provider", "provider"},
    MirrorColumn{"model", "model"},     MirrorColumn{"estimated_cost_usd", "estimated_cost_usd", FieldKind::number}};

constexpr MirrorResource kBudgets{
    .name = "budgets", .table = "toktra_budgets", .columns = kBudgetColumns, .history_table = "toktra_budget_days"};
constexpr MirrorResource kUsage{.name = "usage",
                                .table = "toktra_usage",
                                .columns = kUsageColumns,
                                .keys = 5,
                                .keeping = Keeping::replaced,
                                .slicing = Slicing::days};

MirrorRow budget(const std::string& id, double spent) {
  return {{id, "of " + id, spent, 100.0}, R"({"id":")" + id + R"(","spent":)" + std::to_string(spent) + "}"};
}

MirrorRow usage(const std::string& day, const std::string& user, double cost) {
  return {{day, day, user, "openai", "gpt-4", cost}, R"({"cost":)" + std::to_string(cost) + "}"};
}

/// The walks of one source through one list.
class Walker {
 public:
  Walker(Night& night, const MirrorResource& resource, std::string source = "acme")
      : night_(night), mirrors_(night.store), resource_(resource), source_(std::move(source)) {}

  WalkRow begin(const std::vector<std::string>& slices = {""}) {
    walk = mirrors_.begin_walk(night_.run.key, source_, resource_.name, std::nullopt, slices, night_.now()).key;
    return mirrors_.walk_of_run(night_.run.key, source_, resource_.name).value();
  }
  PageCommitted page(const std::vector<MirrorRow>& rows, std::optional<std::string> next = std::nullopt,
                     WalkSlice slice = {}, std::optional<std::int64_t> total = std::nullopt) {
    const auto log = night_.answer();
    return mirrors_.commit_page({.walk = walk,
                                 .resource = &resource_,
                                 .source = source_,
                                 .slice = std::move(slice),
                                 .day = day_of(log.at),
                                 .history = history,
                                 .rows = rows,
                                 .next_page = std::move(next),
                                 .total = total,
                                 .doubt = doubt},
                                night_.run.key, log);
  }
  WalkRow finish(WalkStatus status = WalkStatus::succeeded, const OptionalText& error = {}) {
    return mirrors_.finish_walk(walk, resource_, source_, status, error, night_.now());
  }
  /// A whole walk of one page.
  WalkRow walk_through(const std::vector<MirrorRow>& rows) {
    begin();
    page(rows);
    return finish();
  }
  Mirrors& mirrors() { return mirrors_; }

  WalkKey walk{};
  bool history = true;
  OptionalText doubt;  ///< of the pages to come

 private:
  Night& night_;
  Mirrors mirrors_;
  const MirrorResource& resource_;
  std::string source_;
};

TEST_CASE("a row is new once, changed when its record is another one, and keeps when it was first seen") {
  Night night;
  Walker walker(night, kBudgets);
  const auto first = walker.walk_through({budget("b1", 10), budget("b2", 20)});
  CHECK(first.status == WalkStatus::succeeded);
  CHECK(first.rows_read == 2);
  CHECK(first.rows_new == 2);
  CHECK(first.rows_changed == 0);
  const auto first_seen = night.value("SELECT first_seen_at FROM toktra_budgets WHERE budget_id = 'b1'");
  night.clock.advance(std::chrono::hours{1});
  const auto second = walker.walk_through({budget("b1", 15), budget("b2", 20)});
  CHECK(second.rows_new == 0);
  CHECK(second.rows_changed == 1);
  CHECK(second.rows_missing == 0);
  CHECK(night.value("SELECT spent FROM toktra_budgets WHERE budget_id = 'b1'") == "15.0");
  CHECK(night.value("SELECT first_seen_at FROM toktra_budgets WHERE budget_id = 'b1'") == first_seen);
  CHECK(night.value("SELECT changed_at > first_seen_at FROM toktra_budgets WHERE budget_id = 'b1'") == "1");
  CHECK(night.value("SELECT changed_at = first_seen_at FROM toktra_budgets WHERE budget_id = 'b2'") == "1");
  CHECK(night.value("SELECT last_seen_at > first_seen_at FROM toktra_budgets WHERE budget_id = 'b2'") == "1");
}

TEST_CASE("only a walk that came to its end knows what is missing") {
  Night night;
  Walker walker(night, kBudgets);
  walker.walk_through({budget("b1", 1), budget("b2", 2), budget("b3", 3)});
  const auto missing = [&] {
    return night.value("SELECT group_concat(budget_id, ' ') FROM toktra_budgets WHERE missing_since IS NOT NULL");
  };
  for (const auto status : {WalkStatus::incomplete, WalkStatus::failed, WalkStatus::not_entitled}) {
    walker.begin();
    walker.page({budget("b1", 1)}, "next");
    CHECK(walker.finish(status, "it broke off").error == "it broke off");
    CHECK(missing() == "NULL");
  }
  const auto whole = walker.walk_through({budget("b1", 1)});
  CHECK(whole.rows_missing == 2);
  CHECK(missing() == "b2 b3");
  const auto since = night.value("SELECT missing_since FROM toktra_budgets WHERE budget_id = 'b3'");
  night.clock.advance(std::chrono::hours{24});
  CHECK(walker.walk_through({budget("b1", 1), budget("b2", 2)}).rows_missing == 0);
  CHECK(missing() == "b3");
  CHECK(night.value("SELECT missing_since FROM toktra_budgets WHERE budget_id = 'b3'") == since);
}

TEST_CASE("sources do not touch each other's rows") {
  Night night;
  Walker acme(night, kBudgets, "acme");
  Walker other(night, kBudgets, "other");
  acme.walk_through({budget("b1", 1), budget("b2", 2)});
  other.walk_through({budget("b1", 7)});
  CHECK(other.walk_through({}).rows_missing == 1);
  CHECK(night.count("SELECT count(*) FROM toktra_budgets WHERE source = 'acme' AND missing_since IS NULL") == 2);
  CHECK(night.value("SELECT spent FROM toktra_budgets WHERE source = 'acme' AND budget_id = 'b1'") == "1.0");
}

TEST_CASE("the slice of a replaced list is replaced as a whole when its last page is there") {
  Night night;
  Walker walker(night, kUsage);
  walker.begin({"2026-05-30", "2026-05-31"});
  walker.page({usage("2026-05-30", "u1", 1), usage("2026-05-30", "u2", 2)}, {}, {0, "2026-05-30", ""});
  walker.page({usage("2026-05-31", "u1", 3)}, {}, {1, "2026-05-31", ""});
  CHECK(walker.finish().rows_new == 3);
  const auto rows = [&] {
    return night.value("SELECT group_concat(day || user_id || estimated_cost_usd, ' ') FROM toktra_usage");
  };
  const std::string before = "2026-05-30u11.0 2026-05-30u22.0 2026-05-31u13.0";
  CHECK(rows() == before);
  walker.begin({"2026-05-30"});
  walker.page({}, "c2", {0, "2026-05-30", ""});
  CHECK(rows() == before);
  walker.page({usage("2026-05-30", "u1", 1.5), usage("2026-05-30", "u3", 4)}, {}, {0, "2026-05-30", "c2"});
  CHECK(rows() == "2026-05-30u11.5 2026-05-30u34.0 2026-05-31u13.0");
  const auto end = walker.finish();
  CHECK(end.rows_read == 2);
  CHECK(end.rows_new == 1);
  CHECK(end.rows_changed == 1);
  CHECK(end.rows_missing == 1);
  // A day of which nothing is left.
  walker.begin({"2026-05-31"});
  walker.page({}, {}, {0, "2026-05-31", ""});
  CHECK(walker.finish().rows_missing == 1);
  CHECK(rows() == "2026-05-30u11.5 2026-05-30u34.0");
}

TEST_CASE("a page that cannot be stored as a whole is not stored at all") {
  Night night;
  Walker walker(night, kUsage);
  walker.begin({"2026-05-30"});
  walker.page({usage("2026-05-30", "u1", 1)}, {}, {0, "2026-05-30", ""});
  walker.finish();
  const auto requests = night.count("SELECT count(*) FROM api_requests");
  walker.begin({"2026-05-30"});
  night.store.database().exec(
      "CREATE TEMP TRIGGER refuse BEFORE INSERT ON toktra_usage WHEN new.user_id = 'u9'"
      " BEGIN SELECT raise(ABORT, 'no'); END");
  CHECK_THROWS_AS(walker.page({usage("2026-05-30", "u1", 5), usage("2026-05-30", "u9", 6)}, {}, {0, "2026-05-30", ""}),
                  SQLite::Exception);
  CHECK(night.value("SELECT group_concat(user_id || estimated_cost_usd) FROM toktra_usage") == "u11.0");
  CHECK(night.count("SELECT count(*) FROM api_requests") == requests);
  CHECK(walker.mirrors().open_slices(walker.walk).size() == 1);
}

TEST_CASE("a walk that was cut off goes on where it was") {
  Night night;
  Walker walker(night, kUsage);
  walker.begin({"2026-05-29", "2026-05-30", "2026-05-31"});
  walker.page({usage("2026-05-29", "u1", 1)}, {}, {0, "2026-05-29", ""});
  walker.page({}, "c2", {1, "2026-05-30", ""});
  Mirrors again(night.store);
  const auto walk = again.walk_of_run(night.run.key, "acme", "usage").value();
  CHECK(walk.status == WalkStatus::running);
  CHECK(walk.key == walker.walk);
  CHECK(walk.rows_read == 1);
  const auto open = again.open_slices(walk.key);
  REQUIRE(open.size() == 2);
  CHECK(open[0].slice == "2026-05-30");
  CHECK(open[0].page == "c2");
  CHECK(open[1].slice == "2026-05-31");
  CHECK(open[1].page.empty());
  CHECK_FALSE(again.last_complete_walk("acme", "usage"));
}

TEST_CASE("a walk that is begun anew gives up the one before it") {
  Night night;
  Walker walker(night, kBudgets);
  const auto first = walker.begin().key;
  const auto second = walker.begin();
  CHECK(second.key != first);
  CHECK(walker.mirrors().open_slices(first).empty());
  CHECK(night.value("SELECT status FROM mirror_walk_rows ORDER BY walk_key LIMIT 1") == "failed");
  walker.page({budget("b1", 1)});
  walker.finish();
  CHECK(walker.mirrors().last_complete_walk("acme", "budgets").value().key == second.key);
  REQUIRE(walker.mirrors().walks_of_run(night.run.key).size() == 1);
  CHECK(walker.mirrors().walks_of_run(night.run.key).front().status == WalkStatus::succeeded);
}

TEST_CASE("the history keeps one row a day, the last one, and none when it is off") {
  Night night;
  Walker walker(night, kBudgets);
  walker.walk_through({budget("b1", 1)});
  night.clock.advance(std::chrono::hours{1});
  walker.walk_through({budget("b1", 2)});
  night.clock.advance(std::chrono::days{1});
  walker.walk_through({budget("b1", 3), budget("b2", 4)});
  const auto days = [&] {
    return night.value("SELECT group_concat(budget_id || ' ' || day || ' ' || spent, ', ') FROM toktra_budget_days");
  };
  const std::string kept = "b1 2026-06-01 2.0, b1 2026-06-02 3.0, b2 2026-06-02 4.0";
  CHECK(days() == kept);
  walker.history = false;
  night.clock.advance(std::chrono::days{1});
  walker.walk_through({budget("b1", 5)});
  CHECK(days() == kept);
}

TEST_CASE("rows that moved between pages are looked for once more, and then nothing is said to be missing") {
  Night night;
  Walker walker(night, kBudgets);
  walker.walk_through({budget("b1", 1), budget("b2", 2)});
  walker.begin();
  CHECK(walker.page({budget("b1", 1)}, {}, {}, 2) == PageCommitted::read_again);
  CHECK(walker.mirrors().open_slices(walker.walk).size() == 1);
  CHECK(walker.page({budget("b1", 1)}, {}, {}, 2) == PageCommitted::goes_on);
  const auto end = walker.finish();
  CHECK(end.status == WalkStatus::incomplete);
  CHECK(end.error);
  CHECK(night.count("SELECT count(*) FROM toktra_budgets WHERE missing_since IS NOT NULL") == 0);
}

// What the views answer.

void fill_people(Night& night) {
  Walker walker(night, kBudgets);
  walker.walk_through({budget("near", 85), budget("far", 79), budget("over", 120)});
  night.clock.advance(std::chrono::days{1});
  walker.walk_through({budget("near", 90), budget("far", 10), budget("over", 130)});
  night.store.database().exec(
      "INSERT INTO toktra_users (source, user_id, email, name, department, first_seen_at, last_seen_at, changed_at,"
      " walk_key, raw_json) VALUES"
      " ('acme', 'u1', 'a@x', 'Ann', 'Engineering', '', '', '', 1, '{}'),"
      " ('acme', 'u2', 'b@x', 'Bob', 'engineering', '', '', '', 1, '{}'),"
      " ('acme', 'u3', 'c@x', 'Cay', 'Sales', '', '', '', 1, '{}');"
      "INSERT INTO toktra_usage (source, day, period, user_id, provider, model, requests, input_tokens, output_tokens,"
      " estimated_cost_usd, last_seen_at, walk_key, raw_json) VALUES"
      " ('acme', '2026-05-30', 'd', 'u1', 'openai', 'gpt-4', 1, 1000, 500, 3, '', 1, '{}'),"
      " ('acme', '2026-05-31', 'd', 'u2', 'openai', 'gpt-4', 2, 2000, 500, 3, '', 1, '{}'),"
      " ('acme', '2026-05-31', 'd', 'u3', 'anthropic', 'claude-3-opus', 4, 10, 10, 2, '', 1, '{}'),"
      " ('acme', '2026-05-31', 'd', '', 'openai', 'gpt-4', 8, NULL, NULL, NULL, '', 1, '{}'),"
      " ('acme', '2026-06-01', 'd', 'u3', 'openai', 'gpt-4', 1, 1, 1, 0, '', 1, '{}');");
}

TEST_CASE("a walk that was in doubt once marks nothing as missing, whoever ends it") {
  Night night;
  Walker walker(night, kBudgets);
  walker.walk_through({budget("b1", 1), budget("b2", 2), budget("b3", 3)});
  walker.begin();
  walker.doubt = "a record has no id";
  CHECK(walker.page({budget("b1", 1)}, "2") == PageCommitted::goes_on);
  walker.doubt.reset();
  // Fewer than the API counts, for a reason that reading again does not remove.
  CHECK(walker.page({budget("b2", 2)}, {}, {.page = "2"}, 3) == PageCommitted::goes_on);
  const auto walk = walker.finish();
  CHECK(walk.status == WalkStatus::incomplete);
  CHECK(walk.error == "a record has no id");
  CHECK(walk.rows_missing == 0);
  CHECK(night.value("SELECT count(*) FROM toktra_budgets WHERE missing_since IS NOT NULL") == "0");
}

TEST_CASE("cost by department takes no notice of case, and forgets nobody") {
  Night night;
  fill_people(night);
  const auto of = [&](const std::string& where) {
    return night.value(
        "SELECT group_concat(users || '|' || requests || '|' || ifnull(estimated_cost_usd, '-') || '|' ||"
        " ifnull(cost_share_percent, '-'), ', ') FROM toktra_cost_by_department WHERE " +
        where);
  };
  CHECK(of("month = '2026-05' AND department = 'engineering' COLLATE NOCASE") == "2|3|6.0|75.0");
  CHECK(of("month = '2026-05' AND department = 'Sales'") == "1|4|2.0|25.0");
  CHECK(of("month = '2026-05' AND department IS NULL") == "0|8|-|-");
  CHECK(of("month = '2026-06'") == "1|1|0.0|-");
}

TEST_CASE("cost by model tells the price of a million tokens") {
  Night night;
  fill_people(night);
  CHECK(night.value("SELECT users || '|' || requests || '|' || estimated_cost_usd || '|' || usd_per_million"
                    " FROM toktra_cost_by_model WHERE month = '2026-05' AND model = 'gpt-4'") == "2|11|6.0|1500.0");
  CHECK(night.count("SELECT count(*) FROM toktra_cost_by_model") == 3);
}

TEST_CASE("budgets near their end are those of which four fifths are spent") {
  Night night;
  fill_people(night);
  CHECK(
      night.value(
          "SELECT group_concat(budget_id || ' ' || spent_percent || ' ' || spent_since || ' ' || since_day, ', ') FROM"
          " (SELECT * FROM toktra_budgets_near_end ORDER BY spent_percent DESC)") ==
      "over 130.0 10.0 2026-06-01, near 90.0 5.0 2026-06-01");
  night.store.database().exec("UPDATE toktra_budgets SET missing_since = 'now' WHERE budget_id = 'over'");
  CHECK(night.count("SELECT count(*) FROM toktra_budgets_near_end") == 1);
}

TEST_CASE("open alerts tell how old they are and whom they are about") {
  Night night;
  fill_people(night);
  night.store.database().exec(
      "INSERT INTO toktra_policies (source, policy_id, name, first_seen_at, last_seen_at, changed_at, walk_key,"
      " raw_json) VALUES ('acme', 'p1', 'No gpt-4', '', '', '', 1, '{}');"
      "INSERT INTO toktra_alerts (source, alert_id, severity, status, user_id, policy_id, created_at, resolved_at,"
      " first_seen_at, last_seen_at, changed_at, walk_key, raw_json) VALUES"
      " ('acme', 'a1', 'high', 'open', 'u1', 'p1', '2026-05-31T12:00:00Z', NULL, '', '2026-06-02T00:00:00Z', '', 1,"
      "  '{}'),"
      " ('acme', 'a2', 'critical', 'acknowledged', NULL, NULL, NULL, NULL, '', '2026-06-02T00:00:00Z', '', 1, '{}'),"
      " ('acme', 'a3', 'low', 'resolved', NULL, NULL, NULL, NULL, '', '', '', 1, '{}'),"
      " ('acme', 'a4', 'low', 'open', NULL, NULL, NULL, '2026-06-01T00:00:00Z', '', '', '', 1, '{}');");
  CHECK(night.value("SELECT group_concat(alert_id || '|' || ifnull(age_days, '-') || '|' || ifnull(user_name, '-') ||"
                    " '|' || ifnull(department, '-') || '|' || ifnull(policy, '-'), ', ')"
                    " FROM (SELECT * FROM toktra_open_alerts ORDER BY severity_rank)") ==
        "a2|-|-|-|-, a1|1.5|Ann|Engineering|No gpt-4");
}

}  // namespace
}  // namespace toksync::store
