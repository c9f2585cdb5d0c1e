// Opening: is this file ours, is it of our version, may we write to it? Everything that can be wrong is
// found before the file is touched.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.hpp"
#include "store/impl.hpp"
#include "store/trouble.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kApplicationId = 0x544B5359;  // "TKSY"
constexpr int kBusyTimeoutMilliseconds = 5000;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

struct Identity {
  std::int64_t application_id = 0, version = 0, tables = 0;
  [[nodiscard]] bool is_empty() const { return application_id == 0 && version == 0 && tables == 0; }
};

std::int64_t read_integer(SQLite::Database& database, const char* sql) { return database.execAndGet(sql).getInt64(); }

Identity read_identity(SQLite::Database& database) {
  return {read_integer(database, "PRAGMA application_id"), read_integer(database, "PRAGMA user_version"),
          read_integer(database, "SELECT count(*) FROM sqlite_schema")};
}

tl::unexpected<Error> refused(const std::string& operation, std::string cause, std::string hint = {}) {
  return unexpected(ErrorKind::database, operation, std::move(cause), std::move(hint));
}

std::string system_reason() { return std::system_category().message(errno); }

fs::path folder_of(const std::string& path) {
  const auto folder = fs::path{path}.parent_path();
  return folder.empty() ? fs::path{"."} : folder;
}

/// A new file is made with the rights of its owner only; SQLite gives the files beside it the same.
Expected<void> create_file(const std::string& path, const std::string& operation) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return tl::unexpected(system_trouble(errno, operation, path));
  ::close(descriptor);
  return {};
}

Expected<void> check_writable(const std::string& path, const std::string& operation) {
  if (::access(path.c_str(), W_OK) != 0) return refused(operation, "it is not writable: " + system_reason());
  if (::access(folder_of(path).c_str(), W_OK | X_OK) != 0) {
    return refused(operation, "its folder is not writable: " + system_reason(),
                   "SQLite keeps its log beside the database");
  }
  return {};
}

Expected<void> check_magic(const std::string& path, const std::string& operation) {
  // A process died while it wrote the file: with its journal it is what it was before, and SQLite knows how.
  std::error_code problem;
  if (fs::file_size(path + "-journal", problem) > 0 && !problem) return {};
  std::ifstream file(path, std::ios::binary);
  std::string start(kMagic.size(), '\0');
  if (!file.read(start.data(), static_cast<std::streamsize>(start.size())) || start != kMagic) {
    if (!file.is_open()) return refused(operation, "it cannot be read: " + system_reason());
    return refused(operation, "it is not a database", kMoveAway);
  }
  return {};
}

Expected<void> check_identity(const Identity& identity, std::int64_t newest, const std::string& operation) {
  if (identity.application_id != kApplicationId) {
    return refused(operation, "it is a database of another program", kMoveAway);
  }
  if (identity.version < 0) {
    return refused(operation, "it is damaged: its schema version is " + std::to_string(identity.version),
                   "bring back a backup (toksync db backup makes them)");
  }
  if (identity.version > newest) {
    return refused(operation,
                   "it was written by a newer toksync (schema " + std::to_string(identity.version) +
                       ", this one knows up to " + std::to_string(newest) + ")",
                   "use that version");
  }
  return {};
}

void set_common_pragmas(SQLite::Database& database) {
  database.exec("PRAGMA foreign_keys = ON");
  // Views may use harmless functions only, whatever a database brought along.
  database.exec("PRAGMA trusted_schema = OFF");
  database.exec("PRAGMA cache_size = -16384");
  database.exec("PRAGMA temp_store = MEMORY");
}

void set_writer_pragmas(SQLite::Database& database) {
  // A committed intent must survive power loss, or a request could be paid for twice; NORMAL would lose
  // the newest commits of a WAL.
  database.exec("PRAGMA synchronous = FULL");
  // In pages: the log is folded into the database after some 128 MB. Ids are random, so each page of a search
  // touches the index of ids all over, and folding more often writes it more often.
  database.exec("PRAGMA wal_autocheckpoint = 16000");
}

void apply(SQLite::Database& database, std::span<const Migration> migrations, std::int64_t from) {
  Transaction transaction(database, "migrate");
  for (const auto& migration : migrations.subspan(static_cast<std::size_t>(from))) {
    database.exec(std::string{migration.sql});
  }
  database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.exec("PRAGMA user_version = " + std::to_string(migrations.size()));
  transaction.commit();
}

