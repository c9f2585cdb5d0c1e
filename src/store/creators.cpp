#include "store/creators.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace toksync::store {
namespace {

constexpr std::string_view kMetricColumns =
    "followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post, reactions_per_post,"
    " comments_per_post, shares_per_post";

/// As many tags wait to be written together, so that a page of any length is looked through in no time.
constexpr std::size_t kMostTags = 2000;

Metrics read_metrics(const Row& row, int first) {
  return {row.optional_integer(first),    row.optional_number(first + 1), row.optional_number(first + 2),
          row.optional_number(first + 3), row.optional_number(first + 4), row.optional_number(first + 5),
          row.optional_number(first + 6)};
}

Metrics read_only_metrics(const Row& row) { return read_metrics(row, 0); }

struct Known {
  CreatorKey key{};
  Metrics metrics;
};

Known read_known(const Row& row) { return {row.key<CreatorKey>(0), read_metrics(row, 1)}; }

/// What is known now, else what was known before.
template <typename Value>
std::optional<Value> newest(const std::optional<Value>& before, const std::optional<Value>& now) {
  return now ? now : before;
}

Metrics merged(const Metrics& known, const Metrics& observed) {
  return {newest(known.followers_count, observed.followers_count),
          newest(known.engagement_rate, observed.engagement_rate),
          newest(known.avg_posts_per_month, observed.avg_posts_per_month),
          newest(known.avg_views_per_post, observed.avg_views_per_post),
          newest(known.reactions_per_post, observed.reactions_per_post),
          newest(known.comments_per_post, observed.comments_per_post),
          newest(known.shares_per_post, observed.shares_per_post)};
}

Metrics metrics_of(const EnrichmentRecord& record) {
  return {
      record.followers_count,           record.engagement_rate,          record.median_posts_per_month, std::nullopt,
      record.median_reactions_per_post, record.median_comments_per_post, record.median_shares_per_post};
}

CreatorRecord overlaid(const CreatorRecord& before, const CreatorRecord& now) {
  CreatorRecord creator;
  creator.platform = newest(before.platform, now.platform);
  creator.handle = newest(before.handle, now.handle);
  creator.name = newest(before.name, now.name);
  creator.bio = newest(before.bio, now.bio);
  creator.location = newest(before.location, now.location);
  creator.profile_url = newest(before.profile_url, now.profile_url);
  creator.avatar_url = newest(before.avatar_url, now.avatar_url);
  creator.is_enriched = newest(before.is_enriched, now.is_enriched);
  creator.source_updated_at = newest(before.source_updated_at, normalized_time(now.source_updated_at));
  creator.metrics = merged(before.metrics, now.metrics);
  return creator;
}

CreatorRecord read_creator(const Row& row) {
  CreatorRecord creator;
  creator.platform = row.optional_text(0);
  creator.handle = row.optional_text(1);
  creator.name = row.optional_text(2);
  creator.bio = row.optional_text(3);
  creator.location = row.optional_text(4);
  creator.profile_url = row.optional_text(5);
  creator.avatar_url = row.optional_text(6);
  if (!row.is_null(7)) creator.is_enriched = row.flag(7);
  creator.source_updated_at = row.optional_text(8);
  creator.metrics = read_metrics(row, 9);
  return creator;
}

std::string with_metric_columns(std::string_view before, std::string_view after) {
  return std::string{before}.append(kMetricColumns).append(after);
}

/// Of a text that is a time: whether to_iso8601 would write the same. A leap second it would not.
bool is_normalized(std::string_view time) {
  constexpr std::size_t kSize = std::string_view("2026-05-28T09:06:00Z").size();
  return time.size() == kSize && time[10] == 'T' && time[kSize - 1] == 'Z' && time[kSize - 3] < '6';
}

struct TagList {
  std::string_view kind;
  std::vector<std::string> CreatorRecord::*values;
};
constexpr std::array<TagList, 3> kTagLists{{{"content_category", &CreatorRecord::content_categories},
                                            {"target_audience", &CreatorRecord::target_audiences},
                                            {"language", &CreatorRecord::languages}}};

/// A list that is missing or empty is unknown, not a change.
void overlay_tags(CreatorRecord& before, const CreatorRecord& now) {
  for (const auto& list : kTagLists) {
    if (!(now.*list.values).empty()) before.*list.values = now.*list.values;
  }
}

// Touches the row only where something differs.
constexpr const char* kRebuild =
    "UPDATE creators SET platform = ?2, handle = ?3, name = ?4, bio = ?5, location = ?6, profile_url = ?7,"
    " avatar_url = ?8, is_enriched = ?9, source_updated_at = ?10, enriched_at = coalesce(?11, enriched_at),"
    " followers_count = ?12, engagement_rate = ?13, avg_posts_per_month = ?14, avg_views_per_post = ?15,"
    " reactions_per_post = ?16, comments_per_post = ?17, shares_per_post = ?18 WHERE creator_key = ?1 AND"
    " (platform, handle, name, bio, location, profile_url, avatar_url, is_enriched, source_updated_at, enriched_at,"
    " followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post, reactions_per_post,"
    " comments_per_post, shares_per_post) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, coalesce(?11, enriched_at),"
    " ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

}  // namespace

