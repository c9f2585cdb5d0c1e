// The kinds of requests that bench_night counts, by path.
#pragma once

#include <array>
#include <string_view>

#include "base/time.hpp"

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

}  // namespace toksync::bench
