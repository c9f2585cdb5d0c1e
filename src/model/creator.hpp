// What is known of a creator, as an answer of the API tells it. Absent and null are both "unknown",
// which is not zero (contracts/toksta.md, "Metrics").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace toksync {

using OptionalText = std::optional<std::string>;
using OptionalNumber = std::optional<double>;
using OptionalCount = std::optional<std::int64_t>;

/// The seven metrics that have a history.
struct Metrics {
  OptionalCount followers_count;
  OptionalNumber engagement_rate;
  OptionalNumber avg_posts_per_month;
  OptionalNumber avg_views_per_post;
  OptionalNumber reactions_per_post;
  OptionalNumber comments_per_post;
  OptionalNumber shares_per_post;
  friend bool operator==(const Metrics&, const Metrics&) = default;
};

/// One creator record of a search.
struct CreatorRecord {
  std::string creator_id;
  OptionalText platform, handle, name, bio, location, profile_url, avatar_url;
  Metrics metrics;
  std::optional<bool> is_enriched;
  OptionalText source_updated_at;  ///< `updated_at` of the API, as it came
  std::vector<std::string> content_categories, target_audiences, languages;
  std::string raw_json;  ///< the record as it came
  friend bool operator==(const CreatorRecord&, const CreatorRecord&) = default;
};

/// A creator as a search found it.
struct FoundCreator {
  CreatorRecord creator;
  OptionalNumber score;
  OptionalNumber match_rank;
};

}  // namespace toksync
