#include "api/toksta_partner/decode.hpp"

#include <algorithm>

#include "api/toksta/record.hpp"
#include "api/toksta_partner/job_document.hpp"
#include "api/toksta_partner/work_ids.hpp"

namespace toksync::api::toksta_partner {
namespace {

using toksta::Content;
using toksta::Decoded;
using toksta::Names;
using toksta::Record;
using toksta::unusable;

// What shows that there is a result, where no state is told.
constexpr Names kFindings{"match_score",     "completed_at", "enriched_at",   "median_posts_per_month",
                          "engagement_rate", "metrics",      "matched_posts", "median_reactions_per_post"};

JobStatus status_in_words_of_v1(JobState state) {
  switch (state) {
    case JobState::going_on: return JobStatus::running;
    case JobState::completed:
    case JobState::partial: return JobStatus::succeeded;
    case JobState::failed: return JobStatus::failed;
    case JobState::canceled: return JobStatus::canceled;
    case JobState::expired: return JobStatus::expired;
  }
  return JobStatus::running;
}

// The job has ended, and so has its work on each creator: what is there is a result, whatever became of the others.
JobStatus status_of(const Record& result, JobState job) {
  const auto own = toksta::status_of(result);
  if (own && is_final(*own)) return *own;
  if (result(kFindings).is_known()) return JobStatus::succeeded;
  const bool succeeded = job == JobState::completed && !own && !toksta::error_message_of(result);
  return succeeded ? JobStatus::succeeded : JobStatus::failed;
}

JobStatus status_without_result(JobState job) {
  if (job == JobState::canceled) return JobStatus::canceled;
  return job == JobState::expired ? JobStatus::expired : JobStatus::failed;
}

/// One creator's record in v1's words: the id it is known by, how it ended, and all that came.
class RecordInWordsOfV1 {
 public:
  RecordInWordsOfV1(const WorkId& work, JobStatus status) {
    record_.add("job_id", quoted_json(join(work)));
    record_.add("creator_id", quoted_json(work.creator));
    record_.add("status", quoted_json(to_string(status)));
  }

  void add(const JsonValue& result) {
    const bool has_source = !result["source_status"].is_absent();
    for (const auto& [name, value] : result.members()) {
      if (name == "creator_id") continue;
      if (name == "job_id") {
        record_.add("api_job_id", value.raw());
      } else if (name != "status") {
        record_.add(name, value.raw());
      } else if (!has_source) {
        record_.add("source_status", value.raw());
      }
    }
  }
  void add_text(std::string_view name, const OptionalText& text) {
    if (text) record_.add(name, quoted_json(*text));
  }
  [[nodiscard]] std::string finish() const { return record_.finish(); }

 private:
  JsonObjectWriter record_;
};

std::string record_of(const JobDocument& document, const WorkId& work, bool is_only_one) {
  const auto result = document.result_of(work.creator, is_only_one);
  if (!result.is_absent()) {
    const auto status = status_of(Record(result), document.state);
    RecordInWordsOfV1 record(work, status);
    record.add(result);
    if (status == JobStatus::failed && !toksta::error_message_of(Record(result))) {
      record.add_text("error_message", toksta::error_message_of(Record(document.job)));
    }
    return record.finish();
  }
  RecordInWordsOfV1 record(work, status_without_result(document.state));
  if (const auto error = document.error_of(work.creator); !error.is_absent()) {
    record.add(error);
    record.add_text("error_code", Record(error).text({"code"}));
    record.add_text("error_message", Record(error).text({"message", "reason"}));
    return record.finish();
  }
  const auto code = toksta::error_code_of(Record(document.job));
  const auto message = toksta::error_message_of(Record(document.job));
  record.add_text("error_code", code ? code : "NO_RESULT");
  record.add_text("error_message", message ? message : "the job ended without a result for this creator");
  return record.finish();
}

// `tail`: what else v1's answer would hold.
std::string results_of(const JobDocument& document, const std::vector<std::string>& ids, std::string_view tail = "") {
  std::string records;
  for (const auto& id : ids) {
    const auto work = split(id);
    if (work.creator.empty()) continue;  // forgotten
    records.append(records.empty() ? "" : ",").append(record_of(document, work, ids.size() == 1));
  }
  return "{\"results\":[" + records + "]" + std::string(tail) + "}";
}

bool has_some(const JsonValue& record, const Names& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return !record[name].items().empty(); });
}

// The contract tells of no evidence: there is more to read where the document carries it.
constexpr Names kPosts{"matched_posts", "posts"};
constexpr Names kPeople{"top_matching_engagers", "engagers", "top_companies", "companies", "job_titles",
                        "job_title_breakdown"};

