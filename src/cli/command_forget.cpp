// toksync db forget: erases a person.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/table.hpp"
#include "cli/under_lock.hpp"
#include "store/forget.hpp"

namespace toksync::cli {
namespace {

namespace fs = std::filesystem;

/// Copies beside the database that are named as toksync names them.
std::vector<std::string> backups_of(const std::string& database_path) {
  const auto prefix = fs::path{database_path}.filename().string() + ".backup-";
  const auto folder = fs::path{database_path}.parent_path();
  std::vector<std::string> backups;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path{"."} : folder, problem)) {
    const auto name = entry.path().filename();
    if (name.string().starts_with(prefix)) backups.push_back((folder / name).string());
  }
  std::ranges::sort(backups);
  return backups;
}

void print_text(const World& world, const Options& options, const store::Erasure& erasure,
                const std::vector<std::string>& backups) {
  Table table({{"relation"}, {"rows", Align::right}});
  for (const auto& [relation, rows] : erasure.rows) table.add({relation, std::to_string(rows)});
  if (!table.empty()) fmt::print("{}\n", table.text(world.out));
  const auto path = printable(world.database_path);
  if (options.dry_run) return fmt::print("Nothing was changed: this is what would be erased from {}.\n", path);
  if (erasure.was_forgotten) fmt::print("They were forgotten before.\n");
  fmt::print(
      "Nothing of them is left in {}. Exports, reports and logs made before are yours to delete,\n"
      "and so are backups{}\n",
      path, backups.empty() ? "." : ":");
  for (const auto& backup : backups) fmt::print("  {}\n", printable(backup));
}

Json document_of(const World& world, const Options& options, const store::Erasure& erasure,
                 const std::vector<std::string>& backups) {
  auto rows = Json::object();
  for (const auto& erased : erasure.rows) rows[erased.relation] = erased.rows;
  return {{"database", world.database_path},
          {"dry_run", options.dry_run},
          {"was_forgotten", erasure.was_forgotten},
          {"rows", std::move(rows)},
          {"backups", backups}};
}

}  // namespace

int forget_creator(World& world, const Options& options) {
  return with_locked_database(world, options, [&](store::Store& store) {
    const auto erasure = store.forget(options.creator, world.clock.wall(), options.dry_run);
    if (!erasure) return fail(world, options, erasure.error());
    const auto backups = backups_of(world.database_path);
    if (options.json) {
      print_json(document_of(world, options, *erasure, backups));
    } else if (!options.quiet) {
      print_text(world, options, *erasure, backups);
    }
    return kExitDone;
  });
}

}  // namespace toksync::cli
