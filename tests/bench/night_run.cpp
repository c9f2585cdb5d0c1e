#include "night_run.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "api/provider.hpp"
#include "engine/engine.hpp"
#include "support/scripted_transport.hpp"

namespace toksync::bench {
namespace {

using Json = nlohmann::json;
using toksync::test::ManualClock;
using toksync::test::ScriptedOutcome;

/// In memory where there is such a place: this measures requests, not disks.
std::filesystem::path fast_folder() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

/// Goes away with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto name = (fast_folder() / "bench_night.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made like " + name);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

class NobodyLooks final : public engine::Observer {
 public:
  void observe(const engine::Progress&) override {}
};

std::size_t ids_in(const Json& body) {
  for (const auto* const name : {"creator_ids", "job_ids"}) {
    if (body.contains(name)) return body.at(name).size();
  }
  return 0;
}

/// What an answer brings, in words: how many are new creators, started jobs or final results.
std::string yield_of(const Json& data) {
  if (data.contains("creators")) return fmt::format("found={}", data.at("creators").size());
  if (data.contains("jobs_created")) return fmt::format("started={}", data.at("jobs_created").get<int>());
  if (data.contains("job_id")) return "started=1";
  for (const auto* const name : {"results_summary", "results", "jobs"}) {
    if (!data.contains(name)) continue;
    std::size_t final_ones = 0;
    for (const auto& one : data.at(name)) final_ones += one.value("status", "succeeded") == "succeeded" ? 1 : 0;
    return fmt::format("final={}", final_ones);
  }
  return "";
}

std::string line_of(const http::Request& request, const ScriptedOutcome& outcome, Milliseconds since_begin) {
  const auto body = request.body.empty() ? Json::object() : Json::parse(request.body);
  const auto& response = std::get<http::Response>(outcome.outcome);
  const auto answer = Json::parse(response.body);
  std::string left;
  for (const auto& [name, value] : response.headers) left = name == "x-ratelimit-remaining" ? value : left;
  const auto seconds = [](Milliseconds time) { return static_cast<double>(time.count()) / 1000.0; };
  return fmt::format("{:9.3f} s  {:34} ids={:<3} wait={:<2} -> {} in {:6.3f} s  left={:<3} {}", seconds(since_begin),
                     request.path, ids_in(body), body.value("wait_seconds", 0), response.status,
                     seconds(outcome.latency), left, yield_of(answer.value("data", Json::object())));
}

std::int64_t ask(store::Store& store, const char* sql) {
  SQLite::Statement statement(store.database(), sql);
  (void)statement.executeStep();
  return statement.getColumn(0).getInt64();
}

/// Everybody once, however many sets enrich them.
std::size_t enriched_in(const World& world) {
  std::set<int> all;
  for (const auto& set : world.sets()) all.insert(set.enriched.begin(), set.enriched.end());
  return all.size();
}

std::string complaint_about(const World& world, const engine::RunResult& result, const FakeToksta& api,
                            store::Store& store) {
  std::string complaint;
  const auto expect = [&](std::string_view what, std::int64_t is, std::size_t should) {
    if (is != static_cast<std::int64_t>(should)) complaint += fmt::format("{}: {} and not {}; ", what, is, should);
  };
  std::size_t content = 0;
  std::size_t audience = 0;
  std::size_t leaders = 0;
  for (const auto& set : world.sets()) {
    content += set.content.size();
    audience += set.audience.size();
    leaders += static_cast<std::size_t>(set.leader_jobs);
  }
  expect("exit code", result.exit_code(), 0);
  expect("enrichments", ask(store, "SELECT count(*) FROM enrichments"), enriched_in(world));
  expect("content matches", ask(store, "SELECT count(*) FROM content_matches WHERE match_score IS NOT NULL"), content);
  expect("posts", ask(store, "SELECT count(DISTINCT analysis_id) FROM content_match_posts"), content);
  expect("audience matches", ask(store, "SELECT count(*) FROM audience_matches WHERE match_score IS NOT NULL"),
         audience);
  expect("engagers", ask(store, "SELECT count(DISTINCT analysis_id) FROM audience_engagers"), audience);
  expect("jobs of thought leaders", ask(store, "SELECT count(DISTINCT job_id) FROM thought_leaders"), leaders);
  expect("bought twice", static_cast<std::int64_t>(api.bought_twice().size()), 0);
  expect("credits in the ledger", store.ledger_totals().charged, static_cast<std::size_t>(api.billed()));
  expect("open credits", store.ledger_totals().open(), 0);
  expect("answers 429", api.refused_by_rate(), 0);
  return complaint;
}

store::Store open_store(const ScratchFolder& folder) {
  auto store = store::Store::open(folder.file("night.db"), store::OpenMode::read_write);
  if (!store) throw std::runtime_error(store.error().text());
  store->database().exec("PRAGMA synchronous = OFF");
  store->database().exec("PRAGMA locking_mode = EXCLUSIVE");
  return std::move(*store);
}

}  // namespace

NightResult play(const World& world, const std::vector<store::ApiFact>& known, const Trace& trace) {
  const ScratchFolder folder;
  auto store = open_store(folder);
  auto provider =
      api::make_provider("toksta", {"https://api.example.com", Secret("tk_test_" + std::string(48, '0'))}).value();
  const auto pipeline = world.pipeline();
  ManualClock clock;
  // Away from the month's first minutes, and from the beginning of a minute.
  NightResult result;
  result.since_window = Seconds{17};
  clock.advance(std::chrono::hours{2} + result.since_window);
  FakeToksta api;
  world.prepare(api);
  Random random{1};
  Env env{clock, random, make_silent_logger()};
  const auto begin = clock.true_wall();
  toksync::test::ScriptedTransport transport(clock, [&](const http::Request& request, WallTime now) {
    auto outcome = api.answer(request, now);
    const auto kind = kind_of(request.path);
    const auto minute = static_cast<std::size_t>((now - begin) / std::chrono::minutes{1});
    ++result.requests[kind];
    if (result.by_minute.size() <= minute) result.by_minute.resize(minute + 1);
    ++result.by_minute[minute][kind];
    if (trace) trace(line_of(request, outcome, now - begin));
    return outcome;
  });
  NobodyLooks nobody;
  store.record_api_facts(pipeline.source.base_url, known, clock.wall());
  const auto run = store.begin_run({"run_1", pipeline.name, pipeline.text, pipeline.sha256, "0.1.0"}, clock.wall());
  engine::Engine engine(env, pipeline, *provider, transport, store, run, {}, nobody);
  const auto wall_begin = std::chrono::steady_clock::now();
  const auto outcome = engine.run();
  result.wall = std::chrono::steady_clock::now() - wall_begin;
  result.took = clock.true_wall() - begin;
  result.refused_by_rate = api.refused_by_rate();
  result.facts = store.api_facts(pipeline.source.base_url, begin);
  result.complaint = complaint_about(world, outcome, api, store);
  return result;
}

}  // namespace toksync::bench
