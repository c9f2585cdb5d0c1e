// Keyword sets for the tests of this room: every stage on, with the defaults of the interface.
#pragma once

#include "model/stage_config.hpp"

namespace toksync::stages::test {

inline KeywordSet full_set() {
  KeywordSet set;
  set.name = "saas";
  set.keywords = {"B2B SaaS", "growth", "ABM", "demand generation", "marketing analytics"};
  set.audience = {"VP Marketing", "CMO"};
  set.search.emplace();
  set.enrich.emplace();
  set.content_match.emplace();
  set.audience_match.emplace();
  set.thought_leaders.emplace();
  return set;
}

}  // namespace toksync::stages::test
