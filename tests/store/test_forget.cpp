#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "night.hpp"
#include "store/forget.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

constexpr const char* kUrl = "https://www.linkedin.com/in/c2/";

/// A night in which c2 "Ada Unmistakable" is everywhere: found, chosen, enriched, analyzed, approved, and in
/// the audience of c1; with c1 and c3 beside her.
struct Known : Night {
  std::vector<CreatorKey> creators;
  JobKey audience_of_c1{};

  Known() {
    auto page = found(1, 4);
    page[1].creator.name = "Ada Unmistakable";
    page[1].creator.handle = "ada-handle-77";
    page[1].creator.profile_url = kUrl;
    page[1].creator.creator_id = kAda;
    page[1].creator.raw_json = R"({"id":"ada-0000-id","name":"Ada Unmistakable","handle":"ada-handle-77"})";
    search(stage(StageName::search), page);
    for (const std::string id : {"c1", kAda, "c3", "c4"}) creators.push_back(creator(id));
    enrich();
    match_content();
    match_audiences();
    find_leaders();
    check_ledger();
  }

  static constexpr const char* kAda = "ada-0000-id";

  void enrich() {
    const auto enriching = stage(StageName::enrich);
    std::vector<SelectedCreator> selected;
    for (const auto key : creators) selected.push_back({key, Decision::buy});
    store.record_selection(enriching, selected, now());
    NewIntent intent{run.key,
                     enriching,
                     StageName::enrich,
                     criteria(StageName::enrich),
                     R"({"creator_ids":["c1","ada-0000-id","c3"]})",
                     {}};
    for (const auto key : creators) intent.jobs.push_back({key, 1, 1});
    const auto sent = store.record_intent(intent, now());
    store.record_sent(sent, now());
    accept(sent, Charge{1, "body"}, "enrichment:");
    store.database().exec("UPDATE job_rows SET external_id = 'enrichment:ada-0000-id' WHERE creator_key = 2");
    EnrichmentRecord record;
    record.creator_id = kAda;
    record.raw_json = R"({"creator_id":"ada-0000-id","headline":"Ada Unmistakable writes"})";
    record.followers_count = 5;
    PollCommit commit;
    commit.run = run.key;
    commit.jobs.push_back({.job = sent.jobs[1], .status = JobStatus::succeeded});
    commit.jobs.push_back({.job = sent.jobs[2],
                           .status = JobStatus::failed,
                           .error_code = "NO_PROFILE",
                           .error_message = "not like Ada Unmistakable (ada-0000-id) of linkedin.com/in/c2, but c2-b"});
    commit.enrichments = {{sent.jobs[1], &record}};
    store.commit_poll(commit, answer());
  }

  void match_content() {
    const auto sent = send(StageName::content_match, {creators[0], creators[1]}, 5);
    accept(sent, Charge{5, "body"}, "content-fit:");
    for (int i = 0; i < 2; ++i) {
      auto record = content_match("content-" + std::to_string(i), 80);
      if (i == 1) record.raw_json = R"({"creator_name":"Ada Unmistakable"})";
      poll(sent.jobs.at(static_cast<std::size_t>(i)), record);
    }
    ContentPost post;
    post.post_url = "https://www.linkedin.com/posts/ada-handle-77_1";
    post.raw_json = "{}";
    const ContentEvidence evidence{"content-fit:1", "content-1", {post}, R"({"creator_name":"Ada Unmistakable"})"};
    const std::vector<std::pair<JobKey, const ContentEvidence*>> all{{sent.jobs[1], &evidence}};
    store.commit_content_posts(run.key, all, answer());
  }

