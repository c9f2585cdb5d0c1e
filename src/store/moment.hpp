// Reads that belong together: while a Moment lives, the store is seen as it was at the first of them, whatever a run
// writes meanwhile. Used by `plan`, and by reads of thousands of rows, each of which it spares a lock of the file.
#pragma once

#include <memory>

namespace SQLite {
class Savepoint;
}

namespace toksync::store {

class Store;

class Moment {
 public:
  /// May stand inside another, or inside a transaction. Nothing is to be written while it lives.
  explicit Moment(Store& store);
  ~Moment();
  Moment(const Moment&) = delete;
  Moment& operator=(const Moment&) = delete;

 private:
  std::unique_ptr<SQLite::Savepoint> savepoint_;
};

}  // namespace toksync::store
