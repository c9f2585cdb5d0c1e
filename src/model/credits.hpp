// Credits and the things that cost them. `api` fills a price table for its provider, the pipeline may
// override entries, `plan` and `engine` reckon with it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace toksync {

/// A number of credits. Whole: no provider we know charges fractions (a fraction is rounded up).
using Credits = std::int64_t;

/// What a price stands on; the spellings are the keys of `[prices]`.
enum class PriceItem {
  creator_search,    ///< per request
  discovery_search,  ///< per 100 profiles asked for
  enrich,            ///< per profile
  content_match_10,  ///< per creator
  content_match_20,
  content_match_30,
  audience_match_quick_scan,  ///< per creator
  audience_match_deep_dive,
  audience_match_comprehensive,
  thought_leaders_broad,  ///< per creator analyzed
  thought_leaders_balanced,
  thought_leaders_strict,
};
inline constexpr std::size_t kPriceItems = 12;

[[nodiscard]] std::string_view to_string(PriceItem item);
[[nodiscard]] std::optional<PriceItem> price_item_from_string(std::string_view text);

/// Credits by price item.
class PriceTable {
 public:
  [[nodiscard]] Credits at(PriceItem item) const { return credits_[static_cast<std::size_t>(item)]; }
  void set(PriceItem item, Credits credits) { credits_[static_cast<std::size_t>(item)] = credits; }

  friend bool operator==(const PriceTable&, const PriceTable&) = default;

 private:
  std::array<Credits, kPriceItems> credits_{};
};

}  // namespace toksync
