// toksync db check, backup, migrate, vacuum: care of the database.
#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/table.hpp"
#include "cli/under_lock.hpp"
#include "store/upkeep.hpp"

namespace toksync::cli {
namespace {

std::string table_text(const World& world, const std::vector<store::Check>& checks, bool only_problems) {
  Table table({{"check"}, {"result"}, {"what must hold, or what is wrong"}});
  for (const auto& check : checks) {
    if (check.problems.empty() && !only_problems) table.add({check.name, "ok", check.promise});
    for (const auto& problem : check.problems) table.add({check.name, "wrong", problem});
  }
  return table.empty() ? "" : table.text(world.out);
}

Json to_json(const store::Check& check) {
  return {
      {"name", check.name}, {"promise", check.promise}, {"ok", check.problems.empty()}, {"problems", check.problems}};
}

std::string default_backup(const World& world, const std::string& path) {
  auto time = to_iso8601(world.clock.wall());
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return path + ".backup-" + time;
}

/// "12.3 MB": enough to see whether it is worth it.
std::string size_text(std::int64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void print_migrated(const World& world, const store::Migrated& migrated) {
  const auto path = printable(world.database_path);
  if (migrated.from == migrated.to) {
    fmt::print("{} is up to date (schema {})\n", path, migrated.to);
    return;
  }
  fmt::print("{} was brought from schema {} to {}\n", path, migrated.from, migrated.to);
  if (migrated.backup) fmt::print("as it was before: {}\n", printable(*migrated.backup));
}

}  // namespace

int check_database(World& world, const Options& options) {
  auto store = open_existing_database(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  const auto checks = store::check_database(*store);
  const bool is_well = std::ranges::all_of(checks, [](const auto& check) { return check.problems.empty(); });
  if (options.json) {
    auto list = Json::array();
    for (const auto& check : checks) list.push_back(to_json(check));
    print_json({{"database", world.database_path}, {"ok", is_well}, {"checks", std::move(list)}});
  } else {
    fmt::print("{}", table_text(world, checks, options.quiet));
  }
  if (is_well) return kExitDone;
  fmt::print(stderr, "{} {} is damaged: restore it from a backup, or report what was done to it\n",
             world.err.red("toksync:"), printable(world.database_path));
  return kExitDatabase;
}

int back_up_database(World& world, const Options& options) {
  world.database_path = database_path(options);
  if (const auto exists = need_database(world.database_path); !exists) return fail(world, options, exists.error());
  const auto target = options.backup_file.value_or(default_backup(world, world.database_path));
  const auto bytes = store::back_up(world.database_path, target);
  if (!bytes) return fail(world, options, bytes.error());
  if (options.json) {
    print_json({{"database", world.database_path}, {"backup", target}, {"bytes", *bytes}});
  } else if (!options.quiet) {
    fmt::print("{} ({}), checked\n", printable(target), size_text(*bytes));
  }
  return kExitDone;
}

int migrate_database(World& world, const Options& options) {
  return under_lock(world, options, [&] {
    const auto migrated = store::migrate(world.database_path);
    if (!migrated) return fail(world, options, migrated.error());
    if (options.json) {
      print_json({{"database", world.database_path},
                  {"from_schema", migrated->from},
                  {"to_schema", migrated->to},
                  {"backup", json_of(migrated->backup)}});
    } else if (!options.quiet) {
      print_migrated(world, *migrated);
    }
    return kExitDone;
  });
}

int vacuum_database(World& world, const Options& options) {
  return with_locked_database(world, options, [&](store::Store& store) {
    const auto vacuumed = store::vacuum(store);
    if (!vacuumed) return fail(world, options, vacuumed.error());
    if (options.json) {
      print_json({{"database", world.database_path},
                  {"bytes_before", vacuumed->bytes_before},
                  {"bytes_after", vacuumed->bytes_after},
                  {"log_emptied", !vacuumed->log_is_read}});
    } else if (!options.quiet) {
      fmt::print("{}: {} before, {} now\n", printable(world.database_path), size_text(vacuumed->bytes_before),
                 size_text(vacuumed->bytes_after));
    }
    if (vacuumed->log_is_read && !options.quiet) {
      fmt::print(stderr, "somebody reads the database: its log gives back its space when they are done\n");
    }
    return kExitDone;
  });
}

}  // namespace toksync::cli
