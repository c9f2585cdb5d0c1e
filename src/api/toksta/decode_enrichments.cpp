#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"

namespace toksync::api::toksta {
namespace {

constexpr Names kIds{"creator_id", "id"};

bool has_medians(const Record& record) {
  return record({"median_posts_per_month", "median_reactions_per_post", "median_comments_per_post",
                 "median_shares_per_post"})
      .is_known();
}

// The contract's example has no status at all: being listed, with a time, is what says "done".
JobStatus enrichment_status(const Record& record) {
  if (const auto status = status_of(record)) return *status;
  if (record({"is_enriched", "enriched"}).boolean() == false) return JobStatus::running;
  if (record({"enriched_at"}).is_known() || has_medians(record)) return JobStatus::succeeded;
  const bool says_not_yet = record.mentions("enriched_at") || record.mentions("status");
  return says_not_yet ? JobStatus::running : JobStatus::succeeded;
}

EnrichmentRecord decode_enrichment(const Record& record, std::string creator_id, JobStatus status) {
  const Record metrics(record({"metrics"}));
  const auto number = [&](const Names& names) {
    const auto own = record.number(names);
    return own ? own : metrics.number(names);
  };
  const auto followers = record.count({"followers_count"});
  return {.creator_id = std::move(creator_id),
          .status = status,
          .error_code = error_code_of(record),
          .error_message = error_message_of(record),
          .name = record.text({"name", "creator_name"}),
          .profile_url = record.text({"profile_url"}),
          .enriched_at = record.text({"enriched_at"}),
          .followers_count = followers ? followers : metrics.count({"followers_count"}),
          .engagement_rate = number({"engagement_rate"}),
          .median_posts_per_month = number({"median_posts_per_month"}),
          .median_reactions_per_post = number({"median_reactions_per_post"}),
          .median_comments_per_post = number({"median_comments_per_post"}),
          .median_shares_per_post = number({"median_shares_per_post"}),
          .raw_json = record.raw_json()};
}

void add_failures(EnrichmentResults& results, const JsonValue& failures) {
  for (const auto& item : failures.items()) {
    const Record record(item);
    auto id = item.text();
    if (!id) id = record.text(kIds);
    if (!id) continue;
    auto failed = decode_enrichment(record, std::move(*id), JobStatus::failed);
    if (!failed.error_code) failed.error_code = record.text({"code"});
    if (!failed.error_message) failed.error_message = record.text({"message", "reason"});
    results.records.push_back(std::move(failed));
  }
}

}  // namespace

Decoded decode_enrichments(const ReadEnrichments& call, const Content& content) {
  if (!content.data["results"].is_array() && !content.data["results_summary"].is_array()) {
    return unusable("the answer holds no results");
  }
  EnrichmentResults results;
  const auto pending = Record(content.data).count({"pending"});
  if (pending && *pending >= 0 && *pending <= INT32_MAX) results.pending = static_cast<int>(*pending);
  for (const auto& record : paired_records(content.data, kIds)) {
    auto id = record.text(kIds);
    if (!id && call.creator_ids.size() == 1) id = call.creator_ids.front();
    const auto status = enrichment_status(record);
    if (id && is_final(status)) results.records.push_back(decode_enrichment(record, std::move(*id), status));
  }
  add_failures(results, content.data["failures"]);
  return results;
}

}  // namespace toksync::api::toksta
