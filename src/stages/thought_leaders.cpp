#include <stdexcept>

#include "stages/criteria.hpp"
#include "stages/registry.hpp"

namespace toksync::stages {
namespace {

PriceItem price_item_of(std::string_view mode) {
  if (mode == "broad") return PriceItem::thought_leaders_broad;
  if (mode == "balanced") return PriceItem::thought_leaders_balanced;
  if (mode == "strict") return PriceItem::thought_leaders_strict;
  throw std::logic_error("the mode of thought leaders is strict, balanced or broad");
}

std::string criteria_of(const KeywordSet& keyword_set, const ThoughtLeadersConfig& config, std::string_view mode) {
  return CriteriaWriter{}
      .texts("keywords", keyword_set.keywords)
      .text("mode", mode)
      .number("count", config.count)
      .number("max_candidates_to_analyze", config.max_candidates_to_analyze)
      .number("posts_to_analyze", config.posts_to_analyze)
      .number("min_followers", config.min_followers)
      .number("min_reactions_per_post", config.min_reactions_per_post)
      .number("min_content_match_score", config.min_content_match_score)
      .flag("hide_brands", config.hide_brands)
      .optional_text("location", config.location)
      .optional_text("language", config.language)
      .filters("filters", config.filters)
      .finish();
}

class ThoughtLeadersStage final : public Stage {
 public:
  [[nodiscard]] StageName name() const override { return StageName::thought_leaders; }

  [[nodiscard]] std::vector<Purchase> purchases(const KeywordSet& keyword_set) const override {
    const auto& config = keyword_set.thought_leaders;
    if (!config) return {};
    std::vector<Purchase> purchases;
    for (const auto& mode : config->modes) {
      purchases.push_back({criteria_of(keyword_set, *config, mode), price_item_of(mode),
                           config->max_candidates_to_analyze, config->refresh_after, mode});
    }
    return purchases;
  }

  [[nodiscard]] std::optional<CreatorChoice> choice(const KeywordSet&) const override { return std::nullopt; }

  [[nodiscard]] Call start(const KeywordSet& keyword_set, const Purchase& purchase, StartInput) const override {
    return StartThoughtLeaders{keyword_set.keywords, purchase.mode, keyword_set.thought_leaders.value()};
  }

  [[nodiscard]] std::optional<Call> read(std::vector<std::string> ids, const ReadOptions&, Seconds) const override {
    return ReadThoughtLeaders{std::move(ids)};
  }

  [[nodiscard]] std::optional<Call> find(std::vector<std::string>, const OptionalText&) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Call> read_details(std::vector<std::string>, const ReadOptions&) const override {
    return std::nullopt;
  }
};

}  // namespace

const Stage& thought_leaders_stage() {
  static const ThoughtLeadersStage stage;
  return stage;
}

}  // namespace toksync::stages
