// Every kind of failure at every kind of endpoint: the run ends as it should, buys nothing twice and
// stores everything that it was given. And answers that are odd, but answers.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aftermath.hpp"

namespace toksync::cli::test {
namespace {

enum class Kind { read, search, start };

// Such profiles of the sandbox cannot be enriched.
constexpr int kSomeAreNotOnLinkedIn = 3;

struct Endpoint {
  std::string request;
  Kind kind;
  std::string when{};  ///< the first request unless it says otherwise
};

const std::vector<Endpoint> kEndpoints{{"GET /v1/account/usage", Kind::read},
                                       {"POST /v1/enrichments/results", Kind::read},
                                       {"POST /v1/content-match/results", Kind::read},
                                       {"POST /v1/content-match/posts", Kind::read},
                                       {"POST /v1/audience-match/results", Kind::read},
                                       {"POST /v1/audience-match/details", Kind::read},
                                       {"POST /v1/jobs/results:bulk", Kind::read},
                                       {"POST /v1/creators/discovery-search", Kind::search},
                                       {"POST /v1/creators/enrich", Kind::start},
                                       {"POST /v1/creators/content-match", Kind::start},
                                       {"POST /v1/creators/audience-match", Kind::start},
                                       {"POST /v1/creators/thought-leaders", Kind::start},
                                       {"POST /v1/creators/discovery-search", Kind::search, " after=1"},
                                       {"POST /v1/creators/enrich", Kind::start, " after=1"}};

struct Fault {
  std::string kind;
  bool refuses;  ///< the request was surely not worked on, or was answered in the end
};

const std::vector<Fault> kFaults{
    {"429", true},           {"503_refused", true},  {"slow seconds=0.3", true},    {"500_before", false},
    {"500_after", false},    {"html_502", false},    {"html_504 work=done", false}, {"empty_503", false},
    {"lost_request", false}, {"lost_answer", false}, {"truncated", false},          {"malformed", false},
    {"not_json", false}};

void meet(const Endpoint& endpoint, const Fault& fault) {
  const Scene scene(quick({"--fault", endpoint.request + " " + fault.kind + endpoint.when}));
  check_finished_run(scene, scene.run());
  // What was in doubt was found out about, on evidence that anybody can read.
  Reader reader(scene.database());
  const bool in_doubt = endpoint.kind != Kind::read && !fault.refuses;
  CHECK((reader.number("SELECT count(*) FROM job_evidence WHERE decision IS NOT NULL") > 0) == in_doubt);
  if (endpoint.kind != Kind::search || !in_doubt) CHECK(scene.sandbox.nothing_bought_twice());
}

/// Everything fails at least once, and in the end everything is there.
void meet_everything() {
  const Texts passing{"429", "503_refused", "429"};
  const Texts reads{"html_502", "500_before", "not_json", "truncated", "lost_answer"};
  Texts faults;
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    faults.insert(faults.end(), {"--fault", kEndpoints[i].request + " " + passing[i % passing.size()]});
    if (kEndpoints[i].kind != Kind::read) continue;
    faults.insert(faults.end(), {"--fault", kEndpoints[i].request + " " + reads[i % reads.size()] + " after=1"});
  }
  const Scene scene(quick(faults));
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  check_settled_books(scene);
  CHECK(scene.sandbox.nothing_bought_twice());
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  check_content(undisturbed_night().content, scene.database());
}

}  // namespace

