// A database of a real run: its person forgotten, its tables rebuilt, its copy taken while a run writes.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;

/// Every file of the database, as bytes.
std::string bytes_of(const std::string& database) {
  std::string bytes;
  for (const auto* const ending : {"", "-wal"}) {
    std::ifstream file{database + ending, std::ios::binary};
    bytes.append(std::istreambuf_iterator<char>{file}, {});
  }
  return bytes;
}

/// Every row of every relation.
Texts dump(const std::string& database) {
  Reader reader(database);
  Texts rows;
  for (const auto& relation : reader.lines("SELECT name FROM pragma_table_list WHERE schema = 'main'"
                                           " AND (type = 'view' OR name = 'creators') ORDER BY name")) {
    auto lines = reader.lines("SELECT * FROM " + relation);
    std::ranges::sort(lines);
    for (const auto& line : lines) rows.push_back(relation + ": " + line);
  }
  return rows;
}

void change(const std::string& database, const std::string& sql) {
  SQLite::Database(database, SQLite::OPEN_READWRITE, 10'000).exec(sql);
}

/// Somebody who stands in as many tables as anybody, by what tells who they are.
struct Somebody {
  std::string id, name, handle, url;
};

Somebody best_known(const Scene& scene) {
  Reader reader(scene.database());
  const auto column = [&](const std::string& what) {
    return reader
        .lines(
            "SELECT " + what +
            " FROM creators c WHERE (SELECT count(*) FROM creators o WHERE o.name = c.name) = 1"
            " AND handle IS NOT NULL AND profile_url IS NOT NULL ORDER BY"
            " (SELECT count(*) FROM enrichments e WHERE e.creator_id = c.creator_id)"
            " + (SELECT count(*) FROM content_matches m WHERE m.creator_id = c.creator_id)"
            " + (SELECT count(*) FROM audience_matches m WHERE m.creator_id = c.creator_id)"
            " + (SELECT count(*) FROM thought_leaders t WHERE t.creator_id = c.creator_id) DESC, creator_key LIMIT 1")
        .at(0);
  };
  return {column("creator_id"), column("name"), column("handle"), column("rtrim(profile_url, '/')")};
}

void check_gone(const Scene& scene, const Somebody& somebody) {
  const auto bytes = bytes_of(scene.database());
  for (const auto& text : {somebody.id, somebody.name, somebody.handle, somebody.url}) {
    CAPTURE(text);
    CHECK_FALSE(contains_text(bytes, text));
  }
  CHECK(scene.toksync({"db", "check", "--quiet"}).exit_code == 0);
}

}  // namespace

TEST_CASE("a forgotten person is gone from the bytes of the database, and stays away") {
  const Scene scene;
  REQUIRE(scene.run().exit_code == 0);
  const auto somebody = best_known(scene);
  REQUIRE(contains_text(bytes_of(scene.database()), somebody.name));
  const auto charged = check_settled_books(scene).charged;
  REQUIRE(scene.toksync({"db", "forget", somebody.url}).exit_code == 0);
  check_gone(scene, somebody);
  CHECK(check_settled_books(scene).charged == charged);

  // The sandbox finds them again, in the search and among the thought leaders.
  scene.write_pipeline(
      replaced(replaced(small_pipeline(), "refresh_after = \"1d\"\n", ""), "mode = \"balanced\"", "mode = \"broad\""));
  const auto again = scene.run();
  CHECK_MESSAGE(again.exit_code == 0, again.err);
  check_gone(scene, somebody);
  check_settled_books(scene);
  Reader reader(scene.database());
  CHECK(
      reader.number(
          "SELECT count(*) FROM search_hits WHERE run_id = (SELECT run_id FROM runs ORDER BY run_key DESC LIMIT 1)") ==
      120);
  CHECK(reader.number("SELECT count(*) FROM creators WHERE name IS NULL") == 0);
}

TEST_CASE("who is forgotten while work about them is outstanding is paid for, and the run ends well") {
  // Enrichment takes some two seconds here, and the run is stopped after one.
  const Scene scene({"--job-latency", "200", "--rate-limit", "1000000", "--time-scale", "100", "--no-shuffle-pages"},
                    searching_pipeline());
  REQUIRE(scene.run({"--max-duration", "1s"}).exit_code == 8);
  Reader reader(scene.database());
  const auto awaited = reader.lines("SELECT creator_id FROM jobs WHERE status IN ('queued', 'running')");
  REQUIRE_FALSE(awaited.empty());
  REQUIRE(scene.toksync({"db", "forget", awaited.front()}).exit_code == 0);
  const auto finished = scene.run();
  CHECK_MESSAGE(finished.exit_code == 0, finished.err);
  CHECK_FALSE(contains_text(bytes_of(scene.database()), awaited.front()));
  CHECK(reader.number("SELECT count(*) FROM jobs WHERE error_code = 'FORGOTTEN' AND credits_charged = 1") == 1);
  check_settled_books(scene);
}

