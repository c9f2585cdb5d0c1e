#include "store/query.hpp"

namespace toksync::store {

std::optional<std::string> Row::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional{text(column)};
}

std::optional<std::int64_t> Row::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional{integer(column)};
}

std::optional<double> Row::optional_number(int column) const {
  return is_null(column) ? std::nullopt : std::optional{statement_->getColumn(column).getDouble()};
}

std::optional<WallTime> Row::optional_time(int column) const {
  return is_null(column) ? std::nullopt : from_iso8601(text(column));
}

}  // namespace toksync::store
