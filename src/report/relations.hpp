// Relations of the database as JSON. Used by `toksync report`.
#pragma once

#include <nlohmann/json.hpp>

#include "store/pipeline_report.hpp"

namespace toksync::report {

/// By name; each as {"columns": [...], "rows": [[...], ...]}, which names a column once for thousands of rows.
[[nodiscard]] nlohmann::ordered_json to_json(const store::NamedRelations& relations);

}  // namespace toksync::report
