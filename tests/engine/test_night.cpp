// Nights in which nothing goes wrong: what is found, what is bought, and what it costs.
#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::FakeToksta;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

KeywordSet full_set(const std::string& name) {
  auto set = set_with(name, {kSearch, kEnrich, kContent, kAudience, kLeaders});
  set.content_match->select.top = 6;
  set.audience_match->select.top = 3;
  set.thought_leaders->max_candidates_to_analyze = 10;
  return set;
}

TEST_CASE("one keyword set through every stage") {
  Night night(pipeline_of({full_set("saas")}));
  night.api.found_by["saas"] = numbers(1, 20);
  const auto result = night.play();
  CHECK(result.exit_code() == 0);
  CHECK(result.status() == store::RunStatus::succeeded);
  CHECK(night.api.count("/v1/creators/discovery-search") == 1);
  CHECK(night.api.count("/v1/creators/enrich") == 20);
  CHECK(night.api.count("/v1/creators/content-match") == 6);
  CHECK(night.api.count("/v1/creators/audience-match") == 3);
  CHECK(night.api.count("/v1/creators/thought-leaders") == 1);
  CHECK(night.api.billed() == 1 + 20 + 6 * 3 + 3 * 10 + 2 * 10);
  night.check_books();
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 20);
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 20);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE match_score IS NOT NULL") == 6);
  CHECK(night.ask("SELECT count(*) FROM content_match_posts") == 6);
  CHECK(night.ask("SELECT count(*) FROM audience_engagers") == 3);
  CHECK(night.ask("SELECT count(*) FROM thought_leaders") == 1);
  CHECK(night.ask("SELECT count(*) FROM stages WHERE status = 'succeeded'") == 5);
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished") == 0);
  CHECK(night.ask("SELECT requests FROM runs") == static_cast<std::int64_t>(night.log().size()));
}

TEST_CASE("the same creator in two keyword sets is enriched once") {
  Night night(pipeline_of({set_with("a", {kSearch, kEnrich}), set_with("b", {kSearch, kEnrich})}));
  night.api.found_by["a"] = numbers(1, 30);
  night.api.found_by["b"] = numbers(16, 45);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/enrich") == 45);
  night.check_books();
  CHECK(night.ask("SELECT sum(items_done) FROM stages WHERE stage = 'enrich'") == 60);
}

TEST_CASE("the same analysis in two keyword sets is bought once, another topic again") {
  auto a = set_with("a", {kSearch, kContent, kAudience});
  auto b = set_with("b", {kSearch, kContent, kAudience});
  Night night(pipeline_of({a, b}));
  night.api.found_by["a"] = numbers(1, 4);
  night.api.found_by["b"] = numbers(1, 4);
  CHECK(night.play().exit_code() == 0);
  // The audience criteria are the same, the keywords are not.
  CHECK(night.api.count("/v1/creators/audience-match") == 4);
  CHECK(night.api.count("/v1/creators/content-match") == 8);
  night.check_books();
}

TEST_CASE("audience_match chooses by the scores that content_match has just brought") {
  auto set = set_with("saas", {kSearch, kContent, kAudience});
  set.audience_match->select.top = 2;
  set.audience_match->select.order_by = OrderBy::content_score;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = {3, 9, 5, 7};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask_text("SELECT group_concat(creator_id) FROM (SELECT creator_id FROM audience_matches ORDER BY 1)") ==
        FakeToksta::creator_id(7) + "," + FakeToksta::creator_id(9));
}

TEST_CASE("a discovery walk counts a repeated creator once and ends on a short page") {
  auto set = set_with("saas", {kSearch});
  set.search->max_creators = 300;
  Night night(pipeline_of({set}));
  auto found = numbers(1, 150);
  const auto again = numbers(100, 140);
  found.insert(found.end(), again.begin(), again.end());
  night.api.found_by["saas"] = found;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/discovery-search") == 2);
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 150);
  night.check_books();
}

TEST_CASE("a walk takes no more pages and keeps no more creators than it wants") {
  auto set = set_with("saas", {kSearch});
  set.search->max_creators = 120;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 1000);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/discovery-search") == 2);
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 120);
}

TEST_CASE("a database search follows its cursor") {
  auto set = set_with("saas", {kSearch});
  set.search->kind = SearchKind::database;
  set.search->query = "saas";
  set.search->max_creators = 250;
  Night night(pipeline_of({set}));
  night.api.largest_page = 40;
  night.api.found_by["saas"] = numbers(1, 90);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/search") == 3);
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 90);
  night.check_books();
}

TEST_CASE("a search that finds nobody is a success, and nothing else is bought") {
  Night night(pipeline_of({full_set("saas")}));
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/enrich") == 0);
  CHECK(night.ask("SELECT count(*) FROM stages WHERE status = 'succeeded'") == 5);
}

