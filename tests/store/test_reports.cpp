#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

namespace {

constexpr const char* kTopics = R"({"topic_keywords":["ABM"],"posts_to_analyze":10})";
constexpr const char* kAudience = R"({"criteria":["CMO"],"analysis_depth":"quick_scan"})";
constexpr const char* kLeaders = R"({"mode":"balanced"})";

/// Four creators found, two matched by content, one of them by audience too, one a thought leader, one
/// purchase failed and one lost.
struct SmallNight : Night {
  std::vector<CreatorKey> creators = find_creators(4);
  SmallNight() {
    match_content(creators[1], "a1", 88);
    match_content(creators[2], "a2", 93);
    const auto audience = send(StageName::audience_match, {creators[1]}, 10, kAudience);
    accept(audience, Charge{10, "price_table"});
    poll(audience.jobs[0], audience_match("b1", 72));
    find_leader("c4", 66);
    const auto failed = send(StageName::enrich, {creators[0], creators[1]}, 1);
    accept(failed);
    for (const auto job : failed.jobs) {
      poll({.job = job,
            .status = JobStatus::failed,
            .charge = Charge{0, "body"},
            .error_code = "NOT_FOUND",
            .error_message = "no such profile"});
    }
    const auto lost = send(StageName::enrich, {creators[2]}, 1);
    store.record_ambiguous(lost, run.key, {FailureKind::unavailable, "TIMEOUT", "no answer", true}, answer());
  }
  void match_content(CreatorKey creator, const std::string& analysis, double score) {
    const auto intent = send(StageName::content_match, {creator}, 3, kTopics);
    accept(intent, Charge{3, "price_table"}, "content-fit:");
    poll(intent.jobs[0], content_match(analysis, score));
    poll({.job = intent.jobs[0], .status = JobStatus::succeeded, .details_pending = false});
  }
  void find_leader(const std::string& creator_id, double score) {
    const auto intent = send(StageName::thought_leaders, {}, 40, kLeaders);
    accept(intent);
    ThoughtLeadersJob record;
    record.thought_leaders.resize(2);
    record.thought_leaders[0].creator_id = creator_id;
    record.thought_leaders[0].status = "approved";
    record.thought_leaders[0].score = score;
    record.thought_leaders[1].creator_id = "c1";
    record.thought_leaders[1].status = "rejected";
    record.thought_leaders[1].score = 5;
    PollCommit commit;
    commit.run = run.key;
    commit.jobs = {{.job = intent.jobs[0], .status = JobStatus::succeeded, .charge = Charge{14, "body"}}};
    commit.thought_leaders = {{intent.jobs[0], &record}};
    store.commit_poll(commit, answer());
  }
  std::string shortlisted(const std::string& column, const std::string& creator_id) {
    return value("SELECT " + column + " FROM shortlist WHERE creator_id = '" + creator_id + "'");
  }
};

}  // namespace

TEST_CASE_FIXTURE(SmallNight, "the shortlist tells what is known of each hit") {
  CHECK(count("SELECT count(*) FROM shortlist") == 4);
  CHECK(count("SELECT count(*) FROM shortlist WHERE pipeline = 'nightly' AND keyword_set = 'saas' AND rank = 2"
              " AND creator_id = 'c2' AND name = 'Name of c2' AND handle = 'handle-c2'"
              " AND profile_url = 'https://www.linkedin.com/in/c2' AND location IS NULL AND followers_count = 12000"
              " AND engagement_rate = 2.5 AND search_score = 90.5 AND content_score = 88"
              " AND audience_score = 72 AND thought_leader_score IS NULL") == 1);
  CHECK(shortlisted("content_score", "c1") == "NULL");
  CHECK(shortlisted("thought_leader_score", "c4") == "66.0");
  CHECK(shortlisted("thought_leader_score", "c1") == "NULL");
}

