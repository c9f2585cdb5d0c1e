#include "engine/budget.hpp"

#include <algorithm>
#include <limits>

#include "model/enum_names.hpp"

namespace toksync::engine {
namespace {

constexpr EnumNames<Limit, 5> kNames{{{Limit::none, "no limit"},
                                      {Limit::run, "max_credits_per_run"},
                                      {Limit::month, "max_credits_per_month"},
                                      {Limit::account, "the account's balance"},
                                      {Limit::keep_credits, "keep_credits"}}};

void tighten(Allowance& allowance, std::optional<Credits> limit, Credits used, Limit name) {
  if (!limit) return;
  const auto left = std::max<Credits>(0, *limit - used);
  if (left < allowance.credits) allowance = {left, name};
}

}  // namespace

std::string_view to_string(Limit limit) { return name_of(kNames, limit); }

Budget::Budget(const pipeline::BudgetConfig& config, Credits spent_in_run, Credits spent_in_month)
    : config_(config), spent_in_run_(spent_in_run), spent_in_month_(spent_in_month) {}

void Budget::observe_balance(std::optional<Credits> balance, Credits in_flight) {
  reported_ = balance ? std::optional(*balance - in_flight - carried_over_) : std::nullopt;
  if (!expected_) expected_ = reported_;
}

std::optional<Credits> Budget::balance() const {
  if (!reported_) return std::nullopt;
  return std::min(*reported_, *expected_);
}

Allowance Budget::available() const {
  Allowance allowance{std::numeric_limits<Credits>::max(), Limit::none};
  tighten(allowance, balance(), set_aside_, Limit::account);
  tighten(allowance, balance(), set_aside_ + config_.keep_credits.value_or(0), Limit::keep_credits);
  tighten(allowance, config_.max_credits_per_month, spent_in_month_ + set_aside_, Limit::month);
  tighten(allowance, config_.max_credits_per_run, spent_in_run_ + set_aside_, Limit::run);
  return allowance;
}

bool Budget::is_tight_for(Credits credits) const {
  return balance() && *balance() - set_aside_ - config_.keep_credits.value_or(0) < 2 * credits;
}

void Budget::reserve(Credits credits) {
  set_aside_ -= credits;
  settle(0, credits);
}

void Budget::settle(Credits reserved, Credits charged) {
  spent_in_run_ += charged - reserved;
  settle_for_other_run(reserved, charged);
}

void Budget::settle_for_other_run(Credits reserved, Credits charged) {
  const auto change = charged - reserved;
  spent_in_month_ += change;
  if (reported_) *reported_ -= change;
  if (expected_) *expected_ -= change;
}

}  // namespace toksync::engine
