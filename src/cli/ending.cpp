#include "cli/ending.hpp"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/secret.hpp"
#include "base/whole_file.hpp"
#include "cli/exit_codes.hpp"
#include "cli/notify.hpp"
#include "cli/print/json.hpp"
#include "cli/print/metrics.hpp"
#include "cli/print/output.hpp"

namespace toksync::cli {
namespace {

using pipeline::Outcome;

std::string text_of(const Json& document) {
  return redact(document.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

std::string one_line(const Ending& ending, int exit_code) {
  auto text = ending.pipeline.empty() ? std::string{"toksync run"} : "Pipeline " + ending.pipeline;
  if (!ending.run_id.empty()) text = fmt::format("Run {} of pipeline {}", ending.run_id, ending.pipeline);
  text += fmt::format(": {}, exit code {}.", ending.run_id.empty() ? "no run began" : "failed", exit_code);
  if (!ending.error) return text;
  const auto& [kind, operation, cause, hint] = *ending.error;
  return printable(fmt::format("{} Why: {}{}{}", text, operation, operation.empty() ? "" : ": ", cause));
}

/// When the database does not tell how it ended: no run began, or the database went away under it.
Json document_without_run(const World& world, const Ending& ending, int exit_code) {
  const auto& cause = ending.error;
  return {{"run_id", ending.run_id.empty() ? Json(nullptr) : Json(ending.run_id)},
          {"pipeline", ending.pipeline.empty() ? Json(nullptr) : Json(ending.pipeline)},
          {"status", "failed"},
          {"finished_at", to_iso8601(world.clock.wall())},
          {"exit_code", exit_code},
          {"error", cause ? error_document(*cause) : Json(nullptr)},
          {"outcome", to_string(outcome_of(exit_code))},
          {"text", one_line(ending, exit_code)}};
}

/// What the database has on the run and its pipeline, as far as it can be read.
Figures figures_of(World& world, const Ending& ending, int exit_code) {
  Figures figures{.pipeline = ending.pipeline,
                  .outcome = outcome_of(exit_code),
                  .exit_code = exit_code,
                  .ended = world.clock.wall()};
  try {
    auto store = open_existing_database(world, world.database_path);
    if (!store) return figures;
    figures.totals = store::totals_of(*store, ending.pipeline);
    const auto run = store::find_run(*store, ending.run_id);
    if (run) figures.report = make_run_report(world, *store, *run);
  } catch (const std::exception& exception) {
    world.env.logger->warn("the metrics leave out what is in the database: {}", exception.what());
  }
  return figures;
}

/// False when it cannot be written, which is told.
bool write_file(const World& world, const std::string& path, const std::string& text) {
  const auto written = write_whole_file(path, text);
  if (!written) world.env.logger->error("{}", written.error().text());
  return written.has_value();
}

bool write_files(World& world, const Options& options, const std::vector<Json>& documents, int exit_code) {
  bool is_written = true;
  if (options.summary_file) {
    const auto summary =
        documents.size() == 1 ? documents.front() : Json{{"exit_code", exit_code}, {"runs", documents}};
    is_written = write_file(world, *options.summary_file, text_of(summary));
  }
  // Without a pipeline's name the figures are nobody's: the old ones stay, and their age tells.
  const auto& ending = world.endings.front();
  if (options.metrics_file && !ending.pipeline.empty()) {
    const auto metrics = to_metrics(figures_of(world, ending, exit_code));
    is_written = write_file(world, *options.metrics_file, metrics) && is_written;
  }
  return is_written;
}

Notice notice_of(const Json& document) {
  const auto text = [&](const char* key) {
    const auto& value = document.at(key);
    return value.is_string() ? value.get<std::string>() : std::string{};
  };
  const auto code = document.at("exit_code").get<int>();
  return {.outcome = outcome_of(code),
          .exit_code = code,
          .pipeline = text("pipeline"),
          .run_id = text("run_id"),
          .status = text("status"),
          .text = redact(text("text")),
          .document = text_of(document)};
}

std::vector<std::string> secret_variables_of(const pipeline::Source& source) {
  std::vector<std::string> names{source.api_key_env};
  if (source.client_secret_env) names.push_back(*source.client_secret_env);
  if (!source.redact.empty()) names.push_back(source.redact_key_env);
  return names;
}

}  // namespace

Outcome outcome_of(int exit_code) {
  if (exit_code == kExitDone) return Outcome::success;
  return exit_code == kExitPartial || exit_code == kExitAmbiguous ? Outcome::partial : Outcome::failure;
}

std::string one_line(const RunReport& report) {
  const auto& run = report.run;
  auto text = fmt::format("Run {} of pipeline {}: {}", run.run_id, run.pipeline, describe(run.status));
  if (run.exit_code.value_or(0) != 0) text += fmt::format(", exit code {}", *run.exit_code);
  text += fmt::format(". {} charged.", count(run.credits_charged, "credit"));
  if (run.error) text += " Why: " + *run.error;
  // It may become the subject of a mail: what the API wrote must not add lines to it.
  return printable(text);
}

Json ending_document(const RunReport& report, const std::vector<std::string>& messages) {
  auto document = to_json(report);
  document["messages"] = messages;
  document["outcome"] = to_string(outcome_of(report.run.exit_code.value_or(kExitBug)));
  document["text"] = one_line(report);
  return document;
}

void expect_ending(World& world) { world.endings.assign(1, {}); }

void expect_ending(World& world, const pipeline::Pipeline& pipeline) { expect_endings(world, {pipeline}); }

void expect_endings(World& world, const std::vector<pipeline::Pipeline>& pipelines) {
  world.endings.clear();
  for (const auto& pipeline : pipelines) {
    auto& ending = world.endings.emplace_back();
    ending.pipeline = pipeline.name;
    ending.notify = pipeline.notify;
    ending.secret_variables = secret_variables_of(pipeline.source);
    if (world.database_path.empty()) world.database_path = pipeline.database_path;
  }
}

Ending* find_ending(World& world, std::string_view pipeline) {
  if (world.endings.size() == 1) return &world.endings.front();
  const auto found = std::ranges::find(world.endings, pipeline, &Ending::pipeline);
  return found == world.endings.end() ? nullptr : &*found;
}

int tell_ending(World& world, const Options& options, int exit_code) {
  if (world.endings.empty()) return exit_code;
  std::vector<Json> documents;
  std::vector<std::string> secret_variables;  // no command sees those of another pipeline either
  for (const auto& ending : world.endings) {
    secret_variables.insert(secret_variables.end(), ending.secret_variables.begin(), ending.secret_variables.end());
    documents.push_back(ending.document.empty() ? document_without_run(world, ending, exit_code)
                                                : Json::parse(ending.document));
  }
  const bool is_written = write_files(world, options, documents, exit_code);
  for (std::size_t index = 0; index < documents.size(); ++index) {
    const auto& ending = world.endings[index];
    // Whoever pressed Ctrl-C knows.
    if (exit_code != 128 + SIGINT) notify(world, ending.notify, secret_variables, notice_of(documents[index]));
  }
  return is_written || exit_code != kExitDone ? exit_code : kExitBug;
}

}  // namespace toksync::cli
