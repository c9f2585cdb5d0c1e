// toksync collect and toksync jobs show, resolve and cancel, against a real sandbox.
#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aftermath.hpp"

namespace toksync::cli::test {
namespace {

using nlohmann::json;

/// A command that talks to the scene's sandbox.
ProcessResult ask(const Scene& scene, Texts arguments) {
  arguments.insert(arguments.end(), {"--base-url", scene.sandbox.base_url()});
  return scene.toksync(std::move(arguments));
}

std::int64_t number(const Scene& scene, const std::string& sql) { return Reader(scene.database()).number(sql); }

/// A run that dies while it awaits the answer to that request.
void die_at_request(const Scene& scene) {
  const auto process = scene.start_run();
  REQUIRE(scene.sandbox.wait_until_held(1));
  process->send_signal(SIGKILL);
  REQUIRE(process->wait_for(Milliseconds{10'000}).has_value());
  scene.sandbox.clear_faults();
  scene.sandbox.release();
}

std::size_t purchases(const Scene& scene) {
  std::size_t count = 0;
  for (const auto& request : scene.sandbox.requests()) {
    count += request.at("path").get<std::string>().starts_with("/v1/creators/") ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("collect fetches what is paid for, and buys nothing") {
  const Scene scene(quick({"--fault", "POST /v1/content-match/results hold_before"}));
  die_at_request(scene);
  const auto before = purchases(scene);
  REQUIRE(number(scene, "SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')") > 0);
  const auto result = ask(scene, {"collect", "--json"});
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  const auto document = json::parse(result.out);
  CHECK(document.at("collected").get<int>() >= 4);
  CHECK(document.at("outstanding") == 0);
  CHECK(purchases(scene) == before);
  CHECK(number(scene, "SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 4);
  CHECK(number(scene, "SELECT count(*) FROM runs WHERE pipeline = '(collect)' AND status = 'succeeded'") == 1);
  check_books(scene);
  // status still tells of the pipeline's run, and that run goes on.
  CHECK(contains_text(scene.toksync({"status"}).out, "of pipeline small"));
  check_next_run_finishes(scene);
  const auto nothing = ask(scene, {"collect"});
  CHECK(nothing.exit_code == 0);
  CHECK(contains_text(nothing.out, "everything that was paid for is here"));
}

TEST_CASE("collect finds out about lost requests, and buys none of them again") {
  const Scene scene(quick({"--fault", "POST /v1/creators/enrich hold_before"}));
  die_at_request(scene);
  const auto before = purchases(scene);
  CHECK(ask(scene, {"collect"}).exit_code == 0);
  CHECK(purchases(scene) == before);
  CHECK(number(scene, "SELECT count(*) FROM jobs WHERE status = 'ambiguous'") == 0);
  CHECK(number(scene, "SELECT count(*) FROM jobs WHERE error_code = 'NOT_ARRIVED'") == 4);
  check_next_run_finishes(scene);
}

TEST_CASE("collect without a database, a run or a key says what is missing") {
  const Scene scene;
  CHECK(scene.toksync({"collect"}).exit_code == 2);
  REQUIRE(scene.run().exit_code == 0);
  auto options = scene.options({"collect"});
  options.environment.erase("TOKSTA_API_KEY");
  options.unset.emplace_back("TOKSTA_API_KEY");
  const auto result = toksync::test::run_process(TOKSYNC_BINARY, options);
  CHECK(result.exit_code == 4);
  CHECK(contains_text(result.err, "TOKSTA_API_KEY"));
}

TEST_CASE("a search for thought leaders is canceled, and what it did not use comes back") {
  // Jobs of minutes, so that it runs when it is canceled.
  const Scene scene({"--time-scale", "1", "--job-latency", "0.05", "--no-shuffle-pages", "--fault",
                     "POST /v1/creators/thought-leaders jobs_stuck"});
  CHECK(scene.run({"--max-duration", "3s"}).exit_code == 8);
  const auto job = number(scene, "SELECT job_key FROM jobs WHERE family = 'thought_leaders'");
  REQUIRE(job > 0);
  const auto result = ask(scene, {"jobs", "cancel", std::to_string(job), "--json"});
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  const auto where = fmt::format(" FROM jobs WHERE job_key = {}", job);
  CHECK(Reader(scene.database()).lines("SELECT status" + where).at(0) == "canceled");
  CHECK(number(scene, "SELECT credits_charged" + where) < number(scene, "SELECT credits_reserved" + where));
  check_settled_books(scene);
  SUBCASE("once") {
    const auto again = ask(scene, {"jobs", "cancel", std::to_string(job)});
    CHECK(again.exit_code == 2);
    CHECK(contains_text(again.err, "it is canceled"));
  }
  SUBCASE("and nothing else can be") {
    const auto other = number(scene, "SELECT min(job_key) FROM jobs WHERE family = 'enrich'");
    const auto refused = ask(scene, {"jobs", "cancel", std::to_string(other)});
    CHECK(refused.exit_code == 2);
    CHECK(contains_text(refused.err, "cancels thought_leaders only"));
  }
}

TEST_CASE("a person settles what no evidence decides") {
  const Scene scene(quick({"--fault", "POST /v1/creators/enrich lost_request", "--fault",
                           "POST /v1/enrichments/results others credits=1000 operation=profile_enrichment"}));
  REQUIRE(scene.run().exit_code == 6);
  const auto job = std::to_string(number(scene, "SELECT min(job_key) FROM jobs WHERE status = 'ambiguous'"));
  const auto last = std::to_string(number(scene, "SELECT max(job_key) FROM jobs WHERE status = 'ambiguous'"));
  REQUIRE(job != last);

  const auto shown = json::parse(scene.toksync({"jobs", "show", job, "--json"}).out).at("jobs").at(0);
  CHECK(shown.at("status") == "ambiguous");
  REQUIRE(shown.at("evidence").size() >= 2);
  CHECK(shown.at("evidence").front().at("source") == "request");
  CHECK(shown.at("evidence").back().at("decision") == "held");
  CHECK(contains_text(scene.toksync({"jobs", "show", job}).out, "Evidence:"));

  // What is held has a column of its own.
  for (const auto& stage : json::parse(scene.toksync({"status", "--json"}).out).at("run").at("stages")) {
    if (stage.at("stage") != "enrich") continue;
    CHECK(stage.at("items_held") > 0);
    CHECK(stage.at("items_done").get<int>() + stage.at("items_failed").get<int>() + stage.at("items_held").get<int>() ==
          stage.at("items_total"));
  }

  // All or none: with one that is wrong nothing is written.
  CHECK(scene.toksync({"jobs", "resolve", job, "999999", "--as", "charged"}).exit_code == 2);
  CHECK(number(scene, "SELECT count(*) FROM job_evidence WHERE source = 'person'") == 0);
  for (const auto& wrong : {Texts{"jobs", "resolve", job}, Texts{"jobs", "resolve", job, "--as", "maybe"},
                            Texts{"jobs", "resolve", "--as", "charged"}, Texts{"jobs", "show", "none"},
                            Texts{"jobs", "resolve", job, "--as", "charged", "--credits", "60000"},
                            Texts{"jobs", "show", "0"}, Texts{"jobs", "show"}}) {
    CHECK(scene.toksync(wrong).exit_code == 2);
  }

  CHECK(scene.toksync({"jobs", "resolve", job, "--as", "charged"}).exit_code == 0);
  CHECK(number(scene, "SELECT credits_charged FROM jobs WHERE job_key = " + job) == 1);
  CHECK(scene.toksync({"jobs", "resolve", job, "--as", "not-charged"}).exit_code == 2);
  CHECK(scene.toksync({"jobs", "resolve", last, "--as", "not-charged"}).exit_code == 0);
  CHECK(number(scene, "SELECT count(*) FROM jobs WHERE job_key = " + last + " AND status = 'canceled'") == 1);
  // Whatever a person says, the books agree with themselves.
  CHECK(scene.toksync({"db", "check"}).exit_code == 0);
}

}  // namespace toksync::cli::test
