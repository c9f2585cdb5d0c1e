// Rows of any query with the names of their columns, for readers that take a relation as it is: what a view has, they
// show. Filled by `store`, read by `report`.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace toksync::store {

/// NULL, a whole number, a number or a text. Nothing of ours is a blob.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Relation {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

}  // namespace toksync::store
