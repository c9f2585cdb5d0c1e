// A prepared statement with typed parameters and columns. Internal to `store`: the one place that knows
// how a value becomes SQL and back. Prepared at its first use, kept for the life of the connection. It calls
// SQLite itself: a page of a search is some thousand values, and SQLiteCpp copies texts and checks on the way.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "base/time.hpp"
#include "store/relation.hpp"

namespace toksync::store {

/// Reads the columns of the row that a query stands on.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

  [[nodiscard]] int size() const { return sqlite3_column_count(statement_); }
  /// SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT or SQLITE_NULL.
  [[nodiscard]] int type(int column) const { return sqlite3_column_type(statement_, column); }
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
  /// With its full length: a text may hold NUL characters.
  [[nodiscard]] std::string text(int column) const { return std::string(text_view(column)); }
  /// The same without a copy; until the next row, or another look at the column.
  [[nodiscard]] std::string_view text_view(int column) const;
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
  sqlite3_stmt* statement_;
};

class Query {
 public:
  Query(SQLite::Database& database, std::string sql) : database_(&database), sql_(std::move(sql)) {}

  /// Executes a statement without rows; returns how many rows it changed.
  template <typename... Values>
  std::int64_t run(const Values&... values) {
    const auto use = begin(values...);
    return execute();
  }

  /// The same for a statement whose parameters are those of several rows, one behind the other.
  template <typename... Values>
  std::int64_t run_rows(std::span<const std::tuple<Values...>> rows) {
    const auto use = begin();
    int index = 0;
    for (const auto& row : rows) {
      std::apply([&](const auto&... values) { (bind(++index, values), ...); }, row);
    }
    return execute();
  }

  /// The same with as many values as somebody describes.
  std::int64_t run_values(std::span<const Value> values) {
    const auto use = begin_values(values);
    return execute();
  }

  /// Executes an INSERT of one row and returns its integer key. (RETURNING would do, but makes SQLite
  /// prepare to look for children of the row in every table that refers to it.)
  template <typename Key, typename... Values>
  Key insert(const Values&... values) {
    run(values...);
    return static_cast<Key>(sqlite3_last_insert_rowid(database_->getHandle()));
  }

  /// The same for an INSERT that does nothing when the row is there already; then nothing is returned.
  template <typename Key, typename... Values>
  std::optional<Key> insert_if_new(const Values&... values) {
    if (run(values...) == 0) return std::nullopt;
    return static_cast<Key>(sqlite3_last_insert_rowid(database_->getHandle()));
  }

  /// Calls `read` for each row.
  template <typename Read, typename... Values>
  void each(Read&& read, const Values&... values) {
    const auto use = begin(values...);
    while (step()) read(Row{statement_.get()});
  }

  /// What `read` makes of the first row, or nothing.
  template <typename Read, typename... Values>
  [[nodiscard]] auto first(Read&& read, const Values&... values) -> std::optional<std::invoke_result_t<Read, Row>> {
    const auto use = begin(values...);
    if (!step()) return std::nullopt;
    return read(Row{statement_.get()});
  }

  /// The same with as many values as somebody describes.
  template <typename Read>
  [[nodiscard]] auto first_of_values(Read&& read, std::span<const Value> values)
      -> std::optional<std::invoke_result_t<Read, Row>> {
    const auto use = begin_values(values);
    if (!step()) return std::nullopt;
    return read(Row{statement_.get()});
  }

  /// The names of its columns.
  [[nodiscard]] std::vector<std::string> columns();

  /// The first column of the first row as an integer, or nothing.
  template <typename... Values>
  [[nodiscard]] std::optional<std::int64_t> integer(const Values&... values) {
    return first([](const Row& row) { return row.integer(0); }, values...);
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  /// Frees the statement after use: an open one would hold a read transaction. The texts that were bound are
  /// the caller's.
  class Use {
   public:
    explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      sqlite3_reset(statement_);
      sqlite3_clear_bindings(statement_);
    }

   private:
    sqlite3_stmt* statement_;
  };

  template <typename... Values>
  [[nodiscard]] Use begin(const Values&... values) {
    if (!statement_) prepare();
    int index = 0;
    (bind(++index, values), ...);
    return Use{statement_.get()};
  }

  [[nodiscard]] Use begin_values(std::span<const Value> values) {
    if (!statement_) prepare();
    int index = 0;
    for (const auto& value : values) bind(++index, value);
    return Use{statement_.get()};
  }

  void prepare();
  /// True when it stands on a row, false at the end.
  bool step();
  /// To the end of a statement without rows.
  std::int64_t execute();
  void check(int code) const;

  void bind(int index, std::monostate) { bind(index, std::nullopt); }
  void bind(int index, const Value& value) {
    std::visit([&](const auto& one) { bind(index, one); }, value);
  }
  void bind(int index, std::nullopt_t) { check(sqlite3_bind_null(statement_.get(), index)); }
  // Without a copy: the caller's value outlives the execution.
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view{value}); }
  void bind(int index, const char* value) { bind(index, std::string_view{value}); }
  void bind(int index, double value) { check(sqlite3_bind_double(statement_.get(), index, value)); }
  void bind(int index, WallTime value);
  template <typename Integer>
  requires std::is_integral_v<Integer> || std::is_enum_v<Integer>
  void bind(int index, Integer value) {
    check(sqlite3_bind_int64(statement_.get(), index, static_cast<std::int64_t>(value)));
  }
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
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An INSERT of any number of rows by as few statements as it takes: beginning one costs more than a row.
class RowInserter {
 public:
  /// `before` ends in VALUES; each row has that many values.
  RowInserter(SQLite::Database& database, const std::string& before, int values);

  template <typename... Values>
  void run(std::span<const std::tuple<Values...>> rows) {
    while (!rows.empty()) {
      const auto size = rows.size() >= kMany ? kMany : rows.size() >= kSome ? kSome : 1;
      auto& query = size == kMany ? many_ : size == kSome ? some_ : one_;
      query.run_rows(rows.first(size));
      rows = rows.subspan(size);
    }
  }

 private:
  static constexpr std::size_t kMany = 64, kSome = 8;
  Query many_, some_, one_;
};

}  // namespace toksync::store
