// Rows of a query as CSV or JSON lines. Used by `toksync export`.
#pragma once

#include <string>
#include <vector>

#include "base/csv.hpp"
#include "store/row_reader.hpp"

namespace toksync::cli {

enum class RowFormat { csv, json_lines };

class RowWriter {
 public:
  RowWriter(RowFormat format, FormulaGuard guard, std::vector<std::string> columns);

  /// What stands before the first row: CSV's header.
  [[nodiscard]] std::string head() const;
  /// The row that the reader stands on, with the end of its line.
  void append_row(std::string& out, const store::RowReader& rows) const;

 private:
  void append_csv(std::string& out, const store::Cell& cell) const;

  RowFormat format_;
  FormulaGuard guard_;
  std::vector<std::string> columns_;
  std::vector<std::string> keys_;  ///< of JSON lines, with quotes and colon
};

}  // namespace toksync::cli