Expected<std::string> back_up_before_migration(SQLite::Database& database, const std::string& path,
                                               std::int64_t version) {
  const auto time = database.execAndGet("SELECT strftime('%Y%m%dT%H%M%SZ', 'now')").getString();
  auto target = path + ".backup-v" + std::to_string(version) + "-" + time;
  if (const auto copied = copy_database(database, target); !copied) return tl::unexpected(copied.error());
  return target;
}

Expected<SQLite::Database> open_memory(std::span<const Migration> migrations) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  set_common_pragmas(database);
  apply(database, migrations, 0);
  return database;
}

/// Nothing when a process died while it wrote the file without a log, as when it made it: what it left half done has to
/// be taken back before anybody can read, and a reader cannot do that.
std::optional<Identity> identity_unless_half_done(SQLite::Database& reader) {
  try {
    return read_identity(reader);
  } catch (const SQLite::Exception& problem) {
    if (problem.getExtendedErrorCode() != SQLITE_READONLY_ROLLBACK) throw;
    return std::nullopt;
  }
}

/// The file's identity through a connection that cannot change it, unless a crash left the file in the middle of a
/// change.
Identity inspect(const std::string& path) {
  SQLite::Database reader(path, SQLite::OPEN_READONLY, kBusyTimeoutMilliseconds);
  if (const auto identity = identity_unless_half_done(reader)) return *identity;
  SQLite::Database writer(path, SQLite::OPEN_READWRITE, kBusyTimeoutMilliseconds);
  return read_identity(writer);
}

/// The path as SQLite's URI says it, with a parameter.
std::string uri_of(const std::string& path, std::string_view parameter) {
  std::string uri = "file:";
  for (const char c : path) {
    switch (c) {
      case '%': uri += "%25"; break;
      case '?': uri += "%3f"; break;
      case '#': uri += "%23"; break;
      default: uri += c;
    }
  }
  return uri.append("?").append(parameter);
}

SQLite::Database open_for_reading(const std::string& path) {
  const auto log = path + "-wal";
  const bool has_log = fs::exists(log) && fs::file_size(log) > 0;
  if (has_log || ::access(folder_of(path).c_str(), W_OK) == 0) {
    return {path, SQLite::OPEN_READONLY, kBusyTimeoutMilliseconds};
  }
  // A reader shares memory with the writer through a file beside the database. Where none can be made
  // and no log is left, nobody is writing.
  return {uri_of(path, "immutable=1"), SQLite::OPEN_READONLY | SQLite::OPEN_URI};
}

Expected<SQLite::Database> open_reader(const std::string& path, std::int64_t newest, const std::string& operation) {
  if (!fs::exists(path)) return refused(operation, "there is no such file", "a run creates it");
  if (const auto magic = check_magic(path, operation); !magic) return tl::unexpected(magic.error());
  auto database = open_for_reading(path);
  const auto found = identity_unless_half_done(database);
  if (!found) {
    return refused(operation, "a process died while it made or changed the file",
                   "the next run, or toksync db migrate, takes back what it left half done");
  }
  const auto& identity = *found;
  if (const auto checked = check_identity(identity, newest, operation); !checked) {
    return tl::unexpected(checked.error());
  }
  if (identity.version < newest) {
    return refused(
        operation,
        "it is of an older version (schema " + std::to_string(identity.version) + " of " + std::to_string(newest) + ")",
        "toksync db migrate, or the next run, brings it up to date after a backup copy");
  }
  set_common_pragmas(database);
  return database;
}

/// What must be true before a byte of an existing file may change. An empty file is a new database.
Expected<Identity> inspect_for_writing(const std::string& path, std::int64_t newest, const std::string& operation) {
  if (const auto writable = check_writable(path, operation); !writable) return tl::unexpected(writable.error());
  if (fs::file_size(path) == 0) return Identity{};
  if (const auto magic = check_magic(path, operation); !magic) return tl::unexpected(magic.error());
  const auto identity = inspect(path);
  if (identity.is_empty()) return identity;
  if (const auto checked = check_identity(identity, newest, operation); !checked) {
    return tl::unexpected(checked.error());
  }
  return identity;
}

struct Writer {
  SQLite::Database database;
  Migrated migrated;
};

