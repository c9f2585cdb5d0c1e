#include "cli/options.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/secret.hpp"
#include "cli/command_view.hpp"
#include "cli/completion.hpp"
#include "cli/exit_codes.hpp"
#include "cli/flags.hpp"
#include "cli/help.hpp"
#include "cli/help_formatter.hpp"
#include "cli/manual.hpp"
#include "model/job_status.hpp"
#include "pipeline/near_miss.hpp"

namespace toksync::cli {
namespace {

constexpr std::array<std::string_view, 5> kStages{"search", "enrich", "content_match", "audience_match",
                                                  "thought_leaders"};
constexpr std::array<std::string_view, 9> kJobStatuses{"intent", "sent",     "queued",  "running",  "succeeded",
                                                       "failed", "canceled", "expired", "ambiguous"};
constexpr std::array<std::string_view, 2> kResolutions{"charged", "not-charged"};
constexpr std::array<std::string_view, 3> kShells{"bash", "zsh", "fish"};
constexpr std::array<std::string_view, 2> kManualPages{"toksync", "pipeline"};
constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};
constexpr std::array<std::string_view, 2> kRowFormats{"csv", "jsonl"};
constexpr std::array<std::string_view, 4> kSpendGroups{"day", "pipeline", "stage", "run"};
constexpr std::array<std::string_view, 4> kProgressStyles{"auto", "bar", "plain", "none"};

void add_common_flags(CLI::App& app, Options& options) {
  add_value(app, {"--db", "FILE", "the database; without it, the pipeline's or toksync.db"}, need_text,
            [&](const Text& text) { options.database = text; });
  add_switch(app, "--json", options.json, "print one JSON document");
  add_switch(app, "--quiet", options.quiet, "errors only: no progress, notes or summary");
  add_switch(app, "--verbose", options.verbose, "log each request, with its request_id");
  add_value(app, {"--log-format", "FORMAT", "text (default) | json"}, one_of(kLogFormats),
            [&](const Text& text) { options.log_format = text == "json" ? LogFormat::json : LogFormat::text; });
  add_switch(app, "--no-color", options.no_color, "no colours, even on a terminal");
}

void add_scope_flags(CLI::App& app, Options& options) {
  add_list(app, "--stage", "STAGE", options.stages, "only this stage; repeat it, or separate by commas");
  app.get_option("--stage")->check(one_of(kStages));
  add_list(app, "--keyword-set", "NAME", options.keyword_sets, "only this keyword set; likewise");
  add_value(app, {"--max-credits", "N", "instead of the pipeline's max_credits_per_run"},
            whole_number(0, 1'000'000'000), [&](const Text& text) { options.max_credits = read_number(text); });
}

void add_lock_wait(CLI::App& app, Options& options) {
  add_value(app, {"--lock-wait", "D", "wait this long for another run of the same database"}, need_duration,
            [&](const Text& text) { options.lock_wait = parse_duration(text).value_or(Seconds{0}); });
}

void add_base_url(CLI::App& app, Options& options) {
  add_value(app, {"--base-url", "URL", "instead of the pipeline's base_url; https, or http to this machine"},
            need_base_url, [&](const Text& text) { options.base_url = text; });
}

/// Of every command that runs the engine.
void add_request_flags(CLI::App& app, Options& options) {
  add_base_url(app, options);
  add_value(app, {"--max-duration", "D", "stop after this long, resumable: 90s, 30m, 2h"}, need_duration,
            [&](const Text& text) { options.max_duration = parse_duration(text); });
  add_lock_wait(app, options);
  add_value(app, {"--max-attempts", "N", "of one request, before giving up (6)"}, whole_number(1, 100),
            [&](const Text& text) { options.max_attempts = static_cast<int>(read_number(text).value_or(1)); });
  add_value(app, {"--progress", "STYLE", "auto (default) | bar | plain (a line a minute) | none"},
            one_of(kProgressStyles), [&](const Text& text) {
              options.progress =
                  static_cast<ProgressStyle>(std::ranges::find(kProgressStyles, text) - kProgressStyles.begin());
            });
}

void add_engine_flags(CLI::App& app, Options& options) {
  add_request_flags(app, options);
  add_value(app, {"--summary-file", "FILE", "write how it ended, as --json prints it"}, need_place_for_file,
            [&](const Text& text) { options.summary_file = text; });
  add_value(app, {"--metrics-file", "FILE", "write its figures for Prometheus' textfile collector"},
            need_place_for_file, [&](const Text& text) { options.metrics_file = text; });
  add_switch(app, "--dry-run", options.dry_run, "plan only: send nothing, write nothing");
}

// --- commands ---

/// Each command reads its environment when it was the one given, and only then.
CLI::App* add_command(CLI::App& app, Options& options, Command command, const Text& name, const Text& description) {
  auto* const added = app.add_subcommand(name, description);
  added->fallthrough();
  added->parse_complete_callback([&options, command] { options.command = command; });
  return added;
}

void add_pipeline(CLI::App& app, Options& options) {
  const auto use = [&](const Text& path) { options.pipelines = {path}; };
  app.add_option_function<Text>("PIPELINE", use, "the pipeline file (TOML)")->required();
}

void add_first_commands(CLI::App& app, Options& options) {
  auto* const init = add_command(app, options, Command::init, "init", "Write a commented starter pipeline");
  init->add_option("DIR", options.folder, "the folder for pipeline.toml; the current one when left out");
  init->group("Prepare")->footer(init_footer());
  auto* const check = add_command(app, options, Command::check, "check", "Check pipeline files, and send nothing");
  check->add_option("PIPELINE", options.pipelines, "pipeline files (TOML)")->required();
  check->alias("validate")->group("Prepare")->footer(check_footer());
  auto* const schema =
      add_command(app, options, Command::schema, "schema", "Print the JSON schema of pipeline files, for editors");
  schema->group("Prepare")->footer(schema_footer());
  auto* const plan = add_command(app, options, Command::plan, "plan",
                                 "Tell what a run would do and cost, and what is already paid for");
  add_pipeline(*plan, options);
  add_base_url(*plan, options);
  add_scope_flags(*plan, options);
  add_switch(*plan, "--new", options.start_new_run, "as if no unfinished run were picked up");
  add_switch(*plan, "--explain", options.explain, "list each known creator with the reason it is in or out");
  plan->group("Prepare")->footer(plan_footer());
}

/// Whom a backfill is about.
void add_selection_flags(CLI::App& app, Options& options) {
  add_value(app, {"--creators", "FILE", "a list of ids, handles or profile URLs, or a CSV file; - is standard input"},
            need_text, [&](const Text& text) { options.creators_file = text; });
  add_value(app, {"--where", "SQL", "whoever fulfils this condition on creators, or on shortlist"}, need_text,
            [&](const Text& text) { options.where = text; });
  add_switch(app, "--all", options.all_creators, "every creator of the database");
  add_switch(app, "--force", options.force, "buy also what is known and young enough");
  add_switch(app, "--skip-unknown", options.skip_unknown, "leave out whom the database does not know");
}

void add_run_commands(CLI::App& app, Options& options) {
  auto* const run = add_command(app, options, Command::run, "run", "Run a pipeline, or go on with its unfinished run");
  run->add_option("PIPELINE", options.pipelines, "pipeline files (TOML); several share a database")->required();
  add_scope_flags(*run, options);
  add_engine_flags(*run, options);
  add_switch(*run, "--new", options.start_new_run, "start a new run; the unfinished one ends as abandoned");
  run->group("Run")->footer(run_footer());
  auto* const backfill =
      add_command(app, options, Command::backfill, "backfill", "Apply stages to creators of your choice, once");
  add_pipeline(*backfill, options);
  add_selection_flags(*backfill, options);
  add_scope_flags(*backfill, options);
  add_engine_flags(*backfill, options);
  add_switch(*backfill, "--new", options.start_new_run, "start anew; the same backfill, unfinished, ends as abandoned");
  backfill->group("Run")->footer(backfill_footer());
  auto* const resume =
      add_command(app, options, Command::resume, "resume", "Go on with the last, or the named, unfinished run");
  resume->add_option_function<Text>(
      "RUN", [&](const Text& text) { options.run_id = text; }, "the run's id");
  add_scope_flags(*resume, options);
  add_engine_flags(*resume, options);
  resume->group("Run")->footer(resume_footer());
  auto* const collect = add_command(app, options, Command::collect, "collect",
                                    "Fetch what was already paid for, in any pipeline; spends nothing");
  add_request_flags(*collect, options);
  collect->group("Run")->footer(collect_footer());
}

void add_reading_commands(CLI::App& app, Options& options) {
  auto* const status = add_command(app, options, Command::status, "status",
                                   "Show runs, stages, jobs and credits; what is unfinished, and why");
  status->add_option_function<Text>(
      "RUN", [&](const Text& text) { options.run_id = text; }, "the run's id");
  add_value(*status, {"--explain", "CREATOR", "why this creator was bought or not, and what that cost"}, need_text,
            [&](const Text& text) { options.explained = text; });
  status->group("Look")->footer(status_footer());
  auto* const report = add_command(app, options, Command::report, "report",
                                   "Write the last run, its shortlist and plots as one HTML file");
  add_value(*report, {"--output", "FILE", "the file to write, - for standard output (report.html)"}, need_text,
            [&](const Text& text) { options.report_file = text; });
  add_value(*report, {"--run", "RUN", "the run to tell of, instead of the last; its pipeline's shortlist is shown"},
            need_text, [&](const Text& text) { options.run_id = text; });
  add_value(*report, {"--top", "N", "the best N creators of each keyword set (5000)"}, whole_number(1, 1'000'000),
            [&](const Text& text) { options.top = static_cast<int>(read_number(text).value_or(1)); });
  report->group("Look")->footer(report_footer());
}

void add_credits_command(CLI::App& app, Options& options) {
  auto* const credits = add_command(app, options, Command::credits, "credits",
                                    "Show where the credits went, what the budgets leave, and what the account has");
  credits->add_option_function<Text>(
      "PIPELINE", [&](const Text& path) { options.pipelines = {path}; },
      "the pipeline file (TOML) whose budgets and account are meant");
  add_value(*credits, {"--by", "GROUP", "day | pipeline | stage | run; without it, by day, pipeline and stage"},
            one_of(kSpendGroups), [&](const Text& text) { options.by = text; });
  add_value(*credits, {"--since", "D", "a duration or a day: 7d, 2026-05-28 (30d)"}, need_duration_or_day,
            [&](const Text& text) {
              if (is_day(text)) {
                options.since_day = text;
              } else {
                options.since = parse_duration(text);
              }
            });
  add_switch(*credits, "--online", options.online, "ask the account of the newest run's pipeline too; free");
  add_base_url(*credits, options);
  credits->group("Look")->footer(credits_footer());
}

void add_export_command(CLI::App& app, Options& options) {
  auto* const rows = add_command(app, options, Command::export_rows, "export",
                                 "Write a table, a view or the rows of a query as CSV or JSON lines");
  rows->add_option_function<Text>(
      "TABLE", [&](const Text& text) { options.relation = text; }, "a table or a view, such as shortlist");
  add_value(*rows, {"--sql", "SELECT", "the rows of a query instead"}, need_text,
            [&](const Text& text) { options.sql = text; });
  add_value(*rows, {"--format", "FORMAT", "csv | jsonl; without it, by the name of --output, else csv"},
            one_of(kRowFormats), [&](const Text& text) { options.format = text; });
  add_value(*rows, {"--output", "FILE", "the file, replaced when it is whole; without it, standard output"}, need_text,
            [&](const Text& text) { options.output_file = text; });
  add_switch(*rows, "--raw-text", options.raw_text, "CSV: no ' before texts that spreadsheets take for formulas");
  add_switch(*rows, "--bom", options.byte_order_mark, "CSV: begin with the mark by which Excel knows UTF-8");
  rows->group("Look")->footer(export_footer());
}

void add_doctor_command(CLI::App& app, Options& options) {
  auto* const doctor = add_command(app, options, Command::doctor, "doctor",
                                   "Check key, connection, entitlement, balance, clock, database and disk");
  doctor->add_option("PIPELINE", options.pipelines, "pipeline files (TOML); without one, what the flags say");
  add_base_url(*doctor, options);
  doctor->group("Look")->footer(doctor_footer());
}

/// One or more keys of jobs, as `jobs list` shows them.
void add_jobs(CLI::App& app, Options& options) {
  const auto use = [&options](const std::vector<Text>& texts) {
    options.jobs.clear();
    for (const auto& text : texts) options.jobs.push_back(static_cast<JobKey>(read_number(text).value()));
  };
  app.add_option_function<std::vector<Text>>("JOB", use, "the job's number, as toksync jobs list shows it")
      ->required()
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
}

void add_job_commands(CLI::App& app, Options& options) {
  auto* const jobs = app.add_subcommand("jobs", "List what was bought, job by job; settle or cancel jobs");
  jobs->fallthrough()->group("Look")->footer(jobs_footer());
  auto* const list = add_command(*jobs, options, Command::list_jobs, "list", "List jobs");
  add_value(*list, {"--status", "STATUS", "only jobs of this status"}, one_of(kJobStatuses),
            [&](const Text& text) { options.status = text; });
  add_value(*list, {"--family", "FAMILY", "only jobs of this stage"}, one_of(kStages),
            [&](const Text& text) { options.family = text; });
  add_value(*list, {"--run", "RUN", "only jobs that this run paid for"}, need_text,
            [&](const Text& text) { options.run_id = text; });
  add_switch(*list, "--unfinished", options.only_unfinished, "only jobs that are not finished, or ambiguous");
  add_value(*list, {"--limit", "N", "at most this many (1000)"}, whole_number(1, 1'000'000),
            [&](const Text& text) { options.limit = static_cast<int>(read_number(text).value_or(1)); });
  list->group("Commands")->footer(list_jobs_footer());
  auto* const show =
      add_command(*jobs, options, Command::show_job, "show", "Show all that is known of jobs, with the evidence");
  add_jobs(*show, options);
  show->group("Commands")->footer(show_job_footer());
  auto* const resolve =
      add_command(*jobs, options, Command::resolve_jobs, "resolve", "Settle jobs by hand that nothing else can settle");
  add_jobs(*resolve, options);
  add_value(*resolve, {"--as", "WHAT", "charged | not-charged"}, one_of(kResolutions),
            [&](const Text& text) { options.charged = text == "charged"; });
  resolve->get_option("--as")->required();
  add_value(*resolve, {"--credits", "N", "what each job was charged; without it, what is reserved"},
            whole_number(0, 1'000'000'000), [&](const Text& text) { options.credits = read_number(text); });
  add_lock_wait(*resolve, options);
  resolve->group("Commands")->footer(resolve_jobs_footer());
  auto* const cancel =
      add_command(*jobs, options, Command::cancel_jobs, "cancel", "End thought-leader jobs that still run");
  add_jobs(*cancel, options);
  add_request_flags(*cancel, options);
  cancel->group("Commands")->footer(cancel_jobs_footer());
}

void add_upkeep_commands(CLI::App& app, Options& options) {
  auto* const reprocess = add_command(app, options, Command::reprocess, "reprocess",
                                      "Rebuild the tables from the stored raw records; no network, no credits");
  add_lock_wait(*reprocess, options);
  reprocess->group("Care")->footer(reprocess_footer());
  auto* const db =
      app.add_subcommand("db", "Check, describe, back up, migrate or vacuum the database; forget a person");
  db->fallthrough()->group("Care")->footer(db_footer());
  auto* const check =
      add_command(*db, options, Command::check_database, "check", "Check that the file is whole and its books agree");
  check->group("Commands")->footer(check_database_footer());
  auto* const schema = add_command(*db, options, Command::print_schema, "schema",
                                   "Tell what each table, view and column is: the data dictionary");
  schema->add_option_function<Text>(
      "RELATION", [&](const Text& text) { options.relation = text; }, "a table or a view; without it, all");
  schema->group("Commands")->footer(print_schema_footer());
  auto* const backup =
      add_command(*db, options, Command::back_up_database, "backup", "Copy the database, also while a run writes");
  backup->add_option_function<Text>(
      "FILE", [&](const Text& text) { options.backup_file = text; },
      "the new file; without it, the database's name with .backup- and the time");
  backup->get_option("FILE")->check(need_text);
  backup->group("Commands")->footer(back_up_database_footer());
  auto* const migrate = add_command(*db, options, Command::migrate_database, "migrate",
                                    "Bring an older database up to date, after a backup copy");
  add_lock_wait(*migrate, options);
  migrate->group("Commands")->footer(migrate_database_footer());
  auto* const vacuum =
      add_command(*db, options, Command::vacuum_database, "vacuum", "Give back the disk space of what was deleted");
  add_lock_wait(*vacuum, options);
  vacuum->group("Commands")->footer(vacuum_database_footer());
  auto* const forget = add_command(*db, options, Command::forget_creator, "forget",
                                   "Erase a person from every table, and keep them from coming back");
  forget->add_option("CREATOR", options.creator, "a creator id, a handle or a profile URL")
      ->required()
      ->check(need_text);
  add_lock_wait(*forget, options);
  add_switch(*forget, "--dry-run", options.dry_run, "count what would go, and change nothing");
  forget->group("Commands")->footer(forget_creator_footer());
}

/// What describes the command line itself is printed like help.
void add_describing_commands(CLI::App& app, Options& options) {
  auto* const completion = app.add_subcommand("completion", "Print a script that completes commands and flags");
  completion->add_option("SHELL", options.completion_for, "bash | zsh | fish")->required()->check(one_of(kShells));
  completion->fallthrough()->group("Care")->footer(completion_footer());
  auto* const manual = app.add_subcommand("manual", "Print a manual page, for the build");
  manual->add_option("PAGE", options.manual_page, "toksync | pipeline")->required()->check(one_of(kManualPages));
  manual->fallthrough()->group("");
}

/// False when the command line asks for no description.
bool print_description(CLI::App& app, const Options& options) {
  if (options.manual_page == "pipeline") {
    fmt::print("{}", pipeline_manual_page());
  } else if (options.manual_page) {
    fmt::print("{}", manual_page(view_of(app)));
  } else if (options.completion_for == "bash") {
    fmt::print("{}", bash_completion(view_of(app)));
  } else if (options.completion_for == "zsh") {
    fmt::print("{}", zsh_completion(view_of(app)));
  } else if (options.completion_for == "fish") {
    fmt::print("{}", fish_completion(view_of(app)));
  } else {
    return false;
  }
  return true;
}

// --- what is wrong with a command line ---

const CLI::App* given_command(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return app;
}

std::string full_name(const CLI::App* app) {
  return app->get_parent() == nullptr ? app->get_name() : full_name(app->get_parent()) + " " + app->get_name();
}

std::vector<std::string> known_flags(const CLI::App* command) {
  std::vector<std::string> names;
  for (const auto* app = command; app != nullptr; app = app->get_parent()) {
    for (const auto* const option : app->get_options([](const CLI::Option* one) { return one->nonpositional(); })) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> known_commands(const CLI::App* app) {
  std::vector<std::string> names;
  for (const auto* const command : app->get_subcommands({})) {
    if (command->get_group().empty()) continue;
    names.push_back(command->get_name());
    for (const auto& alias : command->get_aliases()) names.push_back(alias);
  }
  return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> names{known.begin(), known.end()};
  const auto meant = pipeline::nearest(word, names);
  return meant ? fmt::format("; did you mean {}?", *meant) : "";
}

/// A complaint about a word that nothing took, or nothing.
std::optional<std::string> complain_about_leftovers(const CLI::App& app) {
  const auto leftovers = app.remaining(true);
  if (leftovers.empty()) return std::nullopt;
  const auto* const command = given_command(&app);
  const auto is_flag = [](const std::string& word) { return word.size() > 1 && word.front() == '-'; };
  const auto flag = std::ranges::find_if(leftovers, is_flag);
  if (flag != leftovers.end()) {
    const auto name = flag->substr(0, flag->find('='));
    return fmt::format("unknown flag {}{}", redact(name), did_you_mean(name, known_flags(command)));
  }
  const auto& word = leftovers.front();
  if (command->get_subcommands({}).empty()) return fmt::format("unexpected argument {}", redact(word));
  return fmt::format("unknown command {}{}", redact(word), did_you_mean(word, known_commands(command)));
}

std::optional<std::string> complain_about_missing_command(const CLI::App& app) {
  const auto* const command = given_command(&app);
  const auto known = known_commands(command);
  if (known.empty()) return std::nullopt;
  return fmt::format("a command is missing: {}", fmt::join(known, ", "));
}

int complain(const CLI::App& app, const std::string& problem) {
  const auto name = full_name(given_command(&app));
  fmt::print(stderr, "{}: {}\n{} --help tells what is allowed\n", name, problem, name);
  return kExitUsage;
}

void add_everything(CLI::App& app, Options& options) {
  app.name("toksync");
  app.description(
      "Finds, enriches and matches creators through a credit-metered API, into a SQLite database.\n"
      "Can be stopped anywhere and goes on where it was; nothing is paid for twice.");
  app.formatter(make_help_formatter());
  app.set_help_flag("-h,--help", "tell what a command does, with examples and exit codes");
  app.set_version_flag("--version", "toksync " TOKSYNC_VERSION, "print the version");
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.footer(program_footer());
  add_common_flags(app, options);
  add_first_commands(app, options);
  add_run_commands(app, options);
  add_reading_commands(app, options);
  add_credits_command(app, options);
  add_export_command(app, options);
  add_doctor_command(app, options);
  add_job_commands(app, options);
  add_upkeep_commands(app, options);
  add_describing_commands(app, options);
}

}  // namespace

plan::Scope Options::scope() const {
  plan::Scope scope;
  for (const auto& name : stages) scope.stages.insert(stage_from_string(name).value());
  scope.keyword_sets.insert(keyword_sets.begin(), keyword_sets.end());
  return scope;
}

std::variant<Options, int> parse_command_line(std::vector<std::string> arguments) {
  Options options;
  CLI::App app;
  add_everything(app, options);
  if (arguments.empty()) {
    fmt::print(stderr, "{}", app.help());
    return kExitUsage;
  }
  // "toksync help run" is "toksync run --help".
  if (arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  try {
    std::ranges::reverse(arguments);
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    if (const auto problem = complain_about_leftovers(app)) return complain(app, *problem);
    fmt::print("{}", app.help());
    return kExitDone;
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    return complain(app, complain_about_leftovers(app).value_or(redact(error.what())));
  }
  if (const auto problem = complain_about_leftovers(app)) return complain(app, *problem);
  if (const auto problem = complain_about_missing_command(app)) return complain(app, *problem);
  if (print_description(app, options)) return kExitDone;
  return options;
}

}  // namespace toksync::cli
