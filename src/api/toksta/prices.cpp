#include "api/toksta/prices.hpp"

#include <array>

namespace toksync::api::toksta {
namespace {

struct OperationWord {
  std::string_view word;
  StageName family;
};

// The first that an operation's name holds decides. "discovery" alone does not: the API calls both a search and
// the work of a thought-leader job so.
constexpr std::array<OperationWord, 5> kOperationWords{{{"thought_leader", StageName::thought_leaders},
                                                        {"content", StageName::content_match},
                                                        {"audience", StageName::audience_match},
                                                        {"enrich", StageName::enrich},
                                                        {"search", StageName::search}}};

}  // namespace

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

std::optional<StageName> family_of_operation(std::string_view operation) {
  for (const auto& [word, family] : kOperationWords) {
    if (operation.find(word) != std::string_view::npos) return family;
  }
  return std::nullopt;
}

}  // namespace toksync::api::toksta
