// Where the credits went: sums of the ledger by day, pipeline, stage or run, and what the account last said of itself.
// Read by `cli` only, for `toksync credits`.
#pragma once

#include "store/store.hpp"

namespace toksync::store {

enum class SpendBy {
  everything,  ///< day, pipeline and stage
  day,
  pipeline,
  stage,
  run
};

/// One sum; what it is not grouped by is absent.
struct SpendRow {
  OptionalText day, pipeline, stage, run_id;
  Credits charged = 0, reserved = 0, released = 0;
};

/// The account's word of itself, as a run heard it.
struct UsageReading {
  std::string at, run_id, period;
  std::optional<Credits> charged, balance;
};

/// From that day on ("2026-05-28", UTC), in the order of time, stages in the order in which they run.
[[nodiscard]] std::vector<SpendRow> spending(Store& store, SpendBy by, std::string_view since_day);
/// Reserved for work that is not settled: counts as spent.
[[nodiscard]] Credits open_credits(Store& store);
/// The newest one.
[[nodiscard]] std::optional<UsageReading> last_usage_reading(Store& store);

}  // namespace toksync::store
