// The data dictionary: every table and view of a database with what a row and each column is, out of the comments that
// its own schema keeps (schema/0001_runs.sql tells how they are written). Read by `cli` only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace toksync::store {

struct ColumnEntry {
  std::string name;
  std::string type;     ///< INTEGER, REAL or TEXT; empty for what a view computes
  std::string comment;  ///< empty when there is none
};

struct RelationEntry {
  std::string name;
  bool is_view = false;
  bool is_for_reading = false;  ///< a view, or `creators`; the rest are the lean tables below them
  std::string comment;
  std::vector<ColumnEntry> columns;
};

/// By name.
[[nodiscard]] std::vector<RelationEntry> data_dictionary(Store& store);

/// The comments of one CREATE statement.
struct SchemaComments {
  std::string relation;
  /// Nothing for a name that is no column of it.
  [[nodiscard]] std::string of(std::string_view column) const;

  std::vector<std::pair<std::string, std::string>> columns;  ///< names as they are written
};

/// Reads the part between the first parenthesis, which ends its line, and the line that begins with the last.
[[nodiscard]] SchemaComments read_comments(std::string_view create_statement);

}  // namespace toksync::store
