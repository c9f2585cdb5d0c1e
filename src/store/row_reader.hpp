// Reads the rows of any query, one at a time, whatever their columns are: in constant memory, however many there are.
// Used by `cli` for `toksync export`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/store.hpp"

namespace toksync::store {

/// Bytes that are no text. Nothing of ours is, but a query may make some.
struct Blob {
  std::string_view bytes;
};
/// A value of a row; texts and blobs are valid until the next row.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

class RowReader {
 public:
  /// Begins one SELECT. What is no single statement, has no rows or may write is an Error of kind `usage`, and so is
  /// what SQLite does not understand. `should_stop` is asked now and then; the store has to outlive the reader.
  [[nodiscard]] static Expected<RowReader> select(Store& store, const std::string& sql,
                                                  std::function<bool()> should_stop);
  RowReader(RowReader&&) noexcept;
  RowReader& operator=(RowReader&&) = delete;
  ~RowReader();

  [[nodiscard]] const std::vector<std::string>& columns() const;
  /// True when there is a next row to look at. A query that fails on the way is an Error of kind `usage`, one that was
  /// stopped of kind `interrupted`; trouble with the database is thrown, as everywhere.
  [[nodiscard]] Expected<bool> next();
  [[nodiscard]] Cell cell(int column) const;

 private:
  struct Impl;
  explicit RowReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace toksync::store
