// Which stages run for a keyword set, and with which tables: the set's own laid over the common ones.
// Used by the loader, which builds and checks from the result.
#pragma once

#include <map>
#include <vector>

#include "model/stage_name.hpp"
#include "pipeline/complaints.hpp"
#include "pipeline/document.hpp"

namespace toksync::pipeline {

/// One keyword set and the tables of the stages that run for it.
struct EffectiveSet {
  Entry entry;                        ///< keyword_sets.NAME as it stands
  std::map<StageName, Entry> stages;  ///< merged; positions are those of the table nearest to the set

  [[nodiscard]] const Table& content() const { return std::get<Table>(entry.node.value); }
  [[nodiscard]] const Table& stage(StageName name) const { return std::get<Table>(stages.at(name).node.value); }
};

/// The keyword sets of a document in the order of the file. A stage runs when its table is present in the
/// document or in the set and does not say enabled = false. A set that chooses its own search kind does
/// not inherit the keys that this kind does not use; any other key that its kind does not use is a problem.
[[nodiscard]] std::vector<EffectiveSet> effective_sets(const Table& document, Complaints& complaints);

}  // namespace toksync::pipeline
