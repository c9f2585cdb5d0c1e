#include "cli/app.hpp"

#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/core_dumps.hpp"
#include "cli/ending.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/output.hpp"
#include "store/trouble.hpp"

namespace toksync::cli {
namespace {

int dispatch(World& world, const Options& options) {
  switch (options.command) {
    case Command::init: return init(world, options);
    case Command::check: return check(world, options);
    case Command::schema: return schema(world, options);
    case Command::plan: return plan(world, options);
    case Command::run: return run(world, options);
    case Command::backfill: return backfill(world, options);
    case Command::resume: return resume(world, options);
    case Command::status: return status(world, options);
    case Command::report: return report(world, options);
    case Command::collect: return collect(world, options);
    case Command::credits: return credits(world, options);
    case Command::export_rows: return export_rows(world, options);
    case Command::doctor: return doctor(world, options);
    case Command::list_jobs: return list_jobs(world, options);
    case Command::show_job: return show_job(world, options);
    case Command::resolve_jobs: return resolve_jobs(world, options);
    case Command::cancel_jobs: return cancel_jobs(world, options);
    case Command::reprocess: return reprocess(world, options);
    case Command::check_database: return check_database(world, options);
    case Command::print_schema: return print_schema(world, options);
    case Command::back_up_database: return back_up_database(world, options);
    case Command::migrate_database: return migrate_database(world, options);
    case Command::vacuum_database: return vacuum_database(world, options);
    case Command::forget_creator: return forget_creator(world, options);
  }
  return kExitBug;
}

int run_command(World& world, const Options& options) {
  try {
    return dispatch(world, options);
  } catch (const std::exception& exception) {
    if (const auto trouble = store::database_trouble(exception, world.database_path)) {
      return fail(world, options, *trouble);
    }
    return fail(world, options,
                {ErrorKind::internal, "", exception.what(),
                 "this is a bug in toksync " TOKSYNC_VERSION ": please report it with the command that led here"});
  }
}

/// A result that could not be written was not delivered.
int flushed(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  fmt::print(stderr, "toksync: cannot write to standard output\n");
  return code == kExitDone ? kExitBug : code;
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  forbid_core_dumps();
  // A file that may not grow is an error that is reported, not a death.
  std::signal(SIGXFSZ, SIG_IGN);
  // Widths and code points are those of UTF-8 whatever the user's locale says; numbers stay as in C.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  const auto parsed = parse_command_line(arguments);
  if (const auto* const code = std::get_if<int>(&parsed)) return flushed(*code);
  const auto& options = std::get<Options>(parsed);
  World world(options);
  const auto code = run_command(world, options);
  return flushed(tell_ending(world, options, code));
}

}  // namespace toksync::cli
