// Mirrors with the real binary and the stand-ins for TokPortal and Toktra: what the tables hold after one run and the
// next, what a kill in the middle leaves, what never reaches the disk, and several pipelines in one command.
#include <csignal>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

constexpr int kKilled = 128 + SIGKILL;

constexpr const char* kTokPortal = R"(version = 1
name = "tokportal"
[source]
api = "tokportal"
[mirror.accounts]
[mirror.bundles]
[mirror.credit_history]
[mirror.balance]
[mirror.bans]
[mirror.series]
[mirror.bundle_videos]
[mirror.account_metrics]
[mirror.videos]
)";

/// TokPortal with 137 accounts, and a pipeline of all its lists.
struct Portal {
  explicit Portal(Texts more = {"--rate-limit", "100000"})
      : sandbox([&] {
          more.insert(more.end(), {"--api", "tokportal"});
          return more;
        }()) {
    folder.write("tokportal.toml", kTokPortal);
  }

  [[nodiscard]] ProcessOptions options(Texts arguments, const Variables& variables = {}) const {
    arguments.insert(arguments.end(), {"--db", database()});
    ProcessOptions options{.arguments = std::move(arguments),
                           .environment = {{"TERM", "dumb"}, {"TOKPORTAL_API_KEY", key()}},
                           .unset = {"TOKSYNC_DB", "TOKSYNC_BASE_URL", "TOKSYNC_QUIET"},
                           .working_directory = folder.path().string()};
    for (const auto& [name, value] : variables) options.environment[name] = value;
    return options;
  }
  [[nodiscard]] ProcessResult run(const Variables& variables = {}) const {
    return toksync::test::run_process(
        TOKSYNC_BINARY, options({"run", "tokportal.toml", "--base-url", sandbox.base_url() + "/api/ext"}, variables));
  }
  [[nodiscard]] ProcessResult toksync(Texts arguments) const {
    return toksync::test::run_process(TOKSYNC_BINARY, options(std::move(arguments)));
  }
  [[nodiscard]] static std::string key() { return "sk_" + std::string(64, '0'); }
  [[nodiscard]] std::string database() const { return folder.file("mirror.db"); }
  void advance(int days) const { sandbox.control("POST", "/sandbox/advance", fmt::format("{{\"days\":{}}}", days)); }

  TemporaryFolder folder;
  SandboxProcess sandbox;
};

/// Every table of the mirrors without what tells when it was read.
Texts content(const std::string& database) {
  Reader reader(database);
  Texts all;
  for (const auto* const table :
       {"accounts", "bundles", "bundle_videos", "videos", "account_metrics", "series", "credit_history", "bans"}) {
    auto lines = reader.lines(fmt::format("SELECT '{0}', raw_json FROM tokportal_{0} ORDER BY raw_json", table));
    all.insert(all.end(), lines.begin(), lines.end());
  }
  return all;
}

bool file_holds(const std::string& path, const std::string& text) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return contains_text(bytes, text);
}

TEST_CASE_FIXTURE(Portal, "a mirror is what the API has, and the next run tells what changed") {
  REQUIRE(run().exit_code == 0);
  Reader reader(database());
  CHECK(reader.number("SELECT count(*) FROM tokportal_accounts") == 137);
  CHECK(reader.number("SELECT count(*) FROM mirrors WHERE status = 'succeeded'") == 9);
  CHECK(reader.number("SELECT sum(rows_missing) FROM mirrors") == 0);
  CHECK(reader.number("SELECT count(*) FROM tokportal_video_metrics") ==
        reader.number("SELECT count(*) FROM tokportal_videos"));
  // Some accounts have no metrics yet, which is no error.
  const auto measured = reader.number("SELECT count(*) FROM tokportal_account_metrics");
  CHECK(measured > 0);
  CHECK(measured < 137);

  const auto gone = reader.lines("SELECT account_id FROM tokportal_accounts ORDER BY account_id LIMIT 1").front();
  sandbox.control("POST", "/sandbox/remove", fmt::format(R"({{"resource":"accounts","id":"{}"}})", gone));
  REQUIRE(run().exit_code == 0);
  CHECK(reader.lines("SELECT account_id FROM tokportal_accounts WHERE missing_since IS NOT NULL") == Texts{gone});
  CHECK(reader.number("SELECT rows_missing FROM mirrors WHERE resource = 'accounts' ORDER BY started_at DESC,"
                      " run_id DESC LIMIT 1") >= 0);
  CHECK(reader.number("SELECT count(*) FROM tokportal_accounts") == 137);
  // The second day of a delta asks from where the first one ended.
  CHECK(reader.number("SELECT count(*) FROM mirrors WHERE resource = 'bans' AND since IS NOT NULL") == 1);
}

