// What the database knows of one creator's way through the pipelines: found where, chosen by whom, bought why, at what
// price. For `status --explain`. Only reads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/wiring.hpp"
#include "store/creator_search.hpp"
#include "store/reports.hpp"

namespace toksync::cli {

/// One stage of one keyword set in the newest run of a pipeline, in a plain sentence.
struct ExplainedStage {
  std::string pipeline, keyword_set, run_id;
  StageName stage{};
  std::string text;
};

struct Explanation {
  store::KnownCreator creator;
  std::vector<ExplainedStage> stages;
  std::vector<store::JobRow> jobs;  ///< the oldest first
  Credits charged = 0, open = 0;
};

/// The creator whom the text means; nobody, or several, is an Error of kind usage.
[[nodiscard]] Expected<store::KnownCreator> find_creator(store::Store& store, const std::string& who);

[[nodiscard]] Explanation explain(store::Store& store, const store::KnownCreator& creator);

}  // namespace toksync::cli
