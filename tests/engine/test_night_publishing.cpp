// Nights that save their shortlist to a list of the account's workspace: created once, nobody added twice, whatever
// dies or gets lost on the way; and what a failure to publish does not harm.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::FakeToksta;
using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using Kind = Fault::Kind;

constexpr auto kSearch = StageName::search;
constexpr auto kContent = StageName::content_match;
const std::string kLists = "/v1/creator-lists";

bool is_addition(const http::Request& request) { return request.path.starts_with(kLists + "/"); }
bool is_creation(const http::Request& request) {
  return request.path == kLists && request.method == http::Method::post;
}
bool is_look(const http::Request& request) { return request.path == kLists && request.method == http::Method::get; }
bool is_about_lists(const http::Request& request) { return request.path.starts_with(kLists); }

/// The scores of the fake are 40 and more, by number: the highest number is the best creator.
struct PublishingNight : Night {
  explicit PublishingNight(int creators, int top = 1000) : Night(pipeline_of({set_with("saas", {kSearch, kContent})})) {
    pipeline.keyword_sets[0].search->max_creators = 1000;
    pipeline.publish = pipeline::PublishConfig{"Nightly shortlist", std::nullopt, top, std::nullopt};
    api.found_by["saas"] = numbers(1, creators);
  }

  [[nodiscard]] int sent(bool (*kind)(const http::Request&)) const {
    return static_cast<int>(std::ranges::count_if(log(), [&](const auto& one) { return kind(one.request); }));
  }
  [[nodiscard]] std::vector<std::string> members() const {
    auto ids = api.lists.empty() ? std::vector<std::string>{} : api.lists.front().creator_ids;
    std::ranges::sort(ids);
    return ids;
  }
  /// One list, and in it each of them once.
  void check_list(const std::vector<int>& creators) {
    std::vector<std::string> expected;
    for (const auto number : creators) expected.push_back(FakeToksta::creator_id(number));
    std::ranges::sort(expected);
    CHECK(api.lists.size() == 1);
    CHECK(members() == expected);
    CHECK(ask("SELECT count(*) FROM published_creators WHERE status = 'added'") ==
          static_cast<std::int64_t>(creators.size()));
    CHECK(ask("SELECT count(*) FROM published_creators WHERE status <> 'added'") == 0);
  }
  void next_night() {
    start_new_run = true;
    clock.advance(std::chrono::hours{24});
  }
};

Fault fault(Kind kind, std::function<bool(const http::Request&)> strikes, int skip = 0) {
  Fault one;
  one.kind = kind;
  one.strikes = std::move(strikes);
  one.skip = skip;
  return one;
}

Fault status(int status, std::string code, std::function<bool(const http::Request&)> strikes, int times = 1) {
  auto one = fault(Kind::answer, std::move(strikes));
  one.status = status;
  one.code = std::move(code);
  one.times = times;
  return one;
}

TEST_CASE("a night saves its shortlist to a list, at most a hundred in a request") {
  PublishingNight night(250);
  CHECK(night.play().exit_code() == 0);
  night.check_list(numbers(1, 250));
  CHECK(night.api.lists.front().name == "Nightly shortlist");
  CHECK(night.sent(is_look) == 1);
  CHECK(night.sent(is_creation) == 1);
  CHECK(night.sent(is_addition) == 3);
  CHECK(night.ask_all("SELECT list, chosen, added, unclear, error IS NULL FROM publications") ==
        "Nightly shortlist|250|250|0|1|");
  CHECK(night.ask_all("SELECT name, total, published, unclear FROM creator_lists") == "Nightly shortlist|250|250|0|");
}

TEST_CASE("a second night sends only whom the list has not yet, and asks nothing when it has all") {
  PublishingNight night(5);
  CHECK(night.play().exit_code() == 0);
  night.next_night();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent(is_about_lists) == 0);
  night.api.found_by["saas"] = numbers(3, 7);
  night.next_night();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent(is_creation) == 0);
  CHECK(night.sent(is_addition) == 1);
  night.check_list(numbers(1, 7));
  CHECK(night.ask("SELECT added FROM publications ORDER BY run_id DESC") == 2);
}

TEST_CASE("top and min_score choose from each keyword set, and whoever is in two is sent once") {
  PublishingNight night(10, 3);
  night.pipeline.keyword_sets.push_back(set_with("ads", {kSearch, kContent}));
  night.api.found_by["ads"] = numbers(9, 20);
  SUBCASE("the best of each") {
    CHECK(night.play().exit_code() == 0);
    night.check_list({8, 9, 10, 18, 19, 20});
  }
  SUBCASE("of them only good ones") {
    night.pipeline.publish->min_score = 53;  // half of the content score, and 25 for what is not known
    CHECK(night.play().exit_code() == 0);
    night.check_list({18, 19, 20});
  }
  SUBCASE("not those of a keyword set that the pipeline has no longer") {
    night.pipeline.publish.reset();
    CHECK(night.play().exit_code() == 0);
    night.pipeline.keyword_sets.pop_back();
    night.pipeline.publish = pipeline::PublishConfig{"Nightly shortlist", std::nullopt, 3, std::nullopt};
    night.next_night();
    CHECK(night.play().exit_code() == 0);
    night.check_list({8, 9, 10});
  }
}

