// The main job from end to end, with the real binary, the sandbox and SQLite: what is found, what it costs,
// what a second run buys, and whether every command tells the same story as the database.
#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

using nlohmann::json;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string demo_pipeline() { return text_of(SOURCE_FOLDER "/pipelines/demo.toml"); }

// Some profiles of the sandbox are not on LinkedIn and cannot be enriched, as with the API.
constexpr int kDoneWithFailures = 3;

/// The database keeps whole seconds: what was bought in the second a run begins counts as bought by it.
void await_next_second() {
  const auto second = [] { return std::chrono::floor<Seconds>(std::chrono::system_clock::now()); };
  const auto begin = second();
  while (second() == begin) std::this_thread::yield();
}

/// Relations and columns as the interface promises them (section 6).
const std::map<std::string, Texts> kRelations{
    {"creators",
     {"creator_id",
      "platform",
      "handle",
      "name",
      "bio",
      "location",
      "profile_url",
      "avatar_url",
      "followers_count",
      "engagement_rate",
      "avg_posts_per_month",
      "avg_views_per_post",
      "reactions_per_post",
      "comments_per_post",
      "shares_per_post",
      "is_enriched",
      "enriched_at",
      "source_updated_at",
      "first_seen_at",
      "last_seen_at",
      "raw_json"}},
    {"creator_tags", {"creator_id", "kind", "value"}},
    {"creator_metrics",
     {"creator_id", "observed_at", "run_id", "followers_count", "engagement_rate", "avg_posts_per_month",
      "avg_views_per_post", "reactions_per_post", "comments_per_post", "shares_per_post"}},
    {"search_hits", {"run_id", "keyword_set", "creator_id", "rank", "score", "match_rank", "search_mode", "seen_at"}},
    {"enrichments",
     {"creator_id", "enriched_at", "median_posts_per_month", "median_reactions_per_post", "median_comments_per_post",
      "median_shares_per_post", "engagement_rate", "followers_count", "run_id", "raw_json"}},
    {"content_matches",
     {"analysis_id", "job_id", "creator_id", "keyword_set", "topic_keywords", "posts_to_analyze", "status",
      "match_score", "matching_posts_count", "total_posts_analyzed", "content_fit_label", "completed_at", "run_id",
      "raw_json"}},
    {"content_match_posts",
     {"analysis_id", "post_url", "title", "posted_date", "content_type", "match_score", "keyword_matches",
      "match_reason"}},
    {"audience_matches",
     {"analysis_id", "job_id", "creator_id", "keyword_set", "criteria", "analysis_depth", "status", "match_score",
      "matching_engagers_count", "total_engagers_analyzed", "unique_companies", "audience_summary", "completed_at",
      "run_id", "raw_json"}},
    {"audience_engagers",
     {"analysis_id", "name", "job_title", "company", "headline", "linkedin_url", "engagement_count"}},
    {"audience_companies", {"analysis_id", "name", "count", "percentage"}},
    {"audience_job_titles", {"analysis_id", "title", "count"}},
    {"thought_leaders",
     {"job_id", "creator_id", "keyword_set", "mode", "search_rank", "score", "relevance_score", "content_match_score",
      "matching_posts", "posts_analyzed", "status", "reasoning", "processed_at", "run_id", "raw_json"}},
    {"runs",
     {"run_id", "pipeline", "status", "started_at", "finished_at", "exit_code", "error", "credits_estimated",
      "credits_charged", "requests", "active_seconds", "least_seconds", "time_ratio", "least_by", "requests_needed",
      "pipeline_toml", "pipeline_sha256", "toksync_version"}},
    {"stages",
     {"run_id", "keyword_set", "stage", "status", "cursor", "items_total", "items_done", "items_failed", "started_at",
      "finished_at", "error"}},
    {"jobs",
     {"job_key", "family", "external_id", "creator_id", "keyword_set", "run_id", "status", "credits_reserved",
      "credits_charged", "request_id", "submitted_at", "finished_at", "result_expires_at", "error_code",
      "error_message"}},
    {"credit_ledger",
     {"entry_id", "at", "run_id", "stage", "keyword_set", "job_key", "kind", "credits", "source", "request_id"}},
    {"api_requests",
     {"at", "run_id", "method", "path", "status", "error_code", "request_id", "duration_ms", "attempt", "credit_cost"}},
    {"shortlist",
     {"keyword_set", "creator_id", "name", "followers_count", "rank", "content_score", "audience_score",
      "thought_leader_score"}},
    {"creator_growth", {"creator_id", "followers_count"}},
    {"credit_spend_daily", {"day", "pipeline", "stage", "charged"}},
    {"run_summary", {"run_id", "pipeline", "status", "credits_charged"}}};

}  // namespace