TEST_CASE_FIXTURE(SmallNight, "the combined score takes what is not known for the middle") {
  CHECK(shortlisted("combined_score", "c1") == "NULL");
  CHECK(shortlisted("combined_score", "c2") == "77.8");  // 88 / 2 + 72 * 0.4 + 50 * 0.1
  CHECK(shortlisted("combined_score", "c3") == "71.5");  // 93 / 2 + 50 * 0.4 + 50 * 0.1
  CHECK(shortlisted("combined_score", "c4") == "51.6");  // 50 / 2 + 50 * 0.4 + 66 * 0.1
  CHECK(value("SELECT group_concat(creator_id, ' ') FROM (SELECT creator_id FROM shortlist"
              " ORDER BY combined_score DESC NULLS LAST)") == "c2 c3 c4 c1");
}

TEST_CASE_FIXTURE(SmallNight, "the shortlist links the post that fits best") {
  const auto job = JobKey{count("SELECT job_key FROM content_matches WHERE creator_id = 'c2'")};
  ContentEvidence evidence{"", "a1", {}, "{}"};
  for (const auto score : {70.0, 90.0, 80.0}) {
    ContentPost post;
    post.post_url = "https://example.com/" + std::to_string(static_cast<int>(score));
    post.title = "scored " + std::to_string(static_cast<int>(score));
    post.match_score = score;
    evidence.posts.push_back(post);
  }
  store.commit_content_posts(run.key, std::vector<std::pair<JobKey, const ContentEvidence*>>{{job, &evidence}},
                             answer());
  CHECK(shortlisted("best_post_url", "c2") == "https://example.com/90");
  CHECK(shortlisted("best_post_title", "c2") == "scored 90");
  CHECK(shortlisted("best_post_url", "c3") == "NULL");
  CHECK(count("SELECT count(*) FROM shortlist") == 4);
}

TEST_CASE("the shortlist tells growth since 30 days before a creator was last seen") {
  Night night;
  const auto stage = night.stage(StageName::search);
  const auto find_with = [&](OptionalCount followers) {
    auto found = Night::found_one("c1");
    found.creator.metrics.followers_count = followers;
    night.search(stage, {found}, "more");
  };
  const auto growth = [&](const std::string& relation) {
    return night.value("SELECT format('%s %s', growth_30_days, growth_30_days_percent) FROM " + relation);
  };
  find_with(1000);
  CHECK(night.value("SELECT growth_30_days FROM shortlist") == "NULL");
  CHECK(night.value("SELECT growth_30_days_percent FROM shortlist") == "NULL");
  night.clock.advance(std::chrono::days{40});
  find_with(1234);
  CHECK(growth("shortlist") == "234 23.4");
  CHECK(growth("creator_growth") == "234 23.4");
  night.clock.advance(std::chrono::days{40});
  find_with(617);
  CHECK(growth("shortlist") == "-617 -50.0");
  CHECK(growth("creator_growth") == "-617 -50.0");
}

TEST_CASE("growth from nothing has no percentage") {
  Night night;
  const auto stage = night.stage(StageName::search);
  for (const auto followers : {0, 50}) {
    auto found = Night::found_one("c1");
    found.creator.metrics.followers_count = followers;
    night.search(stage, {found}, "more");
    night.clock.advance(std::chrono::days{40});
  }
  CHECK(night.value("SELECT growth_30_days FROM shortlist") == "50");
  CHECK(night.value("SELECT growth_30_days_percent FROM shortlist") == "NULL");
}