CreatorRecord as_creator(const EnrichmentRecord& record) {
  CreatorRecord creator;
  creator.name = record.name;
  creator.profile_url = record.profile_url;
  creator.metrics = metrics_of(record);
  creator.is_enriched = true;
  return creator;
}

OptionalText normalized_time(const OptionalText& time) {
  if (!time) return std::nullopt;
  const auto parsed = from_iso8601(*time);
  if (parsed && is_normalized(*time)) return time;
  return parsed ? OptionalText{to_iso8601(*parsed)} : std::nullopt;
}

Creators::Creators(SQLite::Database& database, Forgotten& forgotten)
    : forgotten_(&forgotten),
      find_(database, "SELECT creator_key FROM creators WHERE creator_id = ?1"),
      find_known_(database, with_metric_columns("SELECT creator_key, ", " FROM creators WHERE creator_id = ?1")),
      read_metrics_(database, with_metric_columns("SELECT ", " FROM creators WHERE creator_key = ?1")),
      insert_(database,
              with_metric_columns(
                  "INSERT INTO creators (creator_id, platform, handle, name, bio, location, profile_url, avatar_url,"
                  " is_enriched, source_updated_at, raw_json, first_seen_at, last_seen_at, raw_request_key, ",
                  ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?20, ?13, ?14, ?15, ?16, ?17, ?18,"
                  " ?19) ON CONFLICT (creator_id) DO NOTHING")),
      update_(database,
              "UPDATE creators SET platform = coalesce(?2, platform), handle = coalesce(?3, handle),"
              " name = coalesce(?4, name), bio = coalesce(?5, bio), location = coalesce(?6, location),"
              " profile_url = coalesce(?7, profile_url), avatar_url = coalesce(?8, avatar_url),"
              " is_enriched = coalesce(?9, is_enriched), source_updated_at = coalesce(?10, source_updated_at),"
              " raw_json = ?11, last_seen_at = ?12, raw_request_key = ?13, followers_count = ?14,"
              " engagement_rate = ?15, avg_posts_per_month = ?16, avg_views_per_post = ?17, reactions_per_post = ?18,"
              " comments_per_post = ?19, shares_per_post = ?20 WHERE creator_key = ?1"),
      update_metrics_(database,
                      "UPDATE creators SET followers_count = ?2, engagement_rate = ?3, avg_posts_per_month = ?4,"
                      " avg_views_per_post = ?5, reactions_per_post = ?6, comments_per_post = ?7,"
                      " shares_per_post = ?8 WHERE creator_key = ?1"),
      insert_history_(
          database,
          with_metric_columns("INSERT INTO creator_metric_rows (creator_key, observed_at, run_key, ", ") VALUES"), 10),
      insert_tags_(database, "INSERT OR IGNORE INTO creator_tag_rows (creator_key, kind, value) VALUES", 3),
      read_tags_(database, "SELECT kind, value FROM creator_tag_rows WHERE creator_key = ?1"),
      delete_tags_(database, "DELETE FROM creator_tag_rows WHERE creator_key = ?1 AND kind = ?2"),
      update_detail_(database,
                     "UPDATE creators SET platform = coalesce(?2, platform), handle = coalesce(?3, handle),"
                     " name = coalesce(?4, name), bio = coalesce(?5, bio), location = coalesce(?6, location),"
                     " profile_url = coalesce(?7, profile_url), avatar_url = coalesce(?8, avatar_url),"
                     " is_enriched = coalesce(?9, is_enriched), source_updated_at = coalesce(?10, source_updated_at),"
                     " last_seen_at = ?11 WHERE creator_key = ?1"),
      upsert_mentioned_(database,
                        "INSERT INTO creators (creator_id, name, first_seen_at, last_seen_at) VALUES (?1, ?2, ?3, ?3)"
                        " ON CONFLICT (creator_id) DO UPDATE SET name = coalesce(name, excluded.name),"
                        " last_seen_at = excluded.last_seen_at"),
      update_enriched_(database,
                       "UPDATE creators SET name = coalesce(?2, name), profile_url = coalesce(?3, profile_url),"
                       " is_enriched = 1, enriched_at = ?4, last_seen_at = ?5 WHERE creator_key = ?1"),
      read_(database, with_metric_columns("SELECT platform, handle, name, bio, location, profile_url, avatar_url,"
                                          " is_enriched, source_updated_at, ",
                                          " FROM creators WHERE creator_key = ?1")),
      rebuild_(database, kRebuild) {}

