#include "cli/side_by_side.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/ending.hpp"
#include "cli/exit_codes.hpp"
#include "cli/pipeline_run.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"

namespace toksync::cli {
namespace {

/// What several runners tell, as one.
class JointProgress {
 public:
  explicit JointProgress(engine::Observer& shown) : shown_(shown) {}

  engine::Observer& share() { return shares_.emplace_back(*this); }

 private:
  class Share final : public engine::Observer {
   public:
    explicit Share(JointProgress& all) : all_(all) {}
    void observe(const engine::Progress& progress) override {
      last_ = progress;
      all_.show();
    }
    [[nodiscard]] const engine::Progress& last() const { return last_; }

   private:
    JointProgress& all_;
    engine::Progress last_;
  };

  void show() {
    engine::Progress sum;
    for (const auto& share : shares_) {
      const auto& one = share.last();
      sum.units.insert(sum.units.end(), one.units.begin(), one.units.end());
      if (one.credits_spent) sum.credits_spent = sum.credits_spent.value_or(0) + *one.credits_spent;
      sum.requests += one.requests;
      sum.in_flight += one.in_flight;
    }
    shown_.observe(sum);
  }

  engine::Observer& shown_;
  std::deque<Share> shares_;
};

/// One of several pipelines. Its run begins when its turn comes.
class PipelineRun {
 public:
  PipelineRun(World& world, const Options& options, Execution execution, const Signals& signals)
      : execution_(std::move(execution)),
        session_{world, options, execution_, signals},
        env_{world.clock, world.random, separate_logger(world.env.logger)} {}
  PipelineRun(const PipelineRun&) = delete;
  PipelineRun& operator=(const PipelineRun&) = delete;

  [[nodiscard]] const pipeline::Pipeline& pipeline() const { return execution_.pipeline; }

  /// False when it has come to its end.
  bool advance(store::Store& store, http::Transport& transport, engine::RequestNumbers& numbers,
               JointProgress& progress) {
    if (!runner_) {
      // The one before may have ended without an answer to something billable: that is in doubt, and not bought again.
      if (pipeline().mirrors.empty()) (void)store.recover_intents(env_.clock.wall());
      run_ = pick_up_or_begin(env_, session_.options, pipeline(), store);
      if (auto* const ending = find_ending(session_.world, pipeline().name)) ending->run_id = run_->run_id;
      auto made = make_runner({env_, session_, store, transport, numbers, progress.share()}, *run_);
      runner_ = std::move(made).value();
    }
    if (runner_->advance()) return true;
    result_ = runner_->conclude();
    runner_.reset();
    return false;
  }
  [[nodiscard]] engine::Runner& runner() const { return *runner_; }
  [[nodiscard]] const std::optional<store::RunRow>& run() const { return run_; }
  [[nodiscard]] const std::optional<engine::RunResult>& result() const { return result_; }

 private:
  Execution execution_;
  Session session_;
  Env env_;  ///< its log lines name its own run
  std::optional<store::RunRow> run_;
  std::unique_ptr<engine::Runner> runner_;
  std::optional<engine::RunResult> result_;
};

/// Runs in a row, as one runner: the next begins when one has ended.
class Turns final : public engine::Runner {
 public:
  using Advance = std::function<bool(PipelineRun&)>;
  Turns(std::vector<PipelineRun*> runs, Advance advance, const Signals& signals)
      : runs_(std::move(runs)), advance_(std::move(advance)), signals_(signals) {}

  bool advance() override {
    while (turn_ < runs_.size()) {
      if (advance_(*runs_[turn_])) return true;
      // Whoever asks to stop means those to come as well.
      turn_ = signals_.take() != 0 ? runs_.size() : turn_ + 1;
    }
    return false;
  }
  [[nodiscard]] SteadyTime next_wake() const override { return runs_[turn_]->runner().next_wake(); }
  void apply(const http::Completion& completion) override { runs_[turn_]->runner().apply(completion); }
  engine::RunResult conclude() override { return {}; }

