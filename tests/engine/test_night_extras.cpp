// Nights that fetch what nobody waits for: the posts behind hits, and the full records of the shortlist.
#include <algorithm>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::FakeToksta;
using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;

const std::string kPosts = "/v1/search-results/posts";

std::string record_of(int creator) { return "/v1/creators/" + FakeToksta::creator_id(creator); }

bool is_record(const http::Request& request) {
  return request.method == http::Method::get && request.path.starts_with("/v1/creators/");
}

int records_sent(const Night& night) {
  return static_cast<int>(
      std::ranges::count_if(night.log(), [](const auto& logged) { return is_record(logged.request); }));
}

KeywordSet with_posts(const std::string& name, int posts) {
  auto set = set_with(name, {kSearch});
  set.search->evidence_posts = posts;
  set.search->max_creators = 300;
  return set;
}

KeywordSet with_records() {
  auto set = set_with("saas", {kSearch, kEnrich, kContent, kAudience});
  set.search->detail = true;
  set.content_match->select.top = 6;
  set.audience_match->select.top = 3;
  return set;
}

TEST_CASE("the posts behind hits cost one request a page, and no credits") {
  Night night(pipeline_of({with_posts("saas", 2)}));
  night.api.found_by["saas"] = numbers(1, 230);
  night.api.without_profile = {5};
  night.api.without_evidence = {6};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 3);
  CHECK(night.api.billed() == 3);
  night.check_books();
  CHECK(night.ask("SELECT count(*) FROM search_hit_posts") == 2 * 228);
  CHECK(night.ask("SELECT count(*) FROM search_hit_evidence") == 230);
  CHECK(night.ask_text("SELECT unsupported FROM search_hit_evidence WHERE creator_id = '" + FakeToksta::creator_id(5) +
                       "'") == "no_linkedin_profile");
  CHECK(night.ask("SELECT raw_json IS NULL FROM search_hit_evidence WHERE creator_id = '" + FakeToksta::creator_id(6) +
                  "'") == 1);
  CHECK(night.ask_text("SELECT keyword_set || ' ' || post_url || ' ' || posted_at || ' ' || keyword_matches || ' ' ||"
                       " relevance_score || ' ' || snippet || ' ' || reactions || ' ' || comments || ' ' || shares"
                       " FROM search_hit_posts WHERE creator_id = '" +
                       FakeToksta::creator_id(7) + "' AND position = 2") ==
        "saas https://example.com/7/2 2026-05-18T08:00:00Z [\"five\"] 22.0 A post... 410 34 9");
  // The usage, three pages, and the posts behind them: nobody could do with fewer.
  CHECK(night.ask("SELECT requests_needed FROM runs") == 1 + 3 + 3);
  CHECK(night.ask("SELECT count(*) FROM search_page_rows WHERE evidence_pending") == 0);
}

TEST_CASE("without evidence_posts no posts are asked for") {
  Night night(pipeline_of({with_posts("saas", 0)}));
  night.api.found_by["saas"] = numbers(1, 20);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 0);
}

TEST_CASE("a search that took over hits takes their posts along, and asks for more only when more are wanted") {
  auto set = with_posts("saas", 0);
  set.search->refresh_after = std::nullopt;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 120);
  CHECK(night.play().exit_code() == 0);
  const auto again = [&](int posts) {
    night.pipeline.keyword_sets[0].search->evidence_posts = posts;
    CHECK(night.play().exit_code() == 0);
    return night.sent_to(kPosts);
  };
  CHECK(again(2) == 2);
  CHECK(again(2) == 0);
  CHECK(again(1) == 0);
  CHECK(again(3) == 2);
  CHECK(night.api.count("/v1/creators/discovery-search") == 2);
  // Every run but the first, which wanted none, shows them; so does that one, whose hits they are.
  CHECK(night.ask("SELECT count(DISTINCT run_id) FROM search_hit_posts") == 5);
  CHECK(night.ask("SELECT count(*) FROM search_hit_post_rows") == 3 * 120);
}

TEST_CASE("what a crash left behind is asked for again, and nothing else") {
  Night night(pipeline_of({with_posts("saas", 2)}));
  night.api.found_by["saas"] = numbers(1, 230);
  night.api.faults.push_back({.kind = Fault::Kind::kill_after, .strikes = test::to(kPosts), .skip = 1});
  REQUIRE(night.play_and_die());
  CHECK(night.ask("SELECT count(*) FROM search_page_rows WHERE evidence_pending") > 0);
  const auto missing = night.ask("SELECT count(*) FROM search_page_rows WHERE evidence_pending");
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == missing);
  CHECK(night.ask("SELECT count(*) FROM search_hit_posts") == 2 * 230);
  CHECK(night.api.count("/v1/creators/discovery-search") == 3);
}

TEST_CASE("any later run fetches posts that an earlier one could not have") {
  Night night(pipeline_of({with_posts("saas", 2)}));
  night.api.found_by["saas"] = numbers(1, 30);
  night.api.faults.push_back({.kind = Fault::Kind::answer, .strikes = test::to(kPosts), .times = 6, .status = 503});
  const auto result = night.play();
  CHECK(result.exit_code() == 5);
  CHECK(night.sent_to(kPosts) == 6);
  CHECK(night.ask("SELECT count(*) FROM stages WHERE status = 'succeeded'") == 1);
  night.start_new_run = true;
  night.pipeline.keyword_sets[0].search->evidence_posts = 0;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 1);
  CHECK(night.ask("SELECT count(*) FROM search_hit_posts WHERE run_id = 'run_1'") == 60);
}