TEST_CASE_FIXTURE(SmallNight, "the best come first, and those without a score last") {
  const auto best = shortlist(store, 4);
  REQUIRE(best.size() == 4);
  CHECK(best[0].creator_id == "c2");
  CHECK(best[0].combined_score == 77.8);
  CHECK(best[0].audience_score == 72);
  CHECK(best[1].creator_id == "c3");
  CHECK(best[1].content_score == 93);
  CHECK(best[2].creator_id == "c4");
  CHECK(best[2].thought_leader_score == 66);
  CHECK(best[3].creator_id == "c1");
  CHECK(best[3].rank == 1);
  CHECK(best[3].followers_count == 12'000);
  CHECK_FALSE(best[3].combined_score.has_value());
  CHECK(shortlist(store, 3).size() == 3);
  CHECK(shortlist(store, 10, "nightly").size() == 4);
  CHECK(shortlist(store, 10, "weekly").empty());
}

TEST_CASE_FIXTURE(SmallNight, "the shortlist is that of the newest run with hits, with scores bought before") {
  run = begin_run("run-2");
  stage(StageName::search);
  CHECK(count("SELECT count(*) FROM shortlist") == 4);
  search(stage(StageName::search), found(3, 3));
  CHECK(count("SELECT count(*) FROM shortlist") == 3);
  CHECK(shortlisted("content_score", "c3") == "93.0");
  CHECK(shortlisted("rank", "c3") == "1");
  CHECK(shortlisted("thought_leader_score", "c4") == "66.0");
  stage(StageName::content_match, R"({"topic_keywords":["other"],"posts_to_analyze":10})");
  CHECK(shortlisted("content_score", "c3") == "NULL");
}

TEST_CASE_FIXTURE(SmallNight, "costs by stage are charged and open") {
  const auto costs = costs_of(store, run.key);
  REQUIRE(costs.size() == 5);
  Credits charged = 0;
  Credits open = 0;
  for (const auto& cost : costs) {
    CHECK(cost.keyword_set == "saas");
    charged += cost.charged;
    open += cost.open;
  }
  CHECK(costs[1].stage == StageName::content_match);
  CHECK(costs[1].charged == 6);
  CHECK(charged == 1 + 6 + 10 + 14);
  CHECK(open == 1);
  CHECK(charged + open == store.spent_in_run(run.key));
  check_ledger();
}

TEST_CASE_FIXTURE(SmallNight, "failures are told by their reason") {
  const auto failures = failures_of(store, run.key);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].family == StageName::enrich);
  CHECK(failures[0].error_code == "NOT_FOUND");
  CHECK(failures[0].error_message == "no such profile");
  CHECK(failures[0].count == 2);
  CHECK(failures[0].request_id.starts_with("req-"));
}

TEST_CASE_FIXTURE(SmallNight, "jobs are listed newest first and by what is asked") {
  CHECK(list_jobs(store, {}).size() == 8);
  CHECK(list_jobs(store, {.limit = 2}).size() == 2);
  const auto unfinished = list_jobs(store, {.only_unfinished = true});
  REQUIRE(unfinished.size() == 1);
  CHECK(unfinished[0].status == JobStatus::ambiguous);
  CHECK(unfinished[0].creator_id == "c3");
  CHECK(unfinished[0].creator_name == "Name of c3");
  CHECK(unfinished[0].error_code == "TIMEOUT");
  CHECK(unfinished[0].credits_reserved == 1);
  CHECK(list_jobs(store, {.status = JobStatus::failed}).size() == 2);
  CHECK(list_jobs(store, {.family = StageName::content_match}).size() == 2);
  CHECK(list_jobs(store, {.run_id = "run-1", .status = JobStatus::succeeded, .family = StageName::search}).size() == 1);
  CHECK(list_jobs(store, {.run_id = "run-7"}).empty());
  const auto all = list_jobs(store, {});
  CHECK(all.front().job > all.back().job);
  CHECK(all.back().family == StageName::search);
  CHECK_FALSE(all.back().creator_id.has_value());
  CHECK(all.back().run_id == "run-1");
  CHECK(all.back().keyword_set == "saas");
}

