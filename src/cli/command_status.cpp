// toksync status: one run in detail, and the runs before it. Only reads.
#include <map>

#include <fmt/format.h>

#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/explanation.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "cli/print/table.hpp"
#include "store/account.hpp"

namespace toksync::cli {
namespace {

constexpr int kRunsListed = 10;

std::string time_of(const store::RunRow& run) {
  return run.pace.active > Milliseconds{0} ? describe_duration(run.pace.active) : "";
}

/// To the least time it could have taken.
std::string ratio_of(const store::RunRow& run) {
  const auto ratio = time_ratio(run);
  return ratio ? fmt::format("{:.2f}", *ratio) : "";
}

std::string run_table(const std::vector<store::RunRow>& runs, const Terminal& terminal) {
  Table table({{"run"},
               {"pipeline"},
               {"status"},
               {"started"},
               {"credits", Align::right},
               {"requests", Align::right},
               {"time"},
               {"ratio", Align::right},
               {"why"}});
  for (const auto& run : runs) {
    table.add({run.run_id, run.pipeline, std::string{to_string(run.status)}, short_time(run.started_at),
               std::to_string(run.credits_charged), std::to_string(run.requests), time_of(run), ratio_of(run),
               run.error.value_or("")});
  }
  return table.text(terminal);
}

Expected<std::optional<store::RunRow>> run_to_show(store::Store& store, const Options& options,
                                                   const std::vector<store::RunRow>& runs) {
  if (!options.run_id) {
    auto newest = store::newest_run(store);
    return newest || runs.empty() ? std::move(newest) : std::optional{runs.front()};
  }
  auto named = store::find_run(store, *options.run_id);
  if (named) return named;
  return unexpected(ErrorKind::usage, "show run " + *options.run_id, "the database has no run of that id",
                    "toksync status lists them");
}

/// What all runs together have cost, and what is left to spend.
struct Spending {
  Credits this_month = 0;
  std::optional<store::AccountWord> account;
};

std::string to_text(const Spending& spending) {
  auto text = fmt::format("\nThis month: {} spent by all runs of this database", count(spending.this_month, "credit"));
  const auto& account = spending.account;
  if (account && account->balance) {
    text += fmt::format("; the account had {} left at {}", count(*account->balance, "credit"), short_time(account->at));
  }
  return text + "\n";
}

void print_text(const World& world, const std::optional<RunReport>& report, const std::vector<store::RunRow>& runs,
                const Spending& spending) {
  if (!report) {
    fmt::print("{} has no runs yet\n", printable(world.database_path));
    return;
  }
  fmt::print("{}{}", to_text(*report, world.out), to_text(spending));
  if (runs.size() > 1) fmt::print("\n{}", run_table(runs, world.out));
}

void print_document(const World& world, const std::optional<RunReport>& report, const std::vector<store::RunRow>& runs,
                    const Spending& spending) {
  auto list = Json::array();
  for (const auto& run : runs) list.push_back(to_json(run));
  print_json({{"database", world.database_path},
              {"run", report ? to_json(*report) : Json(nullptr)},
              {"runs", list},
              {"credits_this_month", spending.this_month},
              {"account_balance", spending.account ? json_of(spending.account->balance) : Json(nullptr)},
              {"account_asked_at", spending.account ? Json(spending.account->at) : Json(nullptr)}});
}

std::string called(const store::KnownCreator& creator) {
  auto text = fmt::format("{} ({}", printable(creator.name.value_or("?")), creator.platform.value_or("?"));
  if (creator.handle) text += ", " + printable(*creator.handle);
  text += fmt::format("), creator_id {}", creator.creator_id);
  return text + (creator.profile_url ? "\n" + printable(*creator.profile_url) : "") + "\n";
}

std::string spent_text(const Explanation& explanation) {
  std::map<StageName, Credits> by_stage;
  for (const auto& job : explanation.jobs) by_stage[job.family] += job.credits_charged;
  auto text = fmt::format("\nCost so far: {} in {}", count(explanation.charged, "credit"),
                          count(static_cast<std::int64_t>(explanation.jobs.size()), "job"));
  for (const auto& [stage, credits] : by_stage) {
    text += fmt::format("{}{} {}", stage == by_stage.begin()->first ? ": " : ", ", to_string(stage), credits);
  }
  if (explanation.open > 0) text += fmt::format("; {} more reserved", explanation.open);
  return text + "\n(searches and thought-leader jobs are about many, and stand in nobody's account)\n";
}

void print_explanation(const World& world, const Explanation& explanation) {
  fmt::print("{}", called(explanation.creator));
  std::string heading;
  for (const auto& [pipeline, keyword_set, run_id, stage, text] : explanation.stages) {
    auto next = fmt::format("Keyword set {} of pipeline {}, in run {}:", keyword_set, pipeline, run_id);
    if (next != heading) fmt::print("\n{}\n", next);
    heading = std::move(next);
    constexpr std::size_t kIndent = 19;
    fmt::print("  {:<17}{}\n", to_string(stage), wrapped(printable(text), world.out.width, kIndent));
  }
  if (explanation.stages.empty()) fmt::print("\nNo run has looked at this creator.\n");
  fmt::print("{}", spent_text(explanation));
}

void print_document(const Explanation& explanation) {
  auto stages = Json::array();
  for (const auto& [pipeline, keyword_set, run_id, stage, text] : explanation.stages) {
    stages.push_back({{"pipeline", pipeline},
                      {"keyword_set", keyword_set},
                      {"run_id", run_id},
                      {"stage", to_string(stage)},
                      {"text", text}});
  }
  auto jobs = Json::array();
  for (const auto& job : explanation.jobs) jobs.push_back(to_json(job));
  print_json({{"creator_id", explanation.creator.creator_id},
              {"name", json_of(explanation.creator.name)},
              {"handle", json_of(explanation.creator.handle)},
              {"profile_url", json_of(explanation.creator.profile_url)},
              {"stages", std::move(stages)},
              {"credits_charged", explanation.charged},
              {"credits_open", explanation.open},
              {"jobs", std::move(jobs)}});
}

int explain_creator(World& world, const Options& options, store::Store& store) {
  const auto creator = find_creator(store, *options.explained);
  if (!creator) return fail(world, options, creator.error());
  const auto explanation = explain(store, *creator);
  options.json ? print_document(explanation) : print_explanation(world, explanation);
  return kExitDone;
}

}  // namespace

int status(World& world, const Options& options) {
  auto store = open_existing_database(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  if (options.explained) return explain_creator(world, options, *store);
  auto runs = store::list_runs(*store, kRunsListed);
  const auto run = run_to_show(*store, options, runs);
  if (!run) return fail(world, options, run.error());
  if (options.run_id) runs.clear();
  const auto report = *run ? std::optional{make_run_report(world, *store, **run)} : std::optional<RunReport>{};
  const Spending spending{store->spent_in_month(month_of(world.clock.wall())), store::last_word_of_account(*store)};
  if (options.json) {
    print_document(world, report, runs, spending);
  } else {
    print_text(world, report, runs, spending);
  }
  return kExitDone;
}

}  // namespace toksync::cli