TEST_CASE_FIXTURE(Portal, "nothing secret reaches the disk, and nothing that costs is asked for") {
  REQUIRE(run().exit_code == 0);
  for (const auto* const suffix : {"", "-wal"}) {
    for (const auto* const word : {"\"password\"", "social_credentials", "tokmail_email", "verification_code"}) {
      CHECK_MESSAGE(!file_holds(database() + suffix, word), word);
    }
    CHECK(!file_holds(database() + suffix, key()));
  }
  const auto hits = sandbox.control("GET", "/sandbox/hits");
  for (const auto& [route, count] : hits.items()) CHECK_MESSAGE(route.starts_with("GET "), route);
}

TEST_CASE_FIXTURE(Portal, "a walk that is killed at any page goes on there, and ends as if nobody had disturbed it") {
  const Portal calm;
  REQUIRE(calm.run().exit_code == 0);
  const auto expected = content(calm.database());
  for (const auto* const point :
       {"store.begin_walk.after_commit:2", "store.commit_mirror_page.before_commit:3",
        "store.commit_mirror_page.after_commit:40", "mirror.before_send:60", "mirror.after_receive:150",
        "store.finish_walk.before_commit:4", "store.finish_walk.after_commit:9"}) {
    CAPTURE(point);
    const Portal killed;
    CHECK(killed.run({{"TOKSYNC_DIE_AT", point}}).exit_code == kKilled);
    const auto again = killed.run();
    CHECK_MESSAGE(again.exit_code == 0, again.err);
    Reader reader(killed.database());
    CHECK(reader.number("SELECT count(*) FROM runs") == 1);
    CHECK(reader.number("SELECT count(*) FROM mirror_slice_rows") == 0);
    CHECK(content(killed.database()) == expected);
    // What was read before the kill was not read again: pages are few, so only the cut off one is.
    CHECK(killed.sandbox.requests().size() <= calm.sandbox.requests().size() + 20);
  }
}

TEST_CASE_FIXTURE(Portal, "troubles of one list leave the others alone, and are told") {
  SUBCASE("a plan that lacks a list") {
    sandbox.fault("GET /api/ext/accounts/*/analytics/videos error status=403 count=all");
    const auto result = run();
    CHECK(result.exit_code == 3);
    CHECK(contains_text(result.out, "not_entitled"));
    CHECK(Reader(database()).number("SELECT count(*) FROM mirrors WHERE status = 'succeeded'") == 8);
  }
  SUBCASE("a key that is not accepted") {
    auto how = options({"run", "tokportal.toml", "--base-url", sandbox.base_url() + "/api/ext"});
    how.environment["TOKPORTAL_API_KEY"] = "sk_" + std::string(64, '1');
    const auto result = toksync::test::run_process(TOKSYNC_BINARY, how);
    CHECK(result.exit_code == 4);
    CHECK(contains_text(result.err, "AUTH_INVALID_KEY"));
    // The next run, with the right key, goes on.
    CHECK(run().exit_code == 0);
    CHECK(Reader(database()).number("SELECT count(*) FROM runs") == 1);
  }
  SUBCASE("a server that is away for a moment") {
    sandbox.fault("GET /api/ext/accounts error status=500 count=1");
    CHECK(run().exit_code == 0);
  }
}

TEST_CASE_FIXTURE(Portal, "what is asked for row by row waits for a list that could not be read") {
  sandbox.fault("GET /api/ext/accounts empty_503 count=all");
  CHECK(run({{"TOKSYNC_MAX_ATTEMPTS", "1"}}).exit_code == 5);
  {
    Reader reader(database());
    CHECK(reader.number("SELECT count(*) FROM mirrors WHERE resource IN ('account_metrics', 'videos')") == 0);
  }
  sandbox.control("DELETE", "/sandbox/faults");
  CHECK(run().exit_code == 0);
  Reader reader(database());
  CHECK(reader.number("SELECT count(*) FROM runs") == 1);
  CHECK(reader.number("SELECT count(DISTINCT account_id) FROM tokportal_account_metrics") > 0);
  CHECK(reader.number("SELECT count(*) FROM tokportal_videos") > 0);
}

