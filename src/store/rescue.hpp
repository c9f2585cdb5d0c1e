// Notices that the database's files were removed or replaced while we hold them open. SQLite would go on
// writing into files without a name, and everything paid for from then on would be gone with the process.
// Internal to `store`: each write transaction asks before it writes.
#pragma once

#include <stdexcept>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/error.hpp"

namespace toksync::store {

/// The files are not where they were; the error says where their content is now.
class FilesGone : public std::runtime_error {
 public:
  explicit FilesGone(Error error) : std::runtime_error(error.text()), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Whether the paths of the database and of its log still lead to the files that are open. To be asked
/// inside a transaction, when the log is sure to exist.
[[nodiscard]] bool files_are_in_place(SQLite::Database& database);

/// Saves what the open files hold, where it can be found again, and throws FilesGone. To be called outside
/// of a transaction.
[[noreturn]] void rescue(SQLite::Database& database);

}  // namespace toksync::store
