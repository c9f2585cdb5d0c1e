// Records that the database kept, read as answers that hold nothing else, so that they say what they said
// when they came.
#include "api/toksta/decode.hpp"

namespace toksync::api::toksta {
namespace {

/// Stands in for the id by which a record was asked for, where the record itself has none.
const std::vector<std::string> kUnknownId{"unknown"};

struct Reading {
  Call call;
  std::string_view before, after;  // what makes an answer's `data` of the record
};

Reading reading_of(RecordKind kind) {
  constexpr std::string_view kResults = R"({"results":[)";
  switch (kind) {
    case RecordKind::creator: return {DiscoverySearch{}, R"({"creators":[)", "]}"};
    case RecordKind::enrichment: return {ReadEnrichments{kUnknownId}, kResults, "]}"};
    case RecordKind::content_match: return {ReadContentMatches{kUnknownId}, kResults, "]}"};
    case RecordKind::content_posts: return {ReadContentPosts{kUnknownId}, kResults, "]}"};
    case RecordKind::audience_match: return {ReadAudienceMatches{kUnknownId}, kResults, "]}"};
    case RecordKind::audience_details: return {ReadAudienceDetails{kUnknownId}, kResults, "]}"};
    case RecordKind::thought_leader:
      return {ReadThoughtLeaders{kUnknownId}, R"({"jobs":[{"job_id":"unknown","results":[)", "]}]}"};
    case RecordKind::hit_posts: return {ReadHitPosts{}, kResults, "]}"};
    case RecordKind::creator_detail: return {ReadCreator{}, R"({"creator":)", "}"};
  }
  return {ReadUsage{}, "", ""};
}

using Found = tl::expected<StoredRecord, std::string>;

template <typename Records>
Found only_one(Records& records) {
  if (records.size() != 1) return unusable("it is not a record of its kind");
  return std::move(records.front());
}

struct TakeRecord {
  Found operator()(SearchPage& page) const {
    if (page.creators.size() != 1) return unusable("it has no id");
    return std::move(page.creators.front().creator);
  }
  Found operator()(ThoughtLeadersResults& results) const { return only_one(results.jobs.front().thought_leaders); }
  Found operator()(EnrichmentResults& results) const { return only_one(results.records); }
  Found operator()(ContentMatchResults& results) const { return only_one(results.records); }
  Found operator()(ContentPostsResults& results) const { return only_one(results.records); }
  Found operator()(AudienceMatchResults& results) const { return only_one(results.records); }
  Found operator()(AudienceDetailsResults& results) const { return only_one(results.records); }
  Found operator()(HitPostsResults& results) const { return only_one(results.records); }
  Found operator()(CreatorDetail& detail) const { return std::move(detail); }
  template <typename Other>
  Found operator()(Other&) const {
    return unusable("it is not a record");
  }
};

}  // namespace

tl::expected<StoredRecord, std::string> decode_record(RecordKind kind, std::string_view raw_json) {
  const auto reading = reading_of(kind);
  const auto document = JsonDocument::parse(std::string(reading.before).append(raw_json).append(reading.after));
  if (!document) return unusable(document.error().cause);
  auto payload = decode_content(reading.call, {document->root(), {}});
  if (!payload) return unusable(payload.error());
  return std::visit(TakeRecord{}, *payload);
}

}  // namespace toksync::api::toksta
