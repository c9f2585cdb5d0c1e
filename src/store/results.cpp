#include "store/results.hpp"

#include "store/impl.hpp"

namespace toksync::store {
namespace {

/// The key under which an analysis is stored, also when the API leaves its id out.
std::string analysis_key(const std::string& analysis_id, const std::string& job_id, JobKey job) {
  if (!analysis_id.empty()) return analysis_id;
  return job_id.empty() ? "job:" + std::to_string(raw(job)) : job_id;
}

constexpr const char* kSaveContent =
    "INSERT INTO content_match_rows (analysis_id, job_key, creator_key, criteria_key, run_key, status, match_score,"
    " matching_posts_count, total_posts_analyzed, content_fit_label, completed_at, raw_json)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    " ON CONFLICT (analysis_id) DO UPDATE SET job_key = excluded.job_key, creator_key = excluded.creator_key,"
    " criteria_key = excluded.criteria_key, run_key = excluded.run_key, status = excluded.status,"
    " match_score = excluded.match_score, matching_posts_count = excluded.matching_posts_count,"
    " total_posts_analyzed = excluded.total_posts_analyzed, content_fit_label = excluded.content_fit_label,"
    " completed_at = excluded.completed_at, raw_json = excluded.raw_json";

constexpr const char* kSaveAudience =
    "INSERT INTO audience_match_rows (analysis_id, job_key, creator_key, criteria_key, run_key, status, match_score,"
    " matching_engagers_count, total_engagers_analyzed, unique_companies, audience_summary, completed_at, raw_json)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    " ON CONFLICT (analysis_id) DO UPDATE SET job_key = excluded.job_key, creator_key = excluded.creator_key,"
    " criteria_key = excluded.criteria_key, run_key = excluded.run_key, status = excluded.status,"
    " match_score = excluded.match_score, matching_engagers_count = excluded.matching_engagers_count,"
    " total_engagers_analyzed = excluded.total_engagers_analyzed, unique_companies = excluded.unique_companies,"
    " audience_summary = excluded.audience_summary, completed_at = excluded.completed_at,"
    " raw_json = excluded.raw_json";

}  // namespace

Results::Results(SQLite::Database& database, Creators& creators, Forgotten& forgotten)
    : creators_(&creators),
      forgotten_(&forgotten),
      subject_(database, "SELECT creator_key, criteria_key FROM job_rows WHERE job_key = ?1"),
      details_done_(database, "UPDATE job_rows SET details_pending = 0 WHERE job_key = ?1"),
      save_job_record_(database, "UPDATE job_rows SET raw_json = ?2 WHERE job_key = ?1"),
      save_enrichment_(database,
                       "INSERT OR REPLACE INTO enrichment_rows (job_key, creator_key, run_key, enriched_at,"
                       " median_posts_per_month, median_reactions_per_post, median_comments_per_post,"
                       " median_shares_per_post, engagement_rate, followers_count, raw_json, request_key)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
      save_content_(database, kSaveContent),
      find_content_(database, "SELECT max(match_key) FROM content_match_rows WHERE job_key = ?1"),
      save_content_details_(database, "UPDATE content_match_rows SET details_json = ?2 WHERE match_key = ?1"),
      delete_posts_(database, "DELETE FROM content_match_post_rows WHERE match_key = ?1"),
      insert_post_(database,
                   "INSERT INTO content_match_post_rows (match_key, post_url, title, posted_date, content_type,"
                   " match_score, keyword_matches, match_reason, raw_json)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      save_audience_(database, kSaveAudience),
      find_audience_(database, "SELECT max(match_key) FROM audience_match_rows WHERE job_key = ?1"),
      save_audience_details_(database, "UPDATE audience_match_rows SET details_json = ?2 WHERE match_key = ?1"),
      delete_engagers_(database, "DELETE FROM audience_engager_rows WHERE match_key = ?1"),
      insert_engager_(database,
                      "INSERT INTO audience_engager_rows (match_key, position, name, job_title, company, headline,"
                      " linkedin_url, engagement_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      delete_companies_(database, "DELETE FROM audience_company_rows WHERE match_key = ?1"),
      insert_company_(database,
                      "INSERT INTO audience_company_rows (match_key, position, name, count, percentage)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)"),
      delete_titles_(database, "DELETE FROM audience_job_title_rows WHERE match_key = ?1"),
      insert_title_(database,
                    "INSERT INTO audience_job_title_rows (match_key, position, title, count)"
                    " VALUES (?1, ?2, ?3, ?4)"),
      save_thought_leader_(database,
                           "INSERT OR REPLACE INTO thought_leader_rows (job_key, creator_key, run_key, search_rank,"
                           " score, relevance_score, content_match_score, matching_posts, posts_analyzed, status,"
                           " processed_at, reasoning, raw_json)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)") {}

std::optional<Results::Subject> Results::subject_of(JobKey job) {
  const auto read = [](const Row& row) {
    const auto creator = row.optional_key<CreatorKey>(0);
    return creator ? std::optional{Subject{*creator, row.key<CriteriaKey>(1)}} : std::nullopt;
  };
  return subject_.first(read, job).value();
}

std::optional<std::int64_t> Results::newest_match(Query& query, JobKey job) {
  return query.first([](const Row& row) { return row.optional_integer(0); }, job).value();
}

void Results::save(JobKey job, const EnrichmentRecord& record, const Observation& observation) {
  if (record.status != JobStatus::succeeded) return;
  const auto subject = subject_of(job);
  if (!subject || forgotten_->has_url(record.profile_url)) return;
  const auto creator = subject->creator;
  const auto enriched_at = normalized_time(record.enriched_at).value_or(to_iso8601(observation.at));
  save_enrichment_.run(job, creator, observation.run, enriched_at, record.median_posts_per_month,
                       record.median_reactions_per_post, record.median_comments_per_post, record.median_shares_per_post,
                       record.engagement_rate, record.followers_count, record.raw_json, observation.request);
  creators_->save_enriched(creator, record, observation);
}

void Results::save(JobKey job, const ContentMatchRecord& record, const Observation& observation) {
  if (!is_final(record.status)) return;
  const auto subject = subject_of(job);
  if (!subject) return;
  save_content_.run(analysis_key(record.analysis_id, record.job_id, job), job, subject->creator, subject->criteria,
                    observation.run, to_string(record.status), record.match_score, record.matching_posts_count,
                    record.total_posts_analyzed, record.content_fit_label, normalized_time(record.completed_at),
                    record.raw_json);
}

void Results::save(JobKey job, const AudienceMatchRecord& record, const Observation& observation) {
  if (!is_final(record.status)) return;
  const auto subject = subject_of(job);
  if (!subject) return;
  save_audience_.run(analysis_key(record.analysis_id, record.job_id, job), job, subject->creator, subject->criteria,
                     observation.run, to_string(record.status), record.match_score, record.matching_engagers_count,
                     record.total_engagers_analyzed, record.unique_companies, record.audience_summary,
                     normalized_time(record.completed_at), record.raw_json);
}

void Results::save(JobKey job, const ThoughtLeadersJob& record, const Observation& observation) {
  save_job_record_.run(job, record.raw_json);
  for (const auto& leader : record.thought_leaders) {
    const auto creator = creators_->save_mentioned(leader.creator_id, leader.creator_name, observation);
    if (!creator) continue;
    save_thought_leader_.run(job, *creator, observation.run, leader.search_rank, leader.score, leader.relevance_score,
                             leader.content_match_score, leader.matching_posts, leader.posts_analyzed, leader.status,
                             normalized_time(leader.processed_at), leader.reasoning, leader.raw_json);
  }
}

void Results::save(JobKey job, const ContentEvidence& evidence, const Observation& observation) {
  details_done_.run(job);
  if (evidence.raw_json.empty() || !subject_of(job)) return;
  if (!newest_match(find_content_, job)) {
    // Evidence without its result is a result all the same: nothing the API sends is lost.
    ContentMatchRecord record;
    record.job_id = evidence.job_id;
    record.analysis_id = evidence.analysis_id;
    record.status = JobStatus::succeeded;
    record.raw_json = evidence.raw_json;
    save(job, record, observation);
  }
  const auto match = newest_match(find_content_, job).value();
  save_content_details_.run(match, evidence.raw_json);
  replace_posts(match, evidence.posts);
}

void Results::replace_posts(std::int64_t match, const std::vector<ContentPost>& posts) {
  delete_posts_.run(match);
  for (const auto& post : posts) {
    insert_post_.run(match, post.post_url, post.title, post.posted_date, post.content_type, post.match_score,
                     post.keyword_matches_json, post.match_reason, post.raw_json);
  }
}

void Results::save(JobKey job, const AudienceDetails& details, const Observation& observation) {
  details_done_.run(job);
  if (details.raw_json.empty() || !subject_of(job)) return;
  const auto raw_json = forgotten_->without_them(details.raw_json);
  if (!newest_match(find_audience_, job)) {
    AudienceMatchRecord record;
    record.job_id = details.job_id;
    record.status = JobStatus::succeeded;
    record.raw_json = raw_json;
    save(job, record, observation);
  }
  const auto match = newest_match(find_audience_, job).value();
  save_audience_details_.run(match, raw_json);
  replace_people(match, details);
}

void Results::replace_people(std::int64_t match, const AudienceDetails& details) {
  delete_engagers_.run(match);
  std::int64_t position = 0;
  for (const auto& engager : details.engagers) {
    if (forgotten_->has_url(engager.linkedin_url)) continue;
    insert_engager_.run(match, ++position, engager.name, engager.job_title, engager.company, engager.headline,
                        engager.linkedin_url, engager.engagement_count);
  }
  delete_companies_.run(match);
  position = 0;
  for (const auto& company : details.companies) {
    insert_company_.run(match, ++position, company.name, company.count, company.percentage);
  }
  delete_titles_.run(match);
  position = 0;
  for (const auto& title : details.job_titles) insert_title_.run(match, ++position, title.title, title.count);
}

void Store::commit_poll(const PollCommit& poll, const RequestLog& request) {
  const auto stamp = stamp_of(request);
  Transaction transaction(impl_->database, "commit_poll");
  const auto observation = impl_->log_request(poll.run, request);
  for (const auto& update : poll.jobs) impl_->update_job(update, std::nullopt, stamp);
  const auto save_all = [&](const auto& records) {
    for (const auto& [job, record] : records) impl_->results.save(job, *record, observation);
  };
  save_all(poll.enrichments);
  save_all(poll.content_matches);
  save_all(poll.audience_matches);
  save_all(poll.thought_leaders);
  transaction.commit();
}

void Store::commit_content_posts(RunKey run, std::span<const std::pair<JobKey, const ContentEvidence*>> evidence,
                                 const RequestLog& request) {
  Transaction transaction(impl_->database, "commit_content_posts");
  const auto observation = impl_->log_request(run, request);
  for (const auto& [job, record] : evidence) impl_->results.save(job, *record, observation);
  transaction.commit();
}

void Store::commit_audience_details(RunKey run, std::span<const std::pair<JobKey, const AudienceDetails*>> details,
                                    const RequestLog& request) {
  Transaction transaction(impl_->database, "commit_audience_details");
  const auto observation = impl_->log_request(run, request);
  for (const auto& [job, record] : details) impl_->results.save(job, *record, observation);
  transaction.commit();
}

}  // namespace toksync::store
