// A prepared statement with typed parameters and columns. Internal to `store`: the one place that knows
// how a value becomes SQL and back. Prepared at its first use, kept for the life of the connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/time.hpp"

namespace toksync::store {

/// Reads the columns of the row that a query stands on.
class Row {
 public:
  explicit Row(SQLite::Statement& statement) : statement_(&statement) {}

  [[nodiscard]] bool is_null(int column) const { return statement_->getColumn(column).isNull(); }
  [[nodiscard]] std::int64_t integer(int column) const { return statement_->getColumn(column).getInt64(); }
  [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
  /// With its full length: a text may hold NUL characters.
  [[nodiscard]] std::string text(int column) const { return statement_->getColumn(column).getString(); }
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<double> optional_number(int column) const;
  /// Nothing when the column is NULL or holds no ISO 8601 time.
  [[nodiscard]] std::optional<WallTime> optional_time(int column) const;
  template <typename Key>
  [[nodiscard]] Key key(int column) const {
    return static_cast<Key>(integer(column));
  }
  template <typename Key>
  [[nodiscard]] std::optional<Key> optional_key(int column) const {
    return is_null(column) ? std::nullopt : std::optional{key<Key>(column)};
  }

 private:
  SQLite::Statement* statement_;
};

class Query {
 public:
  Query(SQLite::Database& database, std::string sql) : database_(&database), sql_(std::move(sql)) {}

  /// Executes a statement without rows; returns how many rows it changed.
  template <typename... Values>
  std::int64_t run(const Values&... values) {
    const auto use = begin(values...);
    return statement_->exec();
  }

  /// Executes an INSERT of one row and returns its integer key. (RETURNING would do, but makes SQLite
  /// prepare to look for children of the row in every table that refers to it.)
  template <typename Key, typename... Values>
  Key insert(const Values&... values) {
    run(values...);
    return static_cast<Key>(database_->getLastInsertRowid());
  }

  /// Calls `read` for each row.
  template <typename Read, typename... Values>
  void each(Read&& read, const Values&... values) {
    const auto use = begin(values...);
    while (statement_->executeStep()) read(Row{*statement_});
  }

  /// What `read` makes of the first row, or nothing.
  template <typename Read, typename... Values>
  [[nodiscard]] auto first(Read&& read, const Values&... values) -> std::optional<std::invoke_result_t<Read, Row>> {
    const auto use = begin(values...);
    if (!statement_->executeStep()) return std::nullopt;
    return read(Row{*statement_});
  }

  /// The first column of the first row as an integer, or nothing.
  template <typename... Values>
  [[nodiscard]] std::optional<std::int64_t> integer(const Values&... values) {
    return first([](const Row& row) { return row.integer(0); }, values...);
  }

 private:
  /// Frees the statement after use: an open one would hold a read transaction.
  class Use {
   public:
    explicit Use(SQLite::Statement& statement) : statement_(&statement) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      statement_->tryReset();
      statement_->clearBindings();
    }

   private:
    SQLite::Statement* statement_;
  };

  template <typename... Values>
  [[nodiscard]] Use begin(const Values&... values) {
    if (!statement_) statement_ = std::make_unique<SQLite::Statement>(*database_, sql_);
    int index = 0;
    (bind(++index, values), ...);
    return Use{*statement_};
  }

  void bind(int index, std::nullopt_t) { statement_->bind(index); }
  // Without a copy: the caller's value outlives the execution.
  void bind(int index, const std::string& value) { statement_->bindNoCopy(index, value); }
  void bind(int index, std::string_view value) { statement_->bind(index, std::string{value}); }
  void bind(int index, const char* value) { bind(index, std::string_view{value}); }
  void bind(int index, double value) { statement_->bind(index, value); }
  void bind(int index, WallTime value) { statement_->bind(index, to_iso8601(value)); }
  template <typename Integer>
  requires std::is_integral_v<Integer> || std::is_enum_v<Integer>
  void bind(int index, Integer value) { statement_->bind(index, static_cast<std::int64_t>(value)); }
  template <typename Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind(index, std::nullopt);
    }
  }

  SQLite::Database* database_;
  std::string sql_;
  std::unique_ptr<SQLite::Statement> statement_;
};

}  // namespace toksync::store
