#include "auditor.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace toksync::engine::test {
namespace {

constexpr std::int64_t kMostRounds = 20'000;

void require(bool holds, const char* what) {
  if (!holds) throw Violation(what);
}

void require_at_most(Credits spent, Credits limit, std::string_view what) {
  if (spent > limit) throw Violation(fmt::format("{}: {} credits, and the limit is {}", what, spent, limit));
}

/// Whether no price is above what the engine knows before it buys.
bool prices_are_known(const Audited& audited) {
  const auto dearer = [](const auto& factor) { return factor.second > 1; };
  return audited.pipeline.prices.empty() && std::ranges::none_of(audited.api.price_factors, dearer);
}

}  // namespace

Auditor::Auditor(const Audited& audited)
    : audited_(audited),
      of_jobs_(audited.store.database(),
               "SELECT coalesce(sum(credits_reserved), 0), coalesce(sum(credits_charged), 0),"
               " coalesce(sum(credits_released), 0) FROM job_rows"),
      of_stages_(audited.store.database(),
                 "SELECT coalesce(sum(credits_reserved), 0), coalesce(sum(credits_charged), 0),"
                 " coalesce(sum(credits_released), 0) FROM stage_rows"),
      of_ledger_(audited.store.database(),
                 "SELECT coalesce(sum(credits) FILTER (WHERE kind = 'reserve'), 0),"
                 " coalesce(sum(credits) FILTER (WHERE kind = 'charge'), 0),"
                 " coalesce(sum(credits) FILTER (WHERE kind = 'release'), 0) FROM credit_ledger_rows"),
      of_run_(audited.store.database(),
              "SELECT coalesce(sum(credits_reserved - credits_released), 0) FROM job_rows JOIN intents"
              " USING (intent_key) WHERE run_key = ?1"),
      settled_but_open_(audited.store.database(),
                        "SELECT count(*) FROM job_rows WHERE is_settled = 1 AND credits_open <> 0") {
  of_run_.bind(1, static_cast<std::int64_t>(audited.run.key));
  spent_before_ = read(of_run_);
  spent_in_month_before_ = audited_.store.spent_in_month(month_of(audited_.clock.wall()));
}

Auditor::Sums Auditor::read_sums(SQLite::Statement& statement) {
  (void)statement.executeStep();
  const Sums sums{statement.getColumn(0).getInt64(), statement.getColumn(1).getInt64(),
                  statement.getColumn(2).getInt64()};
  statement.reset();
  return sums;
}

std::int64_t Auditor::read(SQLite::Statement& statement) {
  (void)statement.executeStep();
  const auto value = statement.getColumn(0).getInt64();
  statement.reset();
  return value;
}

void Auditor::observe(const Progress& progress) {
  require(++rounds_ < kMostRounds, "the run does not end");
  require(progress.credits_spent == read(of_run_), "the engine and the database disagree about what was spent");
  for (const auto& unit : progress.units) {
    require(unit.done + unit.failed + unit.held <= std::max(unit.total, unit.done), "a unit counts more than it has");
  }
  check_books();
}

void Auditor::check_books() {
  const auto sums = read_sums(of_ledger_);
  require(sums == read_sums(of_jobs_), "the ledger is not the sum of the jobs");
  require(sums == read_sums(of_stages_), "the ledger is not the sum of the stages");
  require(sums.reserved >= sums.charged + sums.released, "more is charged and released than was reserved");
  require(read(settled_but_open_) == 0, "a job is settled and still open");
  check_limits();
  if (!prices_are_known(audited_)) return;
  const auto spent = sums.reserved - sums.released;
  require_at_most(audited_.api.held_since(audited_.began), spent,
                  "the account was charged what the ledger does not know");
  check_account();
}

void Auditor::check_limits() {
  const auto& budget = audited_.pipeline.budget;
  const auto in_run = read(of_run_);
  require(in_run == audited_.store.spent_in_run(audited_.run.key), "the stages and the jobs of the run disagree");
  if (!prices_are_known(audited_)) return;
  if (const auto limit = budget.max_credits_per_run) {
    require_at_most(in_run, std::max(*limit, spent_before_), "max_credits_per_run");
    // What arrived late belongs to the run that sent it.
    const auto truly = audited_.api.held_since(audited_.run_began);
    require_at_most(truly, std::max(*limit, spent_before_), "max_credits_per_run by the bill");
  }
  if (const auto limit = budget.max_credits_per_month) {
    const auto in_month = audited_.store.spent_in_month(month_of(audited_.clock.wall()));
    require_at_most(in_month, std::max(*limit, spent_in_month_before_), "max_credits_per_month");
  }
}

void Auditor::check_account() const {
  const auto& api = audited_.api;
  const bool told = api.usage_is_allowed && api.balance_lag == Milliseconds{0} && !api.has_others();
  const auto lowest = api.lowest_balance();
  if (!told || !lowest) return;
  const auto keep = audited_.pipeline.budget.keep_credits.value_or(0);
  if (*lowest < keep) throw Violation(fmt::format("keep_credits: {} credits are left of {}", *lowest, keep));
}

}  // namespace toksync::engine::test
