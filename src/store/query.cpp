#include "store/query.hpp"

namespace toksync::store {

std::string_view Row::text_view(int column) const {
  // The text first: asking for it may change its encoding, and its size.
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return text == nullptr ? std::string_view{} : std::string_view{text, size};
}

std::optional<std::string> Row::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional{text(column)};
}

std::optional<std::int64_t> Row::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional{integer(column)};
}

std::optional<double> Row::optional_number(int column) const {
  return is_null(column) ? std::nullopt : std::optional{sqlite3_column_double(statement_, column)};
}

std::optional<WallTime> Row::optional_time(int column) const {
  return is_null(column) ? std::nullopt : from_iso8601(text_view(column));
}

void Query::prepare() {
  sqlite3_stmt* statement = nullptr;
  const auto size = static_cast<int>(sql_.size());
  check(sqlite3_prepare_v3(database_->getHandle(), sql_.c_str(), size, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  statement_.reset(statement);
}

std::vector<std::string> Query::columns() {
  if (!statement_) prepare();
  std::vector<std::string> names;
  const int count = sqlite3_column_count(statement_.get());
  for (int column = 0; column < count; ++column) names.emplace_back(sqlite3_column_name(statement_.get(), column));
  return names;
}

bool Query::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  check(code == SQLITE_DONE ? SQLITE_OK : code);
  return false;
}

std::int64_t Query::execute() {
  if (step()) throw SQLite::Exception("a statement without rows has one: " + sql_);
  return sqlite3_changes64(database_->getHandle());
}

void Query::check(int code) const {
  if (code != SQLITE_OK) throw SQLite::Exception(database_->getHandle(), code);
}

void Query::bind(int index, std::string_view value) {
  // Without an address it would be NULL.
  const auto* const data = value.data() == nullptr ? "" : value.data();
  check(sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Query::bind(int index, WallTime value) {
  const auto text = to_iso8601(value);
  check(sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

namespace {

std::string rows_of(std::size_t count, int values) {
  std::string row = "(?";
  for (int i = 1; i < values; ++i) row += ", ?";
  row += ')';
  std::string rows = ' ' + row;
  for (std::size_t i = 1; i < count; ++i) rows.append(", ").append(row);
  return rows;
}

}  // namespace

RowInserter::RowInserter(SQLite::Database& database, const std::string& before, int values)
    : many_(database, before + rows_of(kMany, values)),
      some_(database, before + rows_of(kSome, values)),
      one_(database, before + rows_of(1, values)) {}

}  // namespace toksync::store
