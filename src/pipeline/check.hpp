// Walks a document along the format table: unknown and missing keys, types, bounds and choices. Used by
// the loader. What depends on several keys at once is in rules.hpp.
#pragma once

#include "pipeline/complaints.hpp"
#include "pipeline/document.hpp"

namespace toksync::pipeline {

/// Complains about everything in which the document differs from the format, drops the unknown keys, and
/// marks each wrong value as refused.
void check_against_format(Table& document, Complaints& complaints);

}  // namespace toksync::pipeline
