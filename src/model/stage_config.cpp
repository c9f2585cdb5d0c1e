#include "model/stage_config.hpp"

#include "model/enum_names.hpp"

namespace toksync {
namespace {

constexpr EnumNames<Platform, 2> kPlatforms{{{Platform::linkedin, "linkedin"}, {Platform::youtube, "youtube"}}};
constexpr EnumNames<SearchKind, 2> kSearchKinds{
    {{SearchKind::discovery, "discovery"}, {SearchKind::database, "database"}}};
constexpr EnumNames<AnalysisDepth, 3> kDepths{{{AnalysisDepth::quick_scan, "quick_scan"},
                                               {AnalysisDepth::deep_dive, "deep_dive"},
                                               {AnalysisDepth::comprehensive, "comprehensive"}}};
constexpr EnumNames<OrderBy, 6> kOrders{{{OrderBy::rank, "rank"},
                                         {OrderBy::score, "score"},
                                         {OrderBy::followers, "followers"},
                                         {OrderBy::engagement_rate, "engagement_rate"},
                                         {OrderBy::content_score, "content_score"},
                                         {OrderBy::audience_score, "audience_score"}}};
constexpr EnumNames<Measure, 6> kMeasures{{{Measure::followers, "followers"},
                                           {Measure::engagement_rate, "engagement_rate"},
                                           {Measure::posts_per_month, "posts_per_month"},
                                           {Measure::reactions_per_post, "reactions_per_post"},
                                           {Measure::content_score, "content_score"},
                                           {Measure::audience_score, "audience_score"}}};

}  // namespace

std::string_view to_string(Platform value) { return name_of(kPlatforms, value); }
std::string_view to_string(SearchKind value) { return name_of(kSearchKinds, value); }
std::string_view to_string(AnalysisDepth value) { return name_of(kDepths, value); }
std::string_view to_string(OrderBy value) { return name_of(kOrders, value); }
std::string_view to_string(Measure value) { return name_of(kMeasures, value); }
std::optional<Platform> platform_from_string(std::string_view text) { return value_of(kPlatforms, text); }
std::optional<SearchKind> search_kind_from_string(std::string_view text) { return value_of(kSearchKinds, text); }
std::optional<AnalysisDepth> analysis_depth_from_string(std::string_view text) { return value_of(kDepths, text); }
std::optional<OrderBy> order_by_from_string(std::string_view text) { return value_of(kOrders, text); }
std::optional<Measure> measure_from_string(std::string_view text) { return value_of(kMeasures, text); }

}  // namespace toksync
