// The least time in which a night can be played by anybody, however clever: a lower bound from what the world
// knows, computed without the engine. See least_time.cpp for why each part of it holds.
#pragma once

#include <array>
#include <string_view>

#include "night_case.hpp"

namespace toksync::bench {

enum class RequestKind {
  search,
  enrich_start,
  enrich_read,
  content_start,
  content_read,
  content_details,
  audience_start,
  audience_read,
  audience_details,
  leaders_start,
  leaders_read,
  usage,
  other,
};
inline constexpr std::size_t kRequestKinds = static_cast<std::size_t>(RequestKind::other) + 1;
[[nodiscard]] std::string_view to_string(RequestKind kind);
[[nodiscard]] RequestKind kind_of(std::string_view path);

/// Requests by kind.
struct Requests {
  std::array<int, kRequestKinds> count{};
  [[nodiscard]] int& operator[](RequestKind kind) { return count.at(static_cast<std::size_t>(kind)); }
  [[nodiscard]] int operator[](RequestKind kind) const { return count.at(static_cast<std::size_t>(kind)); }
  [[nodiscard]] int total() const;
};

struct LeastTime {
  Milliseconds simple{0};  ///< the greater of: requests by the rate limit; the longest chain of latencies
  Milliseconds tight{0};   ///< a bound at least as great, from both together
  Requests requests;       ///< the fewest
};

/// `since_window`: how much of a minute of the clock is over when the night begins; counts where windows follow it.
[[nodiscard]] LeastTime least_time(const World& world, Milliseconds since_window);

}  // namespace toksync::bench