TEST_CASE("reprocess rebuilds every table from the records, and changes nothing twice") {
  const Scene scene(quick(), replaced(small_pipeline(), "[search]\n", "[search]\nevidence_posts = 1\ndetail = true\n"));
  REQUIRE(scene.run().exit_code == 0);
  REQUIRE(scene.run({"--new"}).exit_code == 0);
  const auto database = scene.database();
  const auto before = dump(database);
  const auto requests = scene.sandbox.requests().size();
  const auto reprocess = [&] {
    auto options = scene.options({"reprocess", "--json"});
    options.environment.erase("TOKSTA_API_KEY");
    options.unset.emplace_back("TOKSTA_API_KEY");
    const auto result = toksync::test::run_process(TOKSYNC_BINARY, options);
    CHECK(result.exit_code == 0);
    std::int64_t changed = 0;
    const auto document = nlohmann::json::parse(result.out);
    for (const auto& record : document["records"]) {
      CAPTURE(record["kind"]);
      CHECK(record["read"] > 0);
      changed += record["changed"].get<std::int64_t>();
    }
    return changed;
  };
  CHECK(reprocess() == 0);
  CHECK(dump(database) == before);

  change(database, R"(
    UPDATE creators SET platform = NULL, handle = NULL, name = NULL, bio = NULL, location = NULL, profile_url = NULL,
      avatar_url = NULL, followers_count = NULL, engagement_rate = NULL, avg_posts_per_month = NULL,
      avg_views_per_post = NULL, reactions_per_post = NULL, comments_per_post = NULL, shares_per_post = NULL,
      is_enriched = NULL, enriched_at = NULL, source_updated_at = NULL;
    DELETE FROM creator_tag_rows;
    UPDATE enrichment_rows SET enriched_at = 'x', median_posts_per_month = -1, median_reactions_per_post = NULL,
      median_comments_per_post = NULL, median_shares_per_post = -1, engagement_rate = NULL, followers_count = 7;
    UPDATE content_match_rows SET status = 'x', match_score = NULL, matching_posts_count = -1,
      total_posts_analyzed = NULL, content_fit_label = 'x', completed_at = NULL;
    DELETE FROM content_match_post_rows;
    UPDATE audience_match_rows SET status = 'x', match_score = NULL, matching_engagers_count = -1,
      total_engagers_analyzed = NULL, unique_companies = 3, audience_summary = 'x', completed_at = NULL;
    DELETE FROM audience_engager_rows;
    DELETE FROM audience_company_rows;
    UPDATE audience_job_title_rows SET count = -1;
    UPDATE thought_leader_rows SET search_rank = NULL, score = NULL, relevance_score = -1, content_match_score = NULL,
      matching_posts = NULL, posts_analyzed = -1, status = 'x', processed_at = NULL, reasoning = NULL)");
  REQUIRE(dump(database) != before);
  CHECK(reprocess() > 0);
  CHECK(dump(database) == before);
  CHECK(reprocess() == 0);
  CHECK(dump(database) == before);
  CHECK(scene.sandbox.requests().size() == requests);
}

TEST_CASE("a backup taken while a run writes is whole, and can be run on") {
  const Scene scene({"--job-latency", "60", "--rate-limit", "1000000", "--time-scale", "100"});
  const auto run = scene.start_run();
  const auto copy = scene.folder.file("copy.db");
  int copies = 0;
  while (run->running() && copies < 20) {
    if (!fs::exists(scene.database())) continue;
    fs::remove(copy);
    const auto result = scene.toksync({"db", "backup", copy});
    // At its very beginning the database has no tables yet.
    if (result.exit_code != 0) continue;
    ++copies;
    const auto checked = toksync::test::run_process(TOKSYNC_BINARY, {.arguments = {"db", "check", "--db", copy}});
    CHECK_MESSAGE(checked.exit_code == 0, checked.out);
  }
  CHECK(copies > 0);
  const auto ended = run->wait_for(Milliseconds{60'000});
  REQUIRE(ended.has_value());
  CHECK(ended->exit_code == 0);
}

}  // namespace toksync::cli::test
