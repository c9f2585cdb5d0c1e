#include "night.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auditor.hpp"
#include "base/fault_point.hpp"
#include "plan/backfill.hpp"
#include "store/creator_search.hpp"

namespace toksync::engine::test {
namespace {

/// In memory where there is such a place: here a process dies, never the machine.
std::filesystem::path fast_folder() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

/// An empty database as it is after its first opening; made once, because thousands of nights begin with it.
const std::string& empty_database() {
  static const std::string bytes = [] {
    const toksync::test::TemporaryFolder folder(fast_folder());
    if (const auto store = store::Store::open(folder.file("empty.db"), store::OpenMode::read_write); !store) {
      throw std::runtime_error(store.error().text());
    }
    return folder.read("empty.db");
  }();
  return bytes;
}

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
    : pipeline(std::move(pipeline_to_run)), folder_(fast_folder()), env_{clock, random_, make_silent_logger()} {
  folder_.write("night.db", empty_database());
  auto provider = api::make_provider("toksta", {"https://api.example.com", Secret("tk_test_" + std::string(48, '0'))});
  provider_ = std::move(provider.value());
  // Away from the month's first minutes, in which nobody knows what month a charge counts in.
  clock.advance(std::chrono::hours{2});
}

store::Store& Night::database() {
  if (database_) return *database_;
  auto store = store::Store::open(folder_.file("night.db"), store::OpenMode::read_write);
  if (!store) throw std::runtime_error(store.error().text());
  database_.emplace(std::move(*store));
  database_->database().exec("PRAGMA synchronous = OFF");
  database_->database().exec("PRAGMA locking_mode = EXCLUSIVE");
  return *database_;
}

store::RunRow Night::pick_run(store::Store& store) {
  const auto unfinished = store.unfinished_run(pipeline.name);
  if (unfinished && !start_new_run && unfinished->pipeline_sha256 == pipeline.sha256) {
    store.resume_run(unfinished->key, clock.wall());
    return *unfinished;
  }
  store.abandon_other_runs(pipeline.name, std::nullopt, clock.wall());
  return begin_run(store);
}

store::RunRow Night::pick_backfill(store::Store& store, const store::Backfill& wanted) {
  if (const auto unfinished = store.unfinished_backfill(wanted.sha256); unfinished && !start_new_run) {
    store.resume_run(unfinished->key, clock.wall());
    return *unfinished;
  }
  store.abandon_backfill(wanted.sha256, clock.wall());
  std::vector<std::string> ids;
  for (const auto creator : backfill->creators) ids.push_back(FakeToksta::creator_id(creator));
  std::vector<CreatorKey> creators;
  for (const auto& found : store::find_creators(store, ids)) creators.push_back(found.front().key);
  run_starts_.push_back(clock.wall());
  const auto name = fmt::format("run_{}", run_starts_.size());
  return store.begin_backfill({name, pipeline.name + " (backfill)", pipeline.text, pipeline.sha256, "0.1.0"}, wanted,
                              creators, clock.wall());
}

store::RunRow Night::begin_run(store::Store& store) {
  run_starts_.push_back(clock.wall());
  const auto name = fmt::format("run_{}", run_starts_.size());
  return store.begin_run({name, pipeline.name, pipeline.text, pipeline.sha256, "0.1.0"}, clock.wall());
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
  auto& store = database();
  store.recover_intents(clock.wall());
  const auto wanted =
      backfill ? std::optional(plan::make_backfill(pipeline, {{backfill->stages, {}},
                                                              backfill->force,
                                                              fmt::format("{}", fmt::join(backfill->creators, ","))})
                                   .value())
               : std::nullopt;
  const auto run = wanted ? pick_backfill(store, *wanted) : pick_run(store);
  const auto played = wanted ? plan::for_backfill(pipeline, *wanted) : pipeline;
  Auditor auditor({store, run, run_starts_.front(), run_starts_.back(), played, api, clock});
  toksync::test::ScriptedTransport transport(clock, [&](const http::Request& request, WallTime now) {
    auto answer = api.answer(request, now);
    auditor.check_books();
    return answer;
  });
  Engine engine(env_, played, *provider_, transport, store, run, options, auditor);
  const auto before =
      ask("SELECT active_ms - least_ms FROM run_rows WHERE run_key = (SELECT max(run_key) FROM run_rows)");
  const auto needed = ask("SELECT sum(requests_needed) FROM run_rows");
  auto result = engine.run();
  log_ = transport.log();
  // No process is faster than the least time it could have taken, or got by with fewer requests.
  CHECK(ask("SELECT active_ms - least_ms FROM run_rows WHERE run_key = (SELECT max(run_key) FROM run_rows)") >= before);
  CHECK(ask("SELECT sum(requests_needed) FROM run_rows") - needed <= static_cast<std::int64_t>(log_.size()));
  most_in_flight_ = transport.most_in_flight();
  return result;
}

bool Night::play_and_die() {
  try {
    (void)play();
  } catch (const Killed&) {
    database_.reset();
    return true;
  }
  return false;
}

void Night::forget_database() {
  database_.reset();
  std::filesystem::remove(folder_ / "night.db");
}

std::int64_t Night::ask(const std::string& sql) {
  auto& store = database();
  SQLite::Statement statement(store.database(), sql);
  if (!statement.executeStep()) throw std::runtime_error("no row: " + sql);
  return statement.getColumn(0).getInt64();
}

std::string Night::ask_text(const std::string& sql) {
  auto& store = database();
  SQLite::Statement statement(store.database(), sql);
  return statement.executeStep() ? statement.getColumn(0).getString() : "";
}

std::string Night::ask_all(const std::string& sql) {
  std::vector<std::string> rows;
  SQLite::Statement statement(database().database(), sql);
  while (statement.executeStep()) {
    auto& row = rows.emplace_back();
    for (int i = 0; i < statement.getColumnCount(); ++i) row += statement.getColumn(i).getString() + "|";
  }
  std::ranges::sort(rows);
  return fmt::format("{}", fmt::join(rows, "\n"));
}

store::LedgerTotals Night::totals() { return database().ledger_totals(); }

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