TEST_CASE("a second run the next day buys only what is stale or always bought") {
  Night night(pipeline_of({full_set("saas")}));
  night.api.found_by["saas"] = numbers(1, 10);
  CHECK(night.play().exit_code() == 0);
  const auto first = night.api.billed();
  night.clock.advance(std::chrono::days{1});
  CHECK(night.play().exit_code() == 0);
  // The search is made anew; the rest is fresh for 7, 30 or 90 days.
  CHECK(night.api.billed() == first + 1);
  night.check_books();
  CHECK(night.ask("SELECT count(*) FROM runs") == 2);
}

TEST_CASE("stale analyses are bought again, and only those") {
  auto set = set_with("saas", {kSearch, kContent, kAudience});
  set.content_match->refresh_after = std::chrono::days{1};
  set.audience_match->refresh_after = std::nullopt;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 3);
  CHECK(night.play().exit_code() == 0);
  night.clock.advance(std::chrono::days{400});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/content-match") == 6);
  CHECK(night.api.count("/v1/creators/audience-match") == 3);
  CHECK(night.totals().charged == night.api.billed());
}

TEST_CASE("a search that is fresh is taken over, free of charge") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->refresh_after = std::chrono::days{7};
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 5);
  CHECK(night.play().exit_code() == 0);
  night.clock.advance(std::chrono::days{6});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/discovery-search") == 1);
  CHECK(night.ask("SELECT count(*) FROM search_hits") == 10);
  night.clock.advance(std::chrono::days{2});
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/discovery-search") == 2);
  night.check_books();
}

TEST_CASE("a run that is narrowed to one stage works on what is known") {
  Night night(pipeline_of({full_set("a"), full_set("b")}));
  night.api.found_by["a"] = numbers(1, 10);
  night.api.found_by["b"] = numbers(11, 20);
  night.options.scope = {{kSearch}, {"a"}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == 1);
  night.options.scope = {{kContent}, {"a"}};
  CHECK(night.play().exit_code() == 0);
  // Nothing was enriched, so there is nothing that enrich let through.
  CHECK(night.api.billed() == 1);
  night.options.scope = {{kEnrich}, {"a"}};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == 1 + 10);
  night.options.scope = {{kContent}, {}};
  (void)night.play();
  CHECK(night.api.billed() == 1 + 10 + 6 * 3);
  night.check_books();
}

TEST_CASE("a stage without the search that it needs says so and spends nothing") {
  Night night(pipeline_of({full_set("saas")}));
  night.options.scope = {{kEnrich}, {}};
  const auto result = night.play();
  CHECK(result.exit_code() != 0);
  CHECK(night.api.billed() == 0);
  CHECK_FALSE(result.messages.empty());
}

TEST_CASE("thought leaders pay for those analyzed and get the rest back") {
  auto set = set_with("saas", {kLeaders});
  set.thought_leaders->modes = {"broad", "balanced", "strict"};
  set.thought_leaders->max_candidates_to_analyze = 100;
  Night night(pipeline_of({set}));
  night.api.analyzed = 37;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.billed() == 37 * (1 + 2 + 3));
  night.check_books();
  CHECK(night.totals().released == 63 * 6);
  CHECK(night.ask("SELECT count(*) FROM thought_leaders") == 3);
}

