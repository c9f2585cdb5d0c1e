// The crash matrix: a small pipeline with every stage is killed at each fault point that it passes, resumed, killed
// again, and loses the answer of each billable request in every way there is. Prints points x outcomes.
//   TOKSYNC_CRASHES=all      every pair of crashes, instead of a few of each
#include <cstdlib>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "night.hpp"

namespace toksync::engine::test {
namespace {

using Kind = Fault::Kind;

/// What the night left behind, without times and the API's ids: the same whatever happened on the way.
const std::vector<const char*> kContent{
    "SELECT creator_id, keyword_set, rank, score FROM search_hits",
    "SELECT creator_id, keyword_set, position, post_url FROM search_hit_posts",
    "SELECT creator_id, created_at, error FROM creator_details",
    "SELECT creator_id, followers_count, engagement_rate FROM enrichments",
    "SELECT creator_id, keyword_set, topic_keywords, status, match_score FROM content_matches",
    "SELECT m.creator_id, p.post_url, p.match_score FROM content_match_posts p JOIN content_matches m USING "
    "(analysis_id)",
    "SELECT creator_id, keyword_set, criteria, status, match_score FROM audience_matches",
    "SELECT m.creator_id, e.name, e.job_title FROM audience_engagers e JOIN audience_matches m USING (analysis_id)",
    "SELECT creator_id, content_score, audience_score FROM shortlist",
};

struct Content {
  explicit Content(Night& night)
      : leaders(night.ask_all("SELECT creator_id, keyword_set, mode, relevance_score FROM thought_leaders")) {
    for (const auto* const sql : kContent) rest += night.ask_all(sql) + "\n";
  }
  std::string rest, leaders;
};

KeywordSet every_stage() {
  auto set = set_with("saas", {StageName::search, StageName::enrich, StageName::content_match,
                               StageName::audience_match, StageName::thought_leaders});
  set.enrich->batch_size = set.content_match->batch_size = set.audience_match->batch_size = 2;
  set.search->evidence_posts = 2;
  set.search->detail = true;
  set.thought_leaders->modes = {"broad"};
  set.thought_leaders->max_candidates_to_analyze = 5;
  return set;
}

struct SmallNight : Night {
  explicit SmallNight(int in_flight) : Night(pipeline_of({every_stage()})) {
    pipeline.source.max_in_flight = in_flight;
    api.found_by["saas"] = numbers(1, 3);
    api.analyzed = 4;
    // The first process makes the database, too.
    forget_database();
  }
};

bool is_billable(const http::Request& request) {
  return request.method == http::Method::post && request.path.starts_with("/v1/creators/");
}

/// A night in which nothing happens.
struct Calm {
  explicit Calm(int in_flight) : night(in_flight) {
    REQUIRE(night.play().exit_code() == 0);
    points = night.points();
    content.emplace(night);
    billed = night.api.billed();
    for (const auto& logged : night.log()) billable += is_billable(logged.request) ? 1 : 0;
  }

  SmallNight night;
  std::vector<std::string> points;
  std::optional<Content> content;
  Credits billed = 0;
  int billable = 0;
};

/// How a disturbed night ended: in every way settled, and nothing but a search paid for twice.
enum class Ending {
  as_if_nothing_was,
  found_out,  ///< what became of a request was found out; everything is there
  lost,       ///< a search for thought leaders was charged, and its id stands nowhere but in the lost answer
};
constexpr std::array<const char*, 3> kEndings{"as calm", "found out", "lost"};

/// The exit code of the night's last run, which is picked up unless it has ended.
std::int64_t play_on(Night& night) {
  const std::string ended = " FROM runs WHERE status IN ('succeeded', 'partial')";
  night.api.faults.clear();
  if (night.ask("SELECT count(*)" + ended) == 0) (void)night.play();
  return night.ask("SELECT max(exit_code)" + ended);
}

/// Plays it to its end and holds it to what must be.
Ending finish(Night& night, const Calm& calm) {
  const auto code = play_on(night);
  const std::string lost = "SELECT coalesce(sum(credits_charged), 0) FROM jobs WHERE error_code = 'RESULT_LOST' AND ";
  const auto leaders_lost = night.ask(lost + "family = 'thought_leaders'") > 0;
  CHECK(code == (leaders_lost ? 3 : 0));
  CHECK(night.api.bought_twice().empty());
  CHECK(night.ask_text("PRAGMA integrity_check") == "ok");
  CHECK(night.ask("SELECT count(*) FROM jobs WHERE is_unfinished = 1") == 0);
  night.check_books();
  CHECK(night.api.billed() == calm.billed + night.ask(lost + "family = 'search'"));
  const Content content(night);
  const bool same_content = content.rest == calm.content->rest;
  CHECK(same_content);
  CHECK((content.leaders == calm.content->leaders) == !leaders_lost);
  if (leaders_lost) return Ending::lost;
  const bool decided = night.ask("SELECT count(*) FROM job_evidence WHERE decision IS NOT NULL") > 0;
  return decided ? Ending::found_out : Ending::as_if_nothing_was;
}

/// Outcomes by the name of what happened.
class Table {
 public:
  void add(const std::string& name, Ending ending) { ++rows_[name].at(static_cast<std::size_t>(ending)); }

