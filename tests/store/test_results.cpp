#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

namespace {

constexpr const char* kTopics = R"({"topic_keywords":["ABM","growth"],"posts_to_analyze":20})";
constexpr const char* kAudience = R"({"criteria":["CMO"],"analysis_depth":"deep_dive"})";

ThoughtLeader leader(const std::string& creator_id, const std::string& status, double score) {
  ThoughtLeader row;
  row.creator_id = creator_id;
  row.creator_name = "Leader " + creator_id;
  row.status = status;
  row.reasoning = "writes about it weekly";
  row.processed_at = "2026-06-01T01:00:00Z";
  row.search_rank = 3;
  row.matching_posts = 6;
  row.posts_analyzed = 10;
  row.score = score;
  row.relevance_score = 77;
  row.content_match_score = 66;
  row.raw_json = R"({"leader":1})";
  return row;
}

/// One content match job, accepted.
struct Matched : Night {
  std::vector<CreatorKey> creators = find_creators(2);
  Intent intent = send(StageName::content_match, {creators[0]}, 5, kTopics);
  JobKey job = intent.jobs[0];
  Matched() { accept(intent, Charge{5, "price_table"}, "content-fit:"); }
};

struct Audience : Night {
  std::vector<CreatorKey> creators = find_creators(2);
  Intent intent = send(StageName::audience_match, {creators[0]}, 20, kAudience);
  JobKey job = intent.jobs[0];
  Audience() { accept(intent, Charge{20, "price_table"}, "audience-fit:"); }
};

}  // namespace

TEST_CASE_FIXTURE(Matched, "a content match shows what it was asked and what came") {
  poll(job, content_match("a1", 81.5));
  CHECK(count("SELECT count(*) FROM content_matches WHERE analysis_id = 'a1' AND job_id LIKE 'content-fit:%'"
              " AND creator_id = 'c1' AND keyword_set = 'saas' AND topic_keywords = '[\"ABM\",\"growth\"]'"
              " AND posts_to_analyze = 20 AND status = 'succeeded' AND match_score = 81.5"
              " AND matching_posts_count = 4 AND total_posts_analyzed = 10 AND content_fit_label = 'strong'"
              " AND completed_at = '2026-05-20T08:00:00Z' AND run_id = 'run-1' AND raw_json = '{\"score\":1}'") == 1);
  CHECK(count("SELECT count(*) FROM jobs WHERE job_key = " + std::to_string(raw(job)) +
              " AND status = 'succeeded' AND finished_at IS NOT NULL AND details_pending = 1") == 1);
  check_ledger();
}

TEST_CASE_FIXTURE(Matched, "the same poll stored twice changes nothing") {
  poll(job, content_match("a1", 81.5));
  const auto finished = value("SELECT finished_at FROM jobs WHERE family = 'content_match'");
  const ContentEvidence evidence{"content-fit:1", "a1", {ContentPost{}}, R"({"posts":[{}]})"};
  const std::vector<std::pair<JobKey, const ContentEvidence*>> all{{job, &evidence}};
  store.commit_content_posts(run.key, all, answer());
  poll(job, content_match("a1", 81.5));
  CHECK(count("SELECT count(*) FROM content_matches") == 1);
  CHECK(count("SELECT count(*) FROM content_match_posts") == 1);
  CHECK(value("SELECT finished_at FROM jobs WHERE family = 'content_match'") == finished);
  CHECK(value("SELECT details_pending FROM jobs WHERE family = 'content_match'") == "0");
  check_ledger();
}

TEST_CASE_FIXTURE(Matched, "an analysis that is told anew replaces what was there") {
  poll(job, content_match("a1", 10));
  poll(job, content_match("a1", 20));
  CHECK(value("SELECT match_score FROM content_matches") == "20.0");
  CHECK(count("SELECT count(*) FROM content_matches") == 1);
}

TEST_CASE_FIXTURE(Matched, "an analysis that goes on is no result, and a failed one says so") {
  auto record = content_match("a1", 0);
  record.status = JobStatus::running;
  record.match_score = std::nullopt;
  poll(job, record);
  CHECK(count("SELECT count(*) FROM content_matches") == 0);
  CHECK(value("SELECT status FROM jobs WHERE family = 'content_match'") == "running");
  record.status = JobStatus::failed;
  record.analysis_id.clear();
  poll(job, record);
  CHECK(value("SELECT analysis_id || ' ' || status FROM content_matches") == "content-fit:a1 failed");
}