TEST_CASE("creators that the API already has enriched are free, and their data is fetched") {
  Night first(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  first.api.found_by["saas"] = numbers(1, 10);
  CHECK(first.play().exit_code() == 0);
  // Another database of the same account, months later.
  Night second(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  second.api = first.api;
  second.api.found_by["saas"] = numbers(1, 12);
  second.clock.advance(std::chrono::days{60});
  const auto before = second.api.billed();
  CHECK(second.play().exit_code() == 0);
  CHECK(second.api.billed() == before + 1 + 2);
  CHECK(second.totals().charged == 3);
  CHECK(second.totals().open() == 0);
  CHECK(second.ask("SELECT count(*) FROM enrichments") == 12);
}

TEST_CASE("a creator that is enriched again is not taken for done by the old record") {
  for (const bool told : {true, false}) {
    CAPTURE(told);
    auto set = set_with("saas", {kSearch, kEnrich});
    set.enrich->batch_size = 2;
    Night night(pipeline_of({set}));
    night.api.found_by["saas"] = numbers(1, 5);
    night.api.enriched_for = std::chrono::days{20};
    night.api.job_time = Seconds{100};
    night.api.pending_is_told = told;
    CHECK(night.play().exit_code() == 0);
    night.clock.advance(std::chrono::days{31});
    const auto before = to_iso8601(night.clock.wall());
    CHECK(night.play().exit_code() == 0);
    CHECK(night.api.count("/v1/creators/enrich") == 10);
    CHECK(night.ask("SELECT count(*) FROM enrichments WHERE enriched_at > '" + before + "'") == 5);
    CHECK(night.totals().charged == night.api.billed());
  }
}

TEST_CASE("data that was free is fetched even when the API does not tell what is pending") {
  Night first(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  first.api.found_by["saas"] = numbers(1, 10);
  CHECK(first.play().exit_code() == 0);
  Night second(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  second.api = first.api;
  second.api.found_by["saas"] = numbers(1, 12);
  second.api.pending_is_told = false;
  second.clock.advance(std::chrono::days{60});
  CHECK(second.play().exit_code() == 0);
  CHECK(second.ask("SELECT count(*) FROM enrichments") == 12);
}

TEST_CASE("data that was free is fetched by the next process, too, when one died before it read it") {
  Night first(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  first.api.found_by["saas"] = numbers(1, 10);
  CHECK(first.play().exit_code() == 0);
  Night second(pipeline_of({set_with("saas", {kSearch, kEnrich})}));
  second.api = first.api;
  second.clock.advance(std::chrono::days{60});
  second.api.faults = {{.kind = test::Fault::Kind::kill_before, .strikes = test::to("/v1/enrichments/results")}};
  REQUIRE(second.play_and_die());
  second.api.pending_is_told = false;
  const auto begun = second.clock.steady();
  CHECK(second.play().exit_code() == 0);
  CHECK(second.clock.steady() - begun < std::chrono::minutes{1});
  CHECK(second.ask("SELECT count(*) FROM enrichments") == 10);
  CHECK(second.totals().charged == 1);
}

TEST_CASE("what the answer says was charged wins over our price list, dearer or cheaper") {
  for (const Credits price : {Credits{0}, Credits{4}}) {
    CAPTURE(price);
    Night night(pipeline_of({set_with("saas", {kSearch, kEnrich, kContent})}));
    night.api.found_by["saas"] = numbers(1, 10);
    night.pipeline.prices[PriceItem::enrich] = price;
    night.pipeline.prices[PriceItem::content_match_10] = price;
    night.pipeline.budget.max_credits_per_run = 100;
    CHECK(night.play().exit_code() == 0);
    night.check_books();
  }
}

TEST_CASE("creators without a profile are recorded as failed and not charged") {
  Night night(pipeline_of({set_with("saas", {kSearch, kEnrich, kContent})}));
  night.api.found_by["saas"] = numbers(1, 5);
  night.api.without_profile = {2, 4};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.api.count("/v1/creators/enrich") == 3);
  CHECK(night.api.count("/v1/creators/content-match") == 3);
  night.check_books();
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE status = 'failed' AND error_code = 'MISSING_LINKEDIN_PROFILE'") ==
        2);
}

TEST_CASE("a failed analysis does not stop the others") {
  Night night(pipeline_of({set_with("saas", {kSearch, kContent})}));
  night.api.found_by["saas"] = numbers(1, 5);
  night.api.failing = {3};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE status = 'succeeded'") == 4);
  CHECK(night.ask_text("SELECT error_message FROM jobs WHERE status = 'failed'") == "the profile could not be read");
  night.check_books();
}

TEST_CASE("a large start is made in batches") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->max_creators = 120;
  set.enrich->batch_size = 50;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 120);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent_to("/v1/creators/enrich") == 3);
  night.check_books();
}

TEST_CASE("the rate limit is kept to, and polls are held instead of repeated") {
  auto set = set_with("saas", {kSearch, kEnrich, kContent, kAudience});
  set.search->max_creators = 500;
  set.enrich->batch_size = 10;
  set.content_match->batch_size = 10;
  set.audience_match->batch_size = 10;
  Night night(pipeline_of({set}));
  night.api.found_by["saas"] = numbers(1, 500);
  night.api.requests_per_minute = 20;
  night.api.job_time = std::chrono::minutes{3};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.refused_by_rate() == 0);
  CHECK(night.api.count("/v1/creators/content-match") == 500);
  night.check_books();
}

TEST_CASE("never more requests are in flight than allowed") {
  auto set = set_with("saas", {kSearch, kEnrich});
  set.search->max_creators = 200;
  set.enrich->batch_size = 5;
  auto pipeline = pipeline_of({set});
  pipeline.source.max_in_flight = 4;
  Night night(std::move(pipeline));
  night.api.found_by["saas"] = numbers(1, 200);
  CHECK(night.play().exit_code() == 0);
  CHECK(night.most_in_flight() <= 4);
  CHECK(night.most_in_flight() >= 3);
  night.check_books();
}

}  // namespace
}  // namespace toksync::engine
