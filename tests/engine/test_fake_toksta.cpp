// The world in which nights are played is itself held to the contract: what it charges, when that shows, and
// what it tells of work that landed.
#include <doctest/doctest.h>

#include "fake_toksta.hpp"
#include "night.hpp"

namespace toksync::engine::test {
namespace {

using Json = nlohmann::json;
using Kind = Fault::Kind;
using std::chrono::minutes;

struct World {
  FakeToksta api;
  toksync::test::ManualClock clock;

  Json ask(http::Method method, const std::string& path, const std::string& body, const std::string& query = {}) {
    const http::Request request{
        .method = method, .url = "https://api.example.com" + path + query, .path = path, .body = body};
    const auto answer = api.answer(request, clock.wall());
    const auto* const response = std::get_if<http::Response>(&answer.outcome);
    if (response == nullptr) return {};
    auto json = Json::parse(response->body);
    return json.at("success").get<bool>() ? json.at("data") : json.at("error");
  }
  Json post(const std::string& path, const Json& body) { return ask(http::Method::post, path, body.dump()); }
  Json usage(const std::string& month = {}) {
    return ask(http::Method::get, "/v1/account/usage", {}, month.empty() ? "" : "?month=" + month);
  }
  Credits charged(const std::string& operation, const std::string& month = {}) {
    const auto operations = usage(month).at("operations");
    return operations.contains(operation) ? operations.at(operation).at("credits_charged").get<Credits>() : 0;
  }
  Json enrich(const std::vector<int>& creators) {
    return post("/v1/creators/enrich", {{"creator_ids", ids(creators)}});
  }
  Json match(const std::vector<int>& creators, int posts = 10) {
    return post("/v1/creators/content-match",
                {{"creator_ids", ids(creators)}, {"topic_keywords", {"saas"}}, {"posts_to_analyze", posts}});
  }
  Json find_leaders() {
    return post("/v1/creators/thought-leaders",
                {{"keywords", {"saas"}}, {"mode", "balanced"}, {"max_candidates_to_analyze", 100}});
  }
  static Json ids(const std::vector<int>& creators) {
    Json all = Json::array();
    for (const int creator : creators) all.push_back(FakeToksta::creator_id(creator));
    return all;
  }
};

TEST_CASE("usage counts calls and credits by operation, and adds them up") {
  World world;
  world.enrich({1, 2});
  world.match({1});
  world.post("/v1/creators/discovery-search", {{"keywords", {"saas"}}, {"limit", 10}, {"offset", 0}});
  const auto usage = world.usage();
  CHECK(usage.at("total_credits_charged") == 2 + 3 + 1);
  CHECK(usage.at("total_calls") == 4);
  CHECK(usage.at("operations").at("profile_enrichment").at("calls") == 2);
  CHECK(world.charged("content_match") == 3);
  CHECK(world.charged("creator_discovery_search_per_100") == 1);
}

TEST_CASE("a job of thought leaders counts as reserved until its end, read or not") {
  World world;
  world.api.balance = 1000;
  world.api.analyzed = 37;
  world.find_leaders();
  CHECK(world.charged("thought_leaders") == 200);
  CHECK(world.usage().at("remaining_credits") == 800);
  world.clock.advance(world.api.job_time);
  CHECK(world.charged("thought_leaders") == 74);
  CHECK(world.usage().at("remaining_credits") == 926);
  CHECK(world.api.billed() == 74);
}

TEST_CASE("a canceled job charges what was analyzed and gives the rest back at once") {
  World world;
  world.api.balance = 1000;
  const auto id = world.find_leaders().at("job_id").get<std::string>();
  world.clock.advance(world.api.job_time / 4);
  CHECK(world.ask(http::Method::post, "/v1/jobs/" + id + "/cancel", "").at("code") == "BAD_REQUEST");
  const auto job = world.post("/v1/jobs/" + id + "/cancel", Json::object()).at("job");
  CHECK(job.at("canceled") == true);
  CHECK(job.at("status") == "canceled");
  CHECK(job.at("progress").at("completed_items") == 25);
  CHECK(world.api.billed() == 50);
  CHECK(world.charged("thought_leaders") == 50);
  CHECK(world.usage().at("remaining_credits") == 950);
  world.clock.advance(world.api.job_time);
  CHECK(world.post("/v1/jobs/" + id + "/cancel", Json::object()).at("job").at("canceled") == false);
  CHECK(world.charged("thought_leaders") == 50);
  CHECK(world.ask(http::Method::get, "/v1/jobs/" + id, "").at("job").at("status") == "canceled");
}

TEST_CASE("charges belong to the month in which they were made, and show late when there is a lag") {
  World world;
  world.enrich({1});
  world.clock.advance(std::chrono::days{31});
  world.api.usage_lag = minutes{5};
  world.enrich({2, 3});
  CHECK(world.charged("profile_enrichment") == 0);
  world.clock.advance(minutes{5});
  CHECK(world.charged("profile_enrichment") == 2);
  CHECK(world.charged("profile_enrichment", "2026-06") == 1);
  CHECK(world.usage("2026-06").at("period") == "2026-06");
}

TEST_CASE("what the account does not tell is not told") {
  World world;
  world.api.total_is_told = false;
  CHECK_FALSE(world.usage().contains("total_credits_charged"));
  world.api.operations_are_told = false;
  CHECK_FALSE(world.usage().contains("operations"));
  world.api.usage_is_allowed = false;
  CHECK(world.usage().at("code") == "FORBIDDEN");
}

TEST_CASE("the latest analysis of each creator is found by the creator") {
  World world;
  world.match({1, 2}, 10);
  const auto second = world.match({1}, 20).at("jobs").at(0).at("job_id");
  const auto read = [&] {
    return world.post("/v1/content-match/results", {{"creator_ids", World::ids({1, 3})}, {"detail_level", "full"}});
  };
  const auto running = read();
  CHECK(running.at("creators_requested") == 2);
  CHECK(running.at("found_count") == 1);
  CHECK(running.at("missing_creator_ids") == World::ids({3}));
  CHECK(running.at("results_summary").at(0).at("job_id") == second);
  CHECK(running.at("results").at(0).at("status") == "running");
  CHECK_FALSE(running.at("results").at(0).contains("posts_to_analyze"));
  world.api.criteria_are_told = true;
  world.clock.advance(world.api.job_time);
  const auto done = read().at("results").at(0);
  CHECK(done.at("updated_at") == "2026-06-01T00:00:20Z");
  CHECK(done.at("posts_to_analyze") == 20);
  CHECK(done.at("topic_keywords") == Json{"saas"});
}

TEST_CASE("a lost request may be carried out late, and then both purchases count") {
  World world;
  world.api.start_delay = minutes{3};
  world.api.faults = {{.kind = Kind::lose_answer}};
  CHECK(world.enrich({1}).is_null());
  world.clock.advance(minutes{1});
  CHECK(world.usage().at("total_credits_charged") == 0);
  world.enrich({1});
  world.clock.advance(minutes{2});
  CHECK(world.charged("profile_enrichment") == 2);
  CHECK(world.api.bought_twice().size() == 1);
}

TEST_CASE("of a batch only the first creators may land") {
  World world;
  world.api.faults = {{.kind = Kind::lose_answer, .landed = 2}};
  world.match({1, 2, 3});
  CHECK(world.api.billed() == 2 * 3);
  const auto read = world.post("/v1/content-match/results", {{"creator_ids", World::ids({1, 2, 3})}});
  CHECK(read.at("missing_creator_ids") == World::ids({3}));
}

TEST_CASE("others use the same account, and their purchases are not on our bill") {
  World world;
  world.api.balance = 100;
  const auto at = world.clock.wall() + minutes{1};
  world.api.others_spend(at, "creator_search", 7);
  world.api.others_send(at, "/v1/creators/enrich", {{"creator_ids", World::ids({1})}});
  world.api.top_up(at + minutes{1}, 1000);
  CHECK(world.usage().at("remaining_credits") == 100);
  world.clock.advance(minutes{1});
  CHECK(world.usage().at("remaining_credits") == 92);
  CHECK(world.usage().at("total_credits_charged") == 8);
  CHECK(world.enrich({1, 2}).at("already_enriched_count") == 1);
  CHECK(world.api.billed() == 1);
  CHECK(world.api.lowest_balance() == 91);
  world.clock.advance(minutes{1});
  CHECK(world.usage().at("remaining_credits") == 1091);
}

TEST_CASE("a price may differ from the table, told or not") {
  World world;
  world.api.price_factors["profile_enrichment"] = 2;
  CHECK(world.enrich({1}).at("credits").at("deducted") == 2);
  world.api.charges_are_told = false;
  CHECK_FALSE(world.enrich({2}).contains("credits"));
  CHECK(world.api.billed() == 4);
}

#ifdef TOKSYNC_FAULT_POINTS
TEST_CASE("a night can be killed at any fault point") {
  Night night(pipeline_of({set_with("saas", {StageName::search, StageName::enrich})}));
  night.api.found_by["saas"] = numbers(1, 3);
  night.dies_at = 12;
  CHECK(night.play_and_die());
  CHECK(night.points().size() == 12);
  CHECK_FALSE(night.play_and_die());
  CHECK(night.ask("SELECT count(*) FROM enrichments") == 3);
}
#endif

TEST_CASE("jobs take what they are told to, whatever the order of the requests") {
  World world;
  world.api.job_time_of = [](std::string_view family, int creator) {
    return Milliseconds{(family == "enrichment" ? 1000 : 5000) * creator};
  };
  world.enrich({2, 1});
  world.match({2});
  const auto pending = [&] {
    return world.post("/v1/enrichments/results", {{"creator_ids", World::ids({1, 2})}}).at("pending");
  };
  CHECK(pending() == 2);
  world.clock.advance(Milliseconds{1000});
  CHECK(pending() == 1);
  world.clock.advance(Milliseconds{1000});
  CHECK(pending() == 0);
  const auto match = [&] {
    return world.post("/v1/content-match/results", {{"creator_ids", World::ids({2})}})
        .at("results_summary")
        .at(0)
        .at("status");
  };
  CHECK(match() == "running");
  world.clock.advance(Milliseconds{8000});
  CHECK(match() == "succeeded");
}

TEST_CASE("a server that does not hold answers at once") {
  World world;
  world.enrich({1});
  const http::Request request{.method = http::Method::post,
                              .path = "/v1/enrichments/results",
                              .body = Json{{"creator_ids", World::ids({1})}, {"wait_seconds", 30}}.dump()};
  CHECK(world.api.answer(request, world.clock.wall()).latency == world.api.job_time + world.api.latency);
  world.api.holds = false;
  CHECK(world.api.answer(request, world.clock.wall()).latency == world.api.latency);
  world.api.latency_of = [](const http::Request& asked) {
    return Milliseconds{asked.path.ends_with("results") ? 7 : 9};
  };
  CHECK(world.api.answer(request, world.clock.wall()).latency == Milliseconds{7});
}

TEST_CASE("windows of the rate limit begin with a request, or with the minute") {
  const auto refused_after = [](bool follow_clock, Seconds later) {
    World world;
    world.api.requests_per_minute = 1;
    world.api.windows_follow_clock = follow_clock;
    world.clock.advance(Seconds{50});
    world.usage();
    world.clock.advance(later);
    world.usage();
    return world.api.refused_by_rate();
  };
  CHECK(refused_after(false, Seconds{10}) == 1);
  CHECK(refused_after(false, Seconds{60}) == 0);
  CHECK(refused_after(true, Seconds{9}) == 1);
  CHECK(refused_after(true, Seconds{10}) == 0);
}

}  // namespace
}  // namespace toksync::engine::test
