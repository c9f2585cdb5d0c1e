// Which creators go on, and which of them have to be bought. Pure functions of what the store says.
// Used by `engine` when a unit begins and by plan/estimate.
#pragma once

#include <string>
#include <vector>

#include "model/stage_config.hpp"
#include "store/records.hpp"

namespace toksync::plan {

/// The candidates that pass the bounds, in the order asked for, at most `top`. A creator whose value is
/// unknown does not pass a bound on it and comes last in an order by it; ties go by rank.
[[nodiscard]] std::vector<store::Candidate> choose(std::vector<store::Candidate> candidates, const Select& select);

/// The same of candidates that stay where they are.
[[nodiscard]] std::vector<const store::Candidate*> choose(std::vector<const store::Candidate*> candidates,
                                                          const Select& select);

/// Whether what was learned at that moment is younger than refresh_after; with "never" it always is. A moment that is
/// still to come, as a clock was wrong, counts as now.
[[nodiscard]] bool is_young(WallTime learned, const RefreshAfter& refresh_after, WallTime now);

/// Whether work has to be bought. A held or failed purchase is never repeated within its run, an
/// outstanding one never at all.
[[nodiscard]] store::Decision decide(const store::WorkState& work, const RefreshAfter& refresh_after, WallTime now);

/// Why the candidate is not chosen, in words: the bound that it does not pass, or the others that come before it.
[[nodiscard]] std::string why_not_chosen(const store::Candidate& candidate, const Select& select);

/// Why chosen work is decided upon as it is, in words.
[[nodiscard]] std::string why(store::Decision decision, const store::WorkState& work,
                              const RefreshAfter& refresh_after);

}  // namespace toksync::plan
