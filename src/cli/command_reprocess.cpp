// toksync reprocess: reads the stored records again, and writes the tables anew.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/table.hpp"
#include "cli/under_lock.hpp"
#include "store/reprocess.hpp"

namespace toksync::cli {
namespace {

/// Whose words a database's records are in. The partner API's provider keeps them in those of v1; a provider that does
/// not makes it necessary that a record tells its own.
constexpr const char* kProvider = "toksta";

void print_table(const World& world, const store::Reprocessed& done) {
  Table table({{"record"}, {"read", Align::right}, {"changed", Align::right}});
  for (const auto& [kind, read, changed] : done.kinds) {
    table.add({std::string{to_string(kind)}, std::to_string(read), std::to_string(changed)});
  }
  fmt::print("{}", table.text(world.out));
}

Json document_of(const World& world, const store::Reprocessed& done) {
  auto records = Json::array();
  for (const auto& [kind, read, changed] : done.kinds) {
    records.push_back({{"kind", to_string(kind)}, {"read", read}, {"changed", changed}});
  }
  auto unreadable = Json::array();
  for (const auto& [kind, of, problem] : done.unreadable) {
    unreadable.push_back({{"kind", to_string(kind)}, {"of", of}, {"problem", problem}});
  }
  return {{"database", world.database_path}, {"records", std::move(records)}, {"unreadable", std::move(unreadable)}};
}

}  // namespace

int reprocess(World& world, const Options& options) {
  // To read what came earlier, no address and no key is needed.
  const auto provider = api::make_provider(kProvider, {});
  if (!provider) return fail(world, options, provider.error());
  return with_locked_database(world, options, [&](store::Store& store) {
    const auto done = store.reprocess(
        [&](RecordKind kind, std::string_view raw_json) { return (*provider)->decode_record(kind, raw_json); });
    if (options.json) {
      print_json(document_of(world, done));
    } else if (!options.quiet) {
      print_table(world, done);
    }
    for (const auto& [kind, of, problem] : done.unreadable) {
      fmt::print(stderr, "{} the {} record of {} cannot be read, and its rows are as they were: {}\n",
                 world.err.red("toksync:"), to_string(kind), printable(of), printable(problem));
    }
    return done.unreadable.empty() ? kExitDone : kExitPartial;
  });
}

}  // namespace toksync::cli
