// Finds the name that was probably meant when a name is unknown. Used for keys and for choices.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace toksync::pipeline {

/// How many insertions, deletions, replacements and swaps of neighbours turn one text into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate nearest to `name` when it is near enough to be a typo of it: at most a third of the
/// letters differ, or the candidate begins with the whole name. The first of equally near ones.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view name,
                                                      std::span<const std::string_view> candidates);

}  // namespace toksync::pipeline
