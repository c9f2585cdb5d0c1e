// The command line as values: flags over environment variables, both over the pipeline file. Made by
// parse_command_line, read by every command.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/time.hpp"
#include "model/credits.hpp"
#include "model/ids.hpp"
#include "plan/graph.hpp"

namespace toksync::cli {

enum class Command {
  init,
  check,
  schema,
  plan,
  run,
  backfill,
  resume,
  collect,
  status,
  credits,
  export_rows,
  report,
  doctor,
  list_jobs,
  show_job,
  resolve_jobs,
  cancel_jobs,
  reprocess,
  check_database,
  print_schema,
  back_up_database,
  migrate_database,
  vacuum_database,
  forget_creator
};
enum class ProgressStyle { automatic, bar, plain, none };

struct Options {
  Command command{};

  // of every command
  std::optional<std::string> database;
  bool json = false, quiet = false, verbose = false, no_color = false;
  LogFormat log_format = LogFormat::text;

  // what the command is about
  std::string folder = ".";            ///< init
  std::vector<std::string> pipelines;  ///< check, doctor; plan, run: exactly one; credits: at most one
  std::optional<std::string> run_id;   ///< resume, status, report, jobs list

  // plan, run, backfill, resume
  std::vector<std::string> stages, keyword_sets;
  std::optional<Credits> max_credits;
  bool start_new_run = false;
  bool explain = false;
  bool all_creators = false, force = false, skip_unknown = false;  ///< backfill

  // run, backfill, resume
  std::optional<std::string> base_url;
  std::optional<Seconds> max_duration;
  Seconds lock_wait{0};  ///< also of reprocess, db migrate, db vacuum, db forget
  bool dry_run = false;  ///< also of db forget
  ProgressStyle progress = ProgressStyle::automatic;
  int max_attempts = 6;  ///< of one request, at least 1
  std::optional<std::string> summary_file, metrics_file;

  // credits
  std::optional<std::string> by;         ///< day, pipeline, stage or run
  std::optional<Seconds> since;          ///< this long ago, or
  std::optional<std::string> since_day;  ///< from this day on

  // export
  std::optional<std::string> relation;  ///< also of db schema
  std::optional<std::string> sql, format, output_file;

  // Flags together, which takes less room.
  bool online = false;                             ///< credits
  bool raw_text = false, byte_order_mark = false;  ///< export

  // report
  int top = 5000;                           ///< creators of each keyword set
  std::string report_file = "report.html";  ///< "-" is standard output

  // backfill
  std::optional<std::string> creators_file;  ///< "-" is standard input
  std::optional<std::string> where;

  // status
  std::optional<std::string> explained;  ///< a creator: id, handle, name or profile URL

  // jobs list
  bool only_unfinished = false;
  int limit = 1000;
  std::optional<std::string> status, family;

  // jobs show, resolve, cancel
  std::vector<JobKey> jobs;
  bool charged = false;            ///< resolve: --as charged, else not-charged
  std::optional<Credits> credits;  ///< resolve: what was charged for each job; absent: what is reserved

  // db
  std::optional<std::string> backup_file;
  std::string creator;  ///< db forget: an id, a handle or a profile URL

  // completion, and the manual pages of the build
  std::optional<std::string> completion_for, manual_page;

  /// The stages and keyword sets that the run is narrowed to.
  [[nodiscard]] plan::Scope scope() const;
};

/// The options, or the exit code when there is nothing left to do: help was printed, or a usage error.
[[nodiscard]] std::variant<Options, int> parse_command_line(std::vector<std::string> arguments);

}  // namespace toksync::cli