bool has_details(const ContentMatchRecord&, const JsonValue& record) { return has_some(record, kPosts); }
bool has_details(const AudienceMatchRecord&, const JsonValue& record) { return has_some(record, kPeople); }

void add_own(EnrichmentRecord& read, const JsonValue& record) { read.job_id = record["job_id"].text().value_or(""); }
void add_own(ContentEvidence& read, const JsonValue& record) { read.job_id = record["job_id"].text().value_or(""); }
void add_own(AudienceDetails& read, const JsonValue& record) { read.job_id = record["job_id"].text().value_or(""); }
void add_own(ThoughtLeader&, const JsonValue&) {}
void add_own(CreatorRecord&, const JsonValue&) {}
void add_own(HitEvidence&, const JsonValue&) {}
void add_own(CreatorDetail&, const JsonValue&) {}
template <typename Analysis>
void add_own(Analysis& read, const JsonValue& record) {
  read.job_id = record["job_id"].text().value_or("");
  read.has_details = has_details(read, record);
}

/// v1's decoder reads what the job found; it says the same as its records, one by one and in their order.
template <typename Results, typename Read>
Decoded read_results(const JobDocument& job, const std::vector<std::string>& ids, const Read& call,
                     std::string_view tail = "") {
  const auto document = JsonDocument::parse(results_of(job, ids, tail));
  if (!document) return unusable(document.error().cause);
  auto payload = toksta::decode_content(call, {document->root(), {}});
  if (!payload) return payload;
  auto& records = std::get<Results>(*payload).records;
  const auto raw = document->root()["results"].items();
  for (std::size_t i = 0; i < records.size() && i < raw.size(); ++i) add_own(records[i], raw[i]);
  return payload;
}

bool has_results(const JobDocument& job) { return !job.results.is_absent(); }

// A job that ended well brings something. Its creators are not given up because their results stand somewhere else.
bool must_have_results(const JobDocument& job) {
  return job.state == JobState::completed || job.state == JobState::partial;
}

template <typename Results>
Decoded decode_analyses(const auto& call, const JobDocument& job) {
  if (job.state == JobState::going_on) return Results{};
  if (job.state == JobState::expired && !has_results(job)) {
    Results results;
    results.expired_ids = call.job_ids;
    return results;
  }
  if (must_have_results(job) && !has_results(job)) return unusable("the job has ended, and holds no results");
  return read_results<Results>(job, call.job_ids, call);
}

Decoded decode(const ReadContentMatches& call, const JobDocument& job) {
  return decode_analyses<ContentMatchResults>(call, job);
}

Decoded decode(const ReadAudienceMatches& call, const JobDocument& job) {
  return decode_analyses<AudienceMatchResults>(call, job);
}

Decoded decode(const ReadEnrichments& call, const JobDocument& job) {
  if (job.state == JobState::going_on) return EnrichmentResults{{}, static_cast<int>(call.creator_ids.size())};
  if (must_have_results(job) && !has_results(job)) return unusable("the job has ended, and holds no results");
  return read_results<EnrichmentResults>(job, call.creator_ids, call, ",\"pending\":0");
}

Decoded decode(const ReadContentPosts& call, const JobDocument& job) {
  return read_results<ContentPostsResults>(job, call.job_ids, call);
}

Decoded decode(const ReadAudienceDetails& call, const JobDocument& job) {
  return read_results<AudienceDetailsResults>(job, call.job_ids, call);
}

bool is_place_of_results(std::string_view name) { return name == "results" || name == "result" || name == "data"; }

// A job of thought leaders is one piece of work, and its document nearly v1's record of it.
std::string job_in_words_of_v1(const JobDocument& document, std::string_view id) {
  JsonObjectWriter job;
  job.add("job_id", quoted_json(id));
  job.add("status", quoted_json(to_string(status_in_words_of_v1(document.state))));
  for (const auto& [name, value] : document.job.members()) {
    if (name == "job_id" || is_place_of_results(name)) continue;
    job.add(name == "status" ? "source_status" : name, value.raw());
  }
  // What stands beside the rows, such as how many creators were analyzed, counts as the job's own.
  for (const auto* const place : {"results", "result", "data"}) {
    for (const auto& [name, value] : document.job[place].members()) {
      if (document.job[name].is_absent() && !is_place_of_results(name)) job.add(name, value.raw());
    }
  }
  if (document.results.is_array()) job.add("results", document.results.raw());
  return "{\"jobs\":[" + job.finish() + "]}";
}

