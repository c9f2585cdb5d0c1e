// What was bought: enrichments, analyses with their evidence, thought leaders. Internal to `store`,
// called inside its transactions. Saving a result twice leaves one; what comes about somebody who was
// forgotten is dropped.
#pragma once

#include "store/creators.hpp"

namespace toksync::store {

class Results {
 public:
  Results(SQLite::Database& database, Creators& creators, Forgotten& forgotten);

  /// Only a succeeded enrichment tells anything; of another one the job keeps the reason.
  void save(JobKey job, const EnrichmentRecord& record, const Observation& observation);
  /// Analyses that go on are not results yet, and are passed over.
  void save(JobKey job, const ContentMatchRecord& record, const Observation& observation);
  void save(JobKey job, const AudienceMatchRecord& record, const Observation& observation);
  void save(JobKey job, const ThoughtLeadersJob& record, const Observation& observation);
  /// Replaces the posts kept of the job's analysis; nothing is pending afterwards. An empty record says
  /// that there are none to be had.
  void save(JobKey job, const ContentEvidence& evidence, const Observation& observation);
  void save(JobKey job, const AudienceDetails& details, const Observation& observation);
  void replace_posts(std::int64_t match, const std::vector<ContentPost>& posts);
  /// Engagers, companies and job titles.
  void replace_people(std::int64_t match, const AudienceDetails& details);

 private:
  /// What a job is about.
  struct Subject {
    CreatorKey creator{};
    CriteriaKey criteria{};
  };
  /// Nothing when its creator was forgotten.
  [[nodiscard]] std::optional<Subject> subject_of(JobKey job);
  [[nodiscard]] std::optional<std::int64_t> newest_match(Query& query, JobKey job);
  Creators* creators_;
  Forgotten* forgotten_;
  Query subject_, details_done_, save_job_record_, save_enrichment_;
  Query save_content_, find_content_, save_content_details_, delete_posts_, insert_post_;
  Query save_audience_, find_audience_, save_audience_details_;
  Query delete_engagers_, insert_engager_, delete_companies_, insert_company_, delete_titles_, insert_title_;
  Query save_thought_leader_;
};

}  // namespace toksync::store