TEST_CASE("killed before or after any request about lists, the next process goes on without a duplicate") {
  for (const auto kind : {Kind::kill_before, Kind::kill_after}) {
    for (int request = 0; request < 5; ++request) {
      CAPTURE(request);
      PublishingNight night(250);
      night.api.faults = {fault(kind, is_about_lists, request)};
      REQUIRE(night.play_and_die());
      CHECK(night.play().exit_code() == 0);
      night.check_list(numbers(1, 250));
      night.check_books();
    }
  }
}

#ifdef TOKSYNC_FAULT_POINTS
TEST_CASE("killed at any point of publishing, and again at any point of going on") {
  PublishingNight calm(3);
  REQUIRE(calm.play().exit_code() == 0);
  const auto points = calm.points();
  const auto first = std::ranges::find(points, "store.begin_publication.before_commit") - points.begin();
  for (auto point = static_cast<std::size_t>(first) + 1; point <= points.size(); ++point) {
    for (const auto again : {0, 8, 14, 20}) {
      CAPTURE(points.at(point - 1));
      CAPTURE(again);
      PublishingNight night(3);
      night.dies_at = point;
      REQUIRE(night.play_and_die());
      if (again > 0) {
        night.dies_at = again;
        (void)night.play_and_die();
      }
      CHECK(night.play().exit_code() == 0);
      night.check_list(numbers(1, 3));
    }
  }
}
#endif

TEST_CASE("a lost answer is settled by looking: nothing is made or added twice, and nothing is left out") {
  for (const auto kind : {Kind::lose_answer, Kind::lose_request, Kind::truncate_after_work, Kind::answer_after_work}) {
    for (const auto& strikes : {is_creation, is_addition}) {
      for (int skip = 0; skip < 2; ++skip) {
        PublishingNight night(150);
        night.api.faults = {fault(kind, strikes, skip)};
        CHECK(night.play().exit_code() == 0);
        night.check_list(numbers(1, 150));
      }
    }
  }
}

TEST_CASE("an addition that was lost is not sent again before it can no longer take effect") {
  PublishingNight night(5);
  night.api.faults = {fault(Kind::lose_request, is_addition)};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent(is_addition) == 2);
  const Seconds apart{
      night.ask("SELECT unixepoch(max(at)) - unixepoch(min(at)) FROM api_requests"
                " WHERE path LIKE '/v1/creator-lists/%'")};
  CHECK(apart >= night.pipeline.source.settle_after);
}

TEST_CASE("when others change the list meanwhile, whose addition was lost is not sent again") {
  PublishingNight night(5);
  night.api.faults = {fault(Kind::kill_after, is_addition)};
  REQUIRE(night.play_and_die());
  night.api.lists.front().creator_ids.push_back(FakeToksta::creator_id(77));
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  CHECK(result.messages.front().find("nobody knows whether 5 creators were added") != std::string::npos);
  CHECK(night.ask("SELECT unclear FROM creator_lists") == 5);
  CHECK(night.api.lists.front().creator_ids.size() == 6);
  night.next_night();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent(is_about_lists) == 0);
}

TEST_CASE("a lost addition to a list that tells no total is not sent again") {
  PublishingNight night(5);
  night.api.list_totals_are_told = false;
  night.api.faults = {fault(Kind::lose_answer, is_addition)};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.api.lists.front().creator_ids.size() == 5);
  CHECK(night.ask("SELECT unclear FROM creator_lists") == 5);
}

TEST_CASE("a key without a workspace: told why, and the run is not harmed") {
  PublishingNight night(5);
  night.api.has_workspace = false;
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  CHECK(result.status() == store::RunStatus::partial);
  CHECK(result.messages.front().find("403 FORBIDDEN") != std::string::npos);
  CHECK(result.messages.front().find("this key, perhaps a dedicated API key") != std::string::npos);
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 5);
  CHECK(night.ask_text("SELECT error FROM publications") == result.messages.front());
  night.check_books();
  night.api.has_workspace = true;
  night.next_night();
  CHECK(night.play().exit_code() == 0);
  night.check_list(numbers(1, 5));
}

TEST_CASE("a list that was deleted by hand: told, and made anew by the next run with everybody") {
  PublishingNight night(5);
  CHECK(night.play().exit_code() == 0);
  night.api.lists.clear();
  night.api.found_by["saas"] = numbers(1, 6);
  night.next_night();
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  CHECK(result.messages.front().find("the list is no more") != std::string::npos);
  night.next_night();
  CHECK(night.play().exit_code() == 0);
  CHECK(night.members().size() == 6);
  CHECK(night.ask("SELECT count(*) FROM creator_lists WHERE gone_at IS NOT NULL") == 1);
}

