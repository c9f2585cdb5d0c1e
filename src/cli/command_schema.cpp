// toksync db schema: the data dictionary, out of the comments that the database itself keeps. Only reads.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/table.hpp"
#include "pipeline/near_miss.hpp"
#include "store/dictionary.hpp"

namespace toksync::cli {
namespace {

using Entries = std::vector<store::RelationEntry>;

/// The dictionary of the database, or of one that is yet to be made.
Expected<store::Store> open_or_invent(World& world, const std::string& path) {
  if (need_database(path)) return open_existing_database(world, path);
  return open_database(world, {}, store::OpenMode::memory);
}

/// The text in lines of at most so many columns, broken at spaces.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    auto& line = lines.back();
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.emplace_back(word);
    } else {
      line.append(line.empty() ? "" : " ").append(word);
    }
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return lines;
}

/// Where a terminal tells its width, comments are broken to fit; in a pipe each stays on its line.
std::string to_text(const store::RelationEntry& entry, const Terminal& terminal) {
  constexpr std::size_t kNarrowest = 30;
  std::size_t before = 4;  // the gaps between the columns
  std::size_t name_width = 6;
  for (const auto& column : entry.columns) name_width = std::max(name_width, display_width(column.name));
  before += name_width + std::string_view{"INTEGER"}.size();
  const auto whole = terminal.width.value_or(std::string::npos);
  const auto width = whole > before + kNarrowest ? whole - before : kNarrowest;
  auto text = terminal.bold(entry.name) + (entry.is_view ? " (view)\n" : " (table)\n");
  for (const auto& line : wrapped(entry.comment, whole)) text += line + "\n";
  Table table({{"column"}, {"type"}, {"what it is"}});
  for (const auto& column : entry.columns) {
    bool is_first = true;
    for (auto& line : wrapped(column.comment, terminal.width ? width : std::string::npos)) {
      table.add({is_first ? column.name : "", is_first ? column.type : "", std::move(line)});
      is_first = false;
    }
  }
  return text + table.text(terminal);
}

Json to_json(const store::RelationEntry& entry) {
  auto columns = Json::array();
  for (const auto& column : entry.columns) {
    columns.push_back({{"name", column.name},
                       {"type", column.type.empty() ? Json(nullptr) : Json(column.type)},
                       {"comment", column.comment}});
  }
  return {{"name", entry.name},
          {"kind", entry.is_view ? "view" : "table"},
          {"for_reading", entry.is_for_reading},
          {"comment", entry.comment},
          {"columns", std::move(columns)}};
}

Expected<Entries> entries_to_show(Entries entries, const Options& options) {
  if (!options.relation) return entries;
  std::vector<std::string_view> names;
  for (const auto& entry : entries) {
    if (entry.name == *options.relation) return Entries{entry};
    names.emplace_back(entry.name);
  }
  const auto meant = pipeline::nearest(*options.relation, names);
  return unexpected(ErrorKind::usage, "tell of " + *options.relation,
                    "there is no such table or view" + (meant ? fmt::format("; did you mean {}?", *meant) : ""),
                    "toksync db schema lists them");
}

void print_text(const Entries& entries, bool is_one, const Terminal& terminal) {
  std::vector<std::string_view> lean;
  bool is_first = true;
  for (const auto& entry : entries) {
    if (!is_one && !entry.is_for_reading) {
      lean.emplace_back(entry.name);
      continue;
    }
    if (!is_first) fmt::print("\n");
    fmt::print("{}", to_text(entry, terminal));
    is_first = false;
  }
  if (lean.empty()) return;
  fmt::print("\nThe lean tables below them, for toksync itself; toksync db schema NAME tells of each:\n");
  for (const auto& line : wrapped(fmt::format("{}", fmt::join(lean, " ")), terminal.width.value_or(100))) {
    fmt::print("{}\n", line);
  }
}

}  // namespace

int print_schema(World& world, const Options& options) {
  auto store = open_or_invent(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  const auto entries = entries_to_show(store::data_dictionary(*store), options);
  if (!entries) return fail(world, options, entries.error());
  if (options.json) {
    auto list = Json::array();
    for (const auto& entry : *entries) list.push_back(to_json(entry));
    print_json({{"relations", std::move(list)}});
  } else {
    print_text(*entries, options.relation.has_value(), world.out);
  }
  return kExitDone;
}

}  // namespace toksync::cli
