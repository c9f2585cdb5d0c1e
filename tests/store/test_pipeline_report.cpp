#include <algorithm>
#include <array>
#include <map>

#include <doctest/doctest.h>

#include "night.hpp"
#include "store/pipeline_report.hpp"

namespace toksync::store {
namespace {

constexpr const char* kTopics = R"({"topic_keywords":["ABM"],"posts_to_analyze":10})";
constexpr const char* kOtherTopics = R"({"topic_keywords":["SEO"],"posts_to_analyze":10})";
constexpr const char* kAudience = R"({"criteria":["CMO"],"analysis_depth":"quick_scan"})";

using Lines = std::vector<std::string>;

std::string to_text(const Value& value) {
  struct ToText {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return std::to_string(number).substr(0, 4); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(ToText{}, value);
}

const Relation& find(const NamedRelations& relations, std::string_view name) {
  return std::ranges::find(relations, name, &NamedRelations::value_type::first)->second;
}

/// The rows of a relation as "value|value", of these columns.
Lines lines(const NamedRelations& relations, std::string_view name, const Lines& columns) {
  const auto& relation = find(relations, name);
  Lines all;
  for (const auto& row : relation.rows) {
    std::string line;
    for (const auto& column : columns) {
      const auto at = std::ranges::find(relation.columns, column) - relation.columns.begin();
      REQUIRE(static_cast<std::size_t>(at) < row.size());
      line += (line.empty() ? "" : "|") + to_text(row[static_cast<std::size_t>(at)]);
    }
    all.push_back(line);
  }
  return all;
}

struct ReportedNight : Night {
  std::vector<CreatorKey> creators = find_creators(4);

  [[nodiscard]] NamedRelations report(int per_keyword_set = 100) {
    return read_pipeline_report(store, "nightly", per_keyword_set);
  }
  JobKey match_content(CreatorKey creator, const std::string& analysis, double score, const char* topics = kTopics,
                       const std::string& keyword_set = "saas") {
    const auto intent = send(StageName::content_match, {creator}, 3, topics, keyword_set);
    accept(intent, Charge{3, "price_table"}, "job-" + analysis + "-");
    poll(intent.jobs[0], content_match(analysis, score));
    return intent.jobs[0];
  }
  void keep_posts(JobKey job, const std::string& analysis, const Lines& titles) {
    ContentEvidence evidence{.job_id = "", .analysis_id = analysis, .posts = {}, .raw_json = "{}"};
    for (const auto& title : titles) {
      ContentPost post;
      post.title = title;
      post.post_url = "https://example.com/" + title;
      post.raw_json = "{}";
      evidence.posts.push_back(post);
    }
    const std::pair<JobKey, const ContentEvidence*> kept{job, &evidence};
    store.commit_content_posts(run.key, std::span{&kept, 1}, answer());
  }
  void match_audience(CreatorKey creator, const std::string& analysis, double score) {
    const auto intent = send(StageName::audience_match, {creator}, 10, kAudience);
    accept(intent, Charge{10, "price_table"}, "job-" + analysis + "-");
    poll(intent.jobs[0], audience_match(analysis, score));
    AudienceDetails details;
    details.engagers = {{.name = "Ann", .job_title = "CMO", .company = "Acme"}, {.name = "Bob"}};
    details.companies = {{.name = "Acme", .count = 7}, {.name = "Initech", .count = 2}};
    details.job_titles = {{.title = "CMO", .count = 5}};
    details.raw_json = "{}";
    const std::pair<JobKey, const AudienceDetails*> kept{intent.jobs[0], &details};
    store.commit_audience_details(run.key, std::span{&kept, 1}, answer());
  }
  [[nodiscard]] std::string key(std::size_t creator) const {
    return std::to_string(static_cast<std::int64_t>(creators[creator]));
  }
};

TEST_CASE_FIXTURE(ReportedNight, "the shortlist has the fittest first, and those without a score by rank") {
  match_content(creators[1], "a1", 60);
  match_content(creators[3], "a3", 90);
  match_audience(creators[3], "b3", 90);
  const auto relations = report();
  CHECK(lines(relations, "shortlist",
              {"keyword_set", "creator_id", "content_score", "audience_score", "found", "place"}) ==
        Lines{"saas|c4|90.0|90.0|4|1", "saas|c2|60.0|NULL|4|2", "saas|c1|NULL|NULL|4|3", "saas|c3|NULL|NULL|4|4"});
  const auto scores = lines(relations, "shortlist", {"combined_score"});
  CHECK(scores[0] > scores[1]);
  CHECK(scores[2] == "NULL");
}

TEST_CASE_FIXTURE(ReportedNight, "of each keyword set the best, how many there are, and nothing about the others") {
  match_content(creators[3], "a3", 90);
  keep_posts(match_content(creators[0], "a0", 40), "a0", {"of somebody else"});
  match_audience(creators[1], "b1", 20);
  const auto relations = report(1);
  CHECK(lines(relations, "shortlist", {"creator_id", "found"}) == Lines{"c4|4"});
  CHECK(lines(relations, "content", {"match_score"}) == Lines{"90.0"});
  for (const auto* const name : {"posts", "audience", "companies", "titles", "engagers"}) {
    CAPTURE(name);
    CHECK(find(relations, name).rows.empty());
  }
}

TEST_CASE_FIXTURE(ReportedNight,
                  "posts belong to the analysis that makes the score: the newest with today's criteria") {
  keep_posts(match_content(creators[0], "old", 95, kOtherTopics), "old", {"about-seo"});
  keep_posts(match_content(creators[0], "first", 50), "first", {"stale"});
  keep_posts(match_content(creators[0], "newest", 70), "newest", {"one", "two"});
  const auto relations = report();
  CHECK(lines(relations, "content", {"keyword_set", "creator", "match_score"}) == Lines{"saas|" + key(0) + "|70.0"});
  CHECK(lines(relations, "posts", {"title"}) == Lines{"one", "two"});
  CHECK(lines(relations, "content", {"analysis"})[0] == lines(relations, "posts", {"analysis"})[0]);
}

TEST_CASE_FIXTURE(ReportedNight, "the posts behind hits are those of the newest search, also when it took hits over") {
  const auto first = stage(StageName::search);
  store.want_hit_posts(first, 2);
  const auto tell = [&](StageKey search, const std::string& snippet) {
    const std::vector<HitEvidence> records{
        {.creator_id = "c2", .posts = {{.snippet = snippet}, {.snippet = "two"}}, .raw_json = "{}"}};
    store.commit_hit_posts(run.key, {{search, 1}, 2, creators, records}, answer());
  };
  tell(first, "one");
  CHECK(lines(report(), "hit_posts", {"keyword_set", "creator", "snippet"}) ==
        Lines{"saas|" + key(1) + "|one", "saas|" + key(1) + "|two"});
  CHECK(lines(report(1), "hit_posts", {"snippet"}).empty());
  run = begin_run("run-2");
  const auto second = stage(StageName::search);
  store.reuse_search(first, second, now());
  CHECK(lines(report(), "hit_posts", {"snippet"}) == Lines{"one", "two"});
  run = begin_run("run-3");
  const auto third = stage(StageName::search);
  search(third, Night::found(1, 4));
  CHECK(lines(report(), "hit_posts", {"snippet"}).empty());
  store.want_hit_posts(third, 2);
  tell(third, "newest");
  CHECK(lines(report(), "hit_posts", {"snippet"}) == Lines{"newest", "two"});
}

TEST_CASE_FIXTURE(ReportedNight, "an analysis that another keyword set bought with the same criteria counts") {
  match_content(creators[0], "a1", 70, kTopics, "other");
  static_cast<void>(stage(StageName::content_match, kTopics, "saas"));
  auto found = lines(report(), "content", {"keyword_set", "match_score"});
  std::ranges::sort(found);
  CHECK(found == Lines{"other|70.0", "saas|70.0"});
}

TEST_CASE_FIXTURE(ReportedNight, "an audience has its companies, titles and people in the API's order") {
  match_audience(creators[2], "b1", 72);
  const auto relations = report();
  CHECK(lines(relations, "audience", {"creator", "match_score"}) == Lines{key(2) + "|72.0"});
  CHECK(lines(relations, "companies", {"name", "count"}) == Lines{"Acme|7", "Initech|2"});
  CHECK(lines(relations, "titles", {"title", "count"}) == Lines{"CMO|5"});
  CHECK(lines(relations, "engagers", {"name", "company"}) == Lines{"Ann|Acme", "Bob|NULL"});
}

TEST_CASE_FIXTURE(ReportedNight, "followers are told once a day, as they were at its end") {
  const auto count_followers = [&](const std::string& at, int followers) {
    store.database().exec(
        "INSERT INTO creator_metric_rows (creator_key, observed_at, run_key, followers_count) VALUES (" + key(0) +
        ", '" + at + "', 1, " + std::to_string(followers) + ")");
  };
  store.database().exec("DELETE FROM creator_metric_rows");
  store.database().exec("UPDATE creators SET last_seen_at = '2026-06-30T00:00:00Z'");
  count_followers("2025-06-01T02:00:00Z", 1);
  count_followers("2026-06-01T02:00:00Z", 100);
  count_followers("2026-06-01T20:00:00Z", 110);
  count_followers("2026-06-02T02:00:00Z", 120);
  CHECK(lines(report(), "history", {"creator", "observed_at", "followers_count"}) ==
        Lines{key(0) + "|2026-06-01T20:00:00Z|110", key(0) + "|2026-06-02T02:00:00Z|120"});
}

TEST_CASE_FIXTURE(ReportedNight, "credits by day and stage, and the runs") {
  match_content(creators[0], "a1", 70);
  const auto relations = report();
  CHECK(lines(relations, "credits", {"stage", "charged"}) == Lines{"content_match|3", "search|1"});
  CHECK(lines(relations, "runs", {"run_id", "credits_charged"}) == Lines{run.run_id + "|4"});
}

TEST_CASE_FIXTURE(ReportedNight, "another pipeline's results are its own") {
  match_content(creators[0], "a1", 70);
  match_audience(creators[0], "b1", 70);
  for (const auto& [name, relation] : read_pipeline_report(store, "another", 100)) {
    CAPTURE(name);
    CHECK_FALSE(relation.columns.empty());
    CHECK(relation.rows.empty());
  }
}

}  // namespace
}  // namespace toksync::store
