#include "store/trouble.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include "store/impl.hpp"
#include "store/rescue.hpp"

namespace toksync::store {
namespace {

struct Explanation {
  std::string cause, hint;
};

Explanation explain(const SQLite::Exception& problem) {
  switch (problem.getErrorCode()) {
    case SQLITE_NOTADB: return {"it is not a database", kMoveAway};
    case SQLITE_CORRUPT: return {"the file is damaged", "restore it from a backup"};
    case SQLITE_FULL: return {"the disk is full", "free some space and run again"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR: return {problem.what(), "the file and its folder must be writable"};
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

}  // namespace toksync::store
