// One run as the database knows it: what was found, what each stage did and cost, what failed and what is
// left to do. Used by run and resume for their summary, and by status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/print/terminal.hpp"
#include "cli/wiring.hpp"
#include "store/mirrors.hpp"
#include "store/reports.hpp"

namespace toksync::cli {

/// A thing to do, and the command that does it.
struct NextStep {
  std::string reason;
  std::string command;
};

/// One line of the table of stages.
struct StageLine {
  store::StageRow stage;
  std::int64_t held = 0;
  Credits charged = 0, open = 0;
};

struct RunReport {
  std::string database_path;
  store::RunRow run;
  std::vector<StageLine> stages;
  std::vector<store::WalkRow> mirrors;
  std::vector<store::FailureRow> failures;
  std::optional<store::PublicationRow> publication{};  ///< how it published its shortlist, if it did
  store::JobCounts jobs;                               ///< of the whole database
  std::vector<NextStep> next_steps;
};

/// `base_url`: where the run went when the pipeline does not say it; a resumption has to go there too.
[[nodiscard]] RunReport make_run_report(const World& world, store::Store& store, const store::RunRow& run,
                                        const std::optional<std::string>& base_url = std::nullopt);

[[nodiscard]] std::string describe(store::RunStatus status);
[[nodiscard]] std::string to_text(const RunReport& report, const Terminal& terminal);
[[nodiscard]] nlohmann::ordered_json to_json(const RunReport& report);
/// The run alone, without its stages.
[[nodiscard]] nlohmann::ordered_json to_json(const store::RunRow& run);

[[nodiscard]] nlohmann::ordered_json to_json(const store::JobRow& job);

/// How many times the least time a run took, where both are known.
[[nodiscard]] std::optional<double> time_ratio(const store::RunRow& run);

/// "2026-06-01 03:15:00" from "2026-06-01T03:15:00Z", for tables.
[[nodiscard]] std::string short_time(const std::string& iso8601);

}  // namespace toksync::cli
