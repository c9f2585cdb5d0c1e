// Copies of a database that are complete or not there at all. Used by upkeep and before each migration;
// internal to `store`.
#pragma once

#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/error.hpp"

namespace toksync::store {

/// Copies what is committed at this moment into the new file `target`, which only its owner may read; a
/// run may go on writing. The copy is checked and on the disk when it appears under its name. A target that
/// exists already is an Error of kind `usage`, one that cannot be written and a source that is damaged are of
/// kind `database`; trouble in SQLite is thrown.
[[nodiscard]] Expected<void> copy_database(SQLite::Database& source, const std::string& target);

}  // namespace toksync::store
