// The five stages, which are also the five families of jobs. One name each, everywhere: TOML table,
// column, type, log.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace toksync {

/// In the order in which a keyword set passes through them.
enum class StageName { search, enrich, content_match, audience_match, thought_leaders };

inline constexpr std::array<StageName, 5> kAllStages{StageName::search, StageName::enrich, StageName::content_match,
                                                     StageName::audience_match, StageName::thought_leaders};

[[nodiscard]] std::string_view to_string(StageName stage);
[[nodiscard]] std::optional<StageName> stage_from_string(std::string_view text);

}  // namespace toksync