void CreatorRows::add_tag(CreatorKey creator, std::string_view kind, std::string_view value) {
  tags_.emplace_back(creator, kind, value);
}

bool CreatorRows::has_tags_of(CreatorKey creator) const {
  return std::ranges::any_of(tags_, [creator](const Tag& tag) { return std::get<0>(tag) == creator; });
}

void CreatorRows::add_history(CreatorKey creator, RunKey run, const Metrics& metrics) {
  history_.emplace_back(creator, at_, run, metrics.followers_count, metrics.engagement_rate,
                        metrics.avg_posts_per_month, metrics.avg_views_per_post, metrics.reactions_per_post,
                        metrics.comments_per_post, metrics.shares_per_post);
}

std::optional<SavedCreator> Creators::save_found(const CreatorRecord& record, const Observation& observation,
                                                 CreatorRows& rows) {
  if (forgotten_->has(record.creator_id, record.profile_url)) return std::nullopt;
  if (rows.tags_.size() >= kMostTags) write(rows);
  if (const auto created = insert(record, observation, rows)) return SavedCreator{*created, true};
  return SavedCreator{update(record, observation, rows), false};
}

void Creators::write(CreatorRows& rows) {
  insert_tags_.run(std::span<const CreatorRows::Tag>(rows.tags_));
  insert_history_.run(std::span<const CreatorRows::History>(rows.history_));
  rows.tags_.clear();
  rows.history_.clear();
}

std::optional<CreatorKey> Creators::insert(const CreatorRecord& record, const Observation& observation,
                                           CreatorRows& rows) {
  const auto& metrics = record.metrics;
  const auto created = insert_.insert_if_new<CreatorKey>(
      record.creator_id, record.platform, record.handle, record.name, record.bio, record.location, record.profile_url,
      record.avatar_url, record.is_enriched, normalized_time(record.source_updated_at), record.raw_json, rows.at(),
      metrics.followers_count, metrics.engagement_rate, metrics.avg_posts_per_month, metrics.avg_views_per_post,
      metrics.reactions_per_post, metrics.comments_per_post, metrics.shares_per_post, observation.request);
  if (!created) return std::nullopt;
  if (metrics != Metrics{}) rows.add_history(*created, observation.run, metrics);
  for (const auto& list : kTagLists) {
    for (const auto& value : record.*list.values) rows.add_tag(*created, list.kind, value);
  }
  return created;
}

CreatorKey Creators::update(const CreatorRecord& record, const Observation& observation, CreatorRows& rows) {
  const auto known = find_known_.first(read_known, record.creator_id).value();
  const auto now = merged(known.metrics, record.metrics);
  update_.run(known.key, record.platform, record.handle, record.name, record.bio, record.location, record.profile_url,
              record.avatar_url, record.is_enriched, normalized_time(record.source_updated_at), record.raw_json,
              rows.at(), observation.request, now.followers_count, now.engagement_rate, now.avg_posts_per_month,
              now.avg_views_per_post, now.reactions_per_post, now.comments_per_post, now.shares_per_post);
  if (now != known.metrics) rows.add_history(known.key, observation.run, now);
  // Whoever comes twice on a page is compared with what the first time brought.
  if (rows.has_tags_of(known.key)) write(rows);
  replace_all_tags(known.key, record, rows);
  return known.key;
}

