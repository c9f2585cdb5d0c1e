// The writer's lock: a lock of the kernel on "<database>.lock", gone with the process that held it.
// Readers never take it.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"

namespace toksync::store {

/// Who holds the database's lock now, such as "process 4711"; nothing when nobody does, or no run has been there yet.
[[nodiscard]] std::optional<std::string> lock_holder(const std::string& database_path);

/// Held as long as the object lives.
class DatabaseLock {
 public:
  /// Takes the lock, or fails at once with ErrorKind::locked naming the process that holds it (its id is
  /// in the lock file). Trouble with the file itself is ErrorKind::database.
  [[nodiscard]] static Expected<DatabaseLock> acquire(const std::string& database_path);
  DatabaseLock(DatabaseLock&& other) noexcept;
  DatabaseLock& operator=(DatabaseLock&& other) noexcept;
  ~DatabaseLock();

 private:
  explicit DatabaseLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace toksync::store
