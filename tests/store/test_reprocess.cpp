// Reading the records again, with a reader that is told what each of them says. That the real one says the
// same as before is shown in tests/api/test_decode_record.cpp, both together in tests/cli.
#include <map>

#include <doctest/doctest.h>

#include "night.hpp"
#include "store/forget.hpp"
#include "store/reprocess.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

struct Read : Night {
  std::map<std::string, StoredRecord> says;

  /// Keeps what the record says under a raw text of its own.
  template <typename Record>
  Record told(Record record, const std::string& raw_json) {
    record.raw_json = raw_json;
    says[raw_json] = record;
    return record;
  }
  FoundCreator seen(const std::string& id, const std::string& raw_json) {
    auto found = found_one(id);
    found.creator = told(found.creator, raw_json);
    return found;
  }
  Reprocessed reprocess() {
    return store.reprocess(
        [this](RecordKind /*kind*/, std::string_view raw_json) -> tl::expected<StoredRecord, std::string> {
          const auto known = says.find(std::string{raw_json});
          if (known == says.end()) return tl::unexpected(std::string{"damaged"});
          return known->second;
        });
  }
  void enrich(CreatorKey creator, const EnrichmentRecord& record) {
    const auto intent = send(StageName::enrich, {creator}, 1);
    accept(intent, Charge{1, "body"});
    PollCommit commit;
    commit.run = run.key;
    commit.jobs.push_back({.job = intent.jobs[0], .status = JobStatus::succeeded});
    commit.enrichments = {{intent.jobs[0], &record}};
    store.commit_poll(commit, answer());
  }
  EnrichmentRecord enrichment(const std::string& raw_json, std::optional<std::int64_t> followers,
                              OptionalNumber reactions) {
    EnrichmentRecord record;
    record.followers_count = followers;
    record.median_reactions_per_post = reactions;
    return told(record, raw_json);
  }
  [[nodiscard]] std::string creators() {
    return value(
        "SELECT group_concat(quote(followers_count) || ' ' || quote(reactions_per_post) || ' ' || quote(name)"
        " || ' ' || quote(handle) || ' ' || quote(is_enriched) || ' ' || quote(enriched_at)) FROM creators");
  }
  void wreck_creators() {
    store.database().exec(
        "UPDATE creators SET followers_count = NULL, reactions_per_post = NULL, name = NULL,"
        " handle = NULL, is_enriched = NULL, enriched_at = NULL");
  }
};

std::int64_t changes(const Reprocessed& done) {
  std::int64_t sum = 0;
  for (const auto& kind : done.kinds) sum += kind.changed;
  return sum;
}

}  // namespace

TEST_CASE_FIXTURE(Read, "what came later wins, whether a search or an enrichment") {
  const auto searching = stage(StageName::search);
  SUBCASE("the enrichment") {
    search(searching, {seen("c1", "search")}, "next");
    enrich(creator("c1"), enrichment("enriched", 500, 7));
    CHECK(value("SELECT followers_count FROM creators") == "500");
  }
  SUBCASE("the search") {
    search(searching, {found_one("c1")}, "next");
    enrich(creator("c1"), enrichment("enriched", 500, 7));
    search(searching, {seen("c1", "search")}, "next");
    CHECK(value("SELECT followers_count FROM creators") == "12000");
  }
  SUBCASE("the second of two enrichments, between two searches") {
    search(searching, {found_one("c1")}, "next");
    enrich(creator("c1"), enrichment("first", 500, 7));
    search(searching, {seen("c1", "search")}, "next");
    enrich(creator("c1"), enrichment("second", 600, std::nullopt));
    CHECK(value("SELECT followers_count FROM creators") == "600");
    CHECK(value("SELECT reactions_per_post FROM creators") == "7.0");
  }
  // All of it may happen within a second, so that times would not tell.
  store.database().exec("UPDATE api_request_rows SET at = '2026-01-01T00:00:00Z'");
  store.database().exec("UPDATE enrichment_rows SET enriched_at = '2026-01-01T00:00:00Z'");
  store.database().exec("UPDATE creators SET enriched_at = '2026-01-01T00:00:00Z'");
  const auto before = creators();
  const auto history = value("SELECT group_concat(followers_count) FROM creator_metric_rows");
  wreck_creators();
  CHECK(changes(reprocess()) == 1);
  CHECK(creators() == before);
  CHECK(value("SELECT group_concat(followers_count) FROM creator_metric_rows") == history);
  CHECK(changes(reprocess()) == 0);
}

