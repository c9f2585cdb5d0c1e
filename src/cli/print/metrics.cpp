#include "cli/print/metrics.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace toksync::cli {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
  }
  return text;
}

/// The text in the making. Every sample carries the pipeline.
class Exposition {
 public:
  explicit Exposition(std::string pipeline) : pipeline_(std::move(pipeline)) {}

  /// Begins a metric; its samples follow.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  template <typename Value>
  void sample(Value value, const Labels& labels = {}) {
    text_ += fmt::format("{}{{pipeline=\"{}\"", name_, escaped(pipeline_));
    for (const auto& [label, text] : labels) text_ += fmt::format(",{}=\"{}\"", label, escaped(text));
    text_ += fmt::format("}} {}\n", value);
  }
  template <typename Value>
  void gauge(std::string_view name, std::string_view help, Value value) {
    metric(name, "gauge", help);
    sample(value);
  }
  void counter(std::string_view name, std::string_view help, std::int64_t value) {
    metric(name, "counter", help);
    sample(value);
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string pipeline_, name_, text_;
};

double seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

std::int64_t timestamp(WallTime time) { return std::chrono::duration_cast<Seconds>(time.time_since_epoch()).count(); }

void add_end(Exposition& out, const Figures& figures) {
  out.metric("toksync_run_outcome", "gauge", "How the newest run ended: 1 for its outcome, 0 for the others.");
  for (const auto outcome : {pipeline::Outcome::success, pipeline::Outcome::partial, pipeline::Outcome::failure}) {
    out.sample(outcome == figures.outcome ? 1 : 0, {{"outcome", std::string{to_string(outcome)}}});
  }
  out.gauge("toksync_run_exit_code", "Exit code of the newest run.", figures.exit_code);
  out.gauge("toksync_run_end_timestamp_seconds", "When the newest run ended, or failed to begin.",
            timestamp(figures.ended));
}

void add_stages(Exposition& out, const std::vector<StageLine>& stages) {
  const auto labels = [](const StageLine& line) {
    return Labels{{"keyword_set", line.stage.keyword_set}, {"stage", std::string{to_string(line.stage.stage)}}};
  };
  out.metric("toksync_run_stage_items", "gauge",
             "Creators, or jobs, of a stage of the newest run, by what became of them.");
  for (const auto& line : stages) {
    const auto sample = [&](std::string_view state, std::int64_t count) {
      auto all = labels(line);
      all.emplace_back("state", state);
      out.sample(count, all);
    };
    sample("done", line.stage.items_done);
    sample("failed", line.stage.items_failed);
    sample("held", line.held);
    sample("total", line.stage.items_total);
  }
  out.metric("toksync_run_stage_credits_charged", "gauge", "Credits charged for a stage of the newest run.");
  for (const auto& line : stages) out.sample(line.charged, labels(line));
}

void add_run(Exposition& out, const RunReport& report) {
  const auto& run = report.run;
  if (const auto started = from_iso8601(run.started_at)) {
    out.gauge("toksync_run_start_timestamp_seconds", "When the newest run began.", timestamp(*started));
  }
  out.gauge("toksync_run_active_seconds", "How long the newest run was worked on, with all its resumptions.",
            seconds(run.pace.active));
  out.gauge("toksync_run_least_seconds", "How long the newest run takes at least.", seconds(run.least_time));
  Credits open = 0;
  for (const auto& line : report.stages) open += line.open;
  out.gauge("toksync_run_credits_charged", "Credits charged for the newest run.", run.credits_charged);
  out.gauge("toksync_run_credits_open", "Credits reserved by the newest run and neither charged nor released.", open);
  out.gauge("toksync_run_requests", "Requests sent by the newest run.", run.requests);
  if (!report.stages.empty()) add_stages(out, report.stages);
  out.gauge("toksync_jobs_outstanding", "Jobs in the database that are paid for and not collected.",
            report.jobs.outstanding);
  out.gauge("toksync_jobs_ambiguous", "Jobs in the database of which nobody knows whether they were charged.",
            report.jobs.ambiguous);
  out.gauge("toksync_jobs_ambiguous_credits", "Credits at stake in ambiguous jobs.", report.jobs.ambiguous_credits);
  out.gauge("toksync_jobs_expiring", "Paid results that the API drops soon.", report.jobs.expiring);
}

void add_totals(Exposition& out, const store::PipelineTotals& totals) {
  out.counter("toksync_credits_charged_total", "Credits charged for all runs of the pipeline.", totals.credits_charged);
  out.counter("toksync_requests_total", "Requests sent by all runs of the pipeline.", totals.requests);
  const auto completed = totals.completed_at ? from_iso8601(*totals.completed_at) : std::nullopt;
  if (completed) {
    out.gauge("toksync_completed_timestamp_seconds", "When a run was done last, if in part: exit code 0, 3 or 6.",
              timestamp(*completed));
  }
  if (totals.balance)
    out.gauge("toksync_account_balance_credits", "The account's balance as it last told.", *totals.balance);
}

}  // namespace

std::string to_metrics(const Figures& figures) {
  Exposition out(figures.pipeline);
  add_end(out, figures);
  if (figures.report) add_run(out, *figures.report);
  if (figures.totals) add_totals(out, *figures.totals);
  return std::move(out).text();
}

}  // namespace toksync::cli
