#include "store/ledger.hpp"

namespace toksync::store {
namespace {

constexpr std::string_view kByPriceTable = "price_table";
constexpr std::size_t kDayLength = 10;  // of "2026-05-28"

}  // namespace

Ledger::Ledger(SQLite::Database& database)
    : find_payer_(
          database,
          "SELECT i.run_key, i.stage_key FROM job_rows j JOIN intents i USING (intent_key) WHERE j.job_key = ?1"),
      insert_entry_(
          database,
          "INSERT INTO credit_ledger_rows (at, run_key, stage_key, job_key, kind, credits, source, request_id)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      add_to_job_(database,
                  "UPDATE job_rows SET credits_reserved = credits_reserved + ?2,"
                  " credits_charged = credits_charged + ?3, credits_released = credits_released + ?4"
                  " WHERE job_key = ?1"),
      add_to_stage_(database,
                    "UPDATE stage_rows SET credits_reserved = credits_reserved + ?2,"
                    " credits_charged = credits_charged + ?3, credits_released = credits_released + ?4,"
                    " credits_estimated = credits_estimated + ?5 WHERE stage_key = ?1"),
      add_to_day_(database,
                  "INSERT INTO credit_day_rows (stage_key, day, reserved, charged, released)"
                  " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (day, stage_key) DO UPDATE SET"
                  " reserved = reserved + excluded.reserved, charged = charged + excluded.charged,"
                  " released = released + excluded.released"),
      read_open_(database, "SELECT credits_open FROM job_rows WHERE job_key = ?1 AND is_settled = 0"),
      mark_settled_(database, "UPDATE job_rows SET is_settled = 1 WHERE job_key = ?1"),
      sum_run_(database,
               "SELECT coalesce(sum(credits_reserved - credits_released), 0) FROM stage_rows WHERE run_key = ?1"),
      sum_month_(database, "SELECT coalesce(sum(charged), 0) FROM credit_day_rows WHERE day >= ?1 AND day < ?2"),
      sum_open_(database, "SELECT coalesce(sum(credits_open), 0) FROM stage_rows WHERE credits_open <> 0"),
      sum_kinds_(database, "SELECT kind, sum(credits) FROM credit_ledger_rows GROUP BY kind") {}

void Ledger::reserve(JobKey job, Credits credits, WallTime at) {
  book(job, {"reserve", credits, kByPriceTable}, {at, {}});
}

void Ledger::settle(JobKey job, const Charge& charge, const Stamp& stamp) {
  const auto open = read_open_.integer(job);
  if (!open) return;
  // A price above the reservation is reserved first, so that no sum ever goes below zero.
  book(job, {"reserve", charge.credits - *open, "answer"}, stamp);
  book(job, {"charge", charge.credits, charge.source}, stamp);
  book(job, {"release", *open - charge.credits, "settled"}, stamp);
  mark_settled_.run(job);
}

void Ledger::release(JobKey job, std::string_view why, const Stamp& stamp) {
  const auto open = read_open_.integer(job);
  if (!open) return;
  book(job, {"release", *open, why}, stamp);
  mark_settled_.run(job);
}

void Ledger::book(JobKey job, const Movement& movement, const Stamp& stamp) {
  if (movement.credits <= 0) return;
  const auto read = [](const Row& row) { return Payer{row.key<RunKey>(0), row.key<StageKey>(1)}; };
  const auto payer = find_payer_.first(read, job).value();
  const auto at = to_iso8601(stamp.at);
  insert_entry_.run(at, payer.run, payer.stage, job, movement.kind, movement.credits, movement.source,
                    stamp.request_id);
  const auto reserved = movement.kind == "reserve" ? movement.credits : 0;
  const auto charged = movement.kind == "charge" ? movement.credits : 0;
  const auto released = movement.kind == "release" ? movement.credits : 0;
  const auto estimated = movement.source == kByPriceTable && reserved > 0                ? reserved
                         : movement.source == kNotSent || movement.source == kNotArrived ? -released
                                                                                         : 0;
  add_to_job_.run(job, reserved, charged, released);
  add_to_stage_.run(payer.stage, reserved, charged, released, estimated);
  add_to_day_.run(payer.stage, at.substr(0, kDayLength), reserved, charged, released);
}

Credits Ledger::spent_in_run(RunKey run) { return sum_run_.integer(run).value_or(0); }

Credits Ledger::spent_in_month(std::string_view month) {
  // '.' follows '-' in ASCII: the range is every day that begins with the month.
  const auto prefix = std::string{month};
  return sum_month_.integer(prefix + "-", prefix + ".").value_or(0) + sum_open_.integer().value_or(0);
}

LedgerTotals Ledger::totals() {
  LedgerTotals totals;
  sum_kinds_.each([&totals](const Row& row) {
    const auto kind = row.text(0);
    (kind == "reserve" ? totals.reserved : kind == "charge" ? totals.charged : totals.released) = row.integer(1);
  });
  return totals;
}

}  // namespace toksync::store
