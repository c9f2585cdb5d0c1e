#include "engine/usage_evidence.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace toksync::engine {
namespace {

using store::UsageMovement;
using store::UsageSnapshot;

constexpr std::chrono::minutes kMonthMargin{10};
constexpr int kThoughtLeadersFactor = 10;

CreditRange operator+(const CreditRange& left, const CreditRange& right) {
  return {left.low + right.low, left.high + right.high};
}

CreditRange minus(Credits moved, const CreditRange& known) { return {moved - known.high, moved - known.low}; }

/// The moment from which a reading shows all of it.
WallTime settled_from(const UsageMovement& movement, Seconds settle_after) {
  if (movement.family == StageName::thought_leaders && movement.settled) {
    return movement.finished_at.value_or(movement.sent_at) + settle_after;
  }
  return movement.sent_at + settling_time(movement.family, settle_after);
}

bool is_known_before(const UsageMovement& movement, const UsageSnapshot& snapshot) {
  return !movement.snapshot || raw(*movement.snapshot) < raw(snapshot.key);
}

CreditRange movement_of_job(const UsageMovement& movement, const UsageReadings& readings) {
  const auto settled_at = settled_from(movement, readings.settle_after);
  const bool is_running_job = movement.family == StageName::thought_leaders && !movement.settled && !movement.ambiguous;
  if (settled_at <= readings.before.at && !is_running_job) return {0, 0};
  const auto most = std::max(movement.reserved, movement.charged);
  const bool began_before = is_known_before(movement, readings.before);
  // A reservation that was counted already may have come back since.
  const Credits least = began_before && movement.family == StageName::thought_leaders ? movement.charged - most : 0;
  if (!movement.settled || settled_at > readings.after.at) return {least, most};
  return {began_before ? least : movement.charged, movement.charged};
}

Credits sum_of(const UsageSnapshot& snapshot, const std::function<bool(std::string_view)>& counts) {
  Credits sum = 0;
  for (const auto& [name, credits] : snapshot.operations) sum += counts(name) ? credits : 0;
  return sum;
}

}  // namespace

Seconds settling_time(StageName family, Seconds settle_after) {
  return family == StageName::thought_leaders ? settle_after * kThoughtLeadersFactor : settle_after;
}

bool is_clear_of_month_end(WallTime time) { return month_of(time - kMonthMargin) == month_of(time + kMonthMargin); }

CreditRange known_movement(const UsageMovement& movement, const UsageReadings& readings) {
  const auto range = movement_of_job(movement, readings);
  const bool in_period = month_of(movement.sent_at) == readings.after.period;
  if (is_clear_of_month_end(movement.sent_at)) return in_period ? range : CreditRange{0, 0};
  return {std::min<Credits>(range.low, 0), std::max<Credits>(range.high, 0)};
}

UnexplainedUsage unexplained_usage(const store::LostRequest& request, const UsageReadings& readings,
                                   std::span<const UsageMovement> movements, const FamilyOfOperation& family_of) {
  const auto is_own = [&](std::string_view name) { return family_of(name) == request.family; };
  const auto names_own = [&](const auto& operation) { return is_own(operation.first); };
  const bool has_own = std::ranges::any_of(readings.before.operations, names_own) ||
                       std::ranges::any_of(readings.after.operations, names_own);
  CreditRange own_known;
  CreditRange rest_known;
  bool may_clear = false;
  for (const auto& movement : movements) {
    if (movement.intent == request.key && !movement.settled) continue;
    const auto range = known_movement(movement, readings);
    auto& sum = movement.family == request.family || !has_own ? own_known : rest_known;
    sum = sum + range;
    const bool changes_later =
        !movement.ambiguous && (!movement.settled || settled_from(movement, readings.settle_after) > readings.after.at);
    may_clear = may_clear || (!range.is_exact() && changes_later);
  }
  const auto moved = readings.after.total_credits_charged - readings.before.total_credits_charged;
  if (!has_own) return {minus(moved, own_known), {0, 0}, may_clear};
  const auto own_moved = sum_of(readings.after, is_own) - sum_of(readings.before, is_own);
  return {minus(own_moved, own_known), minus(moved - own_moved, rest_known), may_clear};
}

CreditRange usage_drift(const UsageReadings& readings, std::span<const UsageMovement> movements) {
  CreditRange known;
  for (const auto& movement : movements) known = known + known_movement(movement, readings);
  return minus(readings.after.total_credits_charged - readings.before.total_credits_charged, known);
}

}  // namespace toksync::engine
