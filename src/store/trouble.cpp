#include "store/trouble.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include "store/impl.hpp"
#include "store/rescue.hpp"

namespace toksync::store {
namespace {

struct Explanation {
  std::string cause, hint;
};

/// What was being done to a file when the system reported an error.
std::string_view access_of(int extended_code) {
  switch (extended_code) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ: return "read";
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_TRUNCATE: return "written";
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC: return "flushed to the disk";
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMSIZE:
    case SQLITE_IOERR_SHMMAP: return "given its -shm file";
    default: return "used";
  }
}

const char* hint_for(int system_error) {
  switch (system_error) {
    case EMFILE:
    case ENFILE: return "raise the limit of open files (ulimit -n)";
    case ENOSPC:
    case EDQUOT: return "free some space and run again";
    default: return "the folder must exist and be writable";
  }
}

Explanation explain(const SQLite::Exception& problem) {
  switch (problem.getErrorCode()) {
    case SQLITE_NOTADB: return {"it is not a database", kMoveAway};
    case SQLITE_CORRUPT: return {"the file is damaged", "restore it from a backup"};
    case SQLITE_FULL: return {"the disk is full", "free some space and run again"};
    case SQLITE_READONLY:
    case SQLITE_PERM: return {problem.what(), "the file and its folder must be writable"};
    case SQLITE_CANTOPEN:
      return {problem.what(), "the file and its folder must be writable, and too many open files prevent it too"};
    case SQLITE_IOERR:
      return {std::string{problem.what()} + " when it was " + std::string{access_of(problem.getExtendedErrorCode())},
              "the disk must be healthy, with room, and writable without a limit of file size; then run again"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {"another program is writing to it", "try again when it is done"};
    default: return {problem.what(), ""};
  }
}

}  // namespace

Error error_of(const SQLite::Exception& problem, std::string operation) {
  auto explanation = explain(problem);
  return {ErrorKind::database, std::move(operation), std::move(explanation.cause), std::move(explanation.hint)};
}

std::optional<Error> database_trouble(const std::exception& exception, const std::string& path) {
  if (const auto* const gone = dynamic_cast<const FilesGone*>(&exception)) return gone->error();
  const auto* const problem = dynamic_cast<const SQLite::Exception*>(&exception);
  if (problem == nullptr) return std::nullopt;
  return error_of(*problem, "use database " + path);
}

Error system_trouble(int system_error, std::string operation, const std::string& path) {
  return {ErrorKind::database, std::move(operation), path + ": " + std::system_category().message(system_error),
          hint_for(system_error)};
}

}  // namespace toksync::store
