// What nobody waits for: the posts behind hits, and the full records of creators.
#include <doctest/doctest.h>

#include "night.hpp"
#include "store/forget.hpp"

namespace toksync::store {
namespace {

struct Behind : Night {
  static constexpr const char* kCriteria = R"({"kind":"discovery","keywords":["abm","b2b"]})";
  StageKey searching = stage(StageName::search, kCriteria);

  /// One page that wants posts; with `more` the walk goes on.
  void find(int first, int many, int posts, bool more = false) {
    SearchPageCommit page;
    page.intent = send(StageName::search, {}, 1, kCriteria);
    page.stage = searching;
    const auto creators = found(first, many);
    page.creators = creators;
    page.keep_at_most = 1000;
    page.meta_json = "{}";
    page.charge = {1, "header"};
    page.evidence_posts = posts;
    page.cursor_after = [more](std::int64_t) { return more ? OptionalText{"more"} : std::nullopt; };
    store.commit_search_page(page, run.key, answer());
  }

  static HitEvidence evidence(const std::string& creator_id, int posts) {
    HitEvidence one;
    one.creator_id = creator_id;
    one.matched_posts_count = posts + 4;
    one.matched_keywords_json = R"(["abm"])";
    one.raw_json = R"({"creator_id":")" + creator_id + "\"}";
    for (int i = 0; i < posts; ++i) {
      one.posts.push_back({.post_url = "https://x/" + creator_id + "/" + std::to_string(i),
                           .posted_at = "2026-05-18T10:00:00+02:00",
                           .snippet = "Why",
                           .relevance_score = 22,
                           .reactions = 3});
    }
    return one;
  }

  /// The answer about the first `most` of the page; those of the creators named are in it.
  bool commit(HitPage page, std::size_t most, const std::vector<std::string>& answered, int posts) {
    const auto wanted = store.wanted_hit_posts(page, most);
    std::vector<HitEvidence> records;
    for (const auto& id : answered) records.push_back(evidence(id, posts));
    return store.commit_hit_posts(run.key, {page, wanted.posts, wanted.creators, records}, answer());
  }

