// How many credits may still be spent. Everything reserved counts as spent until it is settled, and a
// step that was admitted keeps its estimate set aside, so no interleaving of steps passes a limit.
// Pure bookkeeping: the figures come from the ledger and from the account's usage.
#pragma once

#include <optional>

#include "model/credits.hpp"
#include "pipeline/pipeline.hpp"

namespace toksync::engine {

/// Which limit is the tightest.
enum class Limit { none, run, month, account, keep_credits };

/// "max_credits_per_run", "max_credits_per_month", "the account's balance" or "keep_credits".
[[nodiscard]] std::string_view to_string(Limit limit);

struct Allowance {
  Credits credits = 0;  ///< what may still be bought, never negative
  Limit limit = Limit::none;
};

class Budget {
 public:
  Budget(const pipeline::BudgetConfig& config, Credits spent_in_run, Credits spent_in_month);

  /// The account's balance as just reported; `in_flight` is what was reserved for requests whose answer,
  /// or another try, is awaited, or was lost: the report may or may not count it.
  void observe_balance(std::optional<Credits> balance, Credits in_flight);
  /// What an earlier process reserved for a job that still runs: of thought leaders, whose charge is made at their end
  /// (contracts/toksta.md, "Thought leaders"). No report need count it until then.
  void carry_over(Credits reserved) { carried_over_ += reserved; }
  /// Such a job ended; settle() tells the charge.
  void end_carried_over(Credits reserved) { carried_over_ -= reserved; }
  [[nodiscard]] Allowance available() const;
  /// False when the account itself, whatever we mean to keep in it, has too few credits.
  [[nodiscard]] bool account_covers(Credits credits) const { return !balance() || *balance() - set_aside_ >= credits; }
  /// True when a newer report of the balance could change whether that many credits may be spent: others may spend,
  /// too, and the last report leaves less than twice as many above keep_credits.
  [[nodiscard]] bool is_tight_for(Credits credits) const;
  void set_aside(Credits credits) { set_aside_ += credits; }
  void give_back(Credits credits) { set_aside_ -= credits; }
  /// A request's reservation, taken from what was set aside for its step.
  void reserve(Credits credits);
  /// A reservation ends as a charge of that many credits (0: nothing was charged).
  void settle(Credits reserved, Credits charged);
  /// The same for a job that an earlier run paid for.
  void settle_for_other_run(Credits reserved, Credits charged);
  [[nodiscard]] Credits spent_in_run() const { return spent_in_run_; }
  /// What the account has as far as known: its own report, or less when our purchases should have left less.
  [[nodiscard]] std::optional<Credits> balance() const;

 private:
  pipeline::BudgetConfig config_;
  Credits spent_in_run_;
  Credits spent_in_month_;
  Credits set_aside_ = 0;
  Credits carried_over_ = 0;
  std::optional<Credits> reported_;  ///< by the newest report, and our purchases since
  std::optional<Credits> expected_;  ///< by the first report, and our purchases since
};

}  // namespace toksync::engine
