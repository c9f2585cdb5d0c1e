// What content match and audience match have in common: starting analyses for a selection, and finding
// the analyses that a results request asks for.
#pragma once

#include <functional>

#include "sandbox/selection.hpp"

namespace toksync::sandbox {

/// The terms on which a start request buys analyses.
struct Terms {
  AnalysisKind kind = AnalysisKind::content;
  std::string operation;  ///< as usage names it
  std::vector<std::string> criteria;
  int posts = 10;
  std::string depth;
  std::int64_t price = 0;
  std::string message;  ///< what a started job says

  /// The identity of this analysis of that creator on the bill.
  [[nodiscard]] std::string work_for(const Creator& creator) const;
};

/// Charges and starts one analysis per creator of the selection.
[[nodiscard]] Reply start_analyses(Call& call, Terms terms);

/// The analyses a results request asks for, by job or by creator, and the part of the answer about them.
struct Asked {
  std::vector<const Analysis*> analyses;
  nlohmann::json data;               ///< selection and counts
  std::optional<WallTime> ready_at;  ///< see Reply
};

[[nodiscard]] tl::expected<Asked, Reply> asked_for(const Call& call, AnalysisKind kind);

/// The fields every record of an analysis begins with, its state included.
[[nodiscard]] nlohmann::json head_of(const Call& call, const Analysis& analysis);

}  // namespace toksync::sandbox
