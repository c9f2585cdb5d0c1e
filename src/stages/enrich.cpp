#include "stages/registry.hpp"

namespace toksync::stages {
namespace {

class EnrichStage final : public Stage {
 public:
  [[nodiscard]] StageName name() const override { return StageName::enrich; }

  [[nodiscard]] std::vector<Purchase> purchases(const KeywordSet& keyword_set) const override {
    if (!keyword_set.enrich) return {};
    return {Purchase{"{}", PriceItem::enrich, 1, keyword_set.enrich->refresh_after, {}}};
  }

  [[nodiscard]] std::optional<CreatorChoice> choice(const KeywordSet& keyword_set) const override {
    if (!keyword_set.enrich) return std::nullopt;
    return CreatorChoice{keyword_set.enrich->select, keyword_set.enrich->batch_size};
  }

  [[nodiscard]] Call start(const KeywordSet&, const Purchase&, StartInput input) const override {
    return StartEnrichment{std::move(input.creator_ids)};
  }

  [[nodiscard]] std::optional<Call> read(std::vector<std::string> ids, const ReadOptions& options,
                                         Seconds wait) const override {
    return ReadEnrichments{std::move(ids), options.full_detail, wait};
  }

  [[nodiscard]] std::optional<Call> find(std::vector<std::string> creator_ids, const OptionalText&) const override {
    return ReadEnrichments{std::move(creator_ids), true, Seconds{0}};
  }

  [[nodiscard]] std::optional<Call> read_details(std::vector<std::string>, const ReadOptions&) const override {
    return std::nullopt;
  }
};

}  // namespace

const Stage& enrich_stage() {
  static const EnrichStage stage;
  return stage;
}

}  // namespace toksync::stages
