// The crash matrix: kills the run at every point that it passes, as a power cut would, runs it again until it
// ends, and compares the books with the sandbox's bill and the tables with those of a run that nobody disturbed.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aftermath.hpp"

namespace toksync::cli::test {
namespace {

constexpr int kKilled = 128 + SIGKILL;

/// How often an undisturbed run passes each point.
const std::map<std::string, int>& passages() {
  static const auto counted = [] {
    const Scene scene;
    const auto log = scene.folder.file("points");
    REQUIRE(scene.run({}, {{"TOKSYNC_FAULT_LOG", log}}).exit_code == 0);
    std::map<std::string, int> counts;
    std::ifstream points(log);
    for (std::string point; std::getline(points, point);) ++counts[point];
    return counts;
  }();
  return counted;
}

/// Lines about all kills, in the order in which they were planned.
class Journal {
 public:
  void note(const std::string& kill, const std::string& outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_[kill] = outcome;
  }
  [[nodiscard]] std::string table() const {
    std::string text = fmt::format("\n{:<58} exit  charged  billed  found out\n", "killed at");
    for (const auto& [kill, outcome] : outcomes_) text += fmt::format("{:<58} {}\n", kill, outcome);
    return text + fmt::format("{} kills\n", outcomes_.size());
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> outcomes_;
};

/// Runs on after kills, and checks that nothing was lost and nothing bought twice.
std::string finish_and_compare(const Scene& scene) {
  const auto result = scene.run();
  check_finished_run(scene, result);
  const auto books = check_settled_books(scene);
  // Nothing is left to buy, and nothing to find out.
  check_next_run_finishes(scene);
  CHECK(check_settled_books(scene).billed == books.billed);
  Reader reader(scene.database());
  std::string found_out;
  for (const auto& decision :
       reader.lines("SELECT DISTINCT decision FROM job_evidence WHERE decision IS NOT NULL ORDER BY decision")) {
    found_out += (found_out.empty() ? "" : " ") + decision;
  }
  return fmt::format("{:4}  {:7}  {:6}  {}", result.exit_code, books.charged, books.billed, found_out);
}

void die_at(const std::string& point, int passage, Journal& journal) {
  const auto kill = fmt::format("{}:{}", point, passage);
  const Scene scene;
  CHECK(scene.run({}, {{"TOKSYNC_DIE_AT", kill}}).exit_code == kKilled);
  journal.note(fmt::format("{}:{:02}", point, passage), finish_and_compare(scene));
}

void die_while_held(const std::string& request, const std::string& kind, Journal& journal) {
  const Scene scene(quick({"--fault", request + " " + kind}));
  const auto process = scene.start_run();
  CHECK(scene.sandbox.wait_until_held(1));
  process->send_signal(SIGKILL);
  CHECK(process->wait_for(Milliseconds{10'000}).has_value());
  scene.sandbox.clear_faults();
  scene.sandbox.release();
  journal.note(fmt::format("{} {}", kind, request), finish_and_compare(scene));
}

const Texts kStarts{"POST /v1/creators/enrich", "POST /v1/creators/content-match", "POST /v1/creators/audience-match",
                    "POST /v1/creators/thought-leaders", "POST /v1/creators/discovery-search"};
const Texts kReads{"GET /v1/account/usage",        "POST /v1/enrichments/results",    "POST /v1/content-match/results",
                   "POST /v1/content-match/posts", "POST /v1/audience-match/results", "POST /v1/audience-match/details",
                   "POST /v1/jobs/results:bulk"};

}  // namespace

TEST_CASE("a run that dies at any point goes on and pays for nothing twice") {
  Journal journal;
  std::vector<Case> cases;
  (void)undisturbed_night();
  REQUIRE_MESSAGE(!passages().empty(), "the binary was built without fault points");
  for (const auto& [name, last] : passages()) {
    for (int passage = 1; passage <= last; ++passage) {
      cases.push_back({fmt::format("{}:{}", name, passage),
                       [&journal, point = name, passage] { die_at(point, passage, journal); }});
    }
  }
  run_side_by_side(cases);
  MESSAGE(journal.table());
}

TEST_CASE("a run that is killed while the server works on a request goes on and pays for nothing twice") {
  Journal journal;
  std::vector<Case> cases;
  (void)undisturbed_night();
  for (const std::string kind : {"hold_before", "hold_after"}) {
    for (const auto* const list : {&kStarts, &kReads}) {
      for (const auto& request : *list) {
        cases.push_back({kind + " " + request, [&journal, request, kind] { die_while_held(request, kind, journal); }});
      }
    }
  }
  run_side_by_side(cases);
  MESSAGE(journal.table());
}

/// Of two searches that were lost between the same readings of the usage, and only one of which was charged, nobody can
/// tell which.
bool has_searches_in_doubt(const Scene& scene) {
  Reader reader(scene.database());
  return reader.number("SELECT count(*) FROM jobs WHERE status = 'ambiguous' AND family = 'search'") > 1;
}

TEST_CASE("a run that is killed at random moments goes on and pays for nothing twice") {
  (void)undisturbed_night();
  constexpr unsigned kRounds = 24;
  constexpr int kKills = 3;
  Journal journal;
  std::vector<Case> cases;
  for (unsigned seed = 1; seed <= kRounds; ++seed) {
    cases.push_back({fmt::format("seed {}", seed), [seed, &journal] {
                       std::mt19937 random(seed);
                       const Scene scene(quick({"--job-latency", "0.3"}));
                       for (int kill = 0; kill < kKills; ++kill) {
                         const auto process = scene.start_run();
                         const Milliseconds moment{std::uniform_int_distribution<int>(5, 700)(random)};
                         if (process->wait_for(moment)) break;
                         process->send_signal(SIGKILL);
                         CHECK(process->wait_for(Milliseconds{10'000}).has_value());
                       }
                       const auto name = fmt::format("seed {:02}", seed);
                       const auto finished = scene.run();
                       if (has_searches_in_doubt(scene)) {
                         CHECK(finished.exit_code == 6);
                         check_books(scene);
                         return journal.note(name, "searches in doubt");
                       }
                       CHECK((finished.exit_code == 0 || finished.exit_code == 3));
                       journal.note(name, finish_and_compare(scene));
                     }});
  }
  run_side_by_side(cases);
  MESSAGE(journal.table());
}

TEST_CASE("a run that dies again and again comes to its end") {
  // One batch at a time, so that none is in doubt when another one's answer is what it dies of.
  const Scene scene(quick(), replaced(small_pipeline(), "batch_size = 4", "batch_size = 8"));
  const Texts points{"store.migrate.before_commit",      "store.begin_run.after_commit",
                     "engine.before_intent:2",           "store.record_usage.before_commit",
                     "store.record_intent.after_commit", "store.record_accepted.after_commit",
                     "store.commit_poll.before_commit",  "store.commit_poll.after_commit"};
  for (const auto& point : points) {
    CAPTURE(point);
    CHECK(scene.run({}, {{"TOKSYNC_DIE_AT", point}}).exit_code == kKilled);
  }
  CHECK(scene.run().exit_code == 0);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  check_content(undisturbed_night().content, scene.database());
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(*) FROM runs") == 1);
}

TEST_CASE("a search by filters goes on at its cursor") {
  const auto pipeline = replaced(searching_pipeline(), "kind = \"discovery\"", "kind = \"database\"");
  const Scene calm(quick(), pipeline);
  // Among those it finds first are some who cannot be enriched.
  constexpr int done_with_failures = 3;
  REQUIRE(calm.run().exit_code == done_with_failures);
  check_settled_books(calm);
  const auto works = works_billed(calm.sandbox);
  const auto content = content_of(calm.database());
  for (const std::string point : {"store.commit_search_page.before_commit:2", "store.commit_search_page.after_commit:1",
                                  "store.record_sent.before_commit:2", "engine.before_send:2"}) {
    CAPTURE(point);
    const Scene scene(quick(), pipeline);
    CHECK(scene.run({}, {{"TOKSYNC_DIE_AT", point}}).exit_code == kKilled);
    CHECK(scene.run().exit_code == done_with_failures);
    check_settled_books(scene);
    CHECK(works_billed(scene.sandbox) == works);
    check_content(content, scene.database());
  }
}

TEST_CASE("resume goes on as run does, without the pipeline file") {
  const Scene scene;
  CHECK(scene.run({}, {{"TOKSYNC_DIE_AT", "store.commit_poll.after_commit:1"}}).exit_code == kKilled);
  std::filesystem::remove(scene.folder / "pipeline.toml");
  const auto result = scene.toksync({"resume", "--base-url", scene.sandbox.base_url()});
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  check_settled_books(scene);
  check_content(undisturbed_night().content, scene.database());
  CHECK(scene.toksync({"resume", "--base-url", scene.sandbox.base_url()}).exit_code == 0);
}

TEST_CASE("what a run paid for before its file was changed is collected by the next") {
  const Scene scene(quick({"--fault", "POST /v1/content-match/results hold_before"}), matching_pipeline());
  const auto process = scene.start_run();
  REQUIRE(scene.sandbox.wait_until_held(1));
  process->send_signal(SIGKILL);
  REQUIRE(process->wait_for(Milliseconds{10'000}).has_value());
  const auto number = [&](const std::string& sql) { return Reader(scene.database()).number(sql); };
  REQUIRE(number("SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')") == 4);

  scene.write_pipeline(replaced(matching_pipeline(), "posts_to_analyze = 10", "posts_to_analyze = 20"));
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox).size() == 2 + 8 + 4 + 4);
  CHECK(number("SELECT count(*) FROM content_matches WHERE posts_to_analyze = 10 AND status = 'succeeded'") == 4);
  CHECK(number("SELECT count(DISTINCT analysis_id) FROM content_match_posts") == 8);
  CHECK(number("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
  CHECK(number("SELECT count(*) FROM runs") == 2);
  CHECK(number("SELECT count(*) FROM runs WHERE status = 'abandoned'") == 1);
  CHECK(number("SELECT count(*) FROM runs WHERE status = 'succeeded'") == 1);
  // The run that collects is not the run that paid.
  CHECK(number("SELECT count(*) FROM content_matches m JOIN jobs j USING (job_key) WHERE m.run_id <> j.run_id") == 4);
}

}  // namespace toksync::cli::test
