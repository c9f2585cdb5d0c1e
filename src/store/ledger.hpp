// The credit ledger: append-only entries, and beside them the sums of each job, each stage and each day. Internal to
// `store`, called inside its transactions. For each job: reserved = charged + released + open.
#pragma once

#include "store/query.hpp"
#include "store/records.hpp"

namespace toksync::store {

/// When something was learned, and from which answer.
struct Stamp {
  WallTime at;
  OptionalText request_id;
};

inline constexpr std::string_view kNotSent = "not_sent";
inline constexpr std::string_view kNotArrived = "not_arrived";
inline constexpr std::string_view kRefused = "refused";

class Ledger {
 public:
  explicit Ledger(SQLite::Database& database);

  /// Holds credits for a job before its request is sent. Nothing is written for zero credits.
  void reserve(JobKey job, Credits credits, WallTime at);
  /// Books what the job cost and releases the rest. A second settlement of a job is ignored, so that an
  /// answer may be stored twice.
  void settle(JobKey job, const Charge& charge, const Stamp& stamp);
  /// Gives back all that is held for a job that cost nothing; `why` is kNotSent, kNotArrived or kRefused.
  void release(JobKey job, std::string_view why, const Stamp& stamp);

  [[nodiscard]] Credits spent_in_run(RunKey run);
  [[nodiscard]] Credits spent_in_month(std::string_view month);
  [[nodiscard]] LedgerTotals totals();

 private:
  struct Movement {
    std::string_view kind;
    Credits credits = 0;
    std::string_view source;
  };
  /// Who pays for a job.
  struct Payer {
    RunKey run{};
    StageKey stage{};
  };
  void book(JobKey job, const Movement& movement, const Stamp& stamp);

  Query find_payer_, insert_entry_;
  Query add_to_job_, add_to_stage_, add_to_day_;
  Query read_open_, mark_settled_;
  Query sum_run_, sum_month_, sum_open_, sum_kinds_;
};

}  // namespace toksync::store