  [[nodiscard]] std::string posts() {
    return value("SELECT group_concat(creator_id || position) FROM (SELECT * FROM search_hit_posts ORDER BY 1, 3, 4)");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Behind, "the hits of a page are asked about in their order, and the page is done when all are") {
  find(1, 2, 0, true);
  find(3, 3, 2);
  const auto pages = store.pages_without_posts();
  REQUIRE(pages.size() == 1);
  CHECK(pages[0] == HitPage{searching, 2});
  auto wanted = store.wanted_hit_posts(pages[0], 2);
  CHECK(wanted.posts == 2);
  CHECK(wanted.creators == std::vector{creator("c3"), creator("c4")});
  CHECK(wanted.keywords == std::vector<std::string>{"abm", "b2b"});
  CHECK_FALSE(commit(pages[0], 2, {"c4", "c3", "c99"}, 2));
  CHECK(store.wanted_hit_posts(pages[0], 10).creators == std::vector{creator("c5")});
  // Of whom the answer says nothing is not asked about again.
  CHECK(commit(pages[0], 10, {}, 0));
  CHECK(store.pages_without_posts().empty());
  CHECK(posts() == "c31,c32,c41,c42");
  CHECK(value("SELECT posted_at FROM search_hit_posts") == "2026-05-18T08:00:00Z");
  CHECK(value("SELECT matched_posts_count || matched_keywords || raw_json FROM search_hit_evidence WHERE creator_id ="
              " 'c3'") == R"(6["abm"]{"creator_id":"c3"})");
  CHECK(value("SELECT raw_json FROM search_hit_evidence WHERE creator_id = 'c5'") == "NULL");
  CHECK(count("SELECT count(*) FROM api_requests") == 4);
}

TEST_CASE_FIXTURE(Behind, "more posts are wanted only where fewer were asked for, and replace those") {
  find(1, 2, 1);
  CHECK(commit({searching, 1}, 10, {"c1", "c2"}, 1));
  CHECK(store.count_more_hit_posts(searching, 1) == 0);
  CHECK(store.count_more_hit_posts(searching, 3) == 1);
  run = begin_run("run-2");
  const auto second = stage(StageName::search, kCriteria);
  store.reuse_search(searching, second, now());
  CHECK(count("SELECT count(*) FROM search_hit_posts WHERE run_id = 'run-2'") == 2);
  CHECK(store.count_more_hit_posts(second, 3) == 1);
  store.want_hit_posts(second, 3);
  CHECK(store.count_more_hit_posts(second, 3) == 0);
  REQUIRE(store.pages_without_posts(second) == std::vector{HitPage{searching, 1}});
  CHECK(commit({searching, 1}, 10, {"c1"}, 3));
  CHECK(count("SELECT count(*) FROM search_hit_posts WHERE run_id = 'run-2'") == 3);
  CHECK(count("SELECT count(*) FROM search_hit_posts") == 6);
}

TEST_CASE_FIXTURE(Behind, "posts that cannot be had are noted with their page") {
  find(1, 2, 3);
  store.record_no_hit_posts(run.key, {searching, 1}, "404 NOT_FOUND: gone", answer());
  CHECK(store.pages_without_posts().empty());
  CHECK(value("SELECT error_of_posts FROM search_pages") == "404 NOT_FOUND: gone");
  CHECK(store.count_more_hit_posts(searching, 3) == 0);
}

TEST_CASE_FIXTURE(Behind, "a page whose hits were forgotten has nothing to ask for") {
  find(1, 1, 3);
  REQUIRE(store.forget("c1", now(), false).has_value());
  REQUIRE(store.pages_without_posts().size() == 1);
  CHECK(store.wanted_hit_posts({searching, 1}, 10).creators.empty());
  store.record_hit_posts_done({searching, 1});
  CHECK(store.pages_without_posts().empty());
}

TEST_CASE_FIXTURE(Behind, "a full record is news, and leaves the record of the search beside it") {
  find(1, 3, 0);
  const auto before = value("SELECT raw_json FROM creators WHERE creator_id = 'c1'");
  CreatorDetail detail;
  detail.creator.creator_id = "c1";
  detail.creator.bio = "the whole story";
  detail.creator.metrics.followers_count = 777;
  detail.creator.languages = {"no"};
  detail.creator.raw_json = R"({"id":"c1"})";
  detail.created_at = "2026-01-02T10:00:00Z";
  store.commit_creator_detail(run.key, creator("c1"), detail, answer());
  CHECK(value("SELECT bio || ' ' || followers_count || ' ' || raw_json FROM creators WHERE creator_id = 'c1'") ==
        "the whole story 777 " + before);
  CHECK(value("SELECT followers_count FROM creator_metrics WHERE creator_id = 'c1' ORDER BY observed_at DESC") ==
        "777");
  CHECK(value("SELECT value FROM creator_tags WHERE creator_id = 'c1' AND kind = 'language'") == "no");
  CHECK(value("SELECT creator_id || created_at || raw_json FROM creator_details") ==
        R"(c12026-01-02T10:00:00Z{"id":"c1"})");

  store.record_no_detail(run.key, creator("c2"), "404 NOT_FOUND: gone", answer());
  CHECK(value("SELECT error FROM creator_details WHERE creator_id = 'c2'") == "404 NOT_FOUND: gone");
  const std::vector all{creator("c1"), creator("c2"), creator("c3")};
  const std::vector<CreatorKey> third{creator("c3")};
  CHECK(store.without_detail(all, run.key, now()) == third);
  const auto next = begin_run("run-2").key;
  CHECK(store.without_detail(all, next, now() - std::chrono::hours{1}) == third);
  CHECK(store.without_detail(all, next, now() + std::chrono::hours{1}) == all);
  CHECK(store.without_detail(all, next, std::nullopt) == third);

  // Who is gone now was there once.
  store.record_no_detail(next, creator("c1"), "404 NOT_FOUND: gone", answer());
  CHECK(value("SELECT error || raw_json FROM creator_details WHERE creator_id = 'c1'") ==
        R"(404 NOT_FOUND: gone{"id":"c1"})");
}

}  // namespace toksync::store
