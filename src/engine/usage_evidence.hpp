// What two readings of the account's usage prove about a request whose answer was lost: how much the usage
// moved beyond what this database knows of. What is uncertain is a range, so that a conclusion is drawn only
// when no uncertainty can change it. Pure functions; used by Settler.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "store/records.hpp"

namespace toksync::engine {

/// From `low` to `high` credits, both included.
struct CreditRange {
  Credits low = 0;
  Credits high = 0;

  [[nodiscard]] bool contains(Credits credits) const { return low <= credits && credits <= high; }
  [[nodiscard]] bool is_exact() const { return low == high; }
  friend bool operator==(const CreditRange&, const CreditRange&) = default;
};

/// Two readings of the same month, and how long a charge may take to show in one.
struct UsageReadings {
  const store::UsageSnapshot& before;
  const store::UsageSnapshot& after;
  Seconds settle_after{0};
};

/// How far requests known to this database moved the usage between the readings.
[[nodiscard]] CreditRange known_movement(const store::UsageMovement& movement, const UsageReadings& readings);

using FamilyOfOperation = std::function<std::optional<StageName>(std::string_view)>;

/// What is left to explain: in the operations of the request's family, and in all others together.
struct UnexplainedUsage {
  CreditRange own;
  CreditRange rest;
  bool may_clear = false;  ///< a later reading can narrow the ranges
};

/// Leaves out what is undecided of the request itself. Where the usage names no operation of its family, its
/// `own` is everything that is not named after another one.
[[nodiscard]] UnexplainedUsage unexplained_usage(const store::LostRequest& request, const UsageReadings& readings,
                                                 std::span<const store::UsageMovement> movements,
                                                 const FamilyOfOperation& family_of);

/// All that is unexplained between two readings, for the report at the end of a run.
[[nodiscard]] CreditRange usage_drift(const UsageReadings& readings, std::span<const store::UsageMovement> movements);

/// How long after its start a request of that family has shown all that it will show in the usage. A
/// thought-leader job takes minutes, and what it does not use comes back at its end (contracts/toksta.md).
[[nodiscard]] Seconds settling_time(StageName family, Seconds settle_after);

/// False within ten minutes of a month's end: which month a charge counts in is not known then.
[[nodiscard]] bool is_clear_of_month_end(WallTime time);

}  // namespace toksync::engine