TEST_CASE("the demo pipeline finds, enriches, matches and shortlists, and its ledger is the bill") {
  const Scene scene({"--job-latency", "1", "--rate-limit", "1000000", "--time-scale", "100"}, demo_pipeline());
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == kDoneWithFailures, result.err);
  const auto books = check_settled_books(scene);
  CHECK(scene.sandbox.nothing_bought_twice());
  {
    Reader reader(scene.database());
    CHECK(reader.number("SELECT count(DISTINCT creator_id) FROM search_hits") >= 300);
    CHECK(reader.number("SELECT count(DISTINCT keyword_set) FROM search_hits") == 2);
    CHECK(reader.number("SELECT count(DISTINCT creator_id) FROM enrichments") >= 100);
    CHECK(reader.number("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") >= 40);
    CHECK(reader.number("SELECT count(*) FROM audience_matches WHERE status = 'succeeded'") >= 15);
    CHECK(reader.number("SELECT count(DISTINCT job_id) FROM thought_leaders") == 2);
    CHECK(reader.number("SELECT count(*) FROM content_match_posts") > 40);
    CHECK(reader.number("SELECT count(*) FROM audience_engagers") > 15);
    CHECK(reader.number("SELECT count(*) FROM shortlist WHERE audience_score IS NOT NULL") == 24);
    CHECK(reader.number("SELECT count(*) FROM shortlist WHERE thought_leader_score IS NOT NULL") > 0);
    const auto failed = reader.number("SELECT count(*) FROM jobs WHERE status = 'failed'");
    CHECK(failed > 0);
    CHECK(reader.number("SELECT count(*) FROM jobs WHERE status = 'failed' AND request_id IS NOT NULL"
                        " AND error_code = 'MISSING_LINKEDIN_PROFILE' AND credits_charged = 0") == failed);
  }

  // A second run searches again, as the pipeline says, and buys nothing else.
  const auto searches = scene.sandbox.request_count("POST", "/v1/creators/discovery-search");
  CHECK(scene.run().exit_code == kDoneWithFailures);
  const auto again = scene.sandbox.request_count("POST", "/v1/creators/discovery-search") - searches;
  CHECK(again >= 5);
  CHECK(check_settled_books(scene).billed == books.billed + static_cast<std::int64_t>(again));
  CHECK(scene.sandbox.request_count("POST", "/v1/creators/content-match") == 2);
  CHECK(scene.sandbox.request_count("POST", "/v1/creators/thought-leaders") == 2);
}

TEST_CASE("every relation of the interface exists with its columns") {
  const Scene scene(quick(), searching_pipeline());
  REQUIRE(scene.run().exit_code == 0);
  Reader reader(scene.database());
  for (const auto& [relation, columns] : kRelations) {
    const auto found = reader.lines("SELECT name FROM pragma_table_xinfo('" + relation + "')");
    for (const auto& column : columns) {
      CHECK_MESSAGE(std::ranges::find(found, column) != found.end(), relation << " has no column " << column);
    }
    CHECK_NOTHROW(reader.lines("SELECT * FROM " + relation + " LIMIT 1"));
  }
}

TEST_CASE("a search without refresh_after is bought again, an enrichment with \"0s\" too") {
  auto pipeline = replaced(searching_pipeline(), "refresh_after = \"1d\"", "refresh_after = \"0s\"");
  const Scene scene(quick(), replaced(pipeline, "batch_size = 4", "refresh_after = \"0s\""));
  REQUIRE(scene.run().exit_code == 0);
  const auto first = check_settled_books(scene);
  await_next_second();
  REQUIRE(scene.run().exit_code == 0);
  // The sandbox gives an enrichment away that is younger than 30 days: asked for again, but not charged.
  CHECK(scene.sandbox.request_count("POST", "/v1/creators/enrich") == 2);
  CHECK(scene.sandbox.request_count("POST", "/v1/creators/discovery-search") == 4);
  CHECK(check_settled_books(scene).billed == first.billed + 2);
}

