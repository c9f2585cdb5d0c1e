#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

namespace {

struct Finds : Night {
  StageKey searching = stage(StageName::search);
  void find(const FoundCreator& found) { search(searching, {found}, "more"); }
};

EnrichmentRecord enrichment() {
  EnrichmentRecord record;
  record.creator_id = "c1";
  record.name = "Name by enrichment";
  record.enriched_at = "2026-05-01T12:00:00+02:00";
  record.followers_count = 13'000;
  record.engagement_rate = 3.25;
  record.median_posts_per_month = 8;
  record.median_reactions_per_post = 120.5;
  record.median_comments_per_post = 11;
  record.median_shares_per_post = 2;
  record.raw_json = R"({"enriched":true})";
  return record;
}

}  // namespace

TEST_CASE_FIXTURE(Finds, "a creator is kept with every field, and the record as it came") {
  auto found = found_one("c1");
  found.creator.bio = "I write about growth";
  found.creator.location = "Berlin";
  found.creator.avatar_url = "https://example.org/a.png";
  found.creator.is_enriched = false;
  found.creator.source_updated_at = "2026-05-28T09:06:00.250+01:00";
  found.creator.metrics = {9'007'199'254'740'993, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5};
  find(found);
  const auto seen = to_iso8601(now());
  CHECK(count("SELECT count(*) FROM creators WHERE creator_id = 'c1' AND platform = 'linkedin'"
              " AND handle = 'handle-c1' AND name = 'Name of c1' AND bio = 'I write about growth'"
              " AND location = 'Berlin' AND profile_url = 'https://www.linkedin.com/in/c1'"
              " AND avatar_url = 'https://example.org/a.png' AND followers_count = 9007199254740993"
              " AND engagement_rate = 0.5 AND avg_posts_per_month = 1.5 AND avg_views_per_post = 2.5"
              " AND reactions_per_post = 3.5 AND comments_per_post = 4.5 AND shares_per_post = 5.5"
              " AND is_enriched = 0 AND enriched_at IS NULL AND source_updated_at = '2026-05-28T08:06:00Z'"
              " AND first_seen_at = '" +
              seen + "' AND last_seen_at = '" + seen + "'") == 1);
  CHECK(value("SELECT raw_json FROM creators") == R"({"creator_id":"c1"})");
}

TEST_CASE_FIXTURE(Finds, "what reads like SQL, or holds a NUL, is an id like any other") {
  const std::vector<std::string> ids{"'); DROP TABLE creators; --",
                                     "\"c1\"",
                                     "c1' OR '1'='1",
                                     "c1",
                                     std::string("c1\0", 3),
                                     std::string("c1\0'; DELETE FROM run_rows; --", 31),
                                     "%",
                                     "?1",
                                     ":id"};
  std::vector<FoundCreator> creators;
  for (const auto& id : ids) creators.push_back(found_one(id));
  search(searching, creators, "'); DELETE FROM search_hit_rows; --");
  std::vector<CreatorKey> keys;
  for (const auto& candidate : store.candidates({searching, {}, {}, {}})) keys.push_back(candidate.creator);
  CHECK(store.creator_ids(keys) == ids);
  CHECK(value("SELECT next_cursor FROM search_pages") == "'); DELETE FROM search_hit_rows; --");
  CHECK(count("SELECT count(*) FROM runs") == 1);
  const auto intent = send(StageName::content_match, keys, 3);
  accept(intent, {}, "'; DROP TABLE job_rows; --");
  CHECK(count("SELECT count(*) FROM jobs WHERE external_id LIKE '''; DROP TABLE job_rows; --%'") ==
        static_cast<std::int64_t>(ids.size()));
  check_ledger();
}

TEST_CASE_FIXTURE(Finds, "an unknown value never overwrites a known one") {
  find(found_one("c1"));
  const auto first_seen = to_iso8601(now());
  FoundCreator bare;
  bare.creator.creator_id = "c1";
  bare.creator.raw_json = R"({"bare":1})";
  find(bare);
  CHECK(value("SELECT name || followers_count || engagement_rate FROM creators") == "Name of c1120002.5");
  CHECK(value("SELECT raw_json FROM creators") == R"({"bare":1})");
  CHECK(value("SELECT first_seen_at FROM creators") == first_seen);
  CHECK(value("SELECT last_seen_at FROM creators") == to_iso8601(now()));
  CHECK(count("SELECT count(*) FROM creator_tags") == 2);
}

TEST_CASE_FIXTURE(Finds, "the history grows only when a metric changed") {
  find(found_one("c1"));
  find(found_one("c1"));
  CHECK(count("SELECT count(*) FROM creator_metrics") == 1);
  auto grown = found_one("c1");
  grown.creator.metrics.followers_count = 12'500;
  grown.creator.metrics.engagement_rate = std::nullopt;
  find(grown);
  CHECK(count("SELECT count(*) FROM creator_metrics") == 2);
  CHECK(value("SELECT followers_count || ' ' || engagement_rate FROM creator_metrics ORDER BY observed_at DESC") ==
        "12500 2.5");
  CHECK(value("SELECT run_id FROM creator_metrics") == "run-1");
  CHECK(value("SELECT followers_count FROM creators") == "12500");
}

TEST_CASE_FIXTURE(Finds, "a creator without metrics has no history") {
  FoundCreator bare;
  bare.creator.creator_id = "c1";
  bare.creator.raw_json = "{}";
  find(bare);
  find(bare);
  CHECK(count("SELECT count(*) FROM creator_metrics") == 0);
  CHECK(value("SELECT followers_count FROM creators") == "NULL");
  find(found_one("c1"));
  CHECK(count("SELECT count(*) FROM creator_metrics") == 1);
}

TEST_CASE_FIXTURE(Finds, "tags are kept once each, and follow the newest word") {
  auto found = found_one("c1");
  found.creator.content_categories = {"SaaS", "SaaS", "Growth"};
  found.creator.target_audiences = {"CMO", "CMO"};
  find(found);
  CHECK(count("SELECT count(*) FROM creator_tags WHERE kind = 'content_category'") == 2);
  CHECK(count("SELECT count(*) FROM creator_tags WHERE kind = 'target_audience'") == 1);
  CHECK(count("SELECT count(*) FROM creator_tags WHERE kind = 'language'") == 1);
  found.creator.content_categories = {"Growth", "Sales"};
  found.creator.target_audiences.clear();
  find(found);
  CHECK(value("SELECT group_concat(value) FROM (SELECT value FROM creator_tags WHERE kind = 'content_category'"
              " AND creator_id = 'c1' ORDER BY value)") == "Growth,Sales");
  CHECK(count("SELECT count(*) FROM creator_tags WHERE kind = 'target_audience'") == 1);
}

TEST_CASE_FIXTURE(Finds, "whoever comes twice on a page is known the second time") {
  auto again = found_one("c1");
  again.creator.content_categories = {"Sales", "Growth"};
  again.creator.metrics.followers_count = 12'500;
  again.creator.raw_json = R"({"again":1})";
  auto third = again;
  third.creator.content_categories = {"Sales"};
  third.creator.metrics.engagement_rate = std::nullopt;
  search(searching, {found_one("c1"), found_one("c2"), again, third}, "more");
  CHECK(count("SELECT count(*) FROM creators") == 2);
  CHECK(count("SELECT count(*) FROM search_hits") == 2);
  CHECK(value("SELECT group_concat(value) FROM creator_tags WHERE creator_id = 'c1' AND kind = 'content_category'") ==
        "Sales");
  CHECK(value("SELECT group_concat(followers_count) FROM creator_metrics WHERE creator_id = 'c1'") == "12000,12500");
  CHECK(value("SELECT raw_json FROM creators WHERE creator_id = 'c1'") == R"({"again":1})");
  CHECK(value("SELECT engagement_rate FROM creators WHERE creator_id = 'c1'") == "2.5");
}

TEST_CASE_FIXTURE(Finds, "a page of any length is kept whole, row by row or many rows at once") {
  for (const int size : {1, 7, 8, 9, 63, 64, 65, 150, 1'200}) {
    CAPTURE(size);
    const auto before = count("SELECT count(*) FROM creators");
    auto page = found(10'000 * size, size);
    for (std::size_t i = 0; i < page.size(); ++i) {
      page[i].creator.metrics.followers_count = static_cast<std::int64_t>(i);
      page[i].creator.target_audiences = {"CMO", std::to_string(i)};
    }
    search(searching, page, "more", 10'000);
    const auto of_page = " FROM creators WHERE creator_key > " + std::to_string(before);
    CHECK(count("SELECT count(*)" + of_page) == size);
    // Four tags each, of which one tells whose they are.
    CHECK(count("SELECT count(*) FROM creator_tags JOIN (SELECT creator_id" + of_page + ") USING (creator_id)") ==
          4 * size);
    CHECK(count("SELECT count(*)" + of_page +
                " AND EXISTS (SELECT 1 FROM creator_tags t WHERE t.kind ="
                " 'target_audience' AND t.creator_id = creators.creator_id AND t.value = followers_count)") == size);
    CHECK(count("SELECT count(*) FROM creator_metrics m JOIN creators c USING (creator_id) WHERE creator_key > " +
                std::to_string(before) + " AND m.followers_count = c.followers_count") == size);
    CHECK(count("SELECT count(*) FROM search_hits JOIN creators USING (creator_id) WHERE rank = creator_key"
                " AND creator_key > " +
                std::to_string(before)) == size);
  }
}

TEST_CASE_FIXTURE(Finds, "NUL characters, quotes and very long texts survive") {
  auto found = found_one("c1");
  const std::string with_nul("before\0after", 12);
  found.creator.name = with_nul;
  found.creator.handle = R"('"; DROP TABLE creators; --)";
  found.creator.bio = std::string(200'000, 'x') + "ü🙂";
  found.creator.raw_json = "{\"bio\":\"" + *found.creator.bio + "\"}";
  found.creator.content_categories = {with_nul, std::string("before")};
  find(found);
  CHECK(value("SELECT name FROM creators") == with_nul);
  CHECK(value("SELECT handle FROM creators") == *found.creator.handle);
  CHECK(value("SELECT bio FROM creators") == *found.creator.bio);
  CHECK(value("SELECT raw_json FROM creators") == found.creator.raw_json);
  CHECK(count("SELECT count(*) FROM creator_tags WHERE kind = 'content_category'") == 2);
  find(found);
  CHECK(value("SELECT name FROM creators") == with_nul);
}

TEST_CASE_FIXTURE(Finds, "an enrichment updates the metrics of its creator") {
  find(found_one("c1"));
  const auto intent = send(StageName::enrich, {creator("c1")}, 1);
  accept(intent, Charge{1, "body"});
  const auto record = enrichment();
  PollCommit poll;
  poll.run = run.key;
  poll.jobs = {{.job = intent.jobs[0], .status = JobStatus::succeeded}};
  poll.enrichments = {{intent.jobs[0], &record}};
  store.commit_poll(poll, answer());
  CHECK(count("SELECT count(*) FROM creators WHERE followers_count = 13000 AND engagement_rate = 3.25"
              " AND avg_posts_per_month = 8 AND avg_views_per_post IS NULL AND reactions_per_post = 120.5"
              " AND comments_per_post = 11 AND shares_per_post = 2 AND is_enriched = 1"
              " AND enriched_at = '2026-05-01T10:00:00Z' AND name = 'Name by enrichment'") == 1);
  CHECK(value("SELECT raw_json FROM creators") == R"({"creator_id":"c1"})");
  CHECK(count("SELECT count(*) FROM enrichments WHERE creator_id = 'c1' AND enriched_at = '2026-05-01T10:00:00Z'"
              " AND median_posts_per_month = 8 AND median_reactions_per_post = 120.5"
              " AND median_comments_per_post = 11 AND median_shares_per_post = 2 AND engagement_rate = 3.25"
              " AND followers_count = 13000 AND run_id = 'run-1' AND raw_json = '{\"enriched\":true}'") == 1);
  CHECK(count("SELECT count(*) FROM creator_metrics") == 2);
  store.commit_poll(poll, answer());
  CHECK(count("SELECT count(*) FROM creator_metrics") == 2);
  CHECK(count("SELECT count(*) FROM enrichments") == 1);
}

TEST_CASE_FIXTURE(Finds,
                  "an enrichment without a time of its own was made when it arrived; a failed one tells nothing") {
  find(found_one("c1"));
  const auto intent = send(StageName::enrich, {creator("c1")}, 1);
  accept(intent);
  auto record = enrichment();
  record.status = JobStatus::failed;
  record.enriched_at = "yesterday";
  PollCommit poll;
  poll.run = run.key;
  poll.jobs = {{.job = intent.jobs[0], .status = JobStatus::running}};
  poll.enrichments = {{intent.jobs[0], &record}};
  store.commit_poll(poll, answer());
  CHECK(count("SELECT count(*) FROM enrichments") == 0);
  CHECK(value("SELECT enriched_at FROM creators") == "NULL");
  record.status = JobStatus::succeeded;
  store.commit_poll(poll, answer());
  CHECK(value("SELECT enriched_at FROM enrichments") == to_iso8601(now()));
}

}  // namespace toksync::store
