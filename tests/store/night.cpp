#include "night.hpp"

#include <doctest/doctest.h>

namespace toksync::store {

Night::Night() : store(Store::open(folder.file("night.db"), OpenMode::read_write).value()), run(begin_run("run-1")) {}

RequestLog Night::answer() {
  clock.advance(Milliseconds{1000});
  RequestLog log;
  log.at = clock.wall();
  log.method = "POST";
  log.path = "/v1/something";
  log.status = 200;
  log.request_id = "req-" + std::to_string(++answers_);
  log.duration = Milliseconds{120};
  return log;
}

RunRow Night::begin_run(const std::string& run_id, const std::string& pipeline) {
  return store.begin_run({run_id, pipeline, "version = 1", "sha-of-it", "0.1.0"}, clock.wall());
}

StageKey Night::stage(StageName stage, const std::string& criteria_json, const std::string& keyword_set) {
  return store.ensure_stage(run.key, keyword_set, stage, criteria(stage, criteria_json), clock.wall()).key;
}

FoundCreator Night::found_one(const std::string& creator_id) {
  FoundCreator found;
  auto& creator = found.creator;
  creator.creator_id = creator_id;
  creator.platform = "linkedin";
  creator.handle = "handle-" + creator_id;
  creator.name = "Name of " + creator_id;
  creator.profile_url = "https://www.linkedin.com/in/" + creator_id;
  creator.metrics.followers_count = 12'000;
  creator.metrics.engagement_rate = 2.5;
  creator.content_categories = {"Marketing"};
  creator.languages = {"en"};
  creator.raw_json = R"({"creator_id":")" + creator_id + R"("})";
  found.score = 90.5;
  found.match_rank = 1;
  return found;
}

std::vector<FoundCreator> Night::found(int first, int count) {
  std::vector<FoundCreator> creators;
  for (int number = first; number < first + count; ++number) {
    creators.push_back(found_one("c" + std::to_string(number)));
  }
  return creators;
}

Intent Night::intend(StageName family, const std::vector<CreatorKey>& creators, Credits each,
                     const std::string& criteria_json, const std::string& keyword_set) {
  NewIntent intent;
  intent.run = run.key;
  intent.stage = stage(family, criteria_json, keyword_set);
  intent.family = family;
  intent.criteria = criteria(family, criteria_json);
  intent.request_json = "{}";
  for (const auto creator : creators) intent.jobs.push_back({creator, each, 1});
  if (creators.empty()) intent.jobs.push_back({std::nullopt, each, 1});
  return store.record_intent(intent, clock.wall());
}

Intent Night::send(StageName family, const std::vector<CreatorKey>& creators, Credits each,
                   const std::string& criteria_json, const std::string& keyword_set) {
  auto intent = intend(family, creators, each, criteria_json, keyword_set);
  store.record_sent(intent, clock.wall());
  return intent;
}

std::int64_t Night::search(StageKey stage, const std::vector<FoundCreator>& creators, OptionalText next,
                           std::int64_t keep_at_most) {
  NewIntent intent;
  intent.run = run.key;
  intent.stage = stage;
  intent.family = StageName::search;
  intent.criteria = criteria(StageName::search);
  intent.request_json = "{}";
  intent.jobs.push_back({std::nullopt, 1, 1});
  SearchPageCommit page;
  page.intent = store.record_intent(intent, clock.wall());
  store.record_sent(page.intent, clock.wall());
  page.stage = stage;
  page.creators = creators;
  page.keep_at_most = keep_at_most;
  page.search_mode = "balanced";
  page.meta_json = R"({"total":3})";
  page.charge = {1, "header"};
  page.cursor_after = [&next](std::int64_t /*new_creators*/) { return next; };
  return store.commit_search_page(page, run.key, answer());
}

std::vector<CreatorKey> Night::find_creators(int count) {
  search(stage(StageName::search), found(1, count));
  std::vector<CreatorKey> keys;
  for (int number = 1; number <= count; ++number) keys.push_back(creator("c" + std::to_string(number)));
  return keys;
}

void Night::accept(const Intent& intent, const std::optional<Charge>& charge, const std::string& id_prefix) {
  std::vector<AcceptedJob> accepted;
  for (const auto job : intent.jobs) {
    accepted.push_back({job, id_prefix + std::to_string(raw(job)), JobStatus::queued, charge, {}, {}});
  }
  store.record_accepted(intent, run.key, accepted, answer());
}

void Night::poll(const JobUpdate& update) {
  PollCommit commit;
  commit.run = run.key;
  commit.jobs = {update};
  store.commit_poll(commit, answer());
}

void Night::poll(JobKey job, const ContentMatchRecord& record) {
  PollCommit commit;
  commit.run = run.key;
  commit.jobs.push_back({.job = job, .status = record.status, .details_pending = true});
  commit.content_matches = {{job, &record}};
  store.commit_poll(commit, answer());
}

void Night::poll(JobKey job, const AudienceMatchRecord& record) {
  PollCommit commit;
  commit.run = run.key;
  commit.jobs.push_back({.job = job, .status = record.status, .details_pending = true});
  commit.audience_matches = {{job, &record}};
  store.commit_poll(commit, answer());
}

CreatorKey Night::creator(const std::string& creator_id) {
  return CreatorKey{count("SELECT creator_key FROM creators WHERE creator_id = '" + creator_id + "'")};
}

std::string Night::value(const std::string& sql) {
  SQLite::Statement statement(store.database(), sql);
  if (!statement.executeStep()) return "";
  return statement.getColumn(0).isNull() ? "NULL" : statement.getColumn(0).getString();
}

std::int64_t Night::count(const std::string& sql) { return store.database().execAndGet(sql).getInt64(); }

void Night::check_ledger() {
  CHECK(count("SELECT count(*) FROM job_rows j LEFT JOIN (SELECT job_key,"
              " sum(iif(kind = 'reserve', credits, 0)) AS reserved, sum(iif(kind = 'charge', credits, 0)) AS charged,"
              " sum(iif(kind = 'release', credits, 0)) AS released FROM credit_ledger_rows GROUP BY job_key) l"
              " USING (job_key) WHERE j.credits_reserved <> coalesce(l.reserved, 0)"
              " OR j.credits_charged <> coalesce(l.charged, 0) OR j.credits_released <> coalesce(l.released, 0)") == 0);
  CHECK(count("SELECT count(*) FROM stage_rows s LEFT JOIN (SELECT stage_key,"
              " sum(iif(kind = 'reserve', credits, 0)) AS reserved, sum(iif(kind = 'charge', credits, 0)) AS charged,"
              " sum(iif(kind = 'release', credits, 0)) AS released FROM credit_ledger_rows GROUP BY stage_key) l"
              " USING (stage_key) WHERE s.credits_reserved <> coalesce(l.reserved, 0)"
              " OR s.credits_charged <> coalesce(l.charged, 0) OR s.credits_released <> coalesce(l.released, 0)") == 0);
  CHECK(count("SELECT count(*) FROM job_rows WHERE credits_open < 0 OR (is_settled AND credits_open <> 0)") == 0);
  const auto totals = store.ledger_totals();
  CHECK(totals.open() == count("SELECT coalesce(sum(credits_open), 0) FROM job_rows"));
}

ContentMatchRecord content_match(const std::string& analysis_id, double score) {
  ContentMatchRecord record;
  record.job_id = "content-fit:" + analysis_id;
  record.analysis_id = analysis_id;
  record.status = JobStatus::succeeded;
  record.match_score = score;
  record.matching_posts_count = 4;
  record.total_posts_analyzed = 10;
  record.content_fit_label = "strong";
  record.completed_at = "2026-05-20T10:00:00.500+02:00";
  record.raw_json = R"({"score":1})";
  return record;
}

AudienceMatchRecord audience_match(const std::string& analysis_id, double score) {
  AudienceMatchRecord record;
  record.job_id = "audience-fit:" + analysis_id;
  record.analysis_id = analysis_id;
  record.status = JobStatus::succeeded;
  record.match_score = score;
  record.matching_engagers_count = 7;
  record.total_engagers_analyzed = 50;
  record.unique_companies = 12;
  record.audience_summary = "Mostly marketing leads";
  record.completed_at = "2026-05-21T10:00:00Z";
  record.raw_json = R"({"score":2})";
  return record;
}

}  // namespace toksync::store
