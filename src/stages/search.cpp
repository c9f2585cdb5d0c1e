#include "stages/search.hpp"

#include <algorithm>
#include <charconv>

#include "stages/criteria.hpp"
#include "stages/registry.hpp"

namespace toksync::stages {
namespace {

int offset_of(const OptionalText& cursor) {
  int offset = 0;
  if (cursor) std::from_chars(cursor->data(), cursor->data() + cursor->size(), offset);
  return offset;
}

std::string criteria_of(const KeywordSet& keyword_set, const SearchConfig& config) {
  CriteriaWriter json;
  json.text("kind", to_string(config.kind)).number("max_creators", config.max_creators);
  if (config.kind == SearchKind::discovery) {
    json.text("mode", config.mode).texts("keywords", keyword_set.keywords);
  } else {
    json.text("platform", to_string(config.platform)).optional_text("query", config.query);
    json.optional_text("sort_by", config.sort_by).optional_text("sort_order", config.sort_order);
  }
  return json.filters("filters", config.filters).finish();
}

class SearchStage final : public Stage {
 public:
  [[nodiscard]] StageName name() const override { return StageName::search; }

  [[nodiscard]] std::vector<Purchase> purchases(const KeywordSet& keyword_set) const override {
    const auto& config = keyword_set.search;
    if (!config) return {};
    const auto item = config->kind == SearchKind::discovery ? PriceItem::discovery_search : PriceItem::creator_search;
    return {Purchase{criteria_of(keyword_set, *config), item, 1, config->refresh_after, {}}};
  }

  [[nodiscard]] std::optional<CreatorChoice> choice(const KeywordSet&) const override { return std::nullopt; }

  [[nodiscard]] Call start(const KeywordSet& keyword_set, const Purchase&, StartInput input) const override {
    const auto& config = keyword_set.search.value();
    if (config.kind == SearchKind::discovery) {
      return DiscoverySearch{keyword_set.keywords, config.mode, config.filters, input.limit, offset_of(input.cursor)};
    }
    return DatabaseSearch{config.platform, config.query, config.sort_by,         config.sort_order,
                          config.filters,  input.limit,  std::move(input.cursor)};
  }

  [[nodiscard]] std::optional<Call> read(std::vector<std::string>, const ReadOptions&, Seconds) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Call> find(std::vector<std::string>, const OptionalText&) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Call> read_details(std::vector<std::string>, const ReadOptions&) const override {
    return std::nullopt;
  }
};

}  // namespace

const Stage& search_stage() {
  static const SearchStage stage;
  return stage;
}

int page_limit(const SearchConfig& config, std::int64_t kept) {
  return static_cast<int>(std::clamp<std::int64_t>(config.max_creators - kept, 1, kLargestPage));
}

WalkStep next_step(const SearchConfig& config, const WalkState& asked, const SearchPage& page,
                   std::int64_t new_creators) {
  const bool enough = asked.kept + new_creators >= config.max_creators;
  if (page.ended || enough || new_creators == 0) return {std::nullopt, true};
  if (config.kind == SearchKind::database) return {page.next_cursor, !page.next_cursor.has_value()};
  if (page.creators.size() < static_cast<std::size_t>(asked.limit)) return {std::nullopt, true};
  return {std::to_string(offset_of(asked.cursor) + asked.limit), false};
}

}  // namespace toksync::stages