  [[nodiscard]] int count(const std::string& name, Ending ending) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? 0 : found->second.at(static_cast<std::size_t>(ending));
  }
  [[nodiscard]] std::string text(std::string_view title) const {
    auto text = fmt::format("{:<44}{:>10}\n", title, fmt::join(kEndings, "  "));
    for (const auto& [name, counts] : rows_) {
      text += fmt::format("{:<44}{:>7}{:>11}{:>6}\n", name, counts[0], counts[1], counts[2]);
    }
    return text;
  }

 private:
  std::map<std::string, std::array<int, kEndings.size()>> rows_;
};

#ifdef TOKSYNC_FAULT_POINTS

TEST_CASE("a death at any point costs nothing twice and loses nothing") {
  const Calm calm(1);
  REQUIRE(calm.points.size() > 100);
  Table table;
  for (std::size_t at = 1; at <= calm.points.size(); ++at) {
    CAPTURE(at);
    CAPTURE(calm.points[at - 1]);
    SmallNight night(1);
    night.dies_at = at;
    REQUIRE(night.play_and_die());
    table.add(calm.points[at - 1], finish(night, calm));
  }
  MESSAGE("\n", table.text("dies at, one request at a time"));
  // With one request at a time, only a death between the last moment before sending and the commit of the answer
  // leaves anything to be found out.
  for (const auto* const point :
       {"store.record_sent.after_commit", "engine.before_send", "engine.after_send", "engine.after_receive",
        "store.record_accepted.before_commit", "store.commit_search_page.before_commit"}) {
    CHECK(table.count(point, Ending::found_out) > 0);
  }
  for (const auto* const point :
       {"engine.before_intent", "store.record_intent.before_commit", "store.record_intent.after_commit",
        "store.record_sent.before_commit", "store.record_accepted.after_commit",
        "store.commit_search_page.after_commit", "store.commit_poll.before_commit", "store.commit_poll.after_commit"}) {
    CHECK(table.count(point, Ending::as_if_nothing_was) > 0);
    CHECK(table.count(point, Ending::found_out) == 0);
  }
}

TEST_CASE("a second death, while the first is made good, costs nothing twice either") {
  const Calm calm(4);
  const bool all = std::getenv("TOKSYNC_CRASHES") != nullptr;
  // Only some of the resumed run's points, others for each first death.
  const std::size_t step = all ? 1 : 240;
  Table table;
  // At the last point the run is over already.
  for (std::size_t first = 1; first < calm.points.size(); ++first) {
    for (std::size_t second = 1 + first * 7 % step;; second += step) {
      CAPTURE(first);
      CAPTURE(second);
      SmallNight night(4);
      night.dies_at = first;
      REQUIRE(night.play_and_die());
      night.dies_at = second;
      if (!night.play_and_die()) break;
      const auto point = night.points().back();
      table.add(point, finish(night, calm));
    }
  }
  MESSAGE("\n", table.text("dies again at, four requests at a time"));
  CHECK(table.count("engine.after_receive", Ending::found_out) > 0);
  CHECK(table.count("store.commit_poll.before_commit", Ending::as_if_nothing_was) > 0);
}

#endif

TEST_CASE("an answer lost in any way, to any billable request, costs nothing twice and loses nothing") {
  struct Loss {
    const char* name;
    Fault fault;
  };
  const std::vector<Loss> losses{
      {"refused connection", {.kind = Kind::refuse_connection}},
      {"lost request", {.kind = Kind::lose_request}},
      {"lost answer", {.kind = Kind::lose_answer}},
      {"lost answer, one creator landed", {.kind = Kind::lose_answer, .landed = 1}},
      {"truncated answer", {.kind = Kind::truncate_after_work}},
      {"502 with HTML after the work", {.kind = Kind::answer_after_work, .status = 502, .body = "<p>"}},
      {"500 after the work", {.kind = Kind::answer_after_work, .status = 500}},
      {"timeout", {.kind = Kind::slow, .late = std::chrono::minutes{3}}},
      {"death before the request arrives", {.kind = Kind::kill_before}},
      {"death after the work", {.kind = Kind::kill_after}},
      {"503, as if it were refused", {.kind = Kind::answer, .status = 503, .code = "UNAVAILABLE"}},
      {"429", {.kind = Kind::answer, .status = 429, .code = "RATE_LIMITED", .retry_after = 5}},
  };
  const Calm calm(4);
  REQUIRE(calm.billable >= 8);
  Table table;
  for (const auto& loss : losses) {
    for (int skip = 0; skip < calm.billable; ++skip) {
      CAPTURE(std::string(loss.name));
      CAPTURE(skip);
      SmallNight night(4);
      auto fault = loss.fault;
      fault.strikes = is_billable;
      fault.skip = skip;
      night.api.faults = {fault};
      (void)night.play_and_die();
      CHECK(night.api.faults.front().times == 0);
      table.add(loss.name, finish(night, calm));
    }
  }
  MESSAGE("\n", table.text("to each billable request"));
  CHECK(table.count("refused connection", Ending::found_out) == 0);
  CHECK(table.count("429", Ending::found_out) == 0);
  CHECK(table.count("lost answer", Ending::found_out) == calm.billable - 1);
  CHECK(table.count("lost answer", Ending::lost) == 1);
  CHECK(table.count("lost request", Ending::found_out) == calm.billable);
}

}  // namespace
}  // namespace toksync::engine::test
