// What `toksync report` shows of a pipeline: its shortlist with the evidence behind each score, what it cost by day,
// how its best creators grew, and its runs. Each is a relation whose columns bear the names that they have in the
// views.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/relation.hpp"
#include "store/store.hpp"

namespace toksync::store {

using NamedRelations = std::vector<std::pair<std::string, Relation>>;

/// `shortlist` (of each keyword set the best `per_keyword_set` creators), `tags`, `content`, `posts`, `audience`,
/// `companies`, `titles`, `engagers`, `thought_leaders`, `history`, `credits` and `runs`. Rows of them belong together
/// by `creator` and `analysis`, which are keys of this database. To be read within one Moment.
[[nodiscard]] NamedRelations read_pipeline_report(Store& store, std::string_view pipeline, int per_keyword_set);

}  // namespace toksync::store
