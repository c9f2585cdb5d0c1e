// Whole runs against the partner API: the real binary, the sandbox that stands in for it, kills and lost answers. The
// ledger is the bill, whatever happens.
#include <algorithm>
#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

constexpr int kPartial = 3;
constexpr int kKilled = 128 + SIGKILL;

std::string partner_pipeline() { return replaced(small_pipeline(), "api = \"toksta\"", "api = \"toksta-partner\""); }

Texts partner_flags(Texts more = {}) {
  more.insert(more.begin(), {"--api", "partner"});
  return quick(std::move(more));
}

struct PartnerScene : Scene {
  explicit PartnerScene(Texts more = {}, const std::string& pipeline = partner_pipeline())
      : Scene(partner_flags(std::move(more)), pipeline) {}
};

std::int64_t jobs(Reader& reader, const std::string& condition) {
  return reader.number("SELECT count(*) FROM jobs WHERE " + condition);
}

/// Runs until nothing is left to do, and compares the books with the bill.
void check_comes_to_its_end(const Scene& scene) {
  const auto result = scene.run();
  CHECK_MESSAGE((result.exit_code == 0 || result.exit_code == kPartial), result.err);
  check_settled_books(scene);
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(*) FROM runs") == 1);
  CHECK(jobs(reader, "is_unfinished = 1") == 0);
  // What failed did so because its id stands nowhere but in a lost answer.
  CHECK(jobs(reader, "status = 'failed' AND error_code <> 'RESULT_LOST'") == 0);
}

const Texts kStarts{"POST /v1/creators/enrich", "POST /v1/creators/content-match", "POST /v1/creators/audience-match",
                    "POST /v1/creators/thought-leaders", "POST /v1/creators/discovery-search"};

}  // namespace

TEST_CASE("the partner API fills the same tables, at its own prices") {
  const PartnerScene scene;
  const Scene v1(quick(), small_pipeline());
  REQUIRE(v1.run().exit_code == 0);
  const auto result = scene.run();
  REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  const auto books = check_settled_books(scene);
  Reader reader(scene.database());
  CHECK(jobs(reader, "family = 'enrich' AND status = 'succeeded' AND credits_charged = 2") == 8);
  CHECK(jobs(reader, "family = 'content_match' AND status = 'succeeded' AND credits_charged = 2") == 4);
  CHECK(jobs(reader, "family = 'audience_match' AND status = 'succeeded' AND credits_charged = 2") == 2);
  CHECK(jobs(reader, "family = 'search' AND credits_charged = 0") == 2);
  CHECK(jobs(reader, "details_pending = 1") == 0);
  CHECK(books.charged == reader.number("SELECT sum(credits_charged) FROM jobs"));
  // The creators are the same, and so is what is known of them.
  const std::string facts =
      "SELECT keyword_set, creator_id, rank, content_score, audience_score, followers_count FROM shortlist ORDER BY 1, "
      "2";
  CHECK(reader.lines(facts) == Reader(v1.database()).lines(facts));
  // One question reads what one start brought.
  const auto jobs_read = reader.number(
      "SELECT count(DISTINCT substr(external_id, 1, instr(external_id || '#', '#') - 1)) FROM jobs"
      " WHERE family <> 'search'");
  CHECK(jobs_read == 5);
  CHECK(scene.sandbox.request_count("POST", "/v1/enrichments/results") == 0);
}

TEST_CASE("a plan reckons with the partner's prices and one question for each start") {
  const PartnerScene scene;
  const auto planned = scene.toksync({"plan", "pipeline.toml", "--json"});
  REQUIRE_MESSAGE(planned.exit_code == 0, planned.err);
  const auto plan = nlohmann::json::parse(planned.out);
  const auto& stages = plan.at("stages");
  const auto stage = [&](const char* name) {
    return *std::ranges::find_if(stages, [&](const auto& one) { return one.at("stage") == name; });
  };
  CHECK(stage("search").at("credits_at_most") == 0);
  CHECK(stage("enrich").at("credits_at_most") == 16);
  CHECK(stage("enrich").at("requests") == 4);
  CHECK(stage("content_match").at("credits_at_most") == 8);
  CHECK(stage("content_match").at("requests") == 2);
  CHECK(scene.run().exit_code == 0);
  CHECK(scene.sandbox.credits_charged() <= plan.at("credits_at_most").get<std::int64_t>());
}

