#include "stages/criteria.hpp"
#include "stages/registry.hpp"

namespace toksync::stages {
namespace {

PriceItem price_item_of(AnalysisDepth depth) {
  switch (depth) {
    case AnalysisDepth::quick_scan: return PriceItem::audience_match_quick_scan;
    case AnalysisDepth::deep_dive: return PriceItem::audience_match_deep_dive;
    case AnalysisDepth::comprehensive: break;
  }
  return PriceItem::audience_match_comprehensive;
}

class AudienceMatchStage final : public Stage {
 public:
  [[nodiscard]] StageName name() const override { return StageName::audience_match; }

  [[nodiscard]] std::vector<Purchase> purchases(const KeywordSet& keyword_set) const override {
    const auto& config = keyword_set.audience_match;
    if (!config) return {};
    CriteriaWriter writer;
    if (config->campaign_id) {
      writer.text("campaign_id", *config->campaign_id);
    } else {
      writer.texts("criteria", keyword_set.audience);
    }
    const auto criteria = writer.text("analysis_depth", to_string(config->analysis_depth)).finish();
    return {Purchase{criteria, price_item_of(config->analysis_depth), 1, config->refresh_after, {}}};
  }

  [[nodiscard]] std::optional<CreatorChoice> choice(const KeywordSet& keyword_set) const override {
    if (!keyword_set.audience_match) return std::nullopt;
    return CreatorChoice{keyword_set.audience_match->select, keyword_set.audience_match->batch_size};
  }

  [[nodiscard]] Call start(const KeywordSet& keyword_set, const Purchase&, StartInput input) const override {
    const auto& config = keyword_set.audience_match.value();
    return StartAudienceMatch{std::move(input.creator_ids), keyword_set.audience, config.analysis_depth,
                              config.campaign_id};
  }

  [[nodiscard]] std::optional<Call> read(std::vector<std::string> ids, const ReadOptions&,
                                         Seconds wait) const override {
    return ReadAudienceMatches{std::move(ids), wait, {}};
  }

  [[nodiscard]] std::optional<Call> find(std::vector<std::string> creator_ids,
                                         const OptionalText& campaign_id) const override {
    return ReadAudienceMatches{{}, Seconds{0}, std::move(creator_ids), campaign_id};
  }

  [[nodiscard]] std::optional<Call> read_details(std::vector<std::string> job_ids,
                                                 const ReadOptions& options) const override {
    if (options.engagers == 0) return std::nullopt;
    return ReadAudienceDetails{std::move(job_ids), options.engagers};
  }
};

}  // namespace

const Stage& audience_match_stage() {
  static const AudienceMatchStage stage;
  return stage;
}

}  // namespace toksync::stages
