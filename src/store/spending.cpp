#include "store/spending.hpp"

#include "store/query.hpp"

namespace toksync::store {
namespace {

constexpr const char* kStageOrder =
    "CASE s.stage WHEN 'search' THEN 1 WHEN 'enrich' THEN 2 WHEN 'content_match' THEN 3 WHEN 'audience_match' THEN 4"
    " ELSE 5 END";

struct Grouping {
  bool day = false, pipeline = false, stage = false, run = false;
};

Grouping grouping_of(SpendBy by) {
  switch (by) {
    case SpendBy::everything: return {.day = true, .pipeline = true, .stage = true};
    case SpendBy::day: return {.day = true};
    case SpendBy::pipeline: return {.pipeline = true};
    case SpendBy::stage: return {.stage = true};
    case SpendBy::run: return {.pipeline = true, .run = true};
  }
  return {};
}

std::string query_text(const Grouping& by) {
  std::string columns;
  std::string terms;
  const auto add = [&](bool wanted, std::string_view column, std::string_view term) {
    columns.append(wanted ? column : "NULL").append(", ");
    if (wanted) terms.append(terms.empty() ? "" : ", ").append(term);
  };
  add(by.day, "d.day", "d.day");
  add(by.pipeline, "r.pipeline", by.run ? "r.run_key" : "r.pipeline");
  add(by.stage, "s.stage", kStageOrder);
  add(by.run, "r.run_id", "r.run_id");
  return "SELECT " + columns +
         "sum(d.charged), sum(d.reserved), sum(d.released) FROM credit_day_rows d JOIN stage_rows s USING (stage_key)"
         " JOIN run_rows r USING (run_key) WHERE d.day >= ?1 GROUP BY " +
         terms + " ORDER BY " + terms;
}

}  // namespace

std::vector<SpendRow> spending(Store& store, SpendBy by, std::string_view since_day) {
  std::vector<SpendRow> rows;
  Query query(store.database(), query_text(grouping_of(by)));
  query.each(
      [&](const Row& row) {
        rows.push_back({row.optional_text(0), row.optional_text(1), row.optional_text(2), row.optional_text(3),
                        row.integer(4), row.integer(5), row.integer(6)});
      },
      since_day);
  return rows;
}

Credits open_credits(Store& store) {
  Query query(store.database(), "SELECT coalesce(sum(credits_open), 0) FROM stage_rows WHERE credits_open <> 0");
  return query.integer().value_or(0);
}

std::optional<UsageReading> last_usage_reading(Store& store) {
  Query query(store.database(),
              "SELECT u.at, r.run_id, u.period, u.total_credits_charged, u.balance FROM usage_snapshot_rows u"
              " JOIN run_rows r USING (run_key) ORDER BY u.snapshot_key DESC LIMIT 1");
  return query.first([](const Row& row) {
    return UsageReading{row.text(0), row.text(1), row.text(2), row.optional_integer(3), row.optional_integer(4)};
  });
}

}  // namespace toksync::store