TEST_CASE("what is fresh is not bought again, and reprocess reads the records again") {
  const PartnerScene scene;
  REQUIRE(scene.run().exit_code == 0);
  const auto billed = scene.sandbox.credits_charged();
  CHECK(scene.run().exit_code == 0);
  // Thought leaders are looked for anew by every run that has no refresh_after for them.
  CHECK(scene.sandbox.nothing_bought_twice());
  check_settled_books(scene);
  CHECK(scene.sandbox.credits_charged() >= billed);
  const auto before = content_of(scene.database());
  const auto again = scene.toksync({"reprocess"});
  CHECK_MESSAGE(again.exit_code == 0, again.err);
  CHECK(content_of(scene.database()) == before);
}

TEST_CASE("of a job that ends as partial those succeed that have results") {
  for (const auto* const start : {"enrich", "content-match", "audience-match"}) {
    CAPTURE(start);
    const PartnerScene scene({"--fault", fmt::format("POST /v1/creators/{} jobs_fail count=1", start)});
    CHECK(scene.run().exit_code == kPartial);
    check_settled_books(scene);
    Reader reader(scene.database());
    CHECK(jobs(reader, "status = 'failed'") == 1);
    CHECK(jobs(reader, "is_unfinished = 1") == 0);
  }
}

TEST_CASE("out of credits is told, and the free rest goes on") {
  const PartnerScene scene({"--credits", "20"});
  const auto result = scene.run();
  CHECK(result.exit_code == 7);
  const auto books = check_settled_books(scene);
  CHECK(books.charged <= 20);
  // A balance that is there only on paper: the API refuses, and is believed.
  const PartnerScene blind({"--credits", "20", "--no-balance"});
  CHECK(blind.run().exit_code == 7);
  check_settled_books(blind);
  Reader reader(blind.database());
  CHECK(reader.number("SELECT count(*) FROM api_requests WHERE error_code = 'CREDIT_LIMIT_EXCEEDED'") > 0);
}

TEST_CASE("without an enforced limit there is no balance to plan by") {
  const PartnerScene scene({"--credits", "10", "--overage"});
  CHECK(scene.run().exit_code == 0);
  const auto books = check_settled_books(scene);
  CHECK(books.charged > 10);
}

TEST_CASE("prices of a partner of its own are the pipeline's to tell") {
  const PartnerScene scene({}, partner_pipeline() + "\n[prices]\nenrich = 3\n");
  CHECK(scene.run().exit_code == 0);
  // The answers tell what was charged, and it was less.
  check_settled_books(scene);
  CHECK(Reader(scene.database()).number("SELECT max(credits_reserved) FROM jobs WHERE family = 'enrich'") == 3);
}

TEST_CASE("a run whose answers are lost finds out by the usage what became of them") {
  std::vector<Case> cases;
  for (const auto& start : kStarts) {
    for (const std::string kind : {"lost_request", "lost_answer", "500_after", "html_502", "truncated"}) {
      cases.push_back({start + " " + kind, [start, kind] {
                         const PartnerScene scene({"--fault", start + " " + kind + " count=1"});
                         check_comes_to_its_end(scene);
                       }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("a run that is killed while the server works on a request goes on, and its ledger is the bill") {
  std::vector<Case> cases;
  auto requests = kStarts;
  requests.emplace_back("GET /v1/jobs/*");
  for (const std::string kind : {"hold_before", "hold_after"}) {
    for (const auto& request : requests) {
      cases.push_back({kind + " " + request, [kind, request] {
                         const PartnerScene scene({"--fault", request + " " + kind});
                         const auto process = scene.start_run();
                         CHECK(scene.sandbox.wait_until_held(1));
                         process->send_signal(SIGKILL);
                         CHECK(process->wait_for(Milliseconds{10'000}).has_value());
                         scene.sandbox.clear_faults();
                         scene.sandbox.release();
                         check_comes_to_its_end(scene);
                       }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("a run that dies at any of its requests goes on, and its ledger is the bill") {
  std::vector<Case> cases;
  for (const std::string point : {"engine.before_send", "engine.after_send", "engine.after_receive",
                                  "store.record_accepted.before_commit", "store.commit_poll.before_commit"}) {
    for (int passage = 1; passage <= 12; ++passage) {
      const auto kill = fmt::format("{}:{}", point, passage);
      cases.push_back({kill, [kill] {
                         const PartnerScene scene;
                         const auto died = scene.run({}, {{"TOKSYNC_DIE_AT", kill}}).exit_code;
                         // There are not so many passages of each.
                         if (died == kKilled) return check_comes_to_its_end(scene);
                         CHECK(died == 0);
                       }});
    }
  }
  run_side_by_side(cases);
}

}  // namespace toksync::cli::test