  AudienceDetails audience() {
    AudienceDetails details;
    for (const auto* const url :
         {"https://linkedin.com/in/one", kUrl, "https://linkedin.com/in/c2-b", "https://linkedin.com/in/C2"}) {
      AudienceEngager engager;
      engager.name = url == std::string{kUrl} ? "Ada U." : "Somebody";
      engager.linkedin_url = url;
      details.engagers.push_back(engager);
      details.raw_json += (details.raw_json.empty() ? R"({"top":[)" : ",");
      details.raw_json += R"({"linkedin_url":")" + std::string{url} + R"(","name":")" + *engager.name + "\"}";
    }
    details.raw_json += "]}";
    details.companies.push_back({"Acme", 3, {}});
    details.job_titles.push_back({"CMO", 2});
    return details;
  }

  void match_audiences() {
    const auto sent = send(StageName::audience_match, {creators[0], creators[1]}, 20);
    accept(sent, Charge{20, "body"}, "audience-fit:");
    audience_of_c1 = sent.jobs[0];
    const auto details = audience();
    for (std::size_t i = 0; i < 2; ++i) {
      poll(sent.jobs[i], audience_match("audience-" + std::to_string(i), 70));
      const std::vector<std::pair<JobKey, const AudienceDetails*>> all{{sent.jobs[i], &details}};
      store.commit_audience_details(run.key, all, answer());
    }
  }

  ThoughtLeadersJob leaders() {
    ThoughtLeadersJob job;
    job.job_id = "leaders";
    job.status = JobStatus::succeeded;
    job.raw_json = "{}";
    for (const auto* const id : {"c1", kAda, "c9"}) {
      ThoughtLeader leader;
      leader.creator_id = id;
      leader.raw_json = R"({"creator_id":")" + std::string{id} + "\"}";
      job.thought_leaders.push_back(leader);
    }
    return job;
  }

  void commit_leaders(JobKey job, const ThoughtLeadersJob& record) {
    PollCommit commit;
    commit.run = run.key;
    commit.jobs.push_back({.job = job, .status = JobStatus::succeeded, .charge = Charge{6, "body"}});
    commit.thought_leaders = {{job, &record}};
    store.commit_poll(commit, answer());
  }

  void find_leaders() {
    const auto sent = send(StageName::thought_leaders, {}, 80);
    accept(sent, {}, "");
    commit_leaders(sent.jobs[0], leaders());
  }

  Erasure forget(const std::string& who) { return store.forget(who, now(), false).value(); }

  [[nodiscard]] std::string bytes() const { return folder.read("night.db") + folder.read("night.db-wal"); }
  [[nodiscard]] bool has_bytes(const std::string& text) const { return bytes().find(text) != std::string::npos; }

  void check_she_is_gone() {
    for (const std::string text : {"ada-0000-id", "Unmistakable", "ada-handle-77", "in/c2/", "in/c2\"", "in/C2"}) {
      CAPTURE(text);
      CHECK_FALSE(has_bytes(text));
    }
    for (const auto& check : check_database(store)) {
      CHECK_MESSAGE(check.problems.empty(), check.name << ": " << check.problems.front());
    }
    check_ledger();
  }
};

std::int64_t rows_of(const Erasure& erasure, const std::string& relation) {
  const auto found = std::ranges::find(erasure.rows, relation, &ErasedRows::relation);
  return found == erasure.rows.end() ? 0 : found->rows;
}

}  // namespace

TEST_CASE_FIXTURE(Known, "nothing of a forgotten creator is left, and everything of the others") {
  REQUIRE(has_bytes("Unmistakable"));
  const auto ledger = value("SELECT group_concat(kind || credits) FROM credit_ledger_rows");
  const auto jobs = count("SELECT count(*) FROM job_rows");
  const auto erasure = forget(kAda);
  check_she_is_gone();
  for (const auto* const relation : {"creators", "enrichments", "content_matches", "content_match_posts",
                                     "audience_matches", "thought_leaders", "search_hits", "stage_creators"}) {
    CAPTURE(relation);
    CHECK(rows_of(erasure, relation) == 1);
  }
  CHECK(rows_of(erasure, "audience_engagers") == 4 + 2);
  CHECK(rows_of(erasure, "jobs") == 3);
  CHECK(rows_of(erasure, "mentions elsewhere") == 3);  // a request, an error, the details of c1
  CHECK(value("SELECT group_concat(kind || credits) FROM credit_ledger_rows") == ledger);
  CHECK(count("SELECT count(*) FROM job_rows") == jobs);
  CHECK(count("SELECT count(*) FROM jobs WHERE family = 'content_match' AND creator_id IS NULL AND status = 'succeeded'"
              " AND external_id IS NULL AND credits_charged = 5") == 1);
  CHECK(value("SELECT group_concat(creator_id) FROM (SELECT creator_id FROM creators ORDER BY 1)") == "c1,c3,c4,c9");
  CHECK(count("SELECT count(*) FROM content_matches") == 1);
  CHECK(has_bytes("handle-c3"));
}

