// toksync report: one HTML file about a run, its pipeline's shortlist and what both cost. Only reads the database.
#include <cstdio>

#include <fmt/format.h>

#include "base/whole_file.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "report/page.hpp"
#include "report/relations.hpp"
#include "store/moment.hpp"
#include "store/pipeline_report.hpp"

namespace toksync::cli {
namespace {

/// What the page is made of, and what is told of it.
struct Contents {
  Json document;
  std::optional<store::RunRow> run;
  std::size_t creators = 0;
};

Expected<std::optional<store::RunRow>> run_to_report(store::Store& store, const Options& options) {
  if (!options.run_id) return store::newest_run_with_stages(store);
  auto named = store::find_run(store, *options.run_id);
  if (!named) {
    return unexpected(ErrorKind::usage, "report run " + *options.run_id, "the database has no run of that id",
                      "toksync status lists them");
  }
  if (named->pipeline != store::kCollectPipeline) return named;
  return unexpected(ErrorKind::usage, "report run " + *options.run_id,
                    "it only collected what other runs paid for, and has no shortlist",
                    "name a run of a pipeline; toksync status lists them");
}

Expected<Contents> read_contents(const World& world, store::Store& store, const Options& options) {
  const store::Moment moment(store);
  auto run = run_to_report(store, options);
  if (!run) return tl::unexpected(run.error());
  Contents contents{
      .document = {{"database", world.database_path},
                   {"written_at", to_iso8601(world.clock.wall())},
                   {"toksync_version", TOKSYNC_VERSION},
                   {"commands",
                    {suggest("run pipeline.toml", world.database_path), suggest("report", world.database_path)}},
                   {"run", nullptr}},
      .run = *run};
  if (!contents.run) return contents;
  const auto relations = store::read_pipeline_report(store, contents.run->pipeline, options.top);
  contents.document["run"] = to_json(make_run_report(world, store, *contents.run));
  contents.document["relations"] = report::to_json(relations);
  contents.creators = relations.front().second.rows.size();
  return contents;
}

std::string what_it_shows(const Contents& contents) {
  if (!contents.run) return "an empty report, as the database has no run with a shortlist yet";
  return fmt::format("run {} of pipeline {}, {}", contents.run->run_id, contents.run->pipeline,
                     count(static_cast<std::int64_t>(contents.creators), "creator"));
}

void tell(const Options& options, const Contents& contents, std::size_t bytes) {
  if (options.json) {
    print_json({{"report", options.report_file},
                {"bytes", bytes},
                {"run_id", contents.run ? Json(contents.run->run_id) : Json(nullptr)},
                {"creators", contents.creators}});
  } else if (!options.quiet) {
    fmt::print("{}: {}\n", printable(options.report_file), what_it_shows(contents));
  }
}

}  // namespace

int report(World& world, const Options& options) {
  const bool to_standard_output = options.report_file == "-";
  if (to_standard_output && options.json) {
    return fail(world, options,
                {ErrorKind::usage, "write the report", "--json and --output - both want standard output",
                 "name a file, or leave --json out"});
  }
  auto store = open_existing_database(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  if (const auto problem = to_standard_output ? std::string{} : whole_file_problem(options.report_file);
      !problem.empty()) {
    return fail(world, options, {ErrorKind::usage, "write the report", problem, "--output names another file"});
  }
  const auto contents = read_contents(world, *store, options);
  if (!contents) return fail(world, options, contents.error());
  const auto page = report::make_page(contents->document);
  if (to_standard_output) {
    std::fwrite(page.data(), 1, page.size(), stdout);
    return kExitDone;
  }
  if (auto written = write_whole_file(options.report_file, page, Readers::owner_at_first); !written) {
    written.error().hint = "--output names another file";
    return fail(world, options, written.error());
  }
  tell(options, *contents, page.size());
  return kExitDone;
}

}  // namespace toksync::cli
