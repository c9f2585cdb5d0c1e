#include "cli/print/run_report.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/time.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/table.hpp"

namespace toksync::cli {
namespace {

using store::RunStatus;
using store::StageStatus;

/// Keyword sets as they began, and within each the order in which it passes through the stages.
void sort_lines(std::vector<StageLine>& lines) {
  std::vector<std::string> sets;
  for (const auto& line : lines) {
    if (std::ranges::find(sets, line.stage.keyword_set) == sets.end()) sets.push_back(line.stage.keyword_set);
  }
  std::ranges::sort(lines, {}, [&](const StageLine& line) {
    return std::pair{std::ranges::find(sets, line.stage.keyword_set) - sets.begin(), line.stage.stage};
  });
}

std::vector<StageLine> stage_lines(store::Store& store, const store::RunRow& run) {
  const auto held = store::held_of(store, run.key);
  const auto costs = store::costs_of(store, run.key);
  std::vector<StageLine> lines;
  for (auto& stage : store::stages_of(store, run.key)) {
    StageLine line{std::move(stage)};
    for (const auto& jobs : held) {
      if (jobs.keyword_set == line.stage.keyword_set && jobs.stage == line.stage.stage) line.held += jobs.count;
    }
    // In the database both have no result; here each has a place of its own.
    line.stage.items_failed -= std::min(line.held, line.stage.items_failed);
    for (const auto& cost : costs) {
      if (cost.keyword_set != line.stage.keyword_set || cost.stage != line.stage.stage) continue;
      line.charged += cost.charged;
      line.open += cost.open;
    }
    lines.push_back(std::move(line));
  }
  sort_lines(lines);
  return lines;
}

std::string reason_to_resume(const store::RunRow& run) {
  if (run.status == RunStatus::running) return "unless it is running now, the run died: go on where it was";
  if (run.error.value_or("").find("max_credits_per_run") != std::string::npos)
    return "the run has spent its limit: go on with a higher --max-credits, or let toksync run begin anew tomorrow";
  if (run.exit_code == exit_code_of(ErrorKind::budget))
    return "the run stopped at a limit: raise it, or wait, and go on";
  return "the run is not finished: go on where it was";
}

/// A search whose answer was lost cost something and was made good.
bool was_searched_again(const store::FailureRow& failure) {
  return failure.family == StageName::search && failure.error_code == "RESULT_LOST";
}

std::vector<NextStep> next_steps(const RunReport& report, const std::optional<std::string>& base_url) {
  const auto& path = report.database_path;
  const auto& id = report.run.run_id;
  std::vector<NextStep> steps;
  if (store::is_unfinished(report.run.status) && report.run.pipeline != store::kCollectPipeline) {
    const auto where = base_url ? " --base-url " + *base_url : std::string{};
    steps.push_back({reason_to_resume(report.run), suggest("resume " + id, path) + where});
  }
  if (report.jobs.ambiguous > 0) {
    steps.push_back(
        {fmt::format("{} with {} at stake: no evidence tells whether they were charged, and nothing buys them again;"
                     " the list says why, and toksync jobs resolve settles them by hand",
                     count(report.jobs.ambiguous, "ambiguous job"), count(report.jobs.ambiguous_credits, "credit")),
         suggest("jobs list --status ambiguous", path)});
  }
  const auto concerns = [](const store::FailureRow& failure) { return !was_searched_again(failure); };
  if (std::ranges::any_of(report.failures, concerns)) {
    steps.push_back({"some jobs failed", suggest("jobs list --status failed --run " + id, path)});
  }
  if (report.publication && report.publication->error) {
    steps.push_back({"the shortlist is not published in full, as said above: the next run goes on with it; so far",
                     suggest("export publications", path)});
  }
  if (report.jobs.outstanding > 0) {
    steps.push_back({fmt::format("{} paid for and not collected yet: the next run does that, or now, free of charge,",
                                 count(report.jobs.outstanding, "job")),
                     suggest("collect", path)});
  }
  if (report.jobs.expiring > 0) {
    steps.push_back(
        {fmt::format("{} that the API keeps until {} at the latest: collect now",
                     count(report.jobs.expiring, "paid result"), short_time(report.jobs.first_expires_at.value_or(""))),
         suggest("collect", path)});
  }
  return steps;
}

std::optional<Milliseconds> duration_of(const store::RunRow& run) {
  const auto started = from_iso8601(run.started_at);
  const auto finished = run.finished_at ? from_iso8601(*run.finished_at) : std::nullopt;
  if (!started || !finished || *finished < *started) return std::nullopt;
  return *finished - *started;
}

std::string headline(const store::RunRow& run) {
  auto line = fmt::format("Run {} of pipeline {}: {}", run.run_id, run.pipeline, describe(run.status));
  if (run.exit_code && *run.exit_code != 0) line += fmt::format(", exit code {}", *run.exit_code);
  line += fmt::format("\nStarted {}", short_time(run.started_at));
  if (run.finished_at) line += fmt::format(", ended {}", short_time(*run.finished_at));
  if (const auto duration = duration_of(run)) line += fmt::format(" ({})", describe_duration(*duration));
  return line + (run.error ? "\nWhy: " + printable(*run.error) : "") + "\n";
}

std::string found(const RunReport& report) {
  const auto sum = [&](StageName stage) {
    std::int64_t done = 0;
    for (const auto& line : report.stages) done += line.stage.stage == stage ? line.stage.items_done : 0;
    return done;
  };
  const auto has = [&](StageName stage) {
    return std::ranges::any_of(report.stages, [&](const StageLine& line) { return line.stage.stage == stage; });
  };
  std::string text;
  const auto add = [&](StageName stage, std::string_view one, std::string_view many) {
    if (!has(stage)) return;
    const auto number = sum(stage);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, number == 1 ? one : many);
  };
  add(StageName::search, "creator found", "creators found");
  add(StageName::enrich, "profile enriched", "profiles enriched");
  add(StageName::content_match, "content match", "content matches");
  add(StageName::audience_match, "audience match", "audience matches");
  add(StageName::thought_leaders, "thought-leader search", "thought-leader searches");
  return text;
}

std::string stage_table(const RunReport& report, const Terminal& terminal) {
  Table table({{"keyword set"},
               {"stage"},
               {"status"},
               {"done", Align::right},
               {"of", Align::right},
               {"failed", Align::right},
               {"held", Align::right},
               {"charged", Align::right},
               {"open", Align::right}});
  Credits charged = 0, open = 0;
  for (const auto& line : report.stages) {
    const auto& stage = line.stage;
    table.add({stage.keyword_set, std::string{to_string(stage.stage)}, std::string{to_string(stage.status)},
               std::to_string(stage.items_done), std::to_string(stage.items_total), std::to_string(stage.items_failed),
               std::to_string(line.held), std::to_string(line.charged), std::to_string(line.open)});
    charged += line.charged;
    open += line.open;
  }
  table.add({"total", "", "", "", "", "", "", std::to_string(charged), std::to_string(open)});
  return table.text(terminal);
}

std::string mirror_table(const RunReport& report, const Terminal& terminal) {
  if (report.mirrors.empty()) return {};
  Table table({{"list"},
               {"status"},
               {"read", Align::right},
               {"new", Align::right},
               {"changed", Align::right},
               {"missing", Align::right},
               {"since"}});
  for (const auto& walk : report.mirrors) {
    const bool is_cut_off = walk.status == store::WalkStatus::running && report.run.status != RunStatus::running;
    const auto status = is_cut_off ? "cut off" : std::string{to_string(walk.status)};
    table.add({walk.resource, status, std::to_string(walk.rows_read), std::to_string(walk.rows_new),
               std::to_string(walk.rows_changed), std::to_string(walk.rows_missing),
               walk.since ? short_time(*walk.since) : ""});
  }
  std::string reasons;
  for (const auto& walk : report.mirrors) {
    if (walk.error) reasons += fmt::format("  {}: {}\n", walk.resource, printable(*walk.error));
  }
  return "\n" + table.text(terminal) + (reasons.empty() ? reasons : "\nWhy lists are not complete:\n" + reasons);
}

std::string stage_reasons(const RunReport& report) {
  std::string text;
  for (const auto& [stage, held, charged, open] : report.stages) {
    if (!stage.error || stage.status == StageStatus::succeeded) continue;
    text += fmt::format("  {}/{}: {}\n", stage.keyword_set, to_string(stage.stage), printable(*stage.error));
  }
  if (report.publication && report.publication->error) {
    text += fmt::format("  {}\n", printable(*report.publication->error));
  }
  return text.empty() ? text : "\nWhy stages are not done:\n" + text;
}

std::string failure_table(const RunReport& report, const Terminal& terminal) {
  if (report.failures.empty()) return {};
  Table table({{"keyword set"}, {"stage"}, {"failed", Align::right}, {"code"}, {"request"}, {"message"}});
  for (const auto& failure : report.failures) {
    table.add({failure.keyword_set, std::string{to_string(failure.family)}, std::to_string(failure.count),
               failure.error_code, failure.request_id, failure.error_message});
  }
  return "\n" + table.text(terminal);
}

constexpr Milliseconds kWorthComparing{10'000};

/// What decides the least time that a run takes.
std::string decided_by(const store::Pace& pace) {
  if (pace.by_rate_limit < pace.by_job_times) return "how long answers and jobs took";
  if (!pace.requests_per_minute) return "the rate limit";
  return fmt::format("the rate limit of {} a minute", *pace.requests_per_minute);
}

/// "Time:     4 min 12 s; at least 4 min 1 s by the rate limit of 60 a minute (1.05 times that)". Of a run that is over
/// in a moment the ratio says nothing.
std::string time_line(const store::RunRow& run) {
  if (run.pace.active == Milliseconds{0}) return {};
  auto text = fmt::format("\nTime:     {}", describe_duration(run.pace.active));
  if (const auto ratio = time_ratio(run)) {
    text += fmt::format("; at least {} by {}", describe_duration(run.least_time), decided_by(run.pace));
    if (run.least_time >= kWorthComparing) text += fmt::format(" ({:.2f} times that)", *ratio);
  }
  return text;
}

/// "List:     Nightly shortlist: 20 creators chosen, 3 added".
std::string list_line(const RunReport& report) {
  if (!report.publication) return {};
  const auto& published = *report.publication;
  auto text = fmt::format("\nList:     {}: {} chosen, {} added", printable(published.list),
                          count(published.chosen, "creator"), published.added);
  if (published.unclear > 0) text += fmt::format(", {} of whom nobody knows", published.unclear);
  return text;
}

std::string credits_and_requests(const RunReport& report) {
  Credits open = 0;
  for (const auto& line : report.stages) open += line.open;
  auto text = report.mirrors.empty() ? fmt::format("\nCredits:  {} charged", report.run.credits_charged) : "";
  if (open > 0) text += fmt::format(", {} reserved and open", open);
  if (const auto drift = report.run.usage_drift) {
    text += fmt::format("; the account's usage moved by {} {} than the ledger knows of", std::abs(*drift),
                        *drift > 0 ? "more" : "less");
  }
  text += fmt::format("\nRequests: {}", report.run.requests);
  if (report.run.pace.requests_needed > 0) {
    text += fmt::format("; {} at least for what they brought", report.run.pace.requests_needed);
  }
  return text + time_line(report.run) + list_line(report) +
         fmt::format("\nDatabase: {}\n", printable(report.database_path));
}

std::string left_to_do(const RunReport& report) {
  if (report.next_steps.empty()) return "\nNothing is left to do.\n";
  std::string text = "\nLeft to do:\n";
  for (const auto& step : report.next_steps) text += fmt::format("  {}\n    {}\n", step.reason, step.command);
  return text;
}

}  // namespace

std::optional<double> time_ratio(const store::RunRow& run) {
  if (run.pace.active <= Milliseconds{0} || run.least_time <= Milliseconds{0}) return std::nullopt;
  return static_cast<double>(run.pace.active.count()) / static_cast<double>(run.least_time.count());
}

std::string describe(RunStatus status) {
  switch (status) {
    case RunStatus::running: return "running, or ended without a word";
    case RunStatus::partial: return "done in part";
    default: return std::string{to_string(status)};
  }
}

std::string short_time(const std::string& iso8601) {
  const auto time = from_iso8601(iso8601);
  if (!time) return iso8601;
  const auto text = to_iso8601(*time);
  return text.substr(0, 10) + " " + text.substr(11, 8);
}

RunReport make_run_report(const World& world, store::Store& store, const store::RunRow& run,
                          const std::optional<std::string>& base_url) {
  RunReport report{.database_path = world.database_path,
                   .run = run,
                   .stages = stage_lines(store, run),
                   .mirrors = store::Mirrors(store).walks_of_run(run.key),
                   .failures = store::failures_of(store, run.key),
                   .publication = store::publication_of(store, run.key),
                   .jobs = store::count_jobs(store, world.clock.wall())};
  report.next_steps = next_steps(report, base_url);
  return report;
}

std::string to_text(const RunReport& report, const Terminal& terminal) {
  auto text = headline(report.run);
  if (!report.stages.empty()) text += found(report) + "\n\n" + stage_table(report, terminal);
  return text + mirror_table(report, terminal) + stage_reasons(report) + failure_table(report, terminal) +
         credits_and_requests(report) + left_to_do(report);
}

namespace {

Json publication_to_json(const RunReport& report) {
  if (!report.publication) return nullptr;
  const auto& published = *report.publication;
  return {{"list", published.list},   {"list_id", json_of(published.list_id)}, {"chosen", published.chosen},
          {"added", published.added}, {"unclear", published.unclear},          {"error", json_of(published.error)}};
}

Json pace_to_json(const store::RunRow& run) {
  if (run.pace.active == Milliseconds{0}) return nullptr;
  const auto seconds = [](Milliseconds time) { return static_cast<double>(time.count()) / 1000; };
  return {{"active_seconds", seconds(run.pace.active)},
          {"least_seconds", seconds(run.least_time)},
          {"ratio", json_of(time_ratio(run))},
          {"rate_limit_seconds", seconds(run.pace.by_rate_limit)},
          {"job_chain_seconds", seconds(run.pace.by_job_times)},
          {"requests_needed", run.pace.requests_needed},
          {"requests_per_minute", json_of(run.pace.requests_per_minute)}};
}

}  // namespace

Json to_json(const store::RunRow& run) {
  return {{"run_id", run.run_id},
          {"pipeline", run.pipeline},
          {"status", to_string(run.status)},
          {"started_at", run.started_at},
          {"finished_at", json_of(run.finished_at)},
          {"exit_code", json_of(run.exit_code)},
          {"error", json_of(run.error)},
          {"credits_charged", run.credits_charged},
          {"usage_drift", json_of(run.usage_drift)},
          {"requests", run.requests},
          {"time", pace_to_json(run)},
          {"toksync_version", run.toksync_version}};
}

Json to_json(const RunReport& report) {
  auto document = to_json(report.run);
  Credits open = 0;
  auto stages = Json::array();
  for (const auto& [stage, held, charged, stage_open] : report.stages) {
    open += stage_open;
    stages.push_back({{"keyword_set", stage.keyword_set},
                      {"stage", to_string(stage.stage)},
                      {"status", to_string(stage.status)},
                      {"items_total", stage.items_total},
                      {"items_done", stage.items_done},
                      {"items_failed", stage.items_failed},
                      {"items_held", held},
                      {"credits_charged", charged},
                      {"credits_open", stage_open},
                      {"error", json_of(stage.error)}});
  }
  auto mirrors = Json::array();
  for (const auto& walk : report.mirrors) {
    mirrors.push_back({{"source", walk.source},
                       {"resource", walk.resource},
                       {"status", to_string(walk.status)},
                       {"rows_read", walk.rows_read},
                       {"rows_new", walk.rows_new},
                       {"rows_changed", walk.rows_changed},
                       {"rows_missing", walk.rows_missing},
                       {"since", json_of(walk.since)},
                       {"error", json_of(walk.error)}});
  }
  auto failures = Json::array();
  for (const auto& failure : report.failures) {
    failures.push_back({{"keyword_set", failure.keyword_set},
                        {"stage", to_string(failure.family)},
                        {"count", failure.count},
                        {"error_code", failure.error_code},
                        {"error_message", failure.error_message},
                        {"request_id", failure.request_id}});
  }
  auto steps = Json::array();
  for (const auto& step : report.next_steps) steps.push_back({{"reason", step.reason}, {"command", step.command}});
  document["credits_open"] = open;
  document["database"] = report.database_path;
  document["stages"] = std::move(stages);
  if (!report.mirrors.empty()) document["mirrors"] = std::move(mirrors);
  document["failures"] = std::move(failures);
  document["jobs"] = {{"outstanding", report.jobs.outstanding},
                      {"ambiguous", report.jobs.ambiguous},
                      {"ambiguous_credits", report.jobs.ambiguous_credits},
                      {"expiring", report.jobs.expiring},
                      {"first_expires_at", json_of(report.jobs.first_expires_at)}};
  document["publication"] = publication_to_json(report);
  document["next_steps"] = std::move(steps);
  return document;
}

}  // namespace toksync::cli
