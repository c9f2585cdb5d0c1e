// What a pipeline asks of each stage for one keyword set, overrides already applied. `pipeline` makes
// these values, `stages` and `plan` read them. Bounds are checked by `pipeline`; the defaults are the
// interface's (section 2).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace toksync {

enum class Platform { linkedin, youtube };
enum class SearchKind { discovery, database };
enum class AnalysisDepth { quick_scan, deep_dive, comprehensive };
enum class OrderBy { rank, score, followers, engagement_rate, content_score, audience_score };
enum class Measure {
  followers,
  engagement_rate,
  posts_per_month,
  reactions_per_post,
  content_score,
  audience_score,
};

[[nodiscard]] std::string_view to_string(Platform value);
[[nodiscard]] std::string_view to_string(SearchKind value);
[[nodiscard]] std::string_view to_string(AnalysisDepth value);
[[nodiscard]] std::string_view to_string(OrderBy value);
[[nodiscard]] std::string_view to_string(Measure value);
[[nodiscard]] std::optional<Platform> platform_from_string(std::string_view text);
[[nodiscard]] std::optional<SearchKind> search_kind_from_string(std::string_view text);
[[nodiscard]] std::optional<AnalysisDepth> analysis_depth_from_string(std::string_view text);
[[nodiscard]] std::optional<OrderBy> order_by_from_string(std::string_view text);
[[nodiscard]] std::optional<Measure> measure_from_string(std::string_view text);

/// How old data may be before it is bought again: an age, or nothing for "never" (bought only once).
using RefreshAfter = std::optional<Seconds>;

/// One filter's value as the API takes it.
using FilterValue = std::variant<bool, double, std::vector<std::string>>;
/// The filters of the API by their own names, in a fixed order.
using Filters = std::map<std::string, FilterValue, std::less<>>;

struct Bounds {
  std::optional<double> minimum;
  std::optional<double> maximum;
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// Which creators go on. A creator whose value is unknown does not pass a bound on it.
struct Select {
  std::optional<int> top;
  OrderBy order_by = OrderBy::rank;
  std::map<Measure, Bounds> bounds;
  friend bool operator==(const Select&, const Select&) = default;
};

struct SearchConfig {
  SearchKind kind = SearchKind::discovery;
  Platform platform = Platform::linkedin;  ///< of the pipeline's source
  std::string mode = "auto";               ///< discovery: auto | strict | balanced | broad
  int max_creators = 100;                  ///< at least 1
  std::optional<std::string> query;        ///< database: free text
  std::optional<std::string> sort_by;
  std::optional<std::string> sort_order;
  Filters filters;
  RefreshAfter refresh_after = Seconds{0};
  int evidence_posts = 0;  ///< discovery: 0..10 posts fetched behind each hit
  bool detail = false;     ///< the full records of those whom the last stage chose are fetched
  friend bool operator==(const SearchConfig&, const SearchConfig&) = default;
};

struct EnrichConfig {
  RefreshAfter refresh_after = std::chrono::days{30};
  bool full_detail = true;
  int batch_size = 50;  ///< creators per request
  Select select;
  friend bool operator==(const EnrichConfig&, const EnrichConfig&) = default;
};

struct ContentMatchConfig {
  int posts_to_analyze = 10;  ///< 10, 20 or 30
  RefreshAfter refresh_after = std::chrono::days{30};
  int evidence_posts = 3;  ///< 0..10 kept per creator
  int batch_size = 50;
  Select select;
  std::optional<std::string> campaign_id{};  ///< whose keywords count in place of the set's
  friend bool operator==(const ContentMatchConfig&, const ContentMatchConfig&) = default;
};

struct AudienceMatchConfig {
  AnalysisDepth analysis_depth = AnalysisDepth::quick_scan;
  RefreshAfter refresh_after = std::chrono::days{90};
  int engagers = 10;  ///< 0..30 kept per creator
  int batch_size = 50;
  Select select;
  std::optional<std::string> campaign_id{};  ///< whose criteria count in place of the set's
  friend bool operator==(const AudienceMatchConfig&, const AudienceMatchConfig&) = default;
};

struct ThoughtLeadersConfig {
  std::vector<std::string> modes{"balanced"};  ///< one job each: strict | balanced | broad
  int count = 10;                              ///< 1..100
  int max_candidates_to_analyze = 100;         ///< 1..200
  int posts_to_analyze = 10;                   ///< 10, 20 or 30
  double min_followers = 30000;
  double min_reactions_per_post = 50;
  double min_content_match_score = 60;
  bool hide_brands = true;
  std::optional<std::string> location;
  std::optional<std::string> language;
  Filters filters;
  RefreshAfter refresh_after = std::chrono::days{7};
  friend bool operator==(const ThoughtLeadersConfig&, const ThoughtLeadersConfig&) = default;
};

/// One keyword set with the stages that run for it; an absent stage does not run.
struct KeywordSet {
  std::string name;
  std::vector<std::string> keywords;
  std::vector<std::string> audience;
  std::optional<SearchConfig> search;
  std::optional<EnrichConfig> enrich;
  std::optional<ContentMatchConfig> content_match;
  std::optional<AudienceMatchConfig> audience_match;
  std::optional<ThoughtLeadersConfig> thought_leaders;
  friend bool operator==(const KeywordSet&, const KeywordSet&) = default;
};

}  // namespace toksync
