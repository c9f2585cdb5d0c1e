// Care of the database: is it whole and do its books agree, copies of it, an older one brought up to date,
// disk space given back. Used by `cli`; migrate and vacuum are to be called under the lock.
#pragma once

#include "store/store.hpp"

namespace toksync::store {

/// One thing that must hold in any state of the database.
struct Check {
  std::string name, promise;
  std::vector<std::string> problems;  ///< the first few; empty when it holds
};

/// Looks at everything in one moment; only reads, also while a run writes.
[[nodiscard]] std::vector<Check> check_database(Store& store);

/// How a database stands, as far as a quick look tells; whether its books agree, check_database() finds out.
struct Condition {
  std::int64_t version = 0;  ///< of the schema
  std::string journal_mode;
  std::vector<std::string> problems;  ///< of pages and records, the first few
};

/// Only reads, also while a run writes.
[[nodiscard]] Condition inspect(Store& store);

/// Whether a run could write to the database, or make it where there is none yet; changes nothing.
[[nodiscard]] Expected<void> check_writable(const std::string& path);

/// Copies the database into a new file, complete and checked, also while a run writes; returns its size in
/// bytes. An older database can be copied too. A `target` that exists already is an Error of kind
/// `usage`, what is no database of ours is one of kind `database`.
[[nodiscard]] Expected<std::int64_t> back_up(const std::string& path, const std::string& target);

struct Migrated {
  std::int64_t from = 0, to = 0;  ///< versions of the schema; equal when there was nothing to do
  OptionalText backup;            ///< the copy that was made before
};

/// Brings the database up to date as opening it for writing does, and tells what that took.
[[nodiscard]] Expected<Migrated> migrate(const std::string& path);

struct Vacuumed {
  std::int64_t bytes_before = 0, bytes_after = 0;  ///< of the database and its log
  bool log_is_read = false;                        ///< somebody still reads old pages, so the log could not be emptied
};

/// Writes the database anew without what was deleted, and empties its log. It takes about twice the
/// database's size in free space; without it, an Error of kind `database`, and nothing has changed.
[[nodiscard]] Expected<Vacuumed> vacuum(Store& store);

}  // namespace toksync::store
