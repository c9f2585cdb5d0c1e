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
// Times in the database are whole seconds.
constexpr Seconds kRounding{1};

CreditRange operator+(const CreditRange& left, const CreditRange& right) {
  return {left.low + right.low, left.high + right.high};
}

CreditRange minus(Credits moved, const CreditRange& known) { return {moved - known.high, moved - known.low}; }

/// The moment from which a reading shows all of it.
WallTime settled_from(const UsageMovement& movement, Seconds settle_after) {
  if (movement.family == StageName::thought_leaders && movement.settled) {
    return movement.finished_at.value_or(movement.sent_at) + settle_after + kRounding;
  }
  return movement.sent_at + settling_time(movement.family, settle_after) + kRounding;
}

bool is_known_before(const UsageMovement& movement, const UsageSnapshot& snapshot) {
  return !movement.snapshot || raw(*movement.snapshot) < raw(snapshot.key);
}

CreditRange movement_of_job(const UsageMovement& movement, const UsageReadings& readings) {
  const auto settled_at = settled_from(movement, readings.settle_after);
  const bool is_running_job = movement.family == StageName::thought_leaders && !movement.settled && !movement.ambiguous;
  // Where the clock was set back, its time does not tell that a request came before the reading.
  const bool began_before = is_known_before(movement, readings.before);
  if (began_before && settled_at <= readings.before.at && !is_running_job) return {0, 0};
  const auto most = std::max(movement.reserved, movement.charged);
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

std::set<StageName> families_named(const UsageReadings& readings, const FamilyOfOperation& family_of) {
  std::set<StageName> families;
  for (const auto* const snapshot : {&readings.before, &readings.after}) {
    for (const auto& [name, credits] : snapshot->operations) {
      if (const auto family = family_of(name)) families.insert(*family);
    }
  }
  return families;
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
  const auto named = families_named(readings, family_of);
  // Families that no operation is named after share what is left: operations of unknown name, or the bare total.
  const auto pool_of = [&](StageName family) { return named.contains(family) ? std::optional(family) : std::nullopt; };
  const auto own_pool = pool_of(request.family);
  CreditRange own_known;
  CreditRange rest_known;
  bool may_clear = false;
  for (const auto& movement : movements) {
    if (movement.intent == request.key && !movement.settled) continue;
    const auto range = known_movement(movement, readings);
    auto& sum = pool_of(movement.family) == own_pool ? own_known : rest_known;
    sum = sum + range;
    const bool changes_later =
        !movement.ambiguous && (!movement.settled || settled_from(movement, readings.settle_after) > readings.after.at);
    may_clear = may_clear || (!range.is_exact() && changes_later);
  }
  const auto moved_by = [&](const auto& counts) {
    return sum_of(readings.after, counts) - sum_of(readings.before, counts);
  };
  const auto moved = readings.after.total_credits_charged - readings.before.total_credits_charged;
  const auto is_own = [&](std::string_view name) { return family_of(name) == own_pool; };
  const auto is_named = [&](std::string_view name) { return family_of(name).has_value(); };
  const auto own_moved = own_pool ? moved_by(is_own) : moved - moved_by(is_named);
  return {minus(own_moved, own_known), minus(moved - own_moved, rest_known), may_clear};
}

CreditRange usage_drift(const UsageReadings& readings, std::span<const UsageMovement> movements) {
  CreditRange known;
  for (const auto& movement : movements) known = known + known_movement(movement, readings);
  return minus(readings.after.total_credits_charged - readings.before.total_credits_charged, known);
}

}  // namespace toksync::engine
