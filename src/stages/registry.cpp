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

ReadOptions read_options(const std::vector<KeywordSet>& keyword_sets) {
  ReadOptions most{false, 0, 0};
  for (const auto& set : keyword_sets) {
    if (set.enrich) most.full_detail = most.full_detail || set.enrich->full_detail;
    if (set.content_match) most.evidence_posts = std::max(most.evidence_posts, set.content_match->evidence_posts);
    if (set.audience_match) most.engagers = std::max(most.engagers, set.audience_match->engagers);
  }
  return most;
}

}  // namespace toksync::stages