TEST_CASE_FIXTURE(Known, "what stays is numbered without gaps, and texts lose no more than her") {
  forget(kAda);
  CHECK(value("SELECT group_concat(creator_id || rank) FROM (SELECT * FROM search_hits ORDER BY rank)") ==
        "c11,c32,c43");
  CHECK(value("SELECT new_count FROM search_pages") == "3");
  CHECK(value("SELECT group_concat(position) FROM stage_creator_rows") == "1,2,3");
  CHECK(value("SELECT group_concat(position || linkedin_url) FROM audience_engager_rows") ==
        "1https://linkedin.com/in/one,2https://linkedin.com/in/c2-b");
  CHECK(value("SELECT details_json FROM audience_matches") ==
        R"({"top":[{"linkedin_url":"https://linkedin.com/in/one","name":"Somebody"},)"
        R"({"linkedin_url":"https://linkedin.com/in/c2-b","name":"Somebody"}]})");
  CHECK(value("SELECT request_json FROM intents WHERE family = 'enrich'") == R"({"creator_ids":["c1","c3"]})");
  CHECK(value("SELECT error_message FROM jobs WHERE error_message IS NOT NULL") ==
        "not like forgotten (forgotten) of forgotten, but c2-b");
}

TEST_CASE("a person is found by id, handle and address, in any spelling") {
  for (const std::string who :
       {"ADA-0000-ID", "ada-handle-77", "@Ada-Handle-77", "http://de.linkedin.com/in/C2?trk=1"}) {
    CAPTURE(who);
    Known night;
    CHECK(rows_of(night.forget(who), "creators") == 1);
    night.check_she_is_gone();
  }
}

TEST_CASE_FIXTURE(Known, "nobody and several are errors, and nothing happens") {
  store.database().exec("UPDATE creators SET handle = 'twin' WHERE creator_id IN ('c3', 'c4')");
  const auto before = count("SELECT total_changes()");
  for (const std::string who :
       {"nobody", "", "/", "https://www.linkedin.com/in/", "https://www.linkedin.com/in/nobody", "twin"}) {
    CAPTURE(who);
    const auto refused = store.forget(who, now(), false);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::usage);
  }
  const auto several = store.forget("twin", now(), false).error().text();
  CHECK(several.find("c3 (linkedin, Name of c3), c4 (linkedin, Name of c4)") != std::string::npos);
  CHECK(count("SELECT total_changes()") == before);
}

TEST_CASE_FIXTURE(Known, "one person under two ids goes as one") {
  store.database().exec("UPDATE creators SET profile_url = 'https://linkedin.com/in/C2' WHERE creator_id = 'c4'");
  CHECK(rows_of(forget(kAda), "creators") == 2);
  CHECK(count("SELECT count(*) FROM creators WHERE creator_id = 'c4'") == 0);
  check_she_is_gone();
}

TEST_CASE_FIXTURE(Known, "somebody known as an audience only is forgotten by address") {
  const auto erasure = forget("linkedin.com/in/c2-b");
  CHECK(rows_of(erasure, "creators") == 0);
  CHECK(rows_of(erasure, "audience_engagers") == 2);
  CHECK_FALSE(has_bytes("/in/c2-b"));
  CHECK(has_bytes("/in/C2"));
}

TEST_CASE_FIXTURE(Known, "a dry run counts the same and changes nothing") {
  const auto before = value("SELECT group_concat(quote(creator_id) || quote(raw_json)) FROM creators");
  const auto counted = store.forget(kAda, now(), true).value();
  CHECK(value("SELECT group_concat(quote(creator_id) || quote(raw_json)) FROM creators") == before);
  CHECK(count("SELECT count(*) FROM forgotten_rows") == 0);
  search(stage(StageName::search), {found_one("c8")}, "next");
  const auto erased = forget(kAda);
  REQUIRE(counted.rows.size() == erased.rows.size());
  for (const auto& [relation, rows] : counted.rows) {
    CAPTURE(relation);
    CHECK(rows_of(erased, relation) == rows);
  }
}

