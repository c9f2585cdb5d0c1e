// Aligned tables for people. In a pipe everything is there and whole; on a terminal the widest text columns are cut so
// that a row fits on a line, and where that is not enough, columns are left out that can be had elsewhere. Numbers and
// ids stay whole: half of one is worth nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/print/terminal.hpp"

namespace toksync::cli {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  bool may_be_left_out = false;  ///< where the terminal is too narrow, the last of them first
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell for each column; a missing cell is empty.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// The header and the rows, each ending with a newline.
  [[nodiscard]] std::string text(const Terminal& terminal) const;

 private:
  [[nodiscard]] bool may_be_cut(std::size_t column) const;
  /// Without the columns for which there is no room.
  [[nodiscard]] Table fitting(const Terminal& terminal) const;
  [[nodiscard]] Table without(std::size_t column) const;
  [[nodiscard]] std::vector<std::size_t> full_widths() const;
  [[nodiscard]] std::vector<std::size_t> widths(const Terminal& terminal) const;
  [[nodiscard]] std::optional<std::size_t> widest_to_cut(const std::vector<std::size_t>& widths) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace toksync::cli
