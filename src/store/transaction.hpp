// One write transaction, named after the fact that it records. Internal to `store`. Rolled back unless
// committed; tests can let the process die on either side of the commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/fault_point.hpp"
#include "store/rescue.hpp"

namespace toksync::store {

class Transaction {
 public:
  /// Takes the write lock at once: a transaction that reads first and writes later could find the
  /// database changed in between. Throws FilesGone when the files were removed or replaced.
  Transaction(SQLite::Database& database, std::string_view fact) : fact_(fact) {
    transaction_.emplace(database, SQLite::TransactionBehavior::IMMEDIATE);
    if (files_are_in_place(database)) return;
    transaction_.reset();
    rescue(database);
  }

  void commit() {
    fault_point("store." + fact_ + ".before_commit");
    transaction_->commit();
    fault_point("store." + fact_ + ".after_commit");
  }

 private:
  std::string fact_;
  std::optional<SQLite::Transaction> transaction_;
};

}  // namespace toksync::store
