// Posts behind hits and full records, with the real binary and the sandbox.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

using nlohmann::json;

const std::string kPosts = "/v1/search-results/posts";

std::string with_extras() {
  return replaced(small_pipeline(), "max_creators = ", "evidence_posts = 2\ndetail = true\nmax_creators = ");
}

std::int64_t records_asked(const Scene& scene) {
  std::int64_t count = 0;
  for (const auto& request : scene.sandbox.requests()) {
    const auto path = request.at("path").get<std::string>();
    count += request.at("method") == "GET" && path.starts_with("/v1/creators/") ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("the plan promises the requests for posts and records, and the run keeps to it without a credit more") {
  const Scene plain;
  CHECK(plain.run().exit_code == 0);
  const Scene scene(quick(), with_extras());
  const auto planned = json::parse(scene.toksync({"plan", "pipeline.toml", "--json"}).out);
  std::int64_t promised = 0;
  for (const auto& line : planned.at("extras")) promised += line.at("requests").get<std::int64_t>();
  CHECK(scene.run().exit_code == 0);
  CHECK(scene.sandbox.credits_charged() == plain.sandbox.credits_charged());
  const auto asked = static_cast<std::int64_t>(scene.sandbox.request_count("POST", kPosts)) + records_asked(scene);
  CHECK(asked == promised);
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(DISTINCT creator_id) FROM search_hit_posts") > 0);
  CHECK(reader.number("SELECT count(*) FROM search_hit_evidence") == reader.number("SELECT count(*) FROM search_hits"));
  CHECK(reader.number("SELECT count(*) FROM search_hit_posts WHERE json_valid(keyword_matches) AND post_url LIKE"
                      " 'https://%' AND posted_at IS NOT NULL") ==
        reader.number("SELECT count(*) FROM search_hit_posts"));
  CHECK(reader.number("SELECT count(*) FROM creator_details WHERE raw_json IS NOT NULL AND created_at IS NOT NULL") ==
        reader.number("SELECT count(*) FROM stage_creators WHERE stage = 'audience_match'"));
  CHECK(reader.number("SELECT requests - requests_needed FROM runs") >= 0);
  check_settled_books(scene);
  CHECK(scene.toksync({"reprocess"}).exit_code == 0);
  CHECK(scene.toksync({"db", "check"}).exit_code == 0);
}

TEST_CASE("posts that an outage held back are fetched when the run is picked up") {
  const Scene scene(quick(), with_extras());
  scene.sandbox.fault("POST " + kPosts + " html_503 count=all");
  CHECK(scene.run({"--max-attempts", "2"}).exit_code == 5);
  scene.sandbox.clear_faults();
  const auto charged = scene.sandbox.credits_charged();
  CHECK(scene.toksync({"resume", "--base-url", scene.sandbox.base_url()}).exit_code == 0);
  CHECK(scene.sandbox.credits_charged() == charged);
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(*) FROM runs") == 1);
  CHECK(reader.number("SELECT count(*) FROM search_hit_evidence") == reader.number("SELECT count(*) FROM search_hits"));
}

TEST_CASE("whoever is forgotten leaves no posts and no full record") {
  const Scene scene(quick(), with_extras());
  CHECK(scene.run().exit_code == 0);
  Reader reader(scene.database());
  const auto who =
      reader.lines("SELECT creator_id FROM creator_details JOIN search_hit_posts USING (creator_id)").at(0);
  CHECK(scene.toksync({"db", "forget", who}).exit_code == 0);
  for (const std::string relation : {"search_hit_posts", "search_hit_evidence", "creator_details", "creators"}) {
    CAPTURE(relation);
    CHECK(reader.number("SELECT count(*) FROM " + relation + " WHERE creator_id = '" + who + "'") == 0);
  }
  CHECK(scene.toksync({"db", "check"}).exit_code == 0);
}

}  // namespace toksync::cli::test
