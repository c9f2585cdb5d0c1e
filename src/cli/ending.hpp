// How a run ended, for those who do not look into the database: the files of --summary-file and --metrics-file, and
// whom the pipeline's [notify] names. Told last, when neither database nor lock is held any more.
#pragma once

#include "cli/print/run_report.hpp"
#include "cli/wiring.hpp"

namespace toksync::cli {

[[nodiscard]] pipeline::Outcome outcome_of(int exit_code);

/// "Run 20260601T031500Z-k3fx of pipeline nightly: done in part, exit code 3. 824 credits charged."
[[nodiscard]] std::string one_line(const RunReport& report);

/// The document of a run: what --json prints, the summary file holds and a notification brings.
[[nodiscard]] nlohmann::ordered_json ending_document(const RunReport& report, const std::vector<std::string>& messages);

/// From here on the command is a run, whose end is told.
void expect_ending(World& world);
/// The pipelines are known by now: whose runs they are and who is to be told.
void expect_ending(World& world, const pipeline::Pipeline& pipeline);
void expect_endings(World& world, const std::vector<pipeline::Pipeline>& pipelines);
/// The ending of that pipeline's run; nullptr when nobody is told.
[[nodiscard]] Ending* find_ending(World& world, std::string_view pipeline);

/// Writes the files and tells whom there is to tell. Returns the exit code, which changes only when a file that was
/// asked for cannot be written.
[[nodiscard]] int tell_ending(World& world, const Options& options, int exit_code);

}  // namespace toksync::cli