TEST_CASE("several pipelines share a command, a database and a summary") {
  const Portal portal;
  SandboxProcess toksta(quick());
  const auto at = [&](const std::string& text, const std::string& url) {
    return replaced(text, "[source]\n", fmt::format("[source]\nbase_url = \"{}\"\n", url));
  };
  portal.folder.write("tokportal.toml", at(kTokPortal, portal.sandbox.base_url() + "/api/ext"));
  portal.folder.write("small.toml", at(searching_pipeline(), toksta.base_url()));
  portal.folder.write("other.toml", at(replaced(searching_pipeline(), "\"small\"", "\"other\""), toksta.base_url()));
  const auto run = [&](Texts files) {
    files.insert(files.begin(), "run");
    auto how = portal.options(std::move(files), {{"TOKSTA_API_KEY", toksync::test::sandbox_key()}});
    return toksync::test::run_process(TOKSYNC_BINARY, how);
  };
  const auto result = run({"small.toml", "tokportal.toml", "other.toml", "--json", "--summary-file", "summary.json"});
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  const auto document = nlohmann::json::parse(result.out);
  CHECK(document.at("exit_code") == 0);
  REQUIRE(document.at("runs").size() == 3);
  CHECK(document.at("runs").at(1).at("mirrors").size() == 9);
  std::ifstream summary(portal.folder.file("summary.json"));
  CHECK(nlohmann::json::parse(summary).at("runs").size() == 3);

  Reader reader(portal.database());
  CHECK(reader.number("SELECT count(*) FROM runs WHERE status = 'succeeded'") == 3);
  // The ledger is the bill, and what both pipelines found is enriched once.
  CHECK(reader.number("SELECT sum(credits_charged) FROM runs") == toksta.credits_charged());
  CHECK(toksta.nothing_bought_twice());
  // Those that spend go one after another, the mirror beside them.
  CHECK(reader.number("SELECT count(*) FROM runs a JOIN runs b ON a.pipeline = 'small' AND b.pipeline = 'other'"
                      " WHERE b.started_at >= a.finished_at") == 1);
  // Each line of the log names its own run.
  for (const auto& id : reader.lines("SELECT run_id FROM runs")) CHECK(contains_text(result.err, id));

  CHECK(run({"small.toml", "small.toml"}).exit_code == 2);
  CHECK(run({"small.toml", "tokportal.toml", "--dry-run"}).exit_code == 2);
  CHECK(run({"small.toml", "tokportal.toml", "--metrics-file", "m.prom"}).exit_code == 2);
  CHECK(contains_text(run({"small.toml", "missing.toml"}).err, "missing.toml: there is no such file"));
}

TEST_CASE("what one of several pipelines left without an answer, the next one finds out about") {
  const Scene scene(quick({"--fault", "POST /v1/creators/content-match hold_after count=1"}));
  scene.write_pipeline(
      replaced(small_pipeline(), "[source]\n", fmt::format("[source]\nbase_url = \"{}\"\n", scene.sandbox.base_url())));
  scene.folder.write("other.toml", replaced(scene.folder.read("pipeline.toml"), "\"small\"", "\"other\""));
  auto how = scene.options({"run", "pipeline.toml", "other.toml", "--max-duration", "4s"});
  const auto result = toksync::test::run_process(TOKSYNC_BINARY, how);
  CHECK_MESSAGE(result.exit_code == 8, result.err);
  CHECK(Reader(scene.database()).number("SELECT count(*) FROM job_evidence WHERE decision = 'adopted'") == 4);
  CHECK(Reader(scene.database()).number("SELECT count(*) FROM content_matches") == 4);
  CHECK(scene.sandbox.nothing_bought_twice());
  scene.sandbox.release();
}

TEST_CASE_FIXTURE(Portal, "other commands know what a mirror is") {
  REQUIRE(run().exit_code == 0);
  const auto plan = toksync({"plan", "tokportal.toml"});
  CHECK(plan.exit_code == 0);
  CHECK(contains_text(plan.out, "account_metrics  one by one, for each of accounts"));
  CHECK(contains_text(toksync({"status"}).out, "account_metrics"));
  CHECK(toksync({"backfill", "tokportal.toml", "--all"}).exit_code == 2);
  CHECK(toksync({"run", "tokportal.toml", "--stage", "search"}).exit_code == 2);
  CHECK(toksync({"resume"}).exit_code == 0);
  CHECK(toksync({"db", "check"}).exit_code == 0);
}

}  // namespace
}  // namespace toksync::cli::test
