// The pages that the contestants of bench_ingest read: answers of a discovery search as the API writes them, one
// file each, the same bytes every time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/time.hpp"

namespace toksync::bench {

inline constexpr int kCreatorsPerPage = 100;

/// Where and when the pages come from.
struct Pages {
  std::filesystem::path folder;
  int count = 0;

  /// "page-00001.json" in the folder; the first is 1.
  [[nodiscard]] std::filesystem::path file(int page) const;
  /// The whole text of a page.
  [[nodiscard]] std::string read(int page) const;
  /// When the answer with that page came: one a second.
  [[nodiscard]] static WallTime received_at(int page);
};

/// Writes pages with that many creators in all, of whom every tenth was on an earlier page, with other metrics.
/// The creators must fill whole pages.
[[nodiscard]] Pages write_pages(const std::filesystem::path& folder, int creators);

}  // namespace toksync::bench
