// toksync export: the rows of a table, a view or a query as CSV or JSON lines. Only reads; in constant memory.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/byte_sink.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/row_format.hpp"
#include "pipeline/near_miss.hpp"
#include "store/dictionary.hpp"

namespace toksync::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\uFEFF";

Expected<void> check_arguments(const Options& options) {
  constexpr const char* kOperation = "export";
  if (options.relation.has_value() == options.sql.has_value()) {
    return unexpected(
        ErrorKind::usage, kOperation,
        options.sql ? "a table and --sql are both given" : "neither a table, a view nor --sql is given",
        "toksync export shortlist, or toksync export --sql 'SELECT name FROM shortlist'; toksync db schema lists what "
        "there is");
  }
  if (options.json && !options.output_file) {
    return unexpected(ErrorKind::usage, kOperation, "--json prints one document, and the rows go to the same place",
                      "--format jsonl prints a document a row; or send the rows to a file with --output");
  }
  return {};
}

RowFormat format_of(const Options& options) {
  if (options.format) return *options.format == "jsonl" ? RowFormat::json_lines : RowFormat::csv;
  const auto& file = options.output_file;
  const bool is_json_lines = file && (file->ends_with(".jsonl") || file->ends_with(".ndjson"));
  return is_json_lines ? RowFormat::json_lines : RowFormat::csv;
}

std::string sql_name(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + "\"";
}

Expected<std::string> query_for(store::Store& store, const std::string& relation) {
  const auto entries = store::data_dictionary(store);
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return text;
  };
  std::vector<std::string_view> names;
  std::vector<std::string_view> for_reading;
  for (const auto& entry : entries) {
    if (entry.name == lower(relation)) return "SELECT * FROM " + sql_name(entry.name);
    names.emplace_back(entry.name);
    if (entry.is_for_reading) for_reading.emplace_back(entry.name);
  }
  const auto meant = pipeline::nearest(lower(relation), names);
  return unexpected(ErrorKind::usage, "export " + relation,
                    "there is no such table or view" + (meant ? fmt::format("; did you mean {}?", *meant) : ""),
                    fmt::format("there are {}", fmt::join(for_reading, ", ")));
}

/// JSON objects of which one would hide a value behind another.
Expected<void> check_names(const std::vector<std::string>& columns) {
  std::set<std::string> seen;
  for (const auto& column : columns) {
    if (seen.insert(column).second) continue;
    return unexpected(ErrorKind::usage, "export", fmt::format("two columns are called {}", column),
                      "give one of them another name with AS");
  }
  return {};
}

/// How many rows were written, or nothing when the reader went away.
Expected<std::optional<std::int64_t>> write_rows(store::RowReader& rows, const RowWriter& writer, ByteSink& sink,
                                                 bool byte_order_mark) {
  std::string text = byte_order_mark ? std::string{kByteOrderMark} : std::string{};
  text += writer.head();
  std::int64_t count = 0;
  while (true) {
    const auto sent = sink.write(text);
    if (!sent) return tl::unexpected(sent.error());
    if (!*sent) return std::nullopt;
    const auto has_row = rows.next();
    if (!has_row) return tl::unexpected(has_row.error());
    if (!*has_row) break;
    text.clear();
    writer.append_row(text, rows);
    ++count;
  }
  const auto finished = sink.finish();
  if (!finished) return tl::unexpected(finished.error());
  return *finished ? std::optional{count} : std::nullopt;
}

Expected<std::optional<std::int64_t>> export_from(store::Store& store, const Options& options, const Signals& signals) {
  const auto should_stop = [&signals] { return signals.take() != 0; };
  const auto sql = options.sql ? Expected<std::string>{*options.sql} : query_for(store, *options.relation);
  if (!sql) return tl::unexpected(sql.error());
  auto rows = store::RowReader::select(store, *sql, should_stop);
  if (!rows) return tl::unexpected(rows.error());
  const auto format = format_of(options);
  if (format == RowFormat::json_lines) {
    if (const auto checked = check_names(rows->columns()); !checked) return tl::unexpected(checked.error());
  }
  auto sink = ByteSink::open(options.output_file, should_stop);
  if (!sink) return tl::unexpected(sink.error());
  const RowWriter writer(format, options.raw_text ? FormulaGuard::off : FormulaGuard::on, rows->columns());
  return write_rows(*rows, writer, *sink, options.byte_order_mark && format == RowFormat::csv);
}

void print_summary(const Options& options, std::int64_t rows) {
  if (!options.output_file) return;
  const auto format = format_of(options) == RowFormat::csv ? "csv" : "jsonl";
  if (options.json) {
    print_json({{"file", *options.output_file}, {"format", format}, {"rows", rows}});
  } else if (!options.quiet) {
    fmt::print("{}: {}\n", printable(*options.output_file), count(rows, "row"));
  }
}

}  // namespace

int export_rows(World& world, const Options& options) {
  if (const auto checked = check_arguments(options); !checked) return fail(world, options, checked.error());
  auto store = open_existing_database(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  const Signals signals;
  const auto rows = export_from(*store, options, signals);
  if (!rows) return fail(world, options, rows.error(), signals.take());
  if (*rows) print_summary(options, **rows);
  return kExitDone;
}

}  // namespace toksync::cli