TEST_CASE("a run that is complete and fresh buys nothing") {
  const Scene scene;
  REQUIRE(scene.run().exit_code == 0);
  const auto first = check_settled_books(scene);
  const auto result = scene.run({"--quiet"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK_MESSAGE(result.err.empty(), result.err);
  CHECK(check_settled_books(scene).billed == first.billed);
}

TEST_CASE("the figures of status, jobs list and plan are those of the database") {
  const Scene scene(quick({"--fault", "POST /v1/creators/content-match jobs_fail"}));
  const auto planned = json::parse(scene.toksync({"plan", "pipeline.toml", "--json"}).out);
  REQUIRE(scene.run().exit_code == 3);
  const auto books = check_settled_books(scene);
  Reader reader(scene.database());

  SUBCASE("status") {
    const auto result = scene.toksync({"status", "--json"});
    CHECK(result.exit_code == 0);
    const auto run = json::parse(result.out).at("run");
    CHECK(run.at("exit_code") == 3);
    CHECK(run.at("credits_charged") == books.charged);
    CHECK(run.at("credits_open") == 0);
    CHECK(run.at("requests") == reader.number("SELECT count(*) FROM api_requests"));
    const auto& time = run.at("time");
    CHECK(time.at("active_seconds").get<double>() > 0);
    CHECK(time.at("least_seconds").get<double>() > 0);
    CHECK(time.at("ratio").get<double>() >= 1);
    CHECK(time.at("requests_needed") <= run.at("requests"));
    const auto text = scene.toksync({"status"}).out;
    CHECK(contains_text(text, "\nTime:     "));
    CHECK(contains_text(text, "; at least "));
    CHECK_FALSE(contains_text(text, " times that)"));
    CHECK(run.at("stages").size() == 5);
    for (const auto& stage : run.at("stages")) {
      const auto where = " FROM stages WHERE stage = '" + stage.at("stage").get<std::string>() + "'";
      CHECK(stage.at("items_done") == reader.number("SELECT items_done" + where));
      CHECK(stage.at("items_total") == reader.number("SELECT items_total" + where));
      CHECK(stage.at("items_failed") == reader.number("SELECT items_failed" + where));
    }
    REQUIRE(run.at("failures").size() == 1);
    CHECK(run.at("failures")[0].at("count") == 1);
  }
  SUBCASE("jobs list") {
    const auto jobs = json::parse(scene.toksync({"jobs", "list", "--json"}).out).at("jobs");
    CHECK(static_cast<std::int64_t>(jobs.size()) == reader.number("SELECT count(*) FROM jobs"));
    std::int64_t charged = 0;
    for (const auto& job : jobs) charged += job.at("credits_charged").get<std::int64_t>();
    CHECK(charged == books.charged);
    const auto failed = json::parse(scene.toksync({"jobs", "list", "--status", "failed", "--json"}).out).at("jobs");
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].at("family") == "content_match");
  }
  SUBCASE("jobs list on terminals of several widths") {
    const auto shown = [&](int columns) {
      auto how = scene.options({});
      how.arguments = {"--quiet", "--return", "--command",
                       "stty cols " + std::to_string(columns) + " && " TOKSYNC_BINARY " jobs list --db e2e.db",
                       "/dev/null"};
      return toksync::test::run_process("/usr/bin/script", how).out;
    };
    const auto wide = shown(240);
    const auto narrow = shown(80);
    for (const std::string column : {"job", "status", "charged", "submitted", "request"}) {
      CHECK(contains_text(wide, column));
      CHECK(contains_text(narrow, column) == (column != "submitted" && column != "request"));
    }
    std::istringstream lines(narrow);
    for (std::string line; std::getline(lines, line);)
      CHECK_MESSAGE(line.size() <= 100, line);  // 80 columns; an ellipsis has three bytes
    CHECK(std::ranges::count(narrow, '\n') == reader.number("SELECT count(*) FROM jobs") + 1);
  }
  SUBCASE("the plan before the run promised no less than the run took") {
    CHECK(planned.at("credits_at_most") >= books.charged);
    CHECK(planned.at("stages").size() == 5);
  }
  SUBCASE("the plan after the run sees what is fresh") {
    const auto plan = json::parse(scene.toksync({"plan", "pipeline.toml", "--json"}).out);
    for (const auto& stage : plan.at("stages")) {
      if (stage.at("stage") == "enrich") CHECK(stage.at("fresh") == 8);
      if (stage.at("stage") == "content_match") CHECK(stage.at("fresh") == 3);
    }
  }
}

