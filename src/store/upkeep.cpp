#include "store/upkeep.hpp"

#include <filesystem>

#include <sqlite3.h>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

namespace fs = std::filesystem;

std::int64_t bytes_of(const std::string& path) {
  std::int64_t bytes = 0;
  for (const auto* const ending : {"", "-wal"}) {
    std::error_code missing;
    const auto size = fs::file_size(path + ending, missing);
    if (!missing) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

/// Returns whether a reader kept the log from being emptied.
bool empty_log(SQLite::Database& database) {
  return database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt64() != 0;
}

}  // namespace

Expected<Vacuumed> vacuum(Store& store) {
  auto& database = store.database();
  const auto path = database.getFilename();
  Vacuumed vacuumed;
  vacuumed.bytes_before = bytes_of(path);
  try {
    // The new copy is built in a temporary file: a large database need not fit the memory.
    database.exec("PRAGMA temp_store = FILE");
    database.exec("VACUUM");
    vacuumed.log_is_read = empty_log(database);
  } catch (const SQLite::Exception& problem) {
    if (problem.getErrorCode() != SQLITE_FULL) throw;
    return unexpected(ErrorKind::database, "vacuum " + path, "the disk is full",
                      "it takes about twice the size of the database, here and where temporary files go (TMPDIR)");
  }
  vacuumed.bytes_after = bytes_of(path);
  return vacuumed;
}

}  // namespace toksync::store
