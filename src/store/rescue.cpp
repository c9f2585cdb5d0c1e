#include "store/rescue.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace toksync::store {
namespace {

bool has_moved(SQLite::Database& database) {
  int moved = 0;
  sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

bool has_lost_its_log(SQLite::Database& database) {
  const char* const path = sqlite3_db_filename(database.getHandle(), "main");
  if (path == nullptr || *path == '\0' || ::access(sqlite3_filename_wal(path), F_OK) == 0) return false;
  return database.execAndGet("PRAGMA journal_mode").getString() == "wal";
}

/// Folds the log into the database, whatever names the two have now: a log that stays behind would be
/// taken for that of the file which stands in the database's place. False when readers prevent it.
bool fold_log(SQLite::Database& database) {
  SQLite::Statement checkpoint(database, "PRAGMA wal_checkpoint(TRUNCATE)");
  return checkpoint.executeStep() && checkpoint.getColumn(0).getInt() == 0;
}

/// Writes a copy beside the database's path and returns where it is.
std::string save_copy(SQLite::Database& database, const std::string& path) {
  const auto time = database.execAndGet("SELECT strftime('%Y%m%dT%H%M%fZ', 'now')").getString();
  auto target = path + ".rescued-" + time;
  const int descriptor = ::open(target.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) throw SQLite::Exception("cannot create " + target, SQLITE_CANTOPEN);
  ::close(descriptor);
  SQLite::Database copy(target, SQLite::OPEN_READWRITE);
  SQLite::Backup backup(copy, database);
  backup.executeStep();
  return target;
}

}  // namespace

bool files_are_in_place(SQLite::Database& database) { return !has_moved(database) && !has_lost_its_log(database); }

void rescue(SQLite::Database& database) {
  const std::string path = sqlite3_db_filename(database.getHandle(), "main");
  const auto gone = [&path](std::string cause, std::string hint) {
    return FilesGone({ErrorKind::database, "use database " + path, std::move(cause), std::move(hint)});
  };
  std::string copy;
  try {
    const bool folded = fold_log(database);
    if (folded && !has_moved(database)) {
      throw gone("its log " + path + "-wal was removed while in use; what it held is saved in the database",
                 "run again, and leave the files beside the database alone");
    }
    copy = save_copy(database, path);
  } catch (const SQLite::Exception& problem) {
    throw gone("the file was removed or replaced while in use, and no copy of what it held could be made: " +
                   std::string{problem.what()},
               "put a backup in its place; what was bought since then is on the account's bill only");
  }
  throw gone("the file was removed or replaced while in use; what it held is saved in " + copy,
             "move that copy to " + path + " and run again: it knows what is paid for");
}

}  // namespace toksync::store