TEST_CASE("plan sends nothing and makes no database") {
  const Scene scene;
  const auto result = scene.toksync({"plan", "pipeline.toml", "--json"});
  CHECK(result.exit_code == 0);
  const auto plan = json::parse(result.out);
  CHECK(plan.at("credits_at_most") == 2 + 8 + 12 + 20 + 10);
  CHECK(plan.at("usage_requests") == 2);
  CHECK(plan.at("job_chain_seconds").is_null());
  CHECK(plan.at("job_times_unknown").size() == 4);
  CHECK(plan.at("least_time_seconds") == plan.at("rate_limit_seconds"));
  const auto text = scene.toksync({"plan", "pipeline.toml"}).out;
  CHECK(contains_text(text,
                      "\nTime:     no wait for the rate limit of 60 a minute; how long jobs take is not known yet"));
  CHECK_FALSE(std::filesystem::exists(scene.database()));
  CHECK(scene.sandbox.requests().empty());
}

TEST_CASE("a pipeline file with mistakes sends nothing") {
  const Scene scene(quick(), replaced(small_pipeline(), "max_creators", "max_creator"));
  const auto result = scene.run();
  CHECK(result.exit_code == 2);
  CHECK(contains_text(result.err, "max_creators"));
  CHECK(scene.sandbox.requests().empty());
  CHECK_FALSE(std::filesystem::exists(scene.database()));
}

TEST_CASE("no key is written anywhere, whatever goes wrong") {
  const auto key = toksync::test::sandbox_key();
  const Scene scene(
      quick({"--fault", "GET /v1/account/usage error status=500 code=" + key + " message=bad " + key, "--fault",
             "POST /v1/creators/enrich error status=500 code=X message=" + key, "--fault",
             "POST /v1/creators/content-match/results html_502", "--fault",
             "POST /v1/creators/content-match error count=all status=400 code=BAD_REQUEST message=" + key}));
  const auto result = scene.run({"--verbose", "--log-format", "json"});
  CHECK(result.exit_code == 3);
  const auto listed = scene.toksync({"jobs", "list", "--json"});
  const auto status = scene.toksync({"status"});
  for (const auto& text : {result.out, result.err, listed.out, listed.err, status.out, status.err}) {
    CHECK_FALSE(contains_text(text, key));
  }
  for (const auto& file : std::filesystem::directory_iterator(scene.folder.path())) {
    CHECK_MESSAGE(!contains_text(text_of(file.path().string()), key), file.path().string());
  }
}

TEST_CASE("what is charged or open never passes a budget") {
  std::vector<Case> cases;
  for (const std::string shortfall : {"stop", "fit"}) {
    for (int limit = 0; limit <= 54; limit += 3) {
      cases.push_back({shortfall + " at " + std::to_string(limit), [=] {
                         auto pipeline = replaced(small_pipeline(), "max_credits_per_run = 1000",
                                                  "max_credits_per_run = " + std::to_string(limit) +
                                                      "\non_shortfall = \"" + shortfall + "\"");
                         const Scene scene(quick(), pipeline);
                         const auto result = scene.run();
                         const auto books = check_settled_books(scene);
                         CHECK(books.charged <= limit);
                         CHECK_MESSAGE((result.exit_code == 0 || result.exit_code == 8), result.err);
                         if (limit < 52 && shortfall == "stop") CHECK(result.exit_code == 8);
                         if (limit >= 52) CHECK(result.exit_code == 0);
                         // Asked again under the same budget, nothing more is spent.
                         CHECK(scene.run().exit_code == result.exit_code);
                         CHECK(check_settled_books(scene).charged <= limit);
                       }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("a search that needs more pages than it was expected to stops at the budget all the same") {
  // Rankings that move between pages bring some creators twice, so that two pages are not enough.
  const Texts moving{"--job-latency", "0", "--rate-limit", "1000000", "--time-scale", "100"};
  for (const int limit : {2, 3}) {
    CAPTURE(limit);
    const Scene scene(moving, searching_pipeline());
    const auto result = scene.run({"--stage", "search", "--max-credits", std::to_string(limit)});
    CHECK_MESSAGE(result.exit_code == (limit == 2 ? 8 : 0), result.err);
    CHECK(check_settled_books(scene).charged == limit);
  }
}

}  // namespace toksync::cli::test
