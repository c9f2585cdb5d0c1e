// One cell of a CSV file (RFC 4180), safe for spreadsheets: they take a text that begins with =, +, - or @ for a
// formula, which may read other cells and send them away. Used by `toksync export`.
#pragma once

#include <string>
#include <string_view>

namespace toksync {

enum class FormulaGuard {
  on,  ///< a text that a spreadsheet could take for a formula gets a ' in front
  off
};

inline constexpr std::string_view kCsvLineEnd = "\r\n";

/// Adds a text, in quotes where it needs them. An empty text is "", so that it differs from a NULL, which is nothing.
/// Bytes that are no UTF-8, and NUL, which few readers take, become U+FFFD.
void append_csv_text(std::string& line, std::string_view text, FormulaGuard guard);

}  // namespace toksync
