// Looks at the books of a night after every event: what the engine has in memory, the ledger, the sums of its
// jobs and stages, the bill of the API, and the limits that the user set. Used by Night.
#pragma once

#include <stdexcept>

#include <SQLiteCpp/SQLiteCpp.h>

#include "engine/engine.hpp"
#include "fake_toksta.hpp"

namespace toksync::engine::test {

/// Something that must never happen has happened.
struct Violation : std::logic_error {
  using std::logic_error::logic_error;
};

/// What a process starts with, for the auditor.
struct Audited {
  store::Store& store;
  const store::RunRow& run;
  WallTime began;      ///< the first run of this database
  WallTime run_began;  ///< by its first process
  const pipeline::Pipeline& pipeline;
  const FakeToksta& api;
  const Clock& clock;
};

class Auditor final : public Observer {
 public:
  explicit Auditor(const Audited& audited);

  /// All of it after one round of the engine's loop; throws Violation.
  void observe(const Progress& progress) override;
  /// The same without what the engine has in memory: at any other moment.
  void check_books();

 private:
  struct Sums {
    Credits reserved = 0, charged = 0, released = 0;
    friend bool operator==(const Sums&, const Sums&) = default;
  };

  [[nodiscard]] static Sums read_sums(SQLite::Statement& statement);
  [[nodiscard]] static std::int64_t read(SQLite::Statement& statement);
  void check_limits();
  void check_account() const;

  Audited audited_;
  SQLite::Statement of_jobs_, of_stages_, of_ledger_, of_run_;
  SQLite::Statement settled_but_open_;
  Credits spent_before_ = 0, spent_in_month_before_ = 0;
  std::int64_t rounds_ = 0;
};

}  // namespace toksync::engine::test
