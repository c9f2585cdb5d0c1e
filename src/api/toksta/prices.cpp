#include "api/toksta/prices.hpp"

namespace toksync::api::toksta {

PriceTable published_prices() {
  PriceTable prices;
  prices.set(PriceItem::creator_search, 1);
  prices.set(PriceItem::discovery_search, 1);
  prices.set(PriceItem::enrich, 1);
  prices.set(PriceItem::content_match_10, 3);
  prices.set(PriceItem::content_match_20, 5);
  prices.set(PriceItem::content_match_30, 8);
  prices.set(PriceItem::audience_match_quick_scan, 10);
  prices.set(PriceItem::audience_match_deep_dive, 20);
  prices.set(PriceItem::audience_match_comprehensive, 30);
  prices.set(PriceItem::thought_leaders_broad, 1);
  prices.set(PriceItem::thought_leaders_balanced, 2);
  prices.set(PriceItem::thought_leaders_strict, 3);
  return prices;
}

}  // namespace toksync::api::toksta
