#include "night.hpp"

#include <algorithm>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/fault_point.hpp"

namespace toksync::engine::test {
namespace {

/// Compares the books after every step of the loop.
class Auditor final : public Observer {
 public:
  Auditor(store::Store& store, RunKey run) : store_(store), run_(run) {}

  void observe(const Progress& progress) override {
    REQUIRE(progress.credits_spent == store_.spent_in_run(run_));
    const auto totals = store_.ledger_totals();
    REQUIRE(totals.open() >= 0);
    REQUIRE(totals.open() == sum("SELECT coalesce(sum(credits_open), 0) FROM job_rows"));
    REQUIRE(0 == sum("SELECT count(*) FROM job_rows WHERE is_settled = 1 AND credits_open <> 0"));
    REQUIRE(totals.reserved == sum("SELECT coalesce(sum(credits_reserved), 0) FROM job_rows"));
    for (const auto& unit : progress.units)
      REQUIRE(unit.done + unit.failed + unit.held <= std::max(unit.total, unit.done));
  }

 private:
  std::int64_t sum(const char* sql) {
    SQLite::Statement statement(store_.database(), sql);
    (void)statement.executeStep();
    return statement.getColumn(0).getInt64();
  }

  store::Store& store_;
  RunKey run_;
};

}  // namespace

KeywordSet set_with(const std::string& name, const std::set<StageName>& stages) {
  KeywordSet set;
  set.name = name;
  set.keywords = {name, "two", "three", "four", "five"};
  set.audience = {"CMO", "VP Marketing"};
  if (stages.contains(StageName::search)) set.search.emplace();
  if (stages.contains(StageName::enrich)) set.enrich.emplace();
  if (stages.contains(StageName::content_match)) set.content_match.emplace();
  if (stages.contains(StageName::audience_match)) set.audience_match.emplace();
  if (stages.contains(StageName::thought_leaders)) set.thought_leaders.emplace();
  return set;
}

pipeline::Pipeline pipeline_of(std::vector<KeywordSet> sets) {
  pipeline::Pipeline pipeline;
  pipeline.name = "nightly";
  pipeline.text = "version = 1";
  pipeline.sha256 = "0f";
  pipeline.keyword_sets = std::move(sets);
  return pipeline;
}

std::vector<int> numbers(int first, int last) {
  std::vector<int> all;
  for (int i = first; i <= last; ++i) all.push_back(i);
  return all;
}

Night::Night(pipeline::Pipeline pipeline_to_run)
    : pipeline(std::move(pipeline_to_run)), env_{clock, random_, make_silent_logger()} {
  auto provider = api::make_provider("toksta", {"https://api.example.com", Secret("tk_test_" + std::string(48, '0'))});
  provider_ = std::move(provider.value());
  // Away from the month's first minutes, in which nobody knows what month a charge counts in.
  clock.advance(std::chrono::hours{2});
}

store::Store Night::open() {
  auto store = store::Store::open(folder_.file("night.db"), store::OpenMode::read_write);
  if (!store) throw std::runtime_error(store.error().text());
  // Here a process dies, never the machine: nobody has to wait for the disk.
  store->database().exec("PRAGMA synchronous = OFF");
  return std::move(*store);
}

store::RunRow Night::pick_run(store::Store& store) {
  const auto unfinished = store.unfinished_run(pipeline.name);
  if (unfinished && !start_new_run && unfinished->pipeline_sha256 == pipeline.sha256) {
    store.resume_run(unfinished->key, clock.wall());
    return *unfinished;
  }
  store.abandon_other_runs(pipeline.name, std::nullopt, clock.wall());
  return store.begin_run({fmt::format("run_{}", ++runs_), pipeline.name, pipeline.text, pipeline.sha256, "0.1.0"},
                         clock.wall());
}

RunResult Night::play() {
  points_.clear();
#ifdef TOKSYNC_FAULT_POINTS
  const auto death = std::exchange(dies_at, std::nullopt);
  const FaultPointHook hook([&](std::string_view name) {
    points_.emplace_back(name);
    if (points_.size() == death) throw Killed{};
  });
#endif
  return run_process();
}

RunResult Night::run_process() {
  auto store = open();
  store.recover_intents(clock.wall());
  const auto run = pick_run(store);
  toksync::test::ScriptedTransport transport(
      clock, [this](const http::Request& request, WallTime now) { return api.answer(request, now); });
  Auditor auditor(store, run.key);
  Engine engine(env_, pipeline, *provider_, transport, store, run, options, auditor);
  auto result = engine.run();
  log_ = transport.log();
  most_in_flight_ = transport.most_in_flight();
  return result;
}

bool Night::play_and_die() {
  try {
    (void)play();
  } catch (const Killed&) {
    return true;
  }
  return false;
}

std::int64_t Night::ask(const std::string& sql) {
  auto store = open();
  SQLite::Statement statement(store.database(), sql);
  if (!statement.executeStep()) throw std::runtime_error("no row: " + sql);
  return statement.getColumn(0).getInt64();
}

std::string Night::ask_text(const std::string& sql) {
  auto store = open();
  SQLite::Statement statement(store.database(), sql);
  return statement.executeStep() ? statement.getColumn(0).getString() : "";
}

store::LedgerTotals Night::totals() { return open().ledger_totals(); }

void Night::check_books() {
  const auto sums = totals();
  CHECK(sums.charged == api.billed());
  CHECK(sums.open() == 0);
  CHECK(api.bought_twice().empty());
}

int Night::sent_to(std::string_view path) const {
  return static_cast<int>(std::ranges::count_if(log_, [&](const auto& logged) { return logged.request.path == path; }));
}

}  // namespace toksync::engine::test
