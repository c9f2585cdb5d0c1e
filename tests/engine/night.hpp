// Plays whole runs of the real engine, the real provider and the real store against FakeToksta on a manual
// clock, with an Auditor over their shoulder.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/provider.hpp"
#include "engine/engine.hpp"
#include "fake_toksta.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::engine::test {

/// A keyword set of ten keywords whose first is its name, running those stages.
[[nodiscard]] KeywordSet set_with(const std::string& name, const std::set<StageName>& stages);
[[nodiscard]] pipeline::Pipeline pipeline_of(std::vector<KeywordSet> sets);
/// Numbers from first to last.
[[nodiscard]] std::vector<int> numbers(int first, int last);

/// What `toksync backfill` would be asked for.
struct BackfillAsked {
  std::set<StageName> stages;
  std::vector<int> creators;
  bool force = false;
};

class Night {
 public:
  explicit Night(pipeline::Pipeline pipeline_to_run);

  FakeToksta api;
  toksync::test::ManualClock clock;
  pipeline::Pipeline pipeline;
  Options options;
  bool start_new_run = false;
  /// The next processes play this instead of a run of the pipeline.
  std::optional<BackfillAsked> backfill;
  /// In builds with fault points: which passage of any point (from 1) kills the next process.
  std::optional<std::size_t> dies_at;

  /// One process: picks up an unfinished run or begins one, as `toksync run` does. Throws Killed when a
  /// fault kills it.
  RunResult play();
  /// The same; true when it was killed.
  bool play_and_die();

  /// Another provider than that of v1.
  void use(std::unique_ptr<api::Provider> provider) { provider_ = std::move(provider); }
  /// Lets the first process make its database itself, instead of finding an empty one.
  void forget_database();
  /// A number that SQL finds in the database.
  [[nodiscard]] std::int64_t ask(const std::string& sql);
  [[nodiscard]] std::string ask_text(const std::string& sql);
  /// All rows that SQL finds, one a line and sorted.
  [[nodiscard]] std::string ask_all(const std::string& sql);
  [[nodiscard]] store::LedgerTotals totals();
  /// The ledger's charges are the bill, and nothing is open.
  void check_books();
  // Of the last process:
  [[nodiscard]] const std::vector<toksync::test::LoggedRequest>& log() const { return log_; }
  /// The fault points in the order in which it passed them.
  [[nodiscard]] const std::vector<std::string>& points() const { return points_; }
  [[nodiscard]] int sent_to(std::string_view path) const;
  [[nodiscard]] std::size_t most_in_flight() const { return most_in_flight_; }
  /// When each run was begun, its resumptions not counted.
  [[nodiscard]] const std::vector<WallTime>& run_starts() const { return run_starts_; }

 private:
  RunResult run_process();
  /// The database; each process opens it again after a crash, and finds it open otherwise, which saves time.
  [[nodiscard]] store::Store& database();
  store::RunRow begin_run(store::Store& store);
  store::RunRow pick_run(store::Store& store);
  store::RunRow pick_backfill(store::Store& store, const store::Backfill& wanted);

  toksync::test::TemporaryFolder folder_;
  std::optional<store::Store> database_;
  Random random_{1};
  Env env_;
  std::unique_ptr<api::Provider> provider_;
  std::vector<toksync::test::LoggedRequest> log_;
  std::vector<std::string> points_;
  std::size_t most_in_flight_ = 0;
  std::vector<WallTime> run_starts_;
};

}  // namespace toksync::engine::test
