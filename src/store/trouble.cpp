#include "store/trouble.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace toksync::store {
namespace {

std::string hint_for(int code) {
  switch (code) {
    case SQLITE_FULL: return "free some space and run again";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return "the file is damaged: restore it from a backup";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR: return "the file and its folder must be writable";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program is writing to it; try again when it is done";
    default: return {};
  }
}

}  // namespace

std::optional<Error> database_trouble(const std::exception& exception, const std::string& path) {
  const auto* const trouble = dynamic_cast<const SQLite::Exception*>(&exception);
  if (trouble == nullptr) return std::nullopt;
  return Error{ErrorKind::database, "use database " + path, trouble->what(), hint_for(trouble->getErrorCode())};
}

}  // namespace toksync::store