TEST_CASE_FIXTURE(Read, "a value from a search whose record is not kept stays") {
  const auto searching = stage(StageName::search);
  enrich((search(searching, {found_one("c1")}, "a"), creator("c1")), enrichment("enriched", 500, 7));
  auto lost = found_one("c1");
  lost.creator.metrics.reactions_per_post = 9;
  search(searching, {lost}, "b");
  search(searching, {seen("c1", "silent about reactions")}, "c");
  const auto before = creators();
  CHECK(changes(reprocess()) == 0);
  CHECK(creators() == before);
  CHECK(value("SELECT reactions_per_post FROM creators") == "9.0");
}

TEST_CASE_FIXTURE(Read, "a reader that understands more fills columns and tags") {
  search(stage(StageName::search), {seen("c1", "search")}, "next");
  auto& now = std::get<CreatorRecord>(says["search"]);
  now.bio = "read at last";
  now.metrics.avg_views_per_post = 77;
  now.target_audiences = {"CMO"};
  now.languages = {"no", "en"};
  const auto done = reprocess();
  CHECK(done.kinds.at(0).read == 1);
  CHECK(done.kinds.at(0).changed == 1);
  CHECK(value("SELECT bio || avg_views_per_post FROM creators") == "read at last77.0");
  CHECK(value("SELECT group_concat(kind || ' ' || value) FROM creator_tags") ==
        "content_category Marketing,language en,language no,target_audience CMO");
  CHECK(changes(reprocess()) == 0);
}

TEST_CASE_FIXTURE(Read, "analyses and their evidence are written anew, and only where they differ") {
  const auto creators = find_creators(1);
  const auto content = send(StageName::content_match, creators, 3);
  accept(content, Charge{3, "body"});
  poll(content.jobs[0], told(content_match("a1", 70), "content"));
  ContentPost post;
  post.title = "one";
  post.raw_json = "{}";
  const auto evidence = told(ContentEvidence{"content-fit:a1", "a1", {post, post}, ""}, "posts");
  store.commit_content_posts(
      run.key, std::vector<std::pair<JobKey, const ContentEvidence*>>{{content.jobs[0], &evidence}}, answer());
  const auto audience = send(StageName::audience_match, creators, 10);
  accept(audience, Charge{10, "body"});
  poll(audience.jobs[0], told(audience_match("b1", 60), "audience"));
  const auto details = told(
      AudienceDetails{"audience-fit:b1", {{"Ada", {}, {}, {}, "x.org/ada", 3}}, {{"Acme", 2, 1.5}}, {{"CMO", 1}}, ""},
      "people");
  store.commit_audience_details(
      run.key, std::vector<std::pair<JobKey, const AudienceDetails*>>{{audience.jobs[0], &details}}, answer());
  says["{\"creator_id\":\"c1\"}"] = found_one("c1").creator;
  REQUIRE(changes(reprocess()) == 0);

  store.database().exec("UPDATE content_match_rows SET match_score = 1, status = 'queued'");
  store.database().exec("UPDATE audience_match_rows SET unique_companies = NULL");
  store.database().exec("DELETE FROM content_match_post_rows WHERE post_key = 1");
  store.database().exec("UPDATE audience_company_rows SET count = 9");
  CHECK(changes(reprocess()) == 4);
  CHECK(value("SELECT status || match_score FROM content_matches") == "succeeded70.0");
  CHECK(value("SELECT unique_companies FROM audience_matches") == "12");
  CHECK(count("SELECT count(*) FROM content_match_posts WHERE title = 'one'") == 2);
  CHECK(value("SELECT name || count || percentage FROM audience_companies") == "Acme21.5");
  CHECK(changes(reprocess()) == 0);
  check_ledger();
}