TEST_CASE("posts that are not to be had are recorded once, and nothing fails") {
  Night night(pipeline_of({with_posts("saas", 2)}));
  night.api.found_by["saas"] = numbers(1, 130);
  night.api.faults.push_back(
      {.kind = Fault::Kind::answer, .strikes = test::to(kPosts), .status = 404, .code = "NOT_FOUND"});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 2);
  CHECK(night.ask("SELECT count(*) FROM search_hit_posts") > 0);
  CHECK(night.ask_text("SELECT error_of_posts FROM search_pages WHERE error_of_posts IS NOT NULL") ==
        "404 NOT_FOUND: as the test wishes");
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 2);
}

TEST_CASE("a limit of ids is learned, and kept to") {
  Night night(pipeline_of({with_posts("saas", 1)}));
  night.api.found_by["saas"] = numbers(1, 100);
  night.api.most_read_ids = 40;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 1 + 3);
  CHECK(night.ask("SELECT count(*) FROM search_hit_posts") == 100);
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 3);
}

TEST_CASE("a key that may not read posts does everything else, and says so") {
  auto set = with_posts("saas", 2);
  set.enrich.emplace();
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 230);
  night.api.faults.push_back(
      {.kind = Fault::Kind::answer, .strikes = test::to(kPosts), .times = 100, .status = 403, .code = "FORBIDDEN"});
  CHECK(night.play().exit_code() == 4);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 230);
  CHECK(night.ask("SELECT count(*) FROM stages WHERE status = 'succeeded'") == 2);
}

TEST_CASE("full records are fetched for those whom the last stage chose, once") {
  Night night(pipeline_of({with_records()}));
  night.api.found_by["saas"] = numbers(1, 20);
  CHECK(night.play().exit_code() == 0);
  CHECK(records_sent(night) == 3);
  CHECK(night.ask("SELECT count(*) FROM creator_details WHERE raw_json IS NOT NULL AND created_at IS NOT NULL") == 3);
  CHECK(night.ask("SELECT count(*) FROM creator_details JOIN stage_creators USING (creator_id)"
                  " WHERE stage = 'audience_match'") == 3);
  CHECK(night.ask("SELECT count(*) FROM creators WHERE bio = 'the whole story'") == 3);
  CHECK(night.ask("SELECT count(*) FROM creators c JOIN creator_details USING (creator_id)"
                  " JOIN (SELECT creator_id, followers_count AS counted FROM creator_metrics ORDER BY observed_at DESC)"
                  " USING (creator_id) WHERE counted = followers_count AND followers_count % 1000 = 7") == 3);
  night.check_books();
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(records_sent(night) == 0);
  night.clock.advance(std::chrono::days{31});
  CHECK(night.play().exit_code() == 0);
  CHECK(records_sent(night) == 3);
}

TEST_CASE("a creator of two keyword sets has one full record, and without later stages all hits do") {
  auto a = set_with("a", {kSearch});
  auto b = set_with("b", {kSearch});
  a.search->detail = b.search->detail = true;
  Night night(pipeline_of({a, b}));
  night.api.found_by["a"] = numbers(1, 5);
  night.api.found_by["b"] = numbers(4, 8);
  CHECK(night.play().exit_code() == 0);
  CHECK(records_sent(night) == 8);
}

TEST_CASE("a record that is not there is noted, and nothing fails") {
  Night night(pipeline_of({with_records()}));
  night.api.found_by["saas"] = numbers(1, 20);
  night.api.without_detail = {2};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask_text("SELECT creator_id || ' ' || error FROM creator_details WHERE error IS NOT NULL") ==
        FakeToksta::creator_id(2) + " 404 NOT_FOUND: Creator not found");
  CHECK(night.ask("SELECT count(*) FROM creator_details") == 3);
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(records_sent(night) == 0);
}

TEST_CASE("after a crash only the missing records are fetched") {
  Night night(pipeline_of({with_records()}));
  night.api.found_by["saas"] = numbers(1, 20);
  night.api.faults.push_back({.kind = Fault::Kind::kill_before, .strikes = test::to(record_of(3))});
  REQUIRE(night.play_and_die());
  const auto there = night.ask("SELECT count(*) FROM creator_details");
  CHECK(night.play().exit_code() == 0);
  CHECK(records_sent(night) == 3 - there);
  CHECK(night.ask("SELECT count(*) FROM creator_details") == 3);
  night.check_books();
}

TEST_CASE("stages never wait for what nobody waits for") {
  auto set = with_records();
  set.search->max_creators = 2000;
  set.search->evidence_posts = 3;
  set.enrich->select.top = 60;
  set.content_match->select.top = 50;
  set.audience_match->select.top = 50;
  const auto stages_done = [&](bool extras) {
    auto pipeline = pipeline_of({set});
    if (!extras) {
      pipeline.keyword_sets[0].search->evidence_posts = 0;
      pipeline.keyword_sets[0].search->detail = false;
    }
    Night night(pipeline);
    night.api.found_by["saas"] = numbers(1, 2000);
    night.api.requests_per_minute = 30;
    CHECK(night.play().exit_code() == 0);
    night.check_books();
    return night.ask_text("SELECT max(finished_at) FROM stages");
  };
  CHECK(stages_done(true) == stages_done(false));
}

TEST_CASE("what is left of a window goes to what nobody waits for, while jobs take their time") {
  auto set = with_posts("saas", 3);
  set.search->max_creators = 2000;
  set.enrich.emplace().select.top = 50;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 2000);
  night.api.requests_per_minute = 30;
  night.api.job_time = std::chrono::minutes{5};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to(kPosts) == 20);
  CHECK(night.ask("SELECT max(at) < (SELECT finished_at FROM stages WHERE stage = 'enrich') FROM api_requests"
                  " WHERE path = '/v1/search-results/posts'") == 1);
  CHECK(night.api.refused_by_rate() == 0);
}

}  // namespace
}  // namespace toksync::engine
