// toksync jobs list: what was bought, job by job. Only reads.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "cli/print/table.hpp"

namespace toksync::cli {
namespace {

store::JobFilter filter_of(const Options& options) {
  store::JobFilter filter{.run_id = options.run_id,
                          .only_unfinished = options.only_unfinished,
                          // One more, to know whether the list is whole.
                          .limit = options.limit + 1};
  if (options.status) filter.status = job_status_from_string(*options.status);
  if (options.family) filter.family = stage_from_string(*options.family);
  return filter;
}

std::string creator_of(const store::JobRow& job) { return job.creator_name.value_or(job.creator_id.value_or("-")); }

std::string problem_of(const store::JobRow& job) {
  if (!job.error_code) return job.error_message.value_or("");
  const auto message = job.error_message.value_or("");
  return message.empty() ? *job.error_code : *job.error_code + ": " + message;
}

void print_table(const World& world, const std::vector<store::JobRow>& jobs) {
  Table table({{"job", Align::right},
               {"family"},
               {"status"},
               {"keyword set"},
               {"creator"},
               {"reserved", Align::right, true},
               {"charged", Align::right},
               {"submitted", Align::left, true},
               {"request", Align::left, true},
               {"run", Align::left, true},
               {"problem, or evidence"}});
  for (const auto& job : jobs) {
    table.add({std::to_string(raw(job.job)), std::string{to_string(job.family)}, std::string{to_string(job.status)},
               job.keyword_set, creator_of(job), std::to_string(job.credits_reserved),
               std::to_string(job.credits_charged), job.submitted_at ? short_time(*job.submitted_at) : "-",
               job.request_id.value_or("-"), job.run_id, job.evidence.value_or(problem_of(job))});
  }
  fmt::print("{}", table.text(world.out));
}

void print_document(const std::vector<store::JobRow>& jobs, bool is_whole) {
  auto list = Json::array();
  for (const auto& job : jobs) list.push_back(to_json(job));
  print_json({{"jobs", std::move(list)}, {"complete", is_whole}});
}

}  // namespace

Json to_json(const store::JobRow& job) {
  return {{"job_key", raw(job.job)},
          {"family", to_string(job.family)},
          {"external_id", json_of(job.external_id)},
          {"creator_id", json_of(job.creator_id)},
          {"creator_name", json_of(job.creator_name)},
          {"keyword_set", job.keyword_set},
          {"run_id", job.run_id},
          {"status", to_string(job.status)},
          {"credits_reserved", job.credits_reserved},
          {"credits_charged", job.credits_charged},
          {"request_id", json_of(job.request_id)},
          {"submitted_at", json_of(job.submitted_at)},
          {"finished_at", json_of(job.finished_at)},
          {"result_expires_at", json_of(job.result_expires_at)},
          {"error_code", json_of(job.error_code)},
          {"error_message", json_of(job.error_message)},
          {"evidence", json_of(job.evidence)}};
}

int list_jobs(World& world, const Options& options) {
  auto store = open_existing_database(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  const auto filter = filter_of(options);
  if (filter.run_id && !store::find_run(*store, *filter.run_id)) {
    return fail(world, options,
                {ErrorKind::usage, "jobs list --run " + *filter.run_id, "the database has no run of that id",
                 "toksync status lists them"});
  }
  auto jobs = store::list_jobs(*store, filter);
  const bool is_whole = jobs.size() <= static_cast<std::size_t>(options.limit);
  if (!is_whole) jobs.resize(static_cast<std::size_t>(options.limit));
  if (options.json) {
    print_document(jobs, is_whole);
  } else if (jobs.empty()) {
    fmt::print("no such jobs\n");
  } else {
    print_table(world, jobs);
    if (!is_whole) fmt::print(stderr, "these are the newest {}; --limit shows more\n", options.limit);
  }
  return kExitDone;
}

}  // namespace toksync::cli
