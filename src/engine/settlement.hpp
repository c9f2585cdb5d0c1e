// What is decided about a request whose answer was lost, on the evidence that free reads gave. A pure
// function, tested as a table; Settler gathers the evidence and carries out the decision.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/usage_evidence.hpp"
#include "store/records.hpp"

namespace toksync::engine {

/// What the results by creator show of one job.
enum class Trace {
  none,
  found,    ///< something new of that creator, which may be this job
  matched,  ///< it tells its criteria, and they are this job's
  foreign,  ///< it tells its criteria, and nobody here asked for them: others analyze the same creator
};

struct Evidence {
  std::vector<Trace> traces;              ///< one for each job; none at all for searches and thought leaders
  std::vector<std::string> found_ids;     ///< one for each job; empty where nothing, or no id, was found
  bool is_denied = false;                 ///< the API says that it knows none of the creators, or not all
  bool may_be_found = true;               ///< results can be looked for by creator (api::Ways)
  int pending = 0;                        ///< enrichments that run among those asked for
  std::optional<UnexplainedUsage> usage;  ///< absent: the account tells nothing that can be compared
  bool is_due = false;                    ///< late starts are over: what is not there now never arrived
  bool is_last = false;                   ///< no further reading will be waited for
};

/// The decision, or what is settled so far: without jobs, more evidence is waited for.
[[nodiscard]] store::Settlement settle(const store::LostRequest& request, const Evidence& evidence);

}  // namespace toksync::engine