TEST_CASE_FIXTURE(Matched, "a final state stays") {
  poll({.job = job, .status = JobStatus::failed, .error_code = "NO_POSTS", .error_message = "none"});
  poll({.job = job, .status = JobStatus::running});
  CHECK(value("SELECT status || ' ' || error_code FROM jobs WHERE family = 'content_match'") == "failed NO_POSTS");
}

TEST_CASE_FIXTURE(Matched, "an expiry time is kept as UTC") {
  poll({.job = job, .status = JobStatus::succeeded, .result_expires_at = "2026-07-01T00:00:00+01:00"});
  CHECK(value("SELECT result_expires_at FROM jobs WHERE family = 'content_match'") == "2026-06-30T23:00:00Z");
}

TEST_CASE_FIXTURE(Matched, "posts are kept with their record, and replaced as a whole") {
  poll(job, content_match("a1", 81.5));
  ContentPost post;
  post.post_url = "https://example.org/p1";
  post.title = std::string("a\0b", 3);
  post.posted_date = "2026-05-01";
  post.content_type = "article";
  post.match_score = 93;
  post.keyword_matches_json = R"(["ABM"])";
  post.match_reason = "says so";
  post.raw_json = R"({"post":1})";
  ContentEvidence evidence{"content-fit:1", "a1", {post, post}, R"({"posts":2})"};
  std::vector<std::pair<JobKey, const ContentEvidence*>> all{{job, &evidence}};
  store.commit_content_posts(run.key, all, answer());
  CHECK(count("SELECT count(*) FROM content_match_posts WHERE analysis_id = 'a1'"
              " AND post_url = 'https://example.org/p1' AND posted_date = '2026-05-01' AND content_type = 'article'"
              " AND match_score = 93 AND keyword_matches = '[\"ABM\"]' AND match_reason = 'says so'"
              " AND raw_json = '{\"post\":1}'") == 2);
  CHECK(value("SELECT title FROM content_match_posts") == *post.title);
  CHECK(value("SELECT details_json FROM content_matches") == R"({"posts":2})");
  CHECK(store.outstanding_jobs().empty());
  evidence.posts.pop_back();
  store.commit_content_posts(run.key, all, answer());
  CHECK(count("SELECT count(*) FROM content_match_posts") == 1);
}

TEST_CASE_FIXTURE(Matched, "details that are not to be had are not asked for again") {
  poll(job, content_match("a1", 81.5));
  REQUIRE(store.outstanding_jobs().size() == 1);
  const ContentEvidence nothing;
  const std::vector<std::pair<JobKey, const ContentEvidence*>> all{{job, &nothing}};
  store.commit_content_posts(run.key, all, answer());
  CHECK(store.outstanding_jobs().empty());
  CHECK(value("SELECT details_json FROM content_matches") == "NULL");
}

TEST_CASE_FIXTURE(Matched, "evidence without its result is kept as one") {
  poll({.job = job, .status = JobStatus::succeeded, .details_pending = true});
  const ContentEvidence evidence{"content-fit:1", "a9", {ContentPost{}}, R"({"posts":1})"};
  const std::vector<std::pair<JobKey, const ContentEvidence*>> all{{job, &evidence}};
  store.commit_content_posts(run.key, all, answer());
  CHECK(value("SELECT analysis_id FROM content_matches WHERE raw_json = '{\"posts\":1}'") == "a9");
  CHECK(count("SELECT count(*) FROM content_match_posts WHERE analysis_id = 'a9'") == 1);
}

TEST_CASE_FIXTURE(Audience, "an audience match and the people behind it") {
  poll(job, audience_match("b1", 64));
  CHECK(count("SELECT count(*) FROM audience_matches WHERE analysis_id = 'b1' AND job_id LIKE 'audience-fit:%'"
              " AND creator_id = 'c1' AND keyword_set = 'saas' AND criteria = '[\"CMO\"]'"
              " AND analysis_depth = 'deep_dive' AND status = 'succeeded' AND match_score = 64"
              " AND matching_engagers_count = 7 AND total_engagers_analyzed = 50 AND unique_companies = 12"
              " AND audience_summary = 'Mostly marketing leads' AND completed_at = '2026-05-21T10:00:00Z'"
              " AND run_id = 'run-1' AND raw_json = '{\"score\":2}'") == 1);
  AudienceDetails details;
  details.job_id = "audience-fit:1";
  details.engagers = {{"Ann", "CMO", "Acme", "CMO at Acme", "https://example.org/ann", 4}, {}};
  details.companies = {{"Acme", 9, 12.5}};
  details.job_titles = {{"CMO", 3}, {"VP", 2}};
  details.raw_json = R"({"people":1})";
  const std::vector<std::pair<JobKey, const AudienceDetails*>> all{{job, &details}};
  store.commit_audience_details(run.key, all, answer());
  store.commit_audience_details(run.key, all, answer());
  CHECK(count("SELECT count(*) FROM audience_engagers") == 2);
  CHECK(count("SELECT count(*) FROM audience_engagers WHERE analysis_id = 'b1' AND name = 'Ann'"
              " AND job_title = 'CMO' AND company = 'Acme' AND headline = 'CMO at Acme'"
              " AND linkedin_url = 'https://example.org/ann' AND engagement_count = 4") == 1);
  CHECK(count("SELECT count(*) FROM audience_companies WHERE name = 'Acme' AND count = 9 AND percentage = 12.5") == 1);
  CHECK(count("SELECT count(*) FROM audience_job_titles WHERE analysis_id = 'b1'") == 2);
  CHECK(value("SELECT details_json FROM audience_matches") == R"({"people":1})");
  CHECK(store.outstanding_jobs().empty());
}