std::optional<CreatorKey> Creators::save_mentioned(const std::string& creator_id, const OptionalText& name,
                                                   const Observation& observation) {
  if (forgotten_->has_id(creator_id)) return std::nullopt;
  upsert_mentioned_.run(creator_id, name, observation.at);
  return CreatorKey{find_.integer(creator_id).value()};
}

bool Creators::save_detail(CreatorKey creator, const CreatorRecord& record, const Observation& observation) {
  if (forgotten_->has(record.creator_id, record.profile_url)) return false;
  update_detail_.run(creator, record.platform, record.handle, record.name, record.bio, record.location,
                     record.profile_url, record.avatar_url, record.is_enriched,
                     normalized_time(record.source_updated_at), observation.at);
  CreatorRows rows(observation.at);
  save_metrics(creator, record.metrics, observation, rows);
  replace_all_tags(creator, record, rows);
  write(rows);
  return true;
}

void Creators::save_enriched(CreatorKey creator, const EnrichmentRecord& record, const Observation& observation) {
  const auto enriched_at = normalized_time(record.enriched_at).value_or(to_iso8601(observation.at));
  update_enriched_.run(creator, record.name, record.profile_url, enriched_at, observation.at);
  CreatorRows rows(observation.at);
  save_metrics(creator, metrics_of(record), observation, rows);
  write(rows);
}

void Creators::save_metrics(CreatorKey creator, const Metrics& observed, const Observation& observation,
                            CreatorRows& rows) {
  const auto known = read_metrics_.first(read_only_metrics, creator).value();
  const auto now = merged(known, observed);
  if (now == known) return;
  update_metrics_.run(creator, now.followers_count, now.engagement_rate, now.avg_posts_per_month,
                      now.avg_views_per_post, now.reactions_per_post, now.comments_per_post, now.shares_per_post);
  rows.add_history(creator, observation.run, now);
}

bool Creators::replace_all_tags(CreatorKey creator, const CreatorRecord& record, CreatorRows& rows) {
  std::array<std::set<std::string>, kTagLists.size()> known;
  const auto read = [&known](const Row& row) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (kTagLists[i].kind == row.text_view(0)) known[i].insert(row.text(1));
    }
  };
  read_tags_.each(read, creator);
  bool changed = false;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& values = record.*kTagLists[i].values;
    // A list that is missing or empty is unknown, not a change.
    if (values.empty() || known[i] == std::set<std::string>(values.begin(), values.end())) continue;
    delete_tags_.run(creator, kTagLists[i].kind);
    for (const auto& value : values) rows.add_tag(creator, kTagLists[i].kind, value);
    changed = true;
  }
  return changed;
}

bool Creators::rebuild(CreatorKey creator, CreatorEvidence evidence) {
  const auto in_order = [](std::vector<CreatorEvidence::Told>& told) {
    std::ranges::stable_sort(told, {}, &CreatorEvidence::Told::request);
  };
  in_order(evidence.older);
  in_order(evidence.newer);
  // Older than the newest search record, and so perhaps overruled by one that is not kept: fills gaps only.
  CreatorRecord older;
  for (const auto& told : evidence.older) older = overlaid(older, told.record);
  auto now = overlaid(older, read_.first(read_creator, creator).value());
  if (evidence.found) now = overlaid(now, *evidence.found);
  for (const auto& told : evidence.newer) now = overlaid(now, told.record);
  if (!now.name) now.name = evidence.mentioned_name;
  const auto& metrics = now.metrics;
  const bool changed = rebuild_.run(creator, now.platform, now.handle, now.name, now.bio, now.location, now.profile_url,
                                    now.avatar_url, now.is_enriched, normalized_time(now.source_updated_at),
                                    evidence.enriched_at, metrics.followers_count, metrics.engagement_rate,
                                    metrics.avg_posts_per_month, metrics.avg_views_per_post, metrics.reactions_per_post,
                                    metrics.comments_per_post, metrics.shares_per_post) > 0;
  CreatorRows rows(WallTime{});
  auto tags = evidence.found.value_or(CreatorRecord{});
  for (const auto& told : evidence.newer) overlay_tags(tags, told.record);
  const bool retagged = replace_all_tags(creator, tags, rows);
  write(rows);
  return retagged || changed;
}

}  // namespace toksync::store
