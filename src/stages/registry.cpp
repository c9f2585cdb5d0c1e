#include "stages/registry.hpp"

#include <algorithm>
#include <stdexcept>

namespace toksync::stages {

const Stage& stage(StageName name) {
  switch (name) {
    case StageName::search: return search_stage();
    case StageName::enrich: return enrich_stage();
    case StageName::content_match: return content_match_stage();
    case StageName::audience_match: return audience_match_stage();
    case StageName::thought_leaders: return thought_leaders_stage();
  }
  throw std::logic_error("no such stage");
}

RefreshAfter refresh_of_details(const KeywordSet& keyword_set) {
  return keyword_set.enrich.value_or(EnrichConfig{}).refresh_after;
}

ReadOptions read_options(const std::vector<KeywordSet>& keyword_sets) {
  std::optional<bool> full_detail;
  std::optional<int> evidence_posts;
  std::optional<int> engagers;
  for (const auto& set : keyword_sets) {
    if (set.enrich) full_detail = full_detail.value_or(false) || set.enrich->full_detail;
    if (set.content_match) evidence_posts = std::max(evidence_posts.value_or(0), set.content_match->evidence_posts);
    if (set.audience_match) engagers = std::max(engagers.value_or(0), set.audience_match->engagers);
  }
  // What an earlier run paid for is read back whole, although this pipeline has no such stage.
  const ReadOptions usual;
  return {full_detail.value_or(usual.full_detail), evidence_posts.value_or(usual.evidence_posts),
          engagers.value_or(usual.engagers)};
}

}  // namespace toksync::stages
