// What lies behind the hits of a search: the posts that matched, and the full record of one creator.
#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"
#include "base/time.hpp"

namespace toksync::api::toksta {
namespace {

OptionalText creator_id_of(const JsonValue& value) {
  if (value.is_text()) return value.text();
  const Record record(value);
  if (auto id = record.text({"creator_id", "id"}); id && !id->empty()) return id;
  return Record(value["creator"]).text({"id", "creator_id"});
}

HitPost decode_post(const JsonValue& value) {
  const Record post(value);
  return {.post_url = post.text({"post_url", "url"}),
          .posted_at = post.text({"posted_at", "posted_date"}),
          .snippet = post.text({"snippet", "text", "title"}),
          .relevance_score = post.number({"relevance_score"}),
          .reactions = post.count({"reactions"}),
          .comments = post.count({"comments"}),
          .shares = post.count({"shares"}),
          .keyword_matches_json = keyword_matches(value["keyword_matches"])};
}

void add_results(HitPostsResults& results, const JsonValue& list) {
  for (const auto& item : list.items()) {
    auto id = creator_id_of(item);
    if (!id || !item.is_object()) continue;
    const Record record(item);
    HitEvidence evidence{.creator_id = std::move(*id),
                         .matched_posts_count = record.count({"matched_posts_count"}),
                         .cached_post_count = record.count({"cached_post_count"}),
                         .matched_keywords_json = keyword_matches(item["matched_keywords"]),
                         .unsupported = record.text({"reason"}),
                         .posts = {},
                         .raw_json = std::string(item.raw())};
    for (const auto& post : record({"evidence_posts", "posts"}).items()) {
      if (post.is_object()) evidence.posts.push_back(decode_post(post));
    }
    results.records.push_back(std::move(evidence));
  }
}

// The contract's example of the list is empty: ids and records are taken alike.
void add_unsupported(HitPostsResults& results, const JsonValue& list) {
  for (const auto& item : list.items()) {
    auto id = creator_id_of(item);
    if (!id) continue;
    HitEvidence evidence;
    evidence.creator_id = std::move(*id);
    evidence.unsupported = Record(item).text({"reason", "message", "code"}).value_or("unsupported");
    JsonObjectWriter raw;
    raw.add("creator_id", quoted_json(evidence.creator_id));
    evidence.raw_json = item.is_object() ? std::string(item.raw()) : raw.finish();
    results.records.push_back(std::move(evidence));
  }
}

/// The newer of the two: what the record counts, or what the enrichment in it found.
void add_enrichment(CreatorRecord& creator, const JsonValue& value) {
  const Record enrichment(value);
  const auto at = [](const OptionalText& text) { return text ? from_iso8601(*text) : std::nullopt; };
  const auto enriched_at = at(enrichment.text({"enriched_at"}));
  const auto updated_at = at(creator.source_updated_at);
  if (!enriched_at || (updated_at && *updated_at > *enriched_at)) return;
  const auto take = [](auto& into, const auto& told) {
    if (told) into = told;
  };
  auto& metrics = creator.metrics;
  take(metrics.followers_count, enrichment.count({"followers_count"}));
  take(metrics.engagement_rate, enrichment.number({"engagement_rate"}));
  take(metrics.avg_posts_per_month, enrichment.number({"median_posts_per_month"}));
  take(metrics.reactions_per_post, enrichment.number({"median_reactions_per_post"}));
  take(metrics.comments_per_post, enrichment.number({"median_comments_per_post"}));
  take(metrics.shares_per_post, enrichment.number({"median_shares_per_post"}));
}

}  // namespace

Decoded decode_hit_posts(const Content& content) {
  const auto& data = content.data;
  if (!data["results"].is_array() && !data["unsupported_creators"].is_array()) {
    return unusable("the answer holds no results");
  }
  HitPostsResults results;
  add_results(results, data["results"]);
  add_unsupported(results, data["unsupported_creators"]);
  return results;
}

Decoded decode_creator_detail(const ReadCreator& call, const Content& content) {
  const auto value = content.data["creator"].is_object() ? content.data["creator"] : content.data;
  auto found = decode_creator(value);
  if (!found) return unusable("the answer holds no creator");
  const auto& asked = call.creator_id;
  if (!asked.empty() && found->creator.creator_id != asked) return unusable("the answer is about somebody else");
  add_enrichment(found->creator, value["enrichment"]);
  return CreatorDetail{std::move(found->creator), Record(value).text({"created_at"})};
}

}  // namespace toksync::api::toksta
