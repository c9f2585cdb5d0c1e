// Content match and audience match: results, evidence posts, audience details.
#include <algorithm>

#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"

namespace toksync::api::toksta {
namespace {

constexpr std::string_view kContentPrefix = "content-fit:";
constexpr std::string_view kAudiencePrefix = "audience-fit:";
constexpr Names kIds{"job_id", "analysis_id"};

std::string_view bare(std::string_view id) {
  const auto colon = id.find(':');
  return colon == std::string_view::npos ? id : id.substr(colon + 1);
}

// Ids come with or without their prefix; callers get them back as they asked for them.
class JobIds {
 public:
  JobIds(const std::vector<std::string>& asked, std::string_view prefix) : asked_(asked), prefix_(prefix) {}

  [[nodiscard]] std::string as_asked(std::string_view id) const {
    const auto found =
        std::find_if(asked_.begin(), asked_.end(), [id](const std::string& asked) { return bare(asked) == bare(id); });
    return found != asked_.end() ? *found : std::string(prefix_) + std::string(bare(id));
  }

  [[nodiscard]] OptionalText of(const Record& record) const {
    const auto id = record.text(kIds);
    if (id && !id->empty()) return as_asked(*id);
    return asked_.size() == 1 ? OptionalText(asked_.front()) : std::nullopt;
  }

  [[nodiscard]] std::vector<std::string> listed(const JsonValue& list) const {
    std::vector<std::string> ids;
    for (const auto& id : distinct_texts(list)) ids.push_back(as_asked(id));
    return ids;
  }

