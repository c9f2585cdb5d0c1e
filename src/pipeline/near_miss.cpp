#include "pipeline/near_miss.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace toksync::pipeline {
namespace {

/// Names of this length are no typos of any key, and comparing them would only take time.
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kShortestPrefix = 4;

std::string plain(std::string_view name) {
  std::string text{name};
  std::ranges::transform(text, text.begin(), [](char c) {
    if (c == '-' || c == ' ') return '_';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[right.size()];
}

std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.empty() || name.size() > kLongestName) return std::nullopt;
  const auto wanted = plain(name);
  std::optional<std::string_view> best;
  auto least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(wanted, plain(candidate));
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  if (best || wanted.size() < kShortestPrefix) return best;
  const auto extended =
      std::ranges::find_if(candidates, [&wanted](std::string_view candidate) { return candidate.starts_with(wanted); });
  return extended == candidates.end() ? best : std::optional{*extended};
}

}  // namespace toksync::pipeline
