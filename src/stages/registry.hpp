// The five stages behind stage(). Internal to `stages`; adding a stage adds a line here and in registry.cpp.
#pragma once

#include "stages/stage.hpp"

namespace toksync::stages {

[[nodiscard]] const Stage& search_stage();
[[nodiscard]] const Stage& enrich_stage();
[[nodiscard]] const Stage& content_match_stage();
[[nodiscard]] const Stage& audience_match_stage();
[[nodiscard]] const Stage& thought_leaders_stage();

}  // namespace toksync::stages