Expected<Writer> open_writer(const std::string& path, std::span<const Migration> migrations,
                             const std::string& operation) {
  if (!fs::exists(path)) {
    if (const auto created = create_file(path, operation); !created) return tl::unexpected(created.error());
  }
  const auto newest = static_cast<std::int64_t>(migrations.size());
  const auto identity = inspect_for_writing(path, newest, operation);
  if (!identity) return tl::unexpected(identity.error());
  SQLite::Database database(path, SQLite::OPEN_READWRITE, kBusyTimeoutMilliseconds);
  if (identity->is_empty()) database.exec("PRAGMA page_size = 8192");
  database.exec("PRAGMA journal_mode = WAL");
  set_common_pragmas(database);
  set_writer_pragmas(database);
  Migrated migrated{identity->version, newest, std::nullopt};
  if (migrated.from != newest) {
    if (!identity->is_empty()) {
      auto backup = back_up_before_migration(database, path, identity->version);
      if (!backup) return tl::unexpected(std::move(backup).error());
      migrated.backup = std::move(*backup);
    }
    apply(database, migrations, migrated.from);
  }
  return Writer{std::move(database), std::move(migrated)};
}

/// What opens a file, with what SQLite and the file system throw on the way as an Error.
template <typename Open>
auto told_as_error(const std::string& operation, const Open& open) -> decltype(open()) {
  try {
    return open();
  } catch (const SQLite::Exception& problem) {
    return tl::unexpected(error_of(problem, operation));
  } catch (const fs::filesystem_error& problem) {
    return refused(operation, problem.code().message());
  }
}

}  // namespace

Expected<SQLite::Database> open_database(const std::string& path, OpenMode mode,
                                         std::span<const Migration> migrations) {
  const auto operation = "open database " + path;
  // SQLite would keep these nowhere, and with them what was paid for.
  if (mode != OpenMode::memory && (path.starts_with(":memory:") || path.starts_with("file:"))) {
    return refused(operation, "that is no file", "name a file; ./ before the name keeps its first characters");
  }
  return told_as_error(operation, [&]() -> Expected<SQLite::Database> {
    switch (mode) {
      case OpenMode::memory: return open_memory(migrations);
      case OpenMode::read_only: return open_reader(path, static_cast<std::int64_t>(migrations.size()), operation);
      case OpenMode::read_write:
        return open_writer(path, migrations, operation).map([](Writer&& writer) { return std::move(writer.database); });
    }
    return refused(operation, "unknown mode");
  });
}

Expected<Migrated> migrate(const std::string& path) {
  const auto operation = "migrate database " + path;
  return told_as_error(operation, [&] {
    return open_writer(path, migrations(), operation).map([](Writer&& writer) { return std::move(writer.migrated); });
  });
}

Expected<void> check_writable(const std::string& path) {
  const auto operation = "write to database " + path;
  std::error_code problem;
  if (fs::exists(path, problem)) return check_writable(path, operation);
  if (::access(folder_of(path).c_str(), W_OK | X_OK) == 0) return {};
  return refused(operation, "its folder is not writable: " + system_reason(), "make the folder, or name another file");
}

Expected<std::int64_t> back_up(const std::string& path, const std::string& target) {
  const auto operation = "back up database " + path;
  return told_as_error(operation, [&]() -> Expected<std::int64_t> {
    if (const auto magic = check_magic(path, operation); !magic) return tl::unexpected(magic.error());
    auto database = open_for_reading(path);
    auto identity = read_identity(database);
    // An older one is copied as it is, before it is migrated, and a newer one does no harm.
    identity.version = 0;
    if (const auto ours = check_identity(identity, 0, operation); !ours) return tl::unexpected(ours.error());
    if (const auto copied = copy_database(database, target); !copied) return tl::unexpected(copied.error());
    return static_cast<std::int64_t>(fs::file_size(target));
  });
}

Store::Impl::Impl(SQLite::Database opened) : database(std::move(opened)) {}

Expected<Store> Store::open(const std::string& path, OpenMode mode) {
  auto database = open_database(path, mode, migrations());
  if (!database) return tl::unexpected(std::move(database).error());
  return Store(std::make_unique<Impl>(std::move(*database)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

SQLite::Database& Store::database() { return impl_->database; }

}  // namespace toksync::store