TEST_CASE_FIXTURE(SmallNight, "what waits is counted") {
  const auto counts = count_jobs(store, clock.wall());
  CHECK(counts.outstanding == 1);  // the audience match, whose people are still to be fetched
  CHECK(counts.ambiguous == 1);
  CHECK(counts.ambiguous_credits == 1);
  send(StageName::enrich, {creators[3]}, 1);
  CHECK(count_jobs(store, clock.wall()).outstanding == 2);
  CHECK(counts.expiring == 0);
  // Kept for thirty days: three before that it is time.
  CHECK(count_jobs(store, clock.wall() + std::chrono::days{26}).expiring == 0);
  const auto late = count_jobs(store, clock.wall() + std::chrono::days{28});
  CHECK(late.expiring == 1);
  CHECK(late.first_expires_at.has_value());
}

TEST_CASE_FIXTURE(SmallNight, "a run's summary adds up") {
  clock.advance_to(clock.steady());
  store.finish_run(run.key, {RunStatus::partial, 6, {}}, WallTime{*from_iso8601("2026-06-01T01:00:00Z")});
  CHECK(count("SELECT count(*) FROM run_summary WHERE run_id = 'run-1' AND pipeline = 'nightly' AND status = 'partial'"
              " AND exit_code = 6 AND duration_seconds = 3600 AND creators_found = 4 AND creators_enriched = 0"
              " AND content_matches = 2 AND audience_matches = 1 AND thought_leader_jobs = 1"
              " AND credits_charged = 31 AND credits_open = 1 AND jobs_failed = 2 AND jobs_ambiguous = 1"
              " AND jobs_unfinished = 2") == 1);
  CHECK(count("SELECT requests FROM run_summary") == count("SELECT count(*) FROM api_requests"));
  begin_run("run-2");
  CHECK(value("SELECT duration_seconds FROM run_summary WHERE run_id = 'run-2'") == "NULL");
  CHECK(value("SELECT credits_charged FROM run_summary WHERE run_id = 'run-2'") == "0");
}

TEST_CASE_FIXTURE(SmallNight, "daily spend adds up to the ledger") {
  clock.advance(std::chrono::days{1});
  match_content(creators[0], "a9", 50);
  CHECK(value("SELECT charged FROM credit_spend_daily WHERE day = '2026-06-02' AND pipeline = 'nightly'"
              " AND keyword_set = 'saas' AND stage = 'content_match'") == "3");
  CHECK(value("SELECT reserved || ' ' || charged || ' ' || released FROM credit_spend_daily"
              " WHERE day = '2026-06-01' AND stage = 'thought_leaders'") == "40 14 26");
  const auto totals = store.ledger_totals();
  CHECK(count("SELECT sum(reserved) FROM credit_spend_daily") == totals.reserved);
  CHECK(count("SELECT sum(charged) FROM credit_spend_daily") == totals.charged);
  CHECK(count("SELECT sum(released) FROM credit_spend_daily") == totals.released);
}

TEST_CASE("growth compares with 30 days before and with the first count") {
  Night night;
  const auto stage = night.stage(StageName::search);
  const auto find_with = [&](std::int64_t followers) {
    auto found = Night::found_one("c1");
    found.creator.metrics.followers_count = followers;
    night.search(stage, {found}, "more");
  };
  find_with(1000);
  CHECK(night.value("SELECT followers_30_days_ago FROM creator_growth") == "NULL");
  CHECK(night.value("SELECT growth_30_days FROM creator_growth") == "NULL");
  night.clock.advance(std::chrono::days{10});
  find_with(1200);
  night.clock.advance(std::chrono::days{25});
  find_with(1500);
  CHECK(night.value("SELECT followers_30_days_ago FROM creator_growth") == "1000");
  CHECK(night.value("SELECT growth_30_days FROM creator_growth") == "500");
  night.clock.advance(std::chrono::days{10});
  find_with(1500);
  CHECK(night.value("SELECT growth_30_days || ' ' || growth_since_first_seen FROM creator_growth") == "300 500");
}

}  // namespace toksync::store
