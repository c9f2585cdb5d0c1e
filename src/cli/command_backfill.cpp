// toksync backfill: some stages of a pipeline over creators that are given, once. It is a run like others, with a list
// in place of searches: the same budgets, and nothing is bought that is outstanding or ambiguous. The same command
// again picks it up, with the creators and purchases that it had.
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "cli/commands.hpp"
#include "cli/creator_list.hpp"
#include "cli/ending.hpp"
#include "cli/execution.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "plan/backfill.hpp"
#include "store/creator_search.hpp"

namespace toksync::cli {
namespace {

using Problems = std::vector<pipeline::Problem>;

constexpr std::size_t kToldAtMost = 20;

/// Who is to be worked on, as the command line says it.
struct Selection {
  std::vector<ListedCreator> list;
  std::string chosen_by;
};

Expected<Selection> read_selection(const Options& options) {
  const auto ways = (options.creators_file ? 1 : 0) + (options.where ? 1 : 0) + (options.all_creators ? 1 : 0);
  if (ways != 1) {
    return unexpected(ErrorKind::usage, "backfill",
                      ways == 0 ? "it is not said for which creators" : "the creators are named in more than one way",
                      "give one of --creators FILE, --where SQL and --all");
  }
  if (options.all_creators) return Selection{{}, "all"};
  if (options.where) return Selection{{}, "where " + *options.where};
  auto list = read_creator_list(*options.creators_file);
  if (!list) return tl::unexpected(list.error());
  if (list->empty()) {
    return unexpected(ErrorKind::usage, "read " + *options.creators_file, "it names no creator",
                      "write one id, handle or profile URL a line, or a CSV file with a column creator_id");
  }
  std::string texts;
  for (const auto& creator : *list) texts += creator.text + "\n";
  return Selection{std::move(*list), "list " + sha256_hex(texts)};
}

std::string alternatives(const std::vector<store::KnownCreator>& creators) {
  std::string list;
  for (const auto& one : creators) {
    list += fmt::format("{}{} ({}, {})", list.empty() ? "" : ", ", one.creator_id, one.platform.value_or("?"),
                        one.name.value_or("?"));
  }
  return list;
}

/// The creators of a list; or what is wrong with its lines.
tl::expected<std::vector<CreatorKey>, Problems> resolve(store::Store& store, const Options& options,
                                                        const std::vector<ListedCreator>& list) {
  std::vector<std::string> texts;
  for (const auto& creator : list) texts.push_back(creator.text);
  const auto found = store::find_creators(store, texts);
  const auto file = *options.creators_file == "-" ? std::string{"standard input"} : *options.creators_file;
  std::vector<CreatorKey> creators;
  std::unordered_set<CreatorKey> seen;
  Problems problems;
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& matches = found[i];
    if (matches.size() > 1) {
      problems.push_back(
          {file, list[i].line, 1,
           fmt::format("{} is the handle of several creators: {}; write the id", list[i].text, alternatives(matches))});
    } else if (!matches.empty()) {
      if (seen.insert(matches.front().key).second) creators.push_back(matches.front().key);
    } else if (++unknown; !options.skip_unknown) {
      problems.push_back(
          {file, list[i].line, 1,
           fmt::format("no creator of the database has the id, handle or profile URL {}", list[i].text)});
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  if (unknown > 0 && !options.quiet) {
    fmt::print(stderr, "{} of the list left out: the database does not know them\n",
               count(static_cast<std::int64_t>(unknown), "creator"));
  }
  return creators;
}

int fail_for_list(World& world, const Options& options, Problems problems) {
  const auto more = problems.size() - std::min(problems.size(), kToldAtMost);
  problems.resize(problems.size() - more);
  if (more > 0) fmt::print(stderr, "and {} more, of which the first {} are:\n", more, kToldAtMost);
  return fail(world, options, problems,
              {"read the creators",
               "find them first with a search (toksync run --stage search), correct the lines, or"
               " leave such creators out with --skip-unknown"});
}

/// A backfill with all that its command line stands for.
class BackfillCommand {
 public:
  BackfillCommand(World& world, const Options& options) : world_(world), options_(options) {
    // The stages and keyword sets are the backfill's; nothing is narrowed a second time.
    options_.stages.clear();
    options_.keyword_sets.clear();
  }

  int run(const plan::Scope& scope) {
    if (!options_.dry_run) expect_ending(world_);
    auto loaded = pipeline::load_pipeline(options_.pipelines.front(), process_environment());
    if (!loaded) return fail(world_, options_, loaded.error());
    pipeline_ = with_overrides(std::move(*loaded), options_);
    if (!pipeline_.mirrors.empty()) {
      return fail(world_, options_,
                  {ErrorKind::usage, "backfill", "the pipeline has mirrors, which buy nothing about creators",
                   "toksync run reads them"});
    }
    auto selection = read_selection(options_);
    if (!selection) return fail(world_, options_, selection.error());
    selection_ = std::move(*selection);
    auto backfill = plan::make_backfill(pipeline_, {scope, options_.force, selection_.chosen_by});
    if (!backfill) return fail(world_, options_, backfill.error());
    backfill_ = std::move(*backfill);
    world_.database_path = pipeline_.database_path;
    if (const auto exists = need_database(pipeline_.database_path); !exists) {
      return fail(world_, options_, exists.error());
    }
    return options_.dry_run ? plan() : execute();
  }

 private:
  int plan() {
    auto store = open_database(world_, pipeline_.database_path, store::OpenMode::read_only);
    if (!store) return fail(world_, options_, store.error());
    plan::BackfillPlan plan{{}, unfinished(*store)};
    if (plan.unfinished) {
      plan.creators = store->backfill_creators(plan.unfinished->key);
    } else if (const auto code = choose(*store, plan.creators)) {
      return *code;
    }
    return print_plan(world_, options_, plan::for_backfill(pipeline_, backfill_), std::move(plan));
  }

  int execute() {
    expect_ending(world_, pipeline_);
    const auto read_options = stages::read_options(pipeline_.keyword_sets);
    auto execution = prepare_execution(plan::for_backfill(pipeline_, backfill_), options_);
    if (!execution) return fail(world_, options_, execution.error());
    execution->read_options = read_options;
    const Signals signals;
    const auto lock = take_lock(world_, pipeline_.database_path, options_.lock_wait, signals);
    if (!lock) return fail(world_, options_, lock.error(), signals.take());
    auto store = open_for_run(world_, pipeline_.database_path);
    if (!store) return fail(world_, options_, store.error());
    auto run = unfinished(*store);
    if (run) {
      store->resume_run(run->key, world_.clock.wall());
      name_run(world_.env.logger, run->run_id);
      world_.env.logger->info("backfill {} goes on", run->run_id);
    } else if (const auto code = begin(*store, run)) {
      return *code;
    }
    return cli::execute({world_, options_, *execution, signals}, *store, *run);
  }

  std::optional<store::RunRow> unfinished(store::Store& store) {
    return options_.start_new_run ? std::nullopt : store.unfinished_backfill(backfill_.sha256);
  }

  /// The exit code when there is nothing to begin.
  std::optional<int> begin(store::Store& store, std::optional<store::RunRow>& run) {
    std::vector<CreatorKey> creators;
    if (const auto code = choose(store, creators)) return code;
    const auto now = world_.clock.wall();
    store.abandon_backfill(backfill_.sha256, now);
    run = store.begin_backfill({new_run_id(world_.env), pipeline_.name + std::string{store::kBackfillSuffix},
                                pipeline_.text, pipeline_.sha256, TOKSYNC_VERSION},
                               backfill_, creators, now);
    name_run(world_.env.logger, run->run_id);
    world_.env.logger->info("backfill {} of {} begins", run->run_id,
                            count(static_cast<std::int64_t>(creators.size()), "creator"));
    return std::nullopt;
  }

  std::optional<int> choose(store::Store& store, std::vector<CreatorKey>& creators) {
    if (options_.creators_file) {
      auto resolved = resolve(store, options_, selection_.list);
      if (!resolved) return fail_for_list(world_, options_, std::move(resolved.error()));
      creators = std::move(*resolved);
    } else if (options_.where) {
      auto found = store::creators_where(store, *options_.where, pipeline_.name);
      if (!found) return fail(world_, options_, found.error());
      creators = std::move(*found);
    } else {
      creators = store::all_creators(store);
    }
    if (!creators.empty()) return std::nullopt;
    // A schedule whose condition holds for nobody today has done its work.
    if (options_.where) {
      const std::string text = "no creator fits --where, so that nothing is left to do";
      if (options_.json) {
        print_json({{"run_id", nullptr}, {"message", text}});
      } else if (!options_.quiet) {
        fmt::print("{}\n", text);
      }
      return kExitDone;
    }
    return fail(world_, options_,
                {ErrorKind::usage, "backfill", "there is no such creator in the database",
                 "a search finds creators: toksync run --stage search"});
  }

  World& world_;
  Options options_;
  pipeline::Pipeline pipeline_;
  Selection selection_;
  store::Backfill backfill_;
};

}  // namespace

int backfill(World& world, const Options& options) { return BackfillCommand(world, options).run(options.scope()); }

}  // namespace toksync::cli
