#include <stdexcept>

#include "stages/criteria.hpp"
#include "stages/registry.hpp"

namespace toksync::stages {
namespace {

PriceItem price_item_of(int posts_to_analyze) {
  switch (posts_to_analyze) {
    case 10: return PriceItem::content_match_10;
    case 20: return PriceItem::content_match_20;
    case 30: return PriceItem::content_match_30;
    default: throw std::logic_error("posts_to_analyze is 10, 20 or 30");
  }
}

class ContentMatchStage final : public Stage {
 public:
  [[nodiscard]] StageName name() const override { return StageName::content_match; }

  [[nodiscard]] std::vector<Purchase> purchases(const KeywordSet& keyword_set) const override {
    const auto& config = keyword_set.content_match;
    if (!config) return {};
    CriteriaWriter writer;
    if (config->campaign_id) {
      writer.text("campaign_id", *config->campaign_id);
    } else {
      writer.texts("topic_keywords", keyword_set.keywords);
    }
    const auto criteria = writer.number("posts_to_analyze", config->posts_to_analyze).finish();
    return {Purchase{criteria, price_item_of(config->posts_to_analyze), 1, config->refresh_after, {}}};
  }

  [[nodiscard]] std::optional<CreatorChoice> choice(const KeywordSet& keyword_set) const override {
    if (!keyword_set.content_match) return std::nullopt;
    return CreatorChoice{keyword_set.content_match->select, keyword_set.content_match->batch_size};
  }

  [[nodiscard]] Call start(const KeywordSet& keyword_set, const Purchase&, StartInput input) const override {
    const auto& config = keyword_set.content_match.value();
    return StartContentMatch{std::move(input.creator_ids), keyword_set.keywords, config.posts_to_analyze,
                             config.campaign_id};
  }

  [[nodiscard]] std::optional<Call> read(std::vector<std::string> ids, const ReadOptions&,
                                         Seconds wait) const override {
    return ReadContentMatches{std::move(ids), wait, {}};
  }

  [[nodiscard]] std::optional<Call> find(std::vector<std::string> creator_ids,
                                         const OptionalText& campaign_id) const override {
    return ReadContentMatches{{}, Seconds{0}, std::move(creator_ids), campaign_id};
  }

  [[nodiscard]] std::optional<Call> read_details(std::vector<std::string> job_ids,
                                                 const ReadOptions& options) const override {
    if (options.evidence_posts == 0) return std::nullopt;
    return ReadContentPosts{std::move(job_ids), options.evidence_posts};
  }
};

}  // namespace

const Stage& content_match_stage() {
  static const ContentMatchStage stage;
  return stage;
}

}  // namespace toksync::stages