 private:
  const std::vector<std::string>& asked_;
  std::string_view prefix_;
};

// Without a state that is known, a time of completion or a score says that the analysis is done.
JobStatus analysis_status(const Record& record) {
  if (const auto status = status_of(record)) return *status;
  if (record.mentions("status") || record.mentions("source_status")) return JobStatus::running;
  return record({"completed_at", "match_score"}).is_known() ? JobStatus::succeeded : JobStatus::running;
}

template <typename Analysis>
Analysis decode_common(const Record& record, const std::string& job_id) {
  Analysis analysis;
  analysis.analysis_id = record.text({"analysis_id"}).value_or(std::string(bare(job_id)));
  analysis.job_id = job_id;
  analysis.creator_id = record.text({"creator_id"}).value_or("");
  analysis.status = analysis_status(record);
  analysis.match_score = record.number({"match_score"});
  analysis.completed_at = record.text({"completed_at"});
  analysis.result_expires_at = record.text({"result_expires_at"});
  analysis.error_message = error_message_of(record);
  analysis.raw_json = record.raw_json();
  return analysis;
}

// The contract's examples tell no criteria; where a record does, it is better evidence than its time.
ToldCriteria told_criteria(const Record& record, const Names& texts, const Names& depth) {
  ToldCriteria told{distinct_texts(record(texts)), record.text(depth).value_or(""),
                    record.text({"campaign_id"}).value_or("")};
  std::sort(told.texts.begin(), told.texts.end());
  return told;
}

void fill(ContentMatchRecord& analysis, const Record& record) {
  analysis.told = told_criteria(record, {"topic_keywords", "keywords"}, {"posts_to_analyze"});
  analysis.matching_posts_count = record.count({"matching_posts_count"});
  analysis.total_posts_analyzed = record.count({"total_posts_analyzed"});
  analysis.content_fit_label = record.text({"content_fit_label"});
}

void fill(AudienceMatchRecord& analysis, const Record& record) {
  analysis.told = told_criteria(record, {"target_audience_criteria", "criteria"}, {"analysis_depth"});
  analysis.matching_engagers_count = record.count({"matching_engagers_count"});
  analysis.total_engagers_analyzed = record.count({"total_engagers_analyzed"});
  analysis.unique_companies = record.count({"unique_companies"});
  analysis.audience_summary = record.text({"audience_summary"});
}

bool has_results(const JsonValue& data) {
  for (const auto* const list : {"results", "results_summary", "not_found_ids", "expired_ids", "missing_creator_ids"}) {
    if (data[list].is_array()) return true;
  }
  return false;
}

template <typename Analysis, typename Results>
Decoded decode_results(const JobIds& ids, const JsonValue& data) {
  if (!has_results(data)) return unusable("the answer holds no results");
  Results results;
  for (const auto& record : paired_records(data, kIds)) {
    const auto id = ids.of(record);
    if (!id) continue;
    auto analysis = decode_common<Analysis>(record, *id);
    fill(analysis, record);
    results.records.push_back(std::move(analysis));
  }
  results.not_found_ids = ids.listed(data["not_found_ids"]);
  results.expired_ids = ids.listed(data["expired_ids"]);
  return results;
}

ContentPost decode_post(const JsonValue& value) {
  const Record post(value);
  return {.post_url = post.text({"post_url", "url"}),
          .title = post.text({"title"}),
          .posted_date = post.text({"posted_date"}),
          .content_type = post.text({"content_type"}),
          .match_reason = post.text({"match_reason"}),
          .match_score = post.number({"match_score"}),
          .keyword_matches_json = keyword_matches(value["keyword_matches"]),
          .raw_json = post.raw_json()};
}

AudienceEngager decode_engager(const JsonValue& value) {
  const Record engager(value);
  return {.name = engager.text({"name"}),
          .job_title = engager.text({"job_title"}),
          .company = engager.text({"company"}),
          .headline = engager.text({"headline"}),
          .linkedin_url = engager.text({"linkedin_url", "profile_url"}),
          .engagement_count = engager.count({"engagement_count"})};
}

AudienceCompany decode_company(const JsonValue& value) {
  const Record company(value);
  const auto name = value.is_text() ? value.text() : company.text({"name", "company"});
  return {name, company.count({"count"}), company.number({"percentage"})};
}

AudienceJobTitle decode_job_title(const JsonValue& value) {
  const Record title(value);
  return {value.is_text() ? value.text() : title.text({"title", "job_title"}), title.count({"count"})};
}

template <typename Entry>
std::vector<Entry> decode_list(const JsonValue& list, Entry (*decode_one)(const JsonValue&)) {
  std::vector<Entry> entries;
  for (const auto& item : list.items()) entries.push_back(decode_one(item));
  return entries;
}

}  // namespace

std::string keyword_matches(const JsonValue& value) {
  if (value.is_array()) return std::string(value.raw());
  return value.is_text() ? raw_array({value}) : "[]";
}

Decoded decode_content_matches(const ReadContentMatches& call, const Content& content) {
  return decode_results<ContentMatchRecord, ContentMatchResults>({call.job_ids, kContentPrefix}, content.data);
}

Decoded decode_audience_matches(const ReadAudienceMatches& call, const Content& content) {
  return decode_results<AudienceMatchRecord, AudienceMatchResults>({call.job_ids, kAudiencePrefix}, content.data);
}

Decoded decode_content_posts(const ReadContentPosts& call, const Content& content) {
  if (!has_results(content.data)) return unusable("the answer holds no results");
  const JobIds ids(call.job_ids, kContentPrefix);
  ContentPostsResults results;
  for (const auto& record : paired_records(content.data, kIds)) {
    auto id = ids.of(record);
    if (!id) continue;
    auto analysis_id = record.text({"analysis_id"}).value_or(std::string(bare(*id)));
    results.records.push_back({std::move(*id), std::move(analysis_id),
                               decode_list(record({"matched_posts", "posts"}), decode_post), record.raw_json()});
  }
  return results;
}

Decoded decode_audience_details(const ReadAudienceDetails& call, const Content& content) {
  if (!has_results(content.data)) return unusable("the answer holds no results");
  const JobIds ids(call.job_ids, kAudiencePrefix);
  AudienceDetailsResults results;
  for (const auto& record : paired_records(content.data, kIds)) {
    auto id = ids.of(record);
    if (!id) continue;
    results.records.push_back(
        {std::move(*id), decode_list(record({"top_matching_engagers", "engagers"}), decode_engager),
         decode_list(record({"top_companies", "companies"}), decode_company),
         decode_list(record({"job_title_breakdown", "job_titles"}), decode_job_title), record.raw_json()});
  }
  return results;
}

}  // namespace toksync::api::toksta
