// Checks one value against its row of the format table. Used by check.cpp.
#pragma once

#include <string>

#include "pipeline/complaints.hpp"
#include "pipeline/document.hpp"
#include "pipeline/format.hpp"

namespace toksync::pipeline {

/// Complains about a value that its row does not allow and marks it as refused. Of an array, each wrong or
/// repeated element is told at its own position. Tables are not looked into.
void check_value(const KeySpec& spec, Node& node, const std::string& path, Complaints& complaints);

}  // namespace toksync::pipeline