TEST_CASE_FIXTURE(Read, "what lies behind hits, and full records, are written anew where they differ") {
  const auto searching = stage(StageName::search);
  search(searching, {seen("c1", "c1"), seen("c2", "c2")});
  store.want_hit_posts(searching, 2);
  HitEvidence evidence;
  evidence.creator_id = "c1";
  evidence.matched_posts_count = 7;
  evidence.posts = {{.post_url = "https://x/1", .posted_at = "2026-05-18T10:00:00+02:00"}, {.snippet = "two"}};
  const std::vector records{told(evidence, "hit")};
  const std::vector asked{creator("c1"), creator("c2")};
  REQUIRE(store.commit_hit_posts(run.key, {{searching, 1}, 2, asked, records}, answer()));
  CreatorDetail detail{found_one("c1").creator, "2026-01-02T10:00:00Z"};
  detail.creator.bio = "the whole story";
  detail.creator.languages = {"no"};
  detail.creator.raw_json = "detail";
  says["detail"] = detail;
  store.commit_creator_detail(run.key, creator("c1"), detail, answer());
  REQUIRE(changes(reprocess()) == 0);

  store.database().exec("UPDATE search_hit_evidence_rows SET matched_posts_count = 1");
  store.database().exec("DELETE FROM search_hit_post_rows WHERE position = 2");
  store.database().exec("UPDATE creator_detail_rows SET created_at = NULL");
  store.database().exec("UPDATE creators SET bio = 'x'");
  store.database().exec("UPDATE creator_tag_rows SET value = 'en' WHERE kind = 'language' AND value = 'no'");
  const auto done = reprocess();
  CHECK(done.unreadable.empty());
  CHECK(value("SELECT matched_posts_count FROM search_hit_evidence WHERE creator_id = 'c1'") == "7");
  CHECK(count("SELECT count(*) FROM search_hit_posts") == 2);
  CHECK(value("SELECT created_at FROM creator_details") == "2026-01-02T10:00:00Z");
  CHECK(value("SELECT bio FROM creators WHERE creator_id = 'c1'") == "the whole story");
  CHECK(value("SELECT value FROM creator_tags WHERE creator_id = 'c1' AND kind = 'language'") == "no");
  CHECK(changes(reprocess()) == 0);

  // A search after the full record knows better, but for what it does not say.
  auto later = found_one("c1");
  later.creator.name = "Newer";
  later.creator = told(later.creator, "c1-later");
  search(stage(StageName::search, R"({"other":1})", "other"), {later});
  REQUIRE(changes(reprocess()) == 0);
  CHECK(value("SELECT name || bio FROM creators WHERE creator_id = 'c1'") == "Newerthe whole story");
}

TEST_CASE_FIXTURE(Read, "what cannot be read is told, and keeps its rows") {
  const auto searching = stage(StageName::search);
  search(searching, {seen("c1", "c1"), seen("c2", "c2"), seen("c3", "c3")}, "next");
  enrich(creator("c2"), enrichment("of c2", 500, 7));
  const auto before = creators();
  says.erase("c1");
  says.erase("of c2");
  std::get<CreatorRecord>(says["c3"]).handle = "new-handle";
  const auto done = reprocess();
  REQUIRE(done.unreadable.size() == 2);
  CHECK(done.unreadable[0].kind == RecordKind::enrichment);
  CHECK(done.unreadable[0].of == "c2");
  CHECK(done.unreadable[0].problem == "damaged");
  CHECK(done.unreadable[1].of == "c1");
  CHECK(changes(done) == 1);
  store.database().exec("UPDATE creators SET handle = 'handle-c3' WHERE creator_id = 'c3'");
  CHECK(creators() == before);
}

}  // namespace toksync::store
