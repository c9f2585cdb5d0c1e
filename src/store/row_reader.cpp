#include "store/row_reader.hpp"

#include <algorithm>
#include <cctype>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace toksync::store {
namespace {

constexpr int kStepsBetweenLooks = 100'000;  // of SQLite's machine: some milliseconds
constexpr const char* kOnlySelect =
    "one SELECT statement is taken; toksync db schema tells which relations and columns there are";

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

tl::unexpected<Error> refused(std::string cause) {
  return unexpected(ErrorKind::usage, "read rows", std::move(cause), kOnlySelect);
}

/// Its message, and where in the SQL it struck.
std::string complaint(sqlite3* connection, const std::string& sql) {
  constexpr std::size_t kShown = 40;
  std::string text = sqlite3_errmsg(connection);
  const int offset = sqlite3_error_offset(connection);
  if (offset < 0 || static_cast<std::size_t>(offset) >= sql.size()) return text;
  return text + ", at: " + sql.substr(static_cast<std::size_t>(offset), kShown);
}

/// What the statement is to blame for, and not the database.
bool is_fault_of_statement(int code) {
  return code == SQLITE_ERROR || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG || code == SQLITE_RANGE ||
         code == SQLITE_READONLY || code == SQLITE_AUTH || code == SQLITE_CONSTRAINT;
}

/// Nothing but spaces, semicolons and comments, by SQLite's own word.
bool is_empty(sqlite3* connection, const char* rest) {
  sqlite3_stmt* next = nullptr;
  while (*rest != '\0') {
    const int code = sqlite3_prepare_v2(connection, rest, -1, &next, &rest);
    const Statement owner(next);
    if (code != SQLITE_OK || next != nullptr) return false;
  }
  return true;
}

}  // namespace

struct RowReader::Impl {
  Impl(sqlite3* database, Statement prepared, std::function<bool()> stop)
      : connection(database), statement(std::move(prepared)), should_stop(std::move(stop)) {
    const int count = sqlite3_column_count(statement.get());
    for (int i = 0; i < count; ++i) columns.emplace_back(sqlite3_column_name(statement.get(), i));
    sqlite3_progress_handler(connection, kStepsBetweenLooks, &Impl::look, this);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { sqlite3_progress_handler(connection, 0, nullptr, nullptr); }

  static int look(void* self) { return static_cast<Impl*>(self)->should_stop() ? 1 : 0; }

  sqlite3* connection;
  Statement statement;
  std::function<bool()> should_stop;
  std::vector<std::string> columns;
};

Expected<RowReader> RowReader::select(Store& store, const std::string& sql, std::function<bool()> should_stop) {
  auto* const connection = store.database().getHandle();
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(connection, sql.c_str(), static_cast<int>(sql.size()) + 1, &prepared, &rest);
  Statement statement(prepared);
  if (is_fault_of_statement(code & 0xFF)) return refused(complaint(connection, sql));
  if (code != SQLITE_OK) throw SQLite::Exception(connection, code);
  if (!statement) return refused("the statement is empty");
  if (!is_empty(connection, rest)) return refused("there is more than one statement");
  if (sqlite3_stmt_readonly(prepared) == 0) return refused("the statement writes, and this only reads");
  if (sqlite3_column_count(prepared) == 0) return refused("the statement has no rows");
  if (sqlite3_bind_parameter_count(prepared) > 0)
    return refused("the statement has parameters, and nothing fills them");
  return RowReader(std::make_unique<Impl>(connection, std::move(statement), std::move(should_stop)));
}

RowReader::RowReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RowReader::RowReader(RowReader&&) noexcept = default;
RowReader::~RowReader() = default;

const std::vector<std::string>& RowReader::columns() const { return impl_->columns; }

Expected<bool> RowReader::next() {
  if (impl_->should_stop()) return unexpected(ErrorKind::interrupted, "read rows", "interrupted");
  const int code = sqlite3_step(impl_->statement.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  if ((code & 0xFF) == SQLITE_INTERRUPT) return unexpected(ErrorKind::interrupted, "read rows", "interrupted");
  if (is_fault_of_statement(code & 0xFF)) return refused(sqlite3_errmsg(impl_->connection));
  throw SQLite::Exception(impl_->connection, code);
}

Cell RowReader::cell(int column) const {
  auto* const statement = impl_->statement.get();
  const auto bytes = [&](const void* data) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return size == 0 ? std::string_view{} : std::string_view{static_cast<const char*>(data), size};
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: return bytes(sqlite3_column_text(statement, column));
    case SQLITE_BLOB: return Blob{bytes(sqlite3_column_blob(statement, column))};
    default: return std::monostate{};
  }
}

}  // namespace toksync::store