TEST_CASE_FIXTURE(Known, "whatever the API sends of her again is dropped") {
  forget(kAda);
  auto again = found_one("another-id");
  again.creator.profile_url = "https://linkedin.com/in/c2";
  CHECK(search(stage(StageName::search), {found_one(kAda), again, found_one("c7")}, "next") == 1);
  const auto details = audience();
  const std::vector<std::pair<JobKey, const AudienceDetails*>> all{{audience_of_c1, &details}};
  store.commit_audience_details(run.key, all, answer());
  const auto sent = send(StageName::thought_leaders, {}, 80);
  accept(sent, {}, "");
  commit_leaders(sent.jobs[0], leaders());
  CHECK(count("SELECT count(*) FROM thought_leaders") == 4);
  CHECK(count("SELECT count(*) FROM audience_engager_rows") == 2);
  check_she_is_gone();
}

TEST_CASE_FIXTURE(Known, "what is outstanding about her ends, and is paid for") {
  const auto open = send(StageName::audience_match, {creators[1], creators[2]}, 20, R"({"criteria":["CMO"]})");
  accept(open);
  const auto pending = send(StageName::content_match, {creators[1]}, 3, R"({"topic_keywords":["x"]})");
  accept(pending, Charge{3, "body"});
  poll(pending.jobs[0], content_match("pending", 50));
  const auto lost = send(StageName::enrich, {creators[1]}, 1, R"({"other":1})");
  store.record_ambiguous(lost, run.key, {FailureKind::unavailable, "TIMEOUT", "none", true}, answer());
  REQUIRE(store.outstanding_jobs().size() == 6);
  forget(kAda);
  check_she_is_gone();
  const auto job = [&](JobKey key, const std::string& what) {
    return value("SELECT " + what + " FROM job_rows WHERE job_key = " + std::to_string(raw(key)));
  };
  CHECK(job(open.jobs[0], "status || ' ' || error_code || ' ' || credits_charged || ' ' || credits_open") ==
        "canceled FORGOTTEN 20 0");
  CHECK(job(open.jobs[1], "status || ' ' || credits_open") == "queued 20");
  CHECK(job(pending.jobs[0], "status || ' ' || credits_charged || details_pending") == "succeeded 30");
  CHECK(job(lost.jobs[0], "status || ' ' || credits_open") == "ambiguous 1");
  CHECK(store.outstanding_jobs().size() == 4);
  for (const auto& outstanding : store.outstanding_jobs()) CHECK(outstanding.creator.has_value());
  // Should an answer come all the same, it is dropped.
  poll(open.jobs[0], audience_match("late", 60));
  EnrichmentRecord record;
  PollCommit commit;
  commit.run = run.key;
  commit.jobs.push_back({.job = lost.jobs[0], .status = JobStatus::succeeded, .charge = Charge{1, "body"}});
  commit.enrichments = {{lost.jobs[0], &record}};
  store.commit_poll(commit, answer());
  CHECK(count("SELECT count(*) FROM audience_matches WHERE analysis_id = 'late'") == 0);
  CHECK(count("SELECT count(*) FROM enrichments") == 0);
  check_ledger();
}

TEST_CASE_FIXTURE(Known, "forgetting is done again without harm, and ends what was cut short") {
  store.database().exec("PRAGMA busy_timeout = 1");
  {
    SQLite::Database reader(folder.file("night.db"), SQLite::OPEN_READONLY);
    const SQLite::Transaction reading(reader);
    REQUIRE(reader.execAndGet("SELECT count(*) FROM creators").getInt64() == 5);
    const auto erasure = store.forget(kAda, now(), false);
    REQUIRE_FALSE(erasure.has_value());
    CHECK(erasure.error().kind == ErrorKind::database);
    CHECK(erasure.error().text().find("another program reads") != std::string::npos);
  }
  CHECK(has_bytes("Unmistakable"));
  const auto again = forget(kAda);
  CHECK(again.was_forgotten);
  CHECK(again.rows.empty());
  check_she_is_gone();
  CHECK(forget("https://linkedin.com/in/c2").was_forgotten);
}

TEST_CASE_FIXTURE(Night, "every table that refers to creators is known to forget") {
  CHECK(value("SELECT group_concat(name) FROM (SELECT DISTINCT t.name FROM pragma_table_list t,"
              " pragma_foreign_key_list(t.name) f WHERE f.\"table\" = 'creators' ORDER BY 1)") ==
        "audience_match_rows,backfill_creator_rows,content_match_rows,creator_metric_rows,creator_tag_rows,enrichment_"
        "rows,job_rows,published_creator_rows,"
        "search_hit_rows,stage_creator_rows,thought_leader_rows");
}

}  // namespace toksync::store
