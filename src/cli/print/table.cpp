#include "cli/print/table.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace toksync::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // of a column that is cut

/// Columns of what a person copies into the next command.
bool is_id(std::string_view title) {
  constexpr std::array<std::string_view, 6> kIds{"creator_id", "run", "job", "request", "started", "submitted"};
  return std::ranges::find(kIds, title) != kIds.end();
}

std::size_t total_of(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  std::ranges::transform(cells, cells.begin(), [](const std::string& cell) { return printable(cell); });
  rows_.push_back(std::move(cells));
}

bool Table::may_be_cut(std::size_t column) const {
  return columns_[column].align == Align::left && !is_id(columns_[column].title);
}

std::vector<std::size_t> Table::full_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  return widths;
}

Table Table::without(std::size_t column) const {
  auto table = *this;
  const auto at = static_cast<std::ptrdiff_t>(column);
  table.columns_.erase(table.columns_.begin() + at);
  for (auto& row : table.rows_) row.erase(row.begin() + at);
  return table;
}

Table Table::fitting(const Terminal& terminal) const {
  auto table = *this;
  while (terminal.width) {
    auto least = table.full_widths();
    for (std::size_t i = 0; i < least.size(); ++i) {
      if (table.may_be_cut(i)) least[i] = std::min(least[i], kNarrowest);
    }
    if (total_of(least) <= *terminal.width) break;
    const auto last = std::find_if(table.columns_.rbegin(), table.columns_.rend(),
                                   [](const Column& column) { return column.may_be_left_out; });
    if (last == table.columns_.rend()) break;
    table = table.without(static_cast<std::size_t>(std::distance(last, table.columns_.rend()) - 1));
  }
  return table;
}

std::vector<std::size_t> Table::widths(const Terminal& terminal) const {
  auto widths = full_widths();
  if (!terminal.width) return widths;
  auto total = total_of(widths);
  while (total > *terminal.width) {
    const auto widest = widest_to_cut(widths);
    if (!widest) break;
    --widths[*widest];
    --total;
  }
  return widths;
}

std::optional<std::size_t> Table::widest_to_cut(const std::vector<std::size_t>& widths) const {
  std::optional<std::size_t> widest;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const bool is_wide = may_be_cut(i) && widths[i] > kNarrowest;
    // Of equal ones the last: what stands there explains the rest.
    if (is_wide && (!widest || widths[i] >= widths[*widest])) widest = i;
  }
  return widest;
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto cell = shorten(cells[i], widths[i]);
    const std::string padding(widths[i] - display_width(cell), ' ');
    if (i > 0) line.append(kGap, ' ');
    line += columns_[i].align == Align::right ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string Table::text(const Terminal& terminal) const {
  const auto shown = fitting(terminal);
  const auto column_widths = shown.widths(terminal);
  std::vector<std::string> titles;
  for (const auto& column : shown.columns_) titles.push_back(column.title);
  auto out = terminal.bold(shown.line(titles, column_widths)) + "\n";
  for (const auto& row : shown.rows_) out += shown.line(row, column_widths) + "\n";
  return out;
}

}  // namespace toksync::cli
