#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"

namespace toksync::api::toksta {
namespace {

// A reason is a word such as "already_terminal"; anything else is not shown to people.
constexpr std::size_t kLongestReason = 64;
constexpr std::string_view kReasonLetters = "abcdefghijklmnopqrstuvwxyz_";

std::optional<ThoughtLeader> decode_row(const JsonValue& value) {
  const Record row(value);
  auto id = row.text({"creator_id"});
  if (!id || id->empty()) return std::nullopt;
  return ThoughtLeader{.creator_id = std::move(*id),
                       .creator_name = row.text({"creator_name", "name"}),
                       .status = row.text({"status"}),
                       .reasoning = row.text({"relevance_reasoning", "reasoning"}),
                       .processed_at = row.text({"processed_at"}),
                       .search_rank = row.count({"search_rank"}),
                       .matching_posts = row.count({"matching_posts"}),
                       .posts_analyzed = row.count({"posts_analyzed"}),
                       .score = row.number({"score", "match_rank"}),
                       .relevance_score = row.number({"relevance_score"}),
                       .content_match_score = row.number({"content_match_score"}),
                       .raw_json = row.raw_json()};
}

// It is multiplied by a price; no job analyzes more than hundreds.
OptionalCount sensible_count(const JsonValue& value) {
  constexpr std::int64_t kMost = 1'000'000;
  const auto count = value.count();
  return count && *count >= 0 && *count <= kMost ? count : std::nullopt;
}

OptionalCount analyzed_creators(const JsonValue& job) {
  const auto own = job["analyzed_creators"];
  if (own.is_array()) return static_cast<std::int64_t>(own.items().size());
  const auto count = sensible_count(own);
  return count ? count : sensible_count(job["progress"]["completed_items"]);
}

std::string describe_job(const JsonValue& value, const std::vector<JsonValue>& unreadable) {
  JsonObjectWriter job;
  for (const auto& [name, member] : value.members()) {
    if (name != "results") job.add(name, member.raw());
  }
  if (!unreadable.empty()) job.add("unreadable", raw_array(unreadable));
  return job.finish();
}

std::optional<ThoughtLeadersJob> decode_job(const JsonValue& value) {
  const Record record(value);
  auto id = record.text({"job_id", "id"});
  if (!id || id->empty()) return std::nullopt;
  ThoughtLeadersJob job{.job_id = std::move(*id),
                        .found = record({"found"}).boolean().value_or(true),
                        .status = status_of(record).value_or(JobStatus::running),
                        .analyzed_creators = analyzed_creators(value),
                        .result_expires_at = record.text({"result_expires_at"}),
                        .completed_at = record.text({"completed_at"}),
                        .error_message = error_message_of(record)};
  std::vector<JsonValue> unreadable;
  for (const auto& item : value["results"].items()) {
    if (auto row = decode_row(item)) {
      job.thought_leaders.push_back(std::move(*row));
    } else {
      unreadable.push_back(item);
    }
  }
  job.raw_json = describe_job(value, unreadable);
  return job;
}

}  // namespace

Decoded decode_cancellation(const Content& content) {
  const auto inner = content.data["job"];
  const Record job(inner.is_object() ? inner : content.data);
  const auto reason = job.text({"reason"}).value_or("");
  const bool is_word = reason.size() <= kLongestReason && reason.find_first_not_of(kReasonLetters) == std::string::npos;
  return CanceledJob{job({"canceled"}).boolean().value_or(false), is_word ? reason : "unknown"};
}

Decoded decode_thought_leaders(const Content& content) {
  auto jobs = content.data["jobs"].items();
  if (content.data["job"].is_object()) jobs.push_back(content.data["job"]);
  ThoughtLeadersResults results;
  for (const auto& item : jobs) {
    if (auto job = decode_job(item)) results.jobs.push_back(std::move(*job));
  }
  if (results.jobs.empty()) return unusable("the answer holds no job");
  return results;
}

}  // namespace toksync::api::toksta
