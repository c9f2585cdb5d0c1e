// toksync credits: where the credits went, what the budgets leave, and what the account has. Reads the ledger of the
// database; with a pipeline or --online it also asks the account, which is free.
#include <algorithm>

#include <fmt/format.h>

#include "cli/account.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "cli/print/table.hpp"
#include "store/spending.hpp"

namespace toksync::cli {
namespace {

constexpr std::chrono::days kUsualPeriod{30};
constexpr std::size_t kDayLength = 10;

using store::SpendBy;

struct Account {
  std::optional<store::UsageReading> reading;
  bool is_new = false;         ///< asked now, not by an earlier run
  std::optional<Error> error;  ///< why it could not be asked
  std::string note;            ///< why it was not asked
};

struct CreditReport {
  std::string database, since, month;
  SpendBy by{};
  std::vector<store::SpendRow> rows;
  store::SpendRow total;
  Credits open = 0, spent_in_month = 0;
  std::optional<pipeline::Pipeline> pipeline;
  std::optional<store::RunRow> unfinished_run;  ///< of the pipeline
  Credits spent_in_run = 0;
  Account account;
};

SpendBy by_of(const Options& options) {
  if (options.by == "day") return SpendBy::day;
  if (options.by == "pipeline") return SpendBy::pipeline;
  if (options.by == "stage") return SpendBy::stage;
  if (options.by == "run") return SpendBy::run;
  return SpendBy::everything;
}

std::string since_of(const World& world, const Options& options) {
  if (options.since_day) return *options.since_day;
  const auto period = options.since.value_or(kUsualPeriod);
  return to_iso8601(world.clock.wall() - period).substr(0, kDayLength);
}

/// The named pipeline; with --online alone that of the newest run; else none.
Expected<std::optional<pipeline::Pipeline>> newest_pipeline(store::Store& store, const Options& options) {
  if (!options.online) return std::nullopt;
  const auto newest = store::newest_run_with_stages(store);
  if (!newest) {
    return unexpected(ErrorKind::usage, "ask the account", "the database has no run that would tell whom to ask",
                      "toksync credits PIPELINE");
  }
  auto parsed = pipeline::parse_pipeline(store::pipeline_toml_of(store, newest->key),
                                         "pipeline of run " + newest->run_id, process_environment());
  if (!parsed) return unexpected(ErrorKind::usage, "read the newest run's pipeline", parsed.error().front().text());
  return with_overrides(std::move(*parsed), options);
}

Account account_of(World& world, const Options& options, store::Store& store, const pipeline::Pipeline* pipeline,
                   const Signals& signals) {
  Account account{store::last_usage_reading(store)};
  if (pipeline == nullptr) {
    account.note = "--online, or a pipeline file, asks now, which is free";
    return account;
  }
  if (!pipeline->mirrors.empty()) {
    account.note = "mirrors cost no credits";
    return account;
  }
  auto key = read_api_key(pipeline->source);
  if (!key) {
    if (options.online) {
      account.error = key.error();
    } else {
      account.note = fmt::format("not asked now: {}", key.error().cause);
    }
    return account;
  }
  const auto now = world.clock.wall();
  const auto usage = read_usage(world, pipeline->source, std::move(*key), month_of(now), signals);
  if (!usage) {
    account.error = usage.error();
    return account;
  }
  account.reading = store::UsageReading{to_iso8601(now), "", month_of(now), std::nullopt, usage->balance};
  if (usage->charges_are_told) account.reading->charged = usage->total_credits_charged;
  account.is_new = true;
  return account;
}

CreditReport make_report(World& world, const Options& options, store::Store& store,
                         std::optional<pipeline::Pipeline> pipeline) {
  CreditReport report;
  report.database = world.database_path;
  report.since = since_of(world, options);
  report.month = month_of(world.clock.wall());
  report.by = by_of(options);
  report.rows = store::spending(store, report.by, report.since);
  for (const auto& row : report.rows) {
    report.total.charged += row.charged;
    report.total.reserved += row.reserved;
    report.total.released += row.released;
  }
  report.open = store::open_credits(store);
  report.spent_in_month = store.spent_in_month(report.month);
  report.pipeline = std::move(pipeline);
  if (report.pipeline) report.unfinished_run = store.unfinished_run(report.pipeline->name);
  if (report.unfinished_run) report.spent_in_run = store.spent_in_run(report.unfinished_run->key);
  return report;
}

// --- as text ---

std::string spend_table(const CreditReport& report, const Terminal& terminal) {
  std::vector<Column> columns;
  const auto add_title = [&](bool wanted, const char* title) {
    if (wanted) columns.push_back({title});
  };
  const bool everything = report.by == SpendBy::everything;
  add_title(everything || report.by == SpendBy::day, "day");
  add_title(report.by == SpendBy::run, "run");
  add_title(everything || report.by == SpendBy::pipeline || report.by == SpendBy::run, "pipeline");
  add_title(everything || report.by == SpendBy::stage, "stage");
  const auto names = columns.size();
  for (const auto* title : {"charged", "reserved", "released"}) columns.push_back({title, Align::right});
  Table table(std::move(columns));
  const auto add_row = [&](std::vector<std::string> cells, const store::SpendRow& row) {
    cells.resize(names);
    for (const auto credits : {row.charged, row.reserved, row.released}) cells.push_back(std::to_string(credits));
    table.add(std::move(cells));
  };
  for (const auto& row : report.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : {row.day, row.run_id, row.pipeline, row.stage}) {
      if (cell) cells.push_back(*cell);
    }
    add_row(std::move(cells), row);
  }
  add_row({"total"}, report.total);
  return table.text(terminal);
}

std::string_view words_of(SpendBy by) {
  switch (by) {
    case SpendBy::day: return "day";
    case SpendBy::pipeline: return "pipeline";
    case SpendBy::stage: return "stage";
    case SpendBy::run: return "run";
    default: return "day, pipeline and stage";
  }
}

/// "; max_credits_per_month is 5000 and leaves 4176".
std::string against(std::string_view name, const std::optional<Credits>& limit, Credits left) {
  if (!limit) return {};
  return fmt::format("; {} is {} and leaves {}", name, *limit, std::max<Credits>(0, left));
}

std::string month_line(const CreditReport& report) {
  auto line = fmt::format("Month:    {} spent in {} (UTC), by all pipelines of this database", report.spent_in_month,
                          report.month);
  if (!report.pipeline) return line + "\n";
  const auto& limit = report.pipeline->budget.max_credits_per_month;
  if (!limit) return line + "; the pipeline sets no max_credits_per_month\n";
  return line + against("max_credits_per_month", limit, *limit - report.spent_in_month) + "\n";
}

std::string run_line(const CreditReport& report) {
  if (!report.pipeline) return {};
  const auto& limit = report.pipeline->budget.max_credits_per_run;
  if (!limit && !report.unfinished_run) return {};
  if (!report.unfinished_run) return fmt::format("Run:      max_credits_per_run lets the next one spend {}\n", *limit);
  return fmt::format("Run:      {} spent by {}, which is not finished{}\n", report.spent_in_run,
                     report.unfinished_run->run_id,
                     limit ? against("max_credits_per_run", limit, *limit - report.spent_in_run) : "");
}

std::string account_line(const CreditReport& report) {
  const auto& [reading, is_new, error, note] = report.account;
  constexpr std::string_view kNextLine = "\n          ";
  std::string line = "Account:  ";
  if (!reading) {
    line += error ? "not known" : "not known: no run has asked yet";
  } else {
    line += reading->balance ? fmt::format("{} credits left", *reading->balance) : "tells no balance";
    if (report.pipeline && reading->balance) {
      const auto& keep = report.pipeline->budget.keep_credits;
      line += against("keep_credits", keep, *reading->balance - keep.value_or(0));
    }
    if (reading->charged)
      line += fmt::format("; {} charged in {} by its own count", *reading->charged, reading->period);
    if (!is_new)
      line.append(kNextLine) += fmt::format("as run {} heard it, {}", reading->run_id, short_time(reading->at));
  }
  if (!note.empty()) line.append(kNextLine).append(note);
  return line + "\n";
}

void print_text(const CreditReport& report, const Terminal& terminal) {
  if (report.rows.empty()) {
    fmt::print("{} has moved no credits since {}\n\n", printable(report.database), report.since);
  } else {
    fmt::print("Credits since {} by {}, by the ledger of {}\n\n{}\n", report.since, words_of(report.by),
               printable(report.database), spend_table(report, terminal));
  }
  if (report.open > 0)
    fmt::print("Open:     {} reserved for work that is not settled; they count as spent\n", report.open);
  fmt::print("{}{}{}", month_line(report), run_line(report), account_line(report));
}

// --- as JSON ---

Json to_json(const store::SpendRow& row, bool with_names) {
  Json entry = Json::object();
  const auto add = [&](const char* name, const OptionalText& value) {
    if (with_names && value) entry[name] = *value;
  };
  add("day", row.day);
  add("run_id", row.run_id);
  add("pipeline", row.pipeline);
  add("stage", row.stage);
  entry["charged"] = row.charged;
  entry["reserved"] = row.reserved;
  entry["released"] = row.released;
  return entry;
}

Json limit_json(const std::optional<Credits>& limit, Credits spent) {
  if (!limit) return nullptr;
  return {{"limit", *limit}, {"left", std::max<Credits>(0, *limit - spent)}};
}

/// What is left above what is to stay in the account.
Json floor_json(const std::optional<Credits>& keep, const Account& account) {
  if (!keep || !account.reading || !account.reading->balance) return nullptr;
  return {{"limit", *keep}, {"left", std::max<Credits>(0, *account.reading->balance - *keep)}};
}

Json budgets_to_json(const CreditReport& report) {
  if (!report.pipeline) return nullptr;
  const auto& budget = report.pipeline->budget;
  return {{"pipeline", report.pipeline->name},
          {"unfinished_run", report.unfinished_run ? Json(report.unfinished_run->run_id) : Json(nullptr)},
          {"max_credits_per_run", limit_json(budget.max_credits_per_run, report.spent_in_run)},
          {"max_credits_per_month", limit_json(budget.max_credits_per_month, report.spent_in_month)},
          {"keep_credits", floor_json(budget.keep_credits, report.account)}};
}

Json account_to_json(const Account& account) {
  if (!account.reading) return nullptr;
  const auto& reading = *account.reading;
  return {{"balance", json_of(reading.balance)},
          {"charged", json_of(reading.charged)},
          {"period", reading.period},
          {"as_of", reading.at},
          {"asked_now", account.is_new}};
}

void print_document(const CreditReport& report) {
  auto rows = Json::array();
  for (const auto& row : report.rows) rows.push_back(to_json(row, true));
  Json document{{"database", report.database},
                {"since", report.since},
                {"rows", std::move(rows)},
                {"total", to_json(report.total, false)},
                {"open", report.open},
                {"month", {{"period", report.month}, {"spent", report.spent_in_month}}},
                {"budgets", budgets_to_json(report)},
                {"account", account_to_json(report.account)}};
  if (const auto& error = report.account.error) {
    document["account_error"] = {{"kind", to_string(error->kind)}, {"cause", error->cause}, {"hint", error->hint}};
  }
  print_json(document);
}

int print_report(World& world, const Options& options, CreditReport report, const Signals& signals) {
  if (options.json) {
    print_document(report);
  } else {
    print_text(report, world.out);
  }
  if (!report.account.error) return kExitDone;
  // The document holds the error already.
  auto without_json = options;
  without_json.json = false;
  return fail(world, without_json, *report.account.error, signals.take());
}

Expected<std::optional<pipeline::Pipeline>> named_pipeline(World& world, const Options& options, int& code) {
  if (options.pipelines.empty()) return std::nullopt;
  auto loaded = pipeline::load_pipeline(options.pipelines.front(), process_environment());
  if (loaded) return with_overrides(std::move(*loaded), options);
  code = fail(world, options, loaded.error());
  return unexpected(ErrorKind::usage, "load the pipeline", "it has problems");
}

}  // namespace

int credits(World& world, const Options& options) {
  int code = kExitDone;
  auto pipeline = named_pipeline(world, options, code);
  if (!pipeline) return code;
  auto store = open_existing_database(world, *pipeline ? (*pipeline)->database_path : database_path(options));
  if (!store) return fail(world, options, store.error());
  if (!*pipeline) pipeline = newest_pipeline(*store, options);
  if (!pipeline) return fail(world, options, pipeline.error());
  const Signals signals;
  auto account = account_of(world, options, *store, *pipeline ? &**pipeline : nullptr, signals);
  auto report = make_report(world, options, *store, std::move(*pipeline));
  report.account = std::move(account);
  return print_report(world, options, std::move(report), signals);
}

}  // namespace toksync::cli
