// A run's figures for Prometheus, in the text format that node_exporter's textfile collector reads. Used for
// --metrics-file.
#pragma once

#include <optional>
#include <string>

#include "cli/print/run_report.hpp"
#include "pipeline/pipeline.hpp"
#include "store/reports.hpp"

namespace toksync::cli {

/// What there is to tell. Without a run, none began; without totals, there is no database to ask.
struct Figures {
  std::string pipeline;
  pipeline::Outcome outcome{};
  int exit_code = 0;
  WallTime ended{};
  std::optional<RunReport> report;
  std::optional<store::PipelineTotals> totals;
};

[[nodiscard]] std::string to_metrics(const Figures& figures);

}  // namespace toksync::cli
