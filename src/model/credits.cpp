#include "model/credits.hpp"

#include "model/enum_names.hpp"

namespace toksync {
namespace {

constexpr EnumNames<PriceItem, kPriceItems> kNames{{
    {PriceItem::creator_search, "creator_search"},
    {PriceItem::discovery_search, "discovery_search"},
    {PriceItem::enrich, "enrich"},
    {PriceItem::content_match_10, "content_match_10"},
    {PriceItem::content_match_20, "content_match_20"},
    {PriceItem::content_match_30, "content_match_30"},
    {PriceItem::audience_match_quick_scan, "audience_match_quick_scan"},
    {PriceItem::audience_match_deep_dive, "audience_match_deep_dive"},
    {PriceItem::audience_match_comprehensive, "audience_match_comprehensive"},
    {PriceItem::thought_leaders_broad, "thought_leaders_broad"},
    {PriceItem::thought_leaders_balanced, "thought_leaders_balanced"},
    {PriceItem::thought_leaders_strict, "thought_leaders_strict"},
}};

}  // namespace

std::string_view to_string(PriceItem item) { return name_of(kNames, item); }
std::optional<PriceItem> price_item_from_string(std::string_view text) { return value_of(kNames, text); }

}  // namespace toksync