TEST_CASE("a list that exists is used, by its name or by its id, on whichever page it stands") {
  PublishingNight night(5);
  for (int i = 0; i < 230; ++i) night.api.lists.push_back({fmt::format("list-{}", i), fmt::format("List {}", i)});
  SUBCASE("by name") { night.pipeline.publish->list = "List 210"; }
  SUBCASE("by id") { night.pipeline.publish = pipeline::PublishConfig{"", "list-210", 20, std::nullopt}; }
  CHECK(night.play().exit_code() == 0);
  CHECK(night.sent(is_look) == 3);
  CHECK(night.sent(is_creation) == 0);
  CHECK(night.api.lists.at(210).creator_ids.size() == 5);
}

TEST_CASE("two lists of the same name: nobody guesses which") {
  PublishingNight night(5);
  night.api.lists = {{"one", "Nightly shortlist"}, {"two", "Nightly shortlist"}};
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  CHECK(result.messages.front().find("has 2 lists named \"Nightly shortlist\"") != std::string::npos);
  CHECK(night.sent(is_addition) == 0);
}

TEST_CASE("a list known by its id is the same when it is named") {
  PublishingNight night(5);
  night.api.lists = {{"one", "Nightly shortlist"}};
  night.pipeline.publish = pipeline::PublishConfig{"", "one", 20, std::nullopt};
  CHECK(night.play().exit_code() == 0);
  night.pipeline.publish = pipeline::PublishConfig{"Nightly shortlist", std::nullopt, 20, std::nullopt};
  night.api.found_by["saas"] = numbers(1, 6);
  night.next_night();
  CHECK(night.play().exit_code() == 0);
  // Only by looking it becomes clear that it is the same list.
  CHECK(night.ask("SELECT count(*) FROM creator_lists") == 1);
  night.check_list(numbers(1, 6));
}

TEST_CASE("one creator whom the API does not take does not keep the others out") {
  PublishingNight night(20);
  night.api.not_taken_by_lists = {7};
  const auto result = night.play();
  CHECK(result.exit_code() == 3);
  CHECK(result.messages.front().find("publish: 1 of the shortlist refused by the API") != std::string::npos);
  auto others = numbers(1, 20);
  std::erase(others, 7);
  night.check_list(others);
}

TEST_CASE("a request that is wrong in itself is given up soon") {
  PublishingNight night(100);
  night.api.faults = {status(400, "BAD_REQUEST", is_addition, -1)};
  CHECK(night.play().exit_code() == 3);
  CHECK(night.sent(is_addition) <= 16);
  CHECK(night.members().empty());
}

TEST_CASE("a server that fails: tried again, then left to the next run") {
  PublishingNight night(5);
  SUBCASE("for a while") {
    night.api.faults = {status(503, "UNAVAILABLE", is_look, 2), status(429, "RATE_LIMITED", is_creation, 2),
                        status(503, "UNAVAILABLE", is_addition, 2)};
    CHECK(night.play().exit_code() == 0);
    night.check_list(numbers(1, 5));
  }
  SUBCASE("for good") {
    night.api.faults = {status(503, "UNAVAILABLE", is_about_lists, -1)};
    const auto result = night.play();
    CHECK(result.exit_code() == 3);
    CHECK(result.status() == store::RunStatus::partial);
    night.api.faults.clear();
    night.next_night();
    CHECK(night.play().exit_code() == 0);
    night.check_list(numbers(1, 5));
  }
}

TEST_CASE("a run that stops before its end publishes when it is picked up and done") {
  PublishingNight night(5);
  night.pipeline.budget.max_credits_per_run = 1;
  CHECK(night.play().exit_code() == 8);
  CHECK(night.sent(is_about_lists) == 0);
  night.pipeline.budget.max_credits_per_run.reset();
  CHECK(night.play().exit_code() == 0);
  night.check_list(numbers(1, 5));
}

TEST_CASE("a partial run publishes what it has") {
  PublishingNight night(5);
  night.api.failing = {3};
  CHECK(night.play().exit_code() == 3);
  night.check_list(numbers(1, 5));
}

TEST_CASE("a part of a run, a run that collects, and a backfill publish nothing") {
  PublishingNight night(5);
  SUBCASE("a part") { night.options.scope.stages = {kSearch}; }
  SUBCASE("collecting") { night.options.collect_only = true; }
  (void)night.play();
  CHECK(night.sent(is_about_lists) == 0);
  CHECK(night.api.lists.empty());
}

TEST_CASE("a signal while the list is filled: the rest is sent when the run is picked up") {
  PublishingNight night(350);
  int additions = 0;
  night.api.faults = {fault(Kind::slow, [&](const http::Request& request) {
    additions += is_addition(request) ? 1 : 0;
    return false;
  })};
  night.options.signal = [&] { return additions == 2 ? 15 : 0; };
  CHECK(night.play().exit_code() == 143);
  CHECK(night.members().size() == 200);
  night.options.signal = [] { return 0; };
  CHECK(night.play().exit_code() == 0);
  night.check_list(numbers(1, 350));
}

}  // namespace
}  // namespace toksync::engine