Decoded decode(const ReadThoughtLeaders& call, const JobDocument& job) {
  const bool mentions_results = has_results(job) || !job.job["results"].is_absent() || !job.job["result"].is_absent();
  if (must_have_results(job) && !mentions_results) return unusable("the job has ended, and holds no results");
  const auto document = JsonDocument::parse(job_in_words_of_v1(job, call.job_ids.front()));
  if (!document) return unusable(document.error().cause);
  return toksta::decode_content(call, {document->root(), {}});
}

std::string_view asked_job(const ReadThoughtLeaders& call) {
  return call.job_ids.empty() ? std::string_view() : call.job_ids.front();
}
std::string_view asked_job(const ReadEnrichments& call) { return job_of(call.creator_ids); }
std::string_view asked_job(const auto& call) { return job_of(call.job_ids); }

template <typename Read>
Decoded decode_job(const Read& call, const Content& content) {
  const auto job = read_job_document(content.data, asked_job(call));
  if (!job) return unusable("the answer holds no job, or another one");
  return decode(call, *job);
}

// "Search-like calls without a match succeed with an empty result", however that is written.
Decoded decode_search(const Call& call, const Content& content) {
  const auto& data = content.data;
  const bool is_empty = !data.is_known() || (data.is_object() && data.members().empty());
  auto payload = toksta::decode_content(call, content);
  if (!payload && is_empty) return SearchPage{.ended = true, .meta_json = "{}"};
  return payload;
}

struct Decoder {
  const Content& content;
  const Call& whole;

  Decoded operator()(const DiscoverySearch&) const { return decode_search(whole, content); }
  Decoded operator()(const DatabaseSearch&) const { return decode_search(whole, content); }
  Decoded operator()(const StartEnrichment& call) const { return decode_start(call.creator_ids, content); }
  Decoded operator()(const StartContentMatch& call) const { return decode_start(call.creator_ids, content); }
  Decoded operator()(const StartAudienceMatch& call) const { return decode_start(call.creator_ids, content); }
  Decoded operator()(const ReadEnrichments& call) const { return decode_job(call, content); }
  Decoded operator()(const ReadContentMatches& call) const { return decode_job(call, content); }
  Decoded operator()(const ReadContentPosts& call) const { return decode_job(call, content); }
  Decoded operator()(const ReadAudienceMatches& call) const { return decode_job(call, content); }
  Decoded operator()(const ReadAudienceDetails& call) const { return decode_job(call, content); }
  Decoded operator()(const ReadThoughtLeaders& call) const { return decode_job(call, content); }
  Decoded operator()(const ReadUsage&) const { return toksta_partner::decode_usage(content); }
  template <typename Other>
  Decoded operator()(const Other&) const {
    return toksta::decode_content(whole, content);
  }
};

struct NoSuchJob {
  std::optional<Payload> operator()(const ReadEnrichments&) const { return EnrichmentResults{{}, 0}; }
  std::optional<Payload> operator()(const ReadContentMatches& call) const {
    return ContentMatchResults{{}, call.job_ids, {}};
  }
  std::optional<Payload> operator()(const ReadAudienceMatches& call) const {
    return AudienceMatchResults{{}, call.job_ids, {}};
  }
  std::optional<Payload> operator()(const ReadContentPosts&) const { return ContentPostsResults{}; }
  std::optional<Payload> operator()(const ReadAudienceDetails&) const { return AudienceDetailsResults{}; }
  std::optional<Payload> operator()(const ReadThoughtLeaders& call) const {
    ThoughtLeadersResults results;
    for (const auto& id : call.job_ids) {
      ThoughtLeadersJob job;
      job.job_id = id;
      job.found = false;
      job.raw_json = "{}";
      results.jobs.push_back(std::move(job));
    }
    return results;
  }
  template <typename Other>
  std::optional<Payload> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

Decoded decode_content(const Call& call, const Content& content) { return std::visit(Decoder{content, call}, call); }

std::optional<Payload> no_such_job(const Call& call) { return std::visit(NoSuchJob{}, call); }

tl::expected<StoredRecord, std::string> decode_record(RecordKind kind, std::string_view raw_json) {
  auto record = toksta::decode_record(kind, raw_json);
  if (!record) return record;
  const auto document = JsonDocument::parse(raw_json);
  if (!document) return unusable(document.error().cause);
  std::visit([&](auto& read) { add_own(read, document->root()); }, *record);
  return record;
}

}  // namespace toksync::api::toksta_partner