TEST_CASE_FIXTURE(Audience, "audience details without their result are kept as one") {
  poll({.job = job, .status = JobStatus::succeeded, .details_pending = true});
  AudienceDetails details;
  details.engagers = {{"Ann", {}, {}, {}, {}, {}}};
  details.raw_json = R"({"people":1})";
  const std::vector<std::pair<JobKey, const AudienceDetails*>> all{{job, &details}};
  store.commit_audience_details(run.key, all, answer());
  CHECK(value("SELECT analysis_id FROM audience_engagers") == "job:" + std::to_string(raw(job)));
}

TEST_CASE("thought leaders bring creators that no search found") {
  Night night;
  night.find_creators(1);
  const auto intent = night.send(StageName::thought_leaders, {}, 200, R"({"mode":"strict","posts_to_analyze":10})");
  night.accept(intent, {}, "leaders-");
  ThoughtLeadersJob record;
  record.status = JobStatus::succeeded;
  record.thought_leaders = {leader("c1", "approved", 91), leader("new", "rejected", 12), leader("c1", "approved", 92)};
  record.raw_json = R"({"progress":{}})";
  PollCommit poll;
  poll.run = night.run.key;
  poll.jobs = {{.job = intent.jobs[0], .status = JobStatus::succeeded, .charge = Charge{6, "body"}}};
  poll.thought_leaders = {{intent.jobs[0], &record}};
  night.store.commit_poll(poll, night.answer());
  night.store.commit_poll(poll, night.answer());
  CHECK(night.count("SELECT count(*) FROM thought_leaders") == 2);
  CHECK(night.count("SELECT count(*) FROM thought_leaders WHERE job_id LIKE 'leaders-%' AND creator_id = 'c1'"
                    " AND keyword_set = 'saas' AND mode = 'strict' AND search_rank = 3 AND score = 92"
                    " AND relevance_score = 77 AND content_match_score = 66 AND matching_posts = 6"
                    " AND posts_analyzed = 10 AND status = 'approved' AND reasoning = 'writes about it weekly'"
                    " AND processed_at = '2026-06-01T01:00:00Z' AND run_id = 'run-1'"
                    " AND raw_json = '{\"leader\":1}'") == 1);
  CHECK(night.value("SELECT name FROM creators WHERE creator_id = 'new' AND raw_json IS NULL") == "Leader new");
  CHECK(night.value("SELECT name FROM creators WHERE creator_id = 'c1'") == "Name of c1");
  CHECK(night.value("SELECT raw_json FROM job_rows WHERE family = 'thought_leaders'") == R"({"progress":{}})");
  CHECK(night.store.ledger_totals().charged == 7);
  night.check_ledger();
}

TEST_CASE("usage is kept as the account tells it") {
  Night night;
  Usage usage;
  usage.period = "2026-06";
  usage.total_credits_charged = 3'000'000'000;
  usage.total_calls = 12;
  usage.raw_json = R"({"period":"2026-06"})";
  night.store.record_usage(night.run.key, usage, night.answer());
  usage.balance = 400;
  night.store.record_usage(night.run.key, usage, night.answer());
  CHECK(night.count("SELECT count(*) FROM usage_snapshots WHERE run_id = 'run-1' AND period = '2026-06'"
                    " AND total_credits_charged = 3000000000 AND total_calls = 12") == 2);
  CHECK(night.count("SELECT count(*) FROM usage_snapshots WHERE balance = 400") == 1);
  CHECK(night.count("SELECT count(*) FROM api_requests") == 2);
}

}  // namespace toksync::store
