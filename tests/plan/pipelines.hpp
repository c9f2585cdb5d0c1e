// Pipelines for the tests of this room.
#pragma once

#include "model/stage_name.hpp"
#include "pipeline/pipeline.hpp"

namespace toksync::plan::test {

/// A keyword set that runs the stages named.
inline KeywordSet set_with(std::string name, const std::vector<StageName>& stages) {
  KeywordSet set;
  set.name = std::move(name);
  set.keywords = {"a", "b", "c", "d", "e"};
  set.audience = {"CMO"};
  for (const auto stage : stages) {
    switch (stage) {
      case StageName::search: set.search.emplace(); break;
      case StageName::enrich: set.enrich.emplace(); break;
      case StageName::content_match: set.content_match.emplace(); break;
      case StageName::audience_match: set.audience_match.emplace(); break;
      case StageName::thought_leaders: set.thought_leaders.emplace(); break;
    }
  }
  return set;
}

inline KeywordSet full_set(std::string name) {
  return set_with(std::move(name), {kAllStages.begin(), kAllStages.end()});
}

inline pipeline::Pipeline pipeline_of(std::vector<KeywordSet> sets) {
  pipeline::Pipeline pipeline;
  pipeline.name = "nightly";
  pipeline.text = "version = 1";
  pipeline.sha256 = "0f";
  pipeline.keyword_sets = std::move(sets);
  return pipeline;
}

}  // namespace toksync::plan::test
