// What doctor sees of a database and its disk.
#include <filesystem>

#include <fmt/format.h>

#include "cli/doctor.hpp"
#include "cli/print/output.hpp"
#include "store/reports.hpp"
#include "store/trouble.hpp"
#include "store/upkeep.hpp"

namespace toksync::cli {
namespace {

namespace fs = std::filesystem;

// A run of a hundred thousand creators takes about half of this.
constexpr std::int64_t kLittleRoom = 1'000'000'000;
// Less than the log of a run may take before it is folded into the database.
constexpr std::int64_t kNoRoom = 200'000'000;

std::string size_text(std::int64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{:.0f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

std::int64_t size_of(const std::string& path) {
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  return missing ? 0 : static_cast<std::int64_t>(size);
}

Finding writable(const std::string& path) {
  if (const auto checked = store::check_writable(path); !checked) return failure("writable", checked.error());
  return well("writable", "the file and its folder");
}

Finding lock(const std::string& path) {
  const auto holder = store::lock_holder(path);
  if (!holder) return well("lock", "free: no run works on it");
  return warning("lock", *holder + " works on it: another run would end with exit code 11",
                 "wait for it, or start the next run with --lock-wait 5m");
}

Finding pages(const store::Condition& condition) {
  if (condition.problems.empty()) return well("pages", "whole by a quick check; toksync db check looks at everything");
  return failure("pages", ErrorKind::database, condition.problems.front(),
                 "restore the database from a backup: see toksync db backup --help");
}

Finding journal(const store::Condition& condition) {
  if (condition.journal_mode == "wal") return well("journal", "WAL: analysts may read while a run writes");
  return warning("journal", "the mode is " + condition.journal_mode + ", so that readers and a run wait for each other",
                 "let a run open it, which sets WAL; not every network file system can do that");
}

Finding open_jobs(const World& world, store::Store& store, const std::string& path) {
  const auto jobs = store::count_jobs(store, world.clock.wall());
  if (jobs.ambiguous > 0) {
    return warning("open jobs",
                   fmt::format("{}: {} at stake, and nobody knows whether charged",
                               count(jobs.ambiguous, "ambiguous job"), count(jobs.ambiguous_credits, "credit")),
                   "see " + suggest("jobs list --status ambiguous", path) + ", then toksync jobs resolve");
  }
  if (jobs.expiring > 0) {
    return warning("open jobs", count(jobs.expiring, "paid result") + " that the API soon deletes",
                   suggest("collect", path) + " fetches what is paid for, free of charge");
  }
  if (jobs.outstanding == 0) return well("open jobs", "none: all that was paid for is here");
  return well("open jobs",
              count(jobs.outstanding, "result") + " paid for; the next run, or toksync collect, fetches them");
}

Finding month_budget(const World& world, store::Store& store, Credits limit) {
  const auto spent = store.spent_in_month(month_of(world.clock.wall()));
  const auto text = fmt::format("{} of {} credits spent this month", spent, limit);
  if (spent < limit) return well("month budget", text);
  return failure("month budget", ErrorKind::budget, text + ": a run buys nothing",
                 "raise max_credits_per_month, or wait for the first of the month (UTC)");
}

void look_inside(World& world, const DoctorDatabase& database, Findings& findings) {
  auto store = open_database(world, database.path, store::OpenMode::read_only);
  if (!store) return findings.push_back(failure("database", store.error()));
  const auto condition = store::inspect(*store);
  findings.push_back(well("database", fmt::format("{}, schema {}, {}", database.path, condition.version,
                                                  size_text(size_of(database.path)))));
  findings.push_back(pages(condition));
  findings.push_back(journal(condition));
  findings.push_back(open_jobs(world, *store, database.path));
  if (database.max_credits_per_month) findings.push_back(month_budget(world, *store, *database.max_credits_per_month));
}

Finding disk(const std::string& path) {
  const auto parent = fs::path{path}.parent_path();
  std::error_code problem;
  const auto space = fs::space(parent.empty() ? fs::path{"."} : parent, problem);
  if (problem) return warning("disk", "how much room there is cannot be told: " + problem.message(), "look with df");
  const auto room = static_cast<std::int64_t>(space.available);
  const auto text = size_text(room) + " free where the database is";
  if (room < kNoRoom) {
    return failure("disk", ErrorKind::database, text, fmt::format("free at least {}", size_text(kLittleRoom)));
  }
  const auto wanted = std::max(kLittleRoom, 2 * size_of(path));
  if (room >= wanted) return well("disk", text);
  return warning("disk", text,
                 fmt::format("free some: {} leave room for a large run, a backup and db vacuum", size_text(wanted)));
}

}  // namespace

Findings look_at_database(World& world, const DoctorDatabase& database) {
  Findings findings;
  std::error_code problem;
  if (!fs::exists(database.path, problem)) {
    findings.push_back(well("database", database.path + ": not there yet, the first run makes it"));
  } else {
    try {
      look_inside(world, database, findings);
    } catch (const std::exception& exception) {
      const auto trouble = store::database_trouble(exception, database.path);
      if (!trouble) throw;
      findings.push_back(failure("database", *trouble));
    }
    findings.push_back(lock(database.path));
  }
  findings.push_back(writable(database.path));
  findings.push_back(disk(database.path));
  return findings;
}

}  // namespace toksync::cli
