// What a provider answered, decoded: payloads as plain values, or a failure that says what may be done
// next. `api` makes these, `engine` decides on them, `store` keeps the records.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "base/time.hpp"
#include "model/creator.hpp"
#include "model/credits.hpp"
#include "model/job_status.hpp"
#include "model/mirror.hpp"

namespace toksync {

/// One page of a search.
struct SearchPage {
  std::vector<FoundCreator> creators;  ///< in the order of the answer
  OptionalText next_cursor;            ///< database search
  bool ended = false;                  ///< the answer said explicitly that nothing follows
  OptionalText search_mode;            ///< the mode the API really used
  std::string meta_json;               ///< `meta` and what `data` holds beside the creators, as they came
};

/// One job of a start's answer.
struct StartedJob {
  std::string external_id;
  OptionalText creator_id;
  JobStatus status = JobStatus::queued;
  bool cached = false;  ///< finished already, and free
};

/// A creator that a start refused; not charged.
struct RefusedCreator {
  std::string creator_id;
  std::string code;
  std::string message;
};

/// The answer to a start of enrichment, content match, audience match or thought leaders. A creator that
/// was asked for and stands in neither list was free (already enriched, or analyzed before).
struct StartedJobs {
  std::vector<StartedJob> jobs;
  std::vector<RefusedCreator> refused;
  std::optional<int> jobs_created;  ///< how many the API says it charges for
  std::optional<Credits> charged;   ///< from the body (`credits.deducted`)
  std::optional<Credits> balance;   ///< from the body (`credits.remaining`)
};

struct EnrichmentRecord {
  std::string creator_id;
  JobStatus status = JobStatus::succeeded;
  OptionalText error_code, error_message;
  OptionalText name, profile_url, enriched_at;
  OptionalCount followers_count;
  OptionalNumber engagement_rate, median_posts_per_month, median_reactions_per_post, median_comments_per_post,
      median_shares_per_post;
  std::string raw_json;  ///< summary and full record merged, nothing lost
  std::string job_id{};  ///< by which it was asked for; empty: by its creator
  friend bool operator==(const EnrichmentRecord&, const EnrichmentRecord&) = default;
};

/// Creators asked for and missing in `records` are still pending.
struct EnrichmentResults {
  std::vector<EnrichmentRecord> records;
  std::optional<int> pending;  ///< how many of those asked for the API still works on
};

/// What an analysis says it was asked to look for; empty where the record does not tell.
struct ToldCriteria {
  std::vector<std::string> texts;  ///< topic keywords or audience criteria, sorted
  std::string depth;               ///< posts to analyze, or the analysis depth
  std::string campaign_id{};       ///< whose keywords or criteria those are
  friend bool operator==(const ToldCriteria&, const ToldCriteria&) = default;
};

struct ContentMatchRecord {
  std::string job_id;  ///< prefixed, as the start answered it
  std::string analysis_id;
  std::string creator_id;
  JobStatus status = JobStatus::running;
  OptionalNumber match_score;
  OptionalCount matching_posts_count, total_posts_analyzed;
  OptionalText content_fit_label, completed_at, result_expires_at, error_message;
  ToldCriteria told;
  std::string raw_json;
  std::optional<bool> has_details{};  ///< whether there is more to read of it, where the API tells
  friend bool operator==(const ContentMatchRecord&, const ContentMatchRecord&) = default;
};

struct AudienceMatchRecord {
  std::string job_id;
  std::string analysis_id;
  std::string creator_id;
  JobStatus status = JobStatus::running;
  OptionalNumber match_score;
  OptionalCount matching_engagers_count, total_engagers_analyzed, unique_companies;
  OptionalText audience_summary, completed_at, result_expires_at, error_message;
  ToldCriteria told;
  std::string raw_json;
  std::optional<bool> has_details{};  ///< whether there is more to read of it, where the API tells
  friend bool operator==(const AudienceMatchRecord&, const AudienceMatchRecord&) = default;
};

/// Results by job id; what was not found or is past retention is listed apart.
struct ContentMatchResults {
  std::vector<ContentMatchRecord> records;
  std::vector<std::string> not_found_ids, expired_ids;
};
struct AudienceMatchResults {
  std::vector<AudienceMatchRecord> records;
  std::vector<std::string> not_found_ids, expired_ids;
};

struct ContentPost {
  OptionalText post_url, title, posted_date, content_type, match_reason;
  OptionalNumber match_score;
  std::string keyword_matches_json = "[]";
  std::string raw_json;
  friend bool operator==(const ContentPost&, const ContentPost&) = default;
};

/// The matched posts of one analysis.
struct ContentEvidence {
  std::string job_id;
  std::string analysis_id;
  std::vector<ContentPost> posts;
  std::string raw_json;  ///< the whole record
  friend bool operator==(const ContentEvidence&, const ContentEvidence&) = default;
};
struct ContentPostsResults {
  std::vector<ContentEvidence> records;
};

struct AudienceEngager {
  OptionalText name, job_title, company, headline, linkedin_url;
  OptionalCount engagement_count;
  friend bool operator==(const AudienceEngager&, const AudienceEngager&) = default;
};
struct AudienceCompany {
  OptionalText name;
  OptionalCount count;
  OptionalNumber percentage;
  friend bool operator==(const AudienceCompany&, const AudienceCompany&) = default;
};
struct AudienceJobTitle {
  OptionalText title;
  OptionalCount count;
  friend bool operator==(const AudienceJobTitle&, const AudienceJobTitle&) = default;
};

/// Who engages with one creator.
struct AudienceDetails {
  std::string job_id;
  std::vector<AudienceEngager> engagers;
  std::vector<AudienceCompany> companies;
  std::vector<AudienceJobTitle> job_titles;
  std::string raw_json;
  friend bool operator==(const AudienceDetails&, const AudienceDetails&) = default;
};
struct AudienceDetailsResults {
  std::vector<AudienceDetails> records;
};

struct ThoughtLeader {
  std::string creator_id;
  OptionalText creator_name, status, reasoning, processed_at;
  OptionalCount search_rank, matching_posts, posts_analyzed;
  OptionalNumber score, relevance_score, content_match_score;
  std::string raw_json;
  friend bool operator==(const ThoughtLeader&, const ThoughtLeader&) = default;
};

struct ThoughtLeadersJob {
  std::string job_id;
  bool found = true;
  JobStatus status = JobStatus::running;
  std::optional<std::int64_t> analyzed_creators;  ///< what is charged for, once the job has ended
  OptionalText result_expires_at, completed_at, error_message;
  std::vector<ThoughtLeader> thought_leaders;
  std::string raw_json;  ///< the job without its rows
};
struct ThoughtLeadersResults {
  std::vector<ThoughtLeadersJob> jobs;
};

/// The answer to a cancellation. What the job cost stands in its results.
struct CanceledJob {
  bool applied = false;  ///< false: it had ended already
  std::string reason;
};

/// A post behind a hit of a search.
struct HitPost {
  OptionalText post_url, posted_at, snippet;
  OptionalNumber relevance_score;
  OptionalCount reactions, comments, shares;
  std::string keyword_matches_json = "[]";
  friend bool operator==(const HitPost&, const HitPost&) = default;
};

/// Why a search found a creator.
struct HitEvidence {
  std::string creator_id;
  OptionalCount matched_posts_count, cached_post_count;
  std::string matched_keywords_json = "[]";
  OptionalText unsupported;  ///< why there are no posts of this creator to be had
  std::vector<HitPost> posts;
  std::string raw_json;  ///< the whole record; empty when the answer says nothing of the creator
  friend bool operator==(const HitEvidence&, const HitEvidence&) = default;
};
struct HitPostsResults {
  std::vector<HitEvidence> records;
};

/// The full record of one creator, which says more than a search does.
struct CreatorDetail {
  CreatorRecord creator;
  OptionalText created_at;  ///< of the record, as it came
  friend bool operator==(const CreatorDetail&, const CreatorDetail&) = default;
};

/// A list of creators in the account's workspace.
struct CreatorList {
  std::string id, name;
  OptionalCount total;  ///< creators in it
  friend bool operator==(const CreatorList&, const CreatorList&) = default;
};
/// One page of the lists of an account.
struct CreatorListPage {
  std::vector<CreatorList> lists;
  OptionalCount total;  ///< lists on all pages, where the answer says it
};
/// The answer to an addition. A creator who was in the list already is not added.
struct SavedToList {
  OptionalCount added;
  OptionalCount total;  ///< creators in the list, afterwards
};

struct OperationUsage {
  std::int64_t calls = 0;
  Credits credits_charged = 0;
};

/// The account's month so far. `balance` is absent when the API reports none.
struct Usage {
  std::string period;
  Credits total_credits_charged = 0;
  bool charges_are_told = true;  ///< false: neither in sum nor by operation, and the total says nothing
  std::int64_t total_calls = 0;
  std::optional<Credits> balance;
  std::map<std::string, OperationUsage> operations;
  std::string raw_json;
};

using Payload = std::variant<SearchPage, StartedJobs, EnrichmentResults, ContentMatchResults, ContentPostsResults,
                             AudienceMatchResults, AudienceDetailsResults, ThoughtLeadersResults, Usage, CanceledJob,
                             HitPostsResults, CreatorDetail, CreatorListPage, CreatorList, SavedToList, MirrorPage>;

/// What may be done after a request that did not succeed.
enum class FailureKind {
  rate_limited,  ///< 429: wait retry_after, then send again; nothing was done
  unavailable,   ///< the server or the network failed: back off, then send a read again
  not_sent,      ///< no byte left this machine: anything may be sent again
  unreadable,    ///< an answer arrived that is not what the contract says
  rejected,      ///< 400, 404, 501 and the like: never again unchanged
  unauthorized,  ///< 401
  forbidden,     ///< 403
  no_credits,    ///< 402
};

struct Failure {
  FailureKind kind = FailureKind::unavailable;
  std::string code;     ///< the API's code, or one of ours such as "TIMEOUT"
  std::string message;  ///< redacted
  /// True when a request that is to happen once may have been carried out, and charged, all the same.
  bool may_be_charged = false;
};

/// The rate limit as the headers of one answer tell it (contracts/toksta.md, "Calling it").
struct RateLimitHeaders {
  std::optional<int> limit, remaining;
  std::optional<Milliseconds> reset_in;  ///< from the moment of the answer
};

struct Answer {
  int http_status = 0;  ///< 0 when there was no answer
  std::string request_id, trace_id;
  std::optional<Credits> credit_cost;  ///< header X-Toksta-Credit-Cost
  RateLimitHeaders rate_limit;
  std::optional<Seconds> retry_after;
  tl::expected<Payload, Failure> payload;
};

}  // namespace toksync
