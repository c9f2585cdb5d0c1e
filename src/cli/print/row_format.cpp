#include "cli/print/row_format.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/utf8.hpp"

namespace toksync::cli {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

/// The shortest text that is exactly this number, and shows that it is no whole one by its type.
std::string real_text(double number) {
  auto text = fmt::format("{}", number);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

/// JSON has no infinity.
std::string json_text(const store::Cell& cell) {
  if (const auto* const whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* const real = std::get_if<double>(&cell)) return std::isfinite(*real) ? real_text(*real) : "null";
  if (const auto* const text = std::get_if<std::string_view>(&cell)) return quote_json(to_valid_utf8(*text));
  if (const auto* const blob = std::get_if<store::Blob>(&cell)) return quote_json(hex(blob->bytes));
  return "null";
}

}  // namespace

RowWriter::RowWriter(RowFormat format, FormulaGuard guard, std::vector<std::string> columns)
    : format_(format), guard_(guard), columns_(std::move(columns)) {
  for (const auto& column : columns_) keys_.push_back(quote_json(to_valid_utf8(column)) + ":");
}

std::string RowWriter::head() const {
  if (format_ == RowFormat::json_lines) return {};
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) line += ',';
    append_csv_text(line, columns_[i], guard_);
  }
  return line.append(kCsvLineEnd);
}

void RowWriter::append_row(std::string& out, const store::RowReader& rows) const {
  const bool is_csv = format_ == RowFormat::csv;
  if (!is_csv) out += '{';
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += ',';
    const auto cell = rows.cell(static_cast<int>(i));
    if (is_csv) {
      append_csv(out, cell);
    } else {
      out.append(keys_[i]).append(json_text(cell));
    }
  }
  out.append(is_csv ? kCsvLineEnd : "}\n");
}

void RowWriter::append_csv(std::string& out, const store::Cell& cell) const {
  if (const auto* const whole = std::get_if<std::int64_t>(&cell)) out += std::to_string(*whole);
  if (const auto* const real = std::get_if<double>(&cell)) out += real_text(*real);
  if (const auto* const text = std::get_if<std::string_view>(&cell)) append_csv_text(out, *text, guard_);
  if (const auto* const blob = std::get_if<store::Blob>(&cell)) out += hex(blob->bytes);
}

}  // namespace toksync::cli