TEST_CASE("every failure at every endpoint ends as it should and buys nothing twice") {
  (void)undisturbed_night();
  std::vector<Case> cases{{"everything at every endpoint", meet_everything}};
  for (const auto& fault : kFaults) {
    for (const auto& endpoint : kEndpoints) {
      cases.push_back(
          {fault.kind + " at " + endpoint.request + endpoint.when, [&endpoint, &fault] { meet(endpoint, fault); }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("results that never come are left to a later run, which buys nothing either") {
  std::vector<Case> cases;
  for (const std::string kind : {"jobs_missing", "jobs_stuck"}) {
    for (const std::string family : {"enrich", "content-match", "audience-match", "thought-leaders"}) {
      cases.push_back({kind + " of " + family, [kind, family] {
                         const Scene scene(quick({"--fault", "POST /v1/creators/" + family + " " + kind}));
                         for (const std::string attempt : {"first", "second"}) {
                           CAPTURE(attempt);
                           CHECK(scene.run({"--max-duration", "2s"}).exit_code == 8);
                           Reader reader(scene.database());
                           CHECK(reader.number("SELECT count(*) FROM jobs WHERE is_unfinished") == 1);
                           check_books(scene);
                           CHECK(scene.sandbox.nothing_bought_twice());
                         }
                       }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("odd records are stored, and nothing of them is lost") {
  std::vector<std::string> faults;
  for (const auto& endpoint : kEndpoints) {
    faults.insert(faults.end(), {"--fault", endpoint.request + " odd_records count=2"});
  }
  const Scene scene(quick(faults));
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(DISTINCT creator_id) FROM search_hits") == 120);
  CHECK(reader.number("SELECT count(DISTINCT creator_id) FROM enrichments") == 8);
  CHECK(reader.number("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 4);
  CHECK(reader.number("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") == 2);
  CHECK(reader.number("SELECT count(*) FROM thought_leaders") > 0);

  CHECK(reader.number("SELECT count(*) FROM creators WHERE length(bio) = 200000") > 5);
  CHECK(reader.number("SELECT count(*) FROM creators WHERE followers_count = 5000000000") > 5);
  CHECK(reader.number("SELECT count(*) FROM creators WHERE name IS NULL") > 5);
  CHECK(reader.number("SELECT count(*) FROM creators WHERE followers_count IS NULL") > 5);
  // What has no column, and what stands after a NUL, is kept.
  CHECK(reader.number("SELECT count(*) FROM creators WHERE raw_json LIKE '%x_experimental%'") > 5);
  CHECK(reader.number("SELECT count(*) FROM creators WHERE raw_json LIKE '%before%after%'") > 5);
  CHECK(reader.number("SELECT count(*) FROM creator_tags WHERE value = 'same'") > 5);
  // What reads like SQL is text like any other.
  CHECK(reader.number("SELECT count(*) FROM creators WHERE name = 'Robert''); DROP TABLE creators; --'") > 5);
  CHECK(reader.number("SELECT count(*) FROM creators WHERE bio LIKE '\"; DELETE FROM credit_ledger_rows;%'") > 5);
  // The same row is there once, however often the record says it.
  CHECK(reader.number("SELECT count(*) FROM creators WHERE raw_json LIKE '%\"same\",\"same\"%'") > 5);
  for (const std::string command : {"status", "jobs"}) {
    Texts arguments{command};
    if (command == "jobs") arguments.emplace_back("list");
    CHECK(scene.toksync(arguments).exit_code == 0);
    arguments.emplace_back("--json");
    CHECK_NOTHROW(nlohmann::json::parse(scene.toksync(arguments).out));
  }
}

TEST_CASE("an answer without end is given up") {
  const Scene scene(quick({"--fault", "POST /v1/content-match/results huge_body megabytes=300"}));
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  check_settled_books(scene);
  check_content(undisturbed_night().content, scene.database());
}

TEST_CASE("a limit on the ids of a request is found out, and everything is bought once") {
  const Scene scene(quick({"--max-ids", "3"}));
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  check_content(undisturbed_night().content, scene.database());
}

TEST_CASE("a limit on the ids of a request is learned once, and known to the next run") {
  const auto many = replaced(replaced(matching_pipeline(), "batch_size = 4", "batch_size = 50"), "top = 8", "top = 45");
  const Scene scene(quick({"--max-ids", "20"}), replaced(many, "top = 4\n", "top = 45\n"));
  const auto refused = [&] {
    std::map<std::string, int> counts;
    for (const auto& request : scene.sandbox.requests()) {
      if (request.at("status") == 400) ++counts[request.at("path").get<std::string>()];
    }
    return counts;
  };
  REQUIRE(scene.run().exit_code == kSomeAreNotOnLinkedIn);
  auto first = refused();
  CHECK(first["/v1/creators/enrich"] == 1);
  CHECK(first["/v1/creators/content-match"] == 1);
  // Whether more than 20 are asked about at once depends on how soon they are ready.
  for (const auto& [path, count] : first) CHECK_MESSAGE(count == 1, path);
  Reader reader(scene.database());
  CHECK(reader.lines("SELECT family, value FROM api_facts WHERE fact = 'ids_per_start' AND base_url = '" +
                     scene.sandbox.base_url() + "' ORDER BY family") == Texts{"content_match|20", "enrich|20"});
  check_settled_books(scene);

  scene.write_pipeline(replaced(replaced(many, "top = 45", "top = 90"), "top = 4\n", "top = 90\n"));
  REQUIRE(scene.run().exit_code == kSomeAreNotOnLinkedIn);
  auto second = refused();
  CHECK(second["/v1/creators/enrich"] == 1);
  CHECK(second["/v1/creators/content-match"] == 1);
  CHECK(reader.number("SELECT count(*) FROM enrichments") > 80);
  check_settled_books(scene);
}

TEST_CASE("an account that tells neither balance nor cost is billed as the ledger says") {
  const Scene scene(quick({"--no-balance", "--no-cost-header"}));
  CHECK(scene.run().exit_code == 0);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
}

TEST_CASE("a tight rate limit slows a run down and costs it nothing") {
  const Scene scene(quick({"--rate-limit", "10"}));
  CHECK(scene.run().exit_code == 0);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  for (const auto& request : scene.sandbox.requests()) CHECK(request.at("status") != 429);
}

}  // namespace toksync::cli::test
