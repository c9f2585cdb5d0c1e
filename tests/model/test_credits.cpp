#include <doctest/doctest.h>

#include "model/credits.hpp"

namespace toksync {
namespace {

TEST_CASE("a price table starts free and keeps each price apart") {
  PriceTable prices;
  CHECK(prices.at(PriceItem::enrich) == 0);
  prices.set(PriceItem::enrich, 1);
  prices.set(PriceItem::thought_leaders_strict, 3);
  CHECK(prices.at(PriceItem::enrich) == 1);
  CHECK(prices.at(PriceItem::thought_leaders_strict) == 3);
  CHECK(prices.at(PriceItem::discovery_search) == 0);
}

TEST_CASE("price tables are equal when every price is") {
  PriceTable one;
  PriceTable other;
  CHECK(one == other);
  other.set(PriceItem::creator_search, 1);
  CHECK_FALSE(one == other);
}

}  // namespace
}  // namespace toksync