 private:
  std::vector<PipelineRun*> runs_;
  Advance advance_;
  const Signals& signals_;
  std::size_t turn_ = 0;
};

Expected<void> check_together(const Options& options, const std::vector<pipeline::Pipeline>& pipelines) {
  const auto refuse = [](std::string cause, std::string hint) {
    return unexpected(ErrorKind::usage, "run several pipelines", std::move(cause), std::move(hint));
  };
  if (options.dry_run) return refuse("--dry-run is of one pipeline", "toksync plan tells of each by itself");
  if (options.metrics_file) return refuse("a metrics file is of one pipeline", "run them by themselves");
  if (options.base_url) return refuse("--base-url is of one API", "write base_url into each file");
  if (!options.stages.empty() || !options.keyword_sets.empty()) {
    return refuse("--stage and --keyword-set narrow one pipeline", "run it by itself");
  }
  std::set<std::string_view> names;
  for (const auto& pipeline : pipelines) {
    if (!names.insert(pipeline.name).second) {
      return refuse(fmt::format("two of them have the name {}", pipeline.name), "give each a name of its own");
    }
    if (pipeline.database_path == pipelines.front().database_path) continue;
    return refuse(fmt::format("they name different databases, {} and {}", pipelines.front().database_path,
                              pipeline.database_path),
                  "--db names one for all");
  }
  return {};
}

/// The first of the order of the interface, section 5; a signal's comes before all.
int exit_code_of_all(const std::vector<int>& codes) {
  constexpr std::array kOrder{1, 12, 4, 7, 8, 5, 6, 3};
  const auto highest = *std::ranges::max_element(codes);
  if (highest > 128) return highest;
  for (const int code : kOrder) {
    if (std::ranges::find(codes, code) != codes.end()) return code;
  }
  return kExitDone;
}

int summarize(World& world, const Options& options, store::Store& store, const std::deque<PipelineRun>& runs) {
  auto documents = Json::array();
  std::string text;
  std::vector<int> codes;
  for (const auto& one : runs) {
    if (!one.result()) continue;
    for (const auto& message : one.result()->messages) complain(world, options, one.pipeline().name + ": " + message);
    const auto report = make_run_report(world, store, store::find_run(store, one.run()->run_id).value());
    auto document = ending_document(report, one.result()->messages);
    if (auto* const ending = find_ending(world, one.pipeline().name)) {
      ending->document = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    documents.push_back(std::move(document));
    text += to_text(report, world.out) + "\n";
    codes.push_back(one.result()->exit_code());
  }
  const auto code = exit_code_of_all(codes);
  if (options.json) print_json({{"exit_code", code}, {"runs", std::move(documents)}});
  if (options.quiet && code != kExitDone) {
    complain(world, options, fmt::format("the pipelines ended with exit code {}; `toksync status` tells why", code));
  }
  const auto good = std::ranges::count(codes, kExitDone);
  text += fmt::format("{} of {} pipelines done", good, runs.size());
  if (code != kExitDone) text += fmt::format(", exit code {}", code);
  if (!options.json && !options.quiet) fmt::print("{}.\n", text);
  return code;
}

int run_all(World& world, const Options& options, std::deque<PipelineRun>& runs, store::Store& store,
            const Signals& signals) {
  const auto transport = make_transport(world, signals);
  const auto shown = make_progress(world, progress_style(world, options));
  JointProgress progress(*shown);
  engine::RequestNumbers numbers;
  const auto advance = [&](PipelineRun& run) { return run.advance(store, *transport, numbers, progress); };
  // One lane for all that spend credits, and one for each address that is mirrored: a rate limit is shared there.
  std::map<std::string, std::vector<PipelineRun*>> lanes;
  for (auto& run : runs) {
    const auto& pipeline = run.pipeline();
    lanes[pipeline.mirrors.empty() ? "" : pipeline.source.base_url].push_back(&run);
  }
  std::deque<Turns> turns;
  std::vector<engine::Runner*> runners;
  for (auto& [address, lane] : lanes) runners.push_back(&turns.emplace_back(std::move(lane), advance, signals));
  (void)engine::run_side_by_side(runners, *transport);
  return summarize(world, options, store, runs);
}

}  // namespace

int run_side_by_side(World& world, const Options& options, std::vector<pipeline::Pipeline> pipelines) {
  expect_endings(world, pipelines);
  if (const auto checked = check_together(options, pipelines); !checked) return fail(world, options, checked.error());
  const auto path = pipelines.front().database_path;
  const Signals signals;
  std::vector<Execution> executions;
  for (auto& pipeline : pipelines) {
    auto execution = prepare_execution(std::move(pipeline), options);
    if (!execution) return fail(world, options, execution.error());
    executions.push_back(std::move(*execution));
  }
  const auto lock = take_lock(world, path, options.lock_wait, signals);
  if (!lock) return fail(world, options, lock.error(), signals.take());
  auto store = open_for_run(world, path);
  if (!store) return fail(world, options, store.error());
  std::deque<PipelineRun> runs;
  for (auto& execution : executions) runs.emplace_back(world, options, std::move(execution), signals);
  return run_all(world, options, runs, *store, signals);
}

}  // namespace toksync::cli
