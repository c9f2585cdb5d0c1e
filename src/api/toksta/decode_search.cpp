#include <algorithm>

#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"

namespace toksync::api::toksta {
namespace {

constexpr std::size_t kUsualPage = 100;

Metrics decode_metrics(const Record& metrics) {
  return {.followers_count = metrics.count({"followers_count", "followers"}),
          .engagement_rate = metrics.number({"engagement_rate"}),
          .avg_posts_per_month = metrics.number({"avg_posts_per_month", "posts_per_month"}),
          .avg_views_per_post = metrics.number({"avg_views_per_post", "views_per_post"}),
          .reactions_per_post = metrics.number({"reactions_per_post"}),
          .comments_per_post = metrics.number({"comments_per_post"}),
          .shares_per_post = metrics.number({"shares_per_post"})};
}

// The fields of the pagination are not specified, so it is looked for where it is usual.
JsonValue paging_member(const Content& content, const Names& names) {
  for (const auto& place : {content.meta, content.meta["pagination"], content.data, content.data["pagination"]}) {
    if (const auto member = first_known(place, names); member.is_known()) return member;
  }
  return {};
}

bool says_that_nothing_follows(const Content& content) {
  return paging_member(content, {"has_more", "has_next_page", "has_next", "hasMore"}).boolean() == false;
}

std::string describe_page(const Content& content, std::string_view creators_name,
                          const std::vector<JsonValue>& unreadable) {
  JsonObjectWriter data;
  for (const auto& [name, value] : content.data.members()) {
    if (name != creators_name) data.add(name, value.raw());
  }
  JsonObjectWriter page;
  if (!content.meta.is_absent()) page.add("meta", content.meta.raw());
  page.add("data", data.finish());
  if (!unreadable.empty()) page.add("unreadable", raw_array(unreadable));
  return page.finish();
}

}  // namespace

// Without an id a record cannot be told apart from others.
std::optional<FoundCreator> decode_creator(const JsonValue& value) {
  const Record record(value);
  auto id = record.text({"id", "creator_id"});
  if (!id || id->empty()) return std::nullopt;
  CreatorRecord creator{.creator_id = std::move(*id),
                        .platform = record.text({"platform"}),
                        .handle = record.text({"handle"}),
                        .name = record.text({"name"}),
                        .bio = record.text({"bio"}),
                        .location = record.text({"location"}),
                        .profile_url = record.text({"profile_url"}),
                        .avatar_url = record.text({"avatar_url"}),
                        // Metrics stand in an object of their own; a flat record is read as well.
                        .metrics = decode_metrics(Record(value["metrics"], value)),
                        // A full record tells it in an object of its own.
                        .is_enriched = Record(value["enrichment"], value)({"is_enriched"}).boolean(),
                        .source_updated_at = record.text({"updated_at"}),
                        .content_categories = distinct_texts(value["content_categories"]),
                        .target_audiences = distinct_texts(value["target_audiences"]),
                        .languages = distinct_texts(value["languages"]),
                        .raw_json = record.raw_json()};
  return FoundCreator{std::move(creator), record.number({"score"}), record.number({"match_rank"})};
}

Decoded decode_search(bool is_paged_by_cursor, const Content& content) {
  const std::string_view name = content.data["creators"].is_array() ? "creators" : "results";
  const auto creators = content.data.is_array() ? content.data : content.data[name];
  if (!creators.is_array()) return unusable("the answer holds no list of creators");

  SearchPage page;
  std::vector<JsonValue> unreadable;
  const auto items = creators.items();
  page.creators.reserve(std::min(items.size(), kUsualPage));
  for (const auto& item : items) {
    if (auto creator = decode_creator(item)) {
      page.creators.push_back(std::move(*creator));
    } else {
      unreadable.push_back(item);
    }
  }
  if (is_paged_by_cursor) page.next_cursor = paging_member(content, {"next_cursor"}).text();
  const bool has_no_cursor = !page.next_cursor || page.next_cursor->empty();
  if (has_no_cursor) page.next_cursor.reset();
  page.ended = says_that_nothing_follows(content) || (is_paged_by_cursor && has_no_cursor);
  page.search_mode = paging_member(content, {"search_mode"}).text();
  page.meta_json = describe_page(content, name, unreadable);
  return page;
}

}  // namespace toksync::api::toksta
