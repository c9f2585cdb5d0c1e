#include "base/csv.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace toksync {
namespace {

/// The four signs also as full-width characters, which some spreadsheets read as the plain ones.
constexpr auto kFormulaStarts =
    std::to_array<std::string_view>({"=", "+", "-", "@", "\t", "\r", "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"});

bool may_be_formula(std::string_view text) {
  return std::ranges::any_of(kFormulaStarts, [&](auto start) { return text.starts_with(start); });
}

bool needs_quotes(std::string_view text) {
  return text.empty() || text.front() == ' ' || text.back() == ' ' ||
         text.find_first_of("\",\r\n") != std::string_view::npos;
}

}  // namespace

void append_csv_text(std::string& line, std::string_view text, FormulaGuard guard) {
  const bool is_guarded = guard == FormulaGuard::on && may_be_formula(text);
  const bool is_quoted = needs_quotes(text);
  if (is_quoted) line += '"';
  if (is_guarded) line += '\'';
  for (const char c : to_valid_utf8(text)) {
    if (c == '"') line += '"';
    if (c == '\0') {
      line += "\uFFFD";
    } else {
      line += c;
    }
  }
  if (is_quoted) line += '"';
}

}  // namespace toksync
