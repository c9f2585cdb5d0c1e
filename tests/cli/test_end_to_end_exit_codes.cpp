// Every exit code that a run can end with, what its database says of it, and that a further run, once the
// reason is gone, comes to the same end as a run that was never stopped.
#include <csignal>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "aftermath.hpp"

namespace toksync::cli::test {
namespace {

struct LastRun {
  std::string status;
  int exit_code = 0;
};

LastRun last_run(const Scene& scene) {
  Reader reader(scene.database());
  const auto newest = " FROM runs ORDER BY run_key DESC LIMIT 1";
  return {reader.lines(std::string{"SELECT status"} + newest).at(0),
          static_cast<int>(reader.number(std::string{"SELECT exit_code"} + newest))};
}

/// Ends with this code, and the database says the same.
void check_end(const Scene& scene, const ProcessResult& result, int code, const std::string& status) {
  CHECK_MESSAGE(result.exit_code == code, result.err);
  CHECK(last_run(scene).exit_code == code);
  CHECK(last_run(scene).status == status);
}

/// Once the reason is gone, a further run picks the stopped one up and buys the rest, once.
void check_goes_on(const Scene& scene, Texts flags = {}) {
  const auto result = scene.run(std::move(flags));
  check_end(scene, result, 0, "succeeded");
  check_settled_books(scene);
  CHECK(scene.sandbox.nothing_bought_twice());
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  check_content(undisturbed_night().content, scene.database());
  CHECK(Reader(scene.database()).number("SELECT count(*) FROM runs") == 1);
}

Scene scene_with(const std::string& fault) { return Scene(quick({"--fault", fault})); }

ProcessResult ended(Process& process) {
  auto result = process.wait_for(Milliseconds{30'000});
  CHECK(result.has_value());
  return result.value_or(ProcessResult{});
}

}  // namespace

TEST_CASE("0: everything asked for is done") {
  const Scene scene;
  check_goes_on(scene);
}

TEST_CASE("3: some analyses failed, and the others are stored") {
  const Scene scene(
      quick({"--fault", "POST /v1/creators/content-match jobs_fail count=2", "--fault",
             "POST /v1/creators/audience-match jobs_fail", "--fault", "POST /v1/creators/thought-leaders jobs_fail"}));
  const auto result = scene.run();
  check_end(scene, result, 3, "partial");
  check_settled_books(scene);
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(*) FROM jobs WHERE status = 'failed' AND error_message IS NOT NULL") == 4);
  CHECK(reader.number("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 2);
  CHECK(reader.number("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") == 1);
  CHECK(contains_text(result.out, "failed"));
}

TEST_CASE("4: the key is missing, refused or may not") {
  SUBCASE("missing: nothing is sent, and the variable is named") {
    const Scene scene;
    auto options = scene.run_options();
    options.environment.erase("TOKSTA_API_KEY");
    options.unset.push_back("TOKSTA_API_KEY");
    const auto result = toksync::test::run_process(TOKSYNC_BINARY, options);
    CHECK(result.exit_code == 4);
    CHECK(contains_text(result.err, "TOKSTA_API_KEY"));
    CHECK(scene.sandbox.requests().empty());
  }
  SUBCASE("refused from the start") {
    const Scene scene;
    const auto result = scene.run({}, {{"TOKSTA_API_KEY", "tk_test_" + std::string(48, '1')}});
    check_end(scene, result, 4, "failed");
    CHECK(contains_text(result.err, "UNAUTHORIZED"));
    CHECK(check_settled_books(scene).billed == 0);
    check_goes_on(scene);
  }
  SUBCASE("revoked in the middle") {
    const auto scene = scene_with("POST /v1/creators/content-match error status=401 code=UNAUTHORIZED");
    check_end(scene, scene.run(), 4, "failed");
    check_goes_on(scene);
  }
  SUBCASE("without the scope for one family, the others go on") {
    const auto scene = scene_with("POST /v1/creators/audience-match error status=403 code=FORBIDDEN");
    check_end(scene, scene.run(), 4, "failed");
    check_settled_books(scene);
    CHECK(Reader(scene.database()).number("SELECT count(*) FROM content_matches") == 4);
    CHECK(Reader(scene.database()).number("SELECT count(*) FROM thought_leaders") > 0);
    check_goes_on(scene);
  }
}

TEST_CASE("5: the API stays unreachable or failing") {
  SUBCASE("nothing listens") {
    const Scene scene;
    const auto result = scene.run({"--base-url", "http://127.0.0.1:1", "--max-attempts", "1"});
    check_end(scene, result, 5, "failed");
    check_goes_on(scene);
  }
  SUBCASE("it stops listening in the middle") {
    const auto scene = scene_with("* * refused after=6 seconds=1");
    check_end(scene, scene.run({"--max-attempts", "1"}), 5, "failed");
    // It listens again within a second, and refused connections are tried again.
    check_goes_on(scene);
  }
  SUBCASE("every read fails") {
    const auto scene = scene_with("POST /v1/content-match/results 500_before count=all");
    check_end(scene, scene.run({"--max-attempts", "2"}), 5, "failed");
    CHECK(scene.sandbox.request_count("POST", "/v1/content-match/results") == 2);
    scene.sandbox.clear_faults();
    check_goes_on(scene);
  }
  SUBCASE("every start is refused by a busy server") {
    const auto scene = scene_with("POST /v1/creators/enrich 503_refused count=all");
    check_end(scene, scene.run({"--max-attempts", "1"}), 5, "failed");
    scene.sandbox.clear_faults();
    check_goes_on(scene);
  }
}

TEST_CASE("6: something paid is in doubt, because somebody else uses the account at the same time") {
  struct Doubt {
    std::string family, operation, when;
  };
  // Somebody spends after the request was lost, and before it is found out about: of thought leaders, between the
  // second and the third reading of the usage.
  const std::vector<Doubt> doubts{{"enrich", "profile_enrichment", "POST /v1/enrichments/results others"},
                                  {"content-match", "content_match", "POST /v1/content-match/results others"},
                                  {"audience-match", "audience_match", "POST /v1/audience-match/results others"},
                                  {"thought-leaders", "thought_leaders", "GET /v1/account/usage others after=2"}};
  std::vector<Case> cases;
  for (const auto& [family, operation, when] : doubts) {
    cases.push_back({family, [family = family, others = when + " credits=1000 operation=" + operation] {
                       const auto path = "/v1/creators/" + family;
                       const Scene scene(quick({"--fault", "POST " + path + " lost_request", "--fault", others}));
                       check_end(scene, scene.run(), 6, "partial");
                       const auto books = check_books(scene);
                       CHECK(books.ambiguous_jobs > 0);
                       CHECK(books.open > 0);
                       const auto asked = scene.sandbox.request_count("POST", path);
                       const auto status = nlohmann::json::parse(scene.toksync({"status", "--json"}).out);
                       CHECK(status.at("run").at("jobs").at("ambiguous") == books.ambiguous_jobs);
                       CHECK(status.at("run").at("jobs").at("ambiguous_credits") == books.open);
                       CHECK(status.at("run").at("usage_drift").get<std::int64_t>() > 0);
                       // Held: the next run does not buy it either, and says so.
                       CHECK(scene.run().exit_code == 6);
                       CHECK(scene.sandbox.request_count("POST", path) == asked);
                       CHECK(check_books(scene).open == books.open);
                     }});
  }
  run_side_by_side(cases);
}

TEST_CASE("7: the account has no credits left") {
  SUBCASE("its balance is known: the step is not started") {
    const Scene scene(quick({"--credits", "15"}));
    check_end(scene, scene.run(), 7, "stopped");
    CHECK(check_settled_books(scene).billed <= 15);
    CHECK(scene.sandbox.request_count("POST", "/v1/creators/content-match") == 0);
    scene.sandbox.set_credits(1000);
    check_goes_on(scene);
  }
  SUBCASE("its balance is unknown: the API says so") {
    const Scene scene(quick({"--credits", "15", "--no-balance"}));
    const auto result = scene.run();
    check_end(scene, result, 7, "stopped");
    CHECK(contains_text(result.err, "INSUFFICIENT_CREDITS"));
    CHECK(check_settled_books(scene).billed <= 15);
    scene.sandbox.set_credits(1000);
    check_goes_on(scene);
  }
}

TEST_CASE("8: a budget of ours is used up") {
  const auto with_budget = [](const std::string& line) {
    return Scene(quick({"--credits", "100"}), replaced(small_pipeline(), "max_credits_per_run = 1000", line));
  };
  SUBCASE("--max-credits, and its variable") {
    const Scene scene;
    check_end(scene, scene.run({"--max-credits", "12"}), 8, "stopped");
    CHECK(check_settled_books(scene).billed <= 12);
    check_end(scene, scene.run({}, {{"TOKSYNC_MAX_CREDITS", "12"}}), 8, "stopped");
    CHECK(check_settled_books(scene).billed <= 12);
    check_goes_on(scene);
  }
  SUBCASE("max_credits_per_run counts all resumptions") {
    const auto scene = with_budget("max_credits_per_run = 12");
    check_end(scene, scene.run(), 8, "stopped");
    check_end(scene, scene.run(), 8, "stopped");
    CHECK(check_settled_books(scene).billed <= 12);
    check_goes_on(scene, {"--max-credits", "1000"});
  }
  SUBCASE("max_credits_per_month counts every run") {
    const auto scene = with_budget("max_credits_per_month = 12");
    check_end(scene, scene.run(), 8, "stopped");
    check_end(scene, scene.run({"--new"}), 8, "stopped");
    CHECK(check_settled_books(scene).billed <= 12);
  }
  SUBCASE("keep_credits leaves the account with that much") {
    const auto scene = with_budget("keep_credits = 85");
    check_end(scene, scene.run(), 8, "stopped");
    CHECK(check_settled_books(scene).billed <= 15);
  }
  SUBCASE("--max-duration") {
    const auto scene = scene_with("POST /v1/content-match/results slow seconds=20");
    check_end(scene, scene.run({"--max-duration", "1s"}), 8, "stopped");
    scene.sandbox.clear_faults();
    check_goes_on(scene);
  }
}

TEST_CASE("11: another run holds the database, and readers do not mind") {
  const auto scene = scene_with("POST /v1/content-match/results hold_before");
  const auto first = scene.start_run();
  REQUIRE(scene.sandbox.wait_until_held(1));
  CHECK(scene.run().exit_code == 11);
  CHECK(scene.run({"--lock-wait", "1s"}).exit_code == 11);
  CHECK(scene.toksync({"status"}).exit_code == 0);
  CHECK(Reader(scene.database()).number("SELECT count(*) FROM creators") >= 120);
  const auto waiting = scene.start_run({"--lock-wait", "30s"});
  scene.sandbox.release();
  CHECK(ended(*first).exit_code == 0);
  CHECK(ended(*waiting).exit_code == 0);
  check_settled_books(scene);
  CHECK(scene.sandbox.nothing_bought_twice());
}

TEST_CASE("11: a killed run leaves no lock behind") {
  const auto scene = scene_with("POST /v1/content-match/results hold_before");
  const auto first = scene.start_run();
  REQUIRE(scene.sandbox.wait_until_held(1));
  first->send_signal(SIGKILL);
  CHECK(ended(*first).exit_code == 128 + SIGKILL);
  check_goes_on(scene);
}

TEST_CASE("12: the database is damaged, foreign or full, and nothing is sent") {
  const Scene scene;
  SUBCASE("not a database") {
    const std::string garbage(5000, 'x');
    scene.folder.write("e2e.db", garbage);
    CHECK(scene.run().exit_code == 12);
    CHECK(scene.folder.read("e2e.db") == garbage);
    CHECK(scene.sandbox.requests().empty());
  }
  SUBCASE("from a newer version") {
    REQUIRE(scene.run().exit_code == 0);
    const auto requests = scene.sandbox.requests().size();
    SQLite::Database(scene.database(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 4711");
    CHECK(scene.run().exit_code == 12);
    CHECK(Reader(scene.database()).number("PRAGMA user_version") == 4711);
    CHECK(scene.sandbox.requests().size() == requests);
  }
  SUBCASE("full in the middle: the run goes on when there is room again") {
    // A limit on the size of files is the nearest thing to a full disk that needs no disk.
    auto options = scene.run_options();
    std::string command = "trap '' XFSZ; ulimit -f 2800; exec " TOKSYNC_BINARY;
    for (const auto& argument : options.arguments) command += " '" + argument + "'";
    options.arguments = {"-c", command};
    const auto result = toksync::test::run_process("/bin/sh", options);
    CHECK_MESSAGE(result.exit_code == 12, result.err);
    CHECK_FALSE(scene.sandbox.requests().empty());
    check_next_run_finishes(scene);
  }
}

TEST_CASE("130 and 143: interrupted while results are awaited, the state is saved") {
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    CAPTURE(code);
    const auto scene = scene_with("POST /v1/content-match/results hold_before");
    const auto process = scene.start_run();
    REQUIRE(scene.sandbox.wait_until_held(1));
    process->send_signal(signal);
    check_end(scene, ended(*process), code, "interrupted");
    check_goes_on(scene);
  }
}

TEST_CASE("143: a billable answer that is on its way is waited for") {
  const auto scene = scene_with("POST /v1/creators/content-match hold_after");
  const auto process = scene.start_run();
  REQUIRE(scene.sandbox.wait_until_held(1));
  process->send_signal(SIGTERM);
  // It still waits; otherwise it would be gone before the answer is let go.
  CHECK_FALSE(process->wait_for(Milliseconds{200}).has_value());
  scene.sandbox.release();
  check_end(scene, ended(*process), 143, "interrupted");
  check_goes_on(scene);
}

TEST_CASE("143: a second signal ends it at once, and what was on its way is found out about") {
  const auto scene = scene_with("POST /v1/creators/content-match hold_after");
  const auto process = scene.start_run();
  REQUIRE(scene.sandbox.wait_until_held(1));
  process->send_signal(SIGTERM);
  CHECK_FALSE(process->wait_for(Milliseconds{200}).has_value());
  process->send_signal(SIGTERM);
  CHECK(ended(*process).exit_code == 143);
  scene.sandbox.release();
  check_next_run_finishes(scene);
  CHECK(Reader(scene.database()).number("SELECT count(*) FROM job_evidence WHERE decision = 'adopted'") == 4);
}

}  // namespace toksync::cli::test
