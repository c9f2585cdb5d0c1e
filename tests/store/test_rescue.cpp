// What happens when somebody removes or replaces the database's files under a running process.
#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "night.hpp"
#include "store/trouble.hpp"

namespace toksync::store {
namespace {

namespace fs = std::filesystem;

/// Writes until the store notices, and returns what it says.
Error trouble_of(Night& night) {
  try {
    night.store.record_request(night.run.key, night.answer());
  } catch (const std::exception& exception) {
    const auto trouble = database_trouble(exception, "night.db");
    REQUIRE(trouble.has_value());
    return *trouble;
  }
  FAIL("nothing was noticed");
  return {};
}

std::vector<fs::path> copies_in(const test::TemporaryFolder& folder) {
  std::vector<fs::path> copies;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().filename().string().find(".rescued-") != std::string::npos) copies.push_back(entry.path());
  }
  return copies;
}

std::int64_t number_in(const fs::path& path, const std::string& sql) {
  SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
  CHECK(database.execAndGet("PRAGMA integrity_check").getString() == "ok");
  return database.execAndGet(sql).getInt64();
}

/// One copy, for its owner only, that holds everything and opens as a database of ours.
void check_copy(const Night& night, std::int64_t requests) {
  const auto copies = copies_in(night.folder);
  REQUIRE(copies.size() == 1);
  struct stat information {};
  REQUIRE(::stat(copies[0].c_str(), &information) == 0);
  CHECK((information.st_mode & 0777U) == 0600U);
  CHECK(number_in(copies[0], "SELECT count(*) FROM api_requests") == requests);
  CHECK(Store::open(copies[0].string(), OpenMode::read_write).has_value());
}

}  // namespace

TEST_CASE("a database that is removed while in use is saved as a copy, and nothing more is written") {
  Night night;
  night.store.record_request(night.run.key, night.answer());
  const auto path = night.folder / "night.db";
  SUBCASE("with its log") {
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(path.string() + ending);
  }
  SUBCASE("alone") { fs::remove(path); }
  SUBCASE("renamed") { fs::rename(path, night.folder / "elsewhere.db"); }
  SUBCASE("replaced by another") {
    { const auto other = Store::open(night.folder.file("other.db"), OpenMode::read_write); }
    fs::rename(night.folder / "other.db", path);
  }
  const auto trouble = trouble_of(night);
  CHECK(trouble.kind == ErrorKind::database);
  CHECK(trouble.cause.find("removed or replaced while in use") != std::string::npos);
  CHECK(trouble.cause.find(".rescued-") != std::string::npos);
  CHECK(trouble.hint.find("night.db") != std::string::npos);
  check_copy(night, 1);
}

TEST_CASE("a file that takes the place of the database is not mixed with the old one's log") {
  Night night;
  night.find_creators(20);
  const auto path = night.folder.file("night.db");
  {
    auto other = Store::open(night.folder.file("other.db"), OpenMode::read_write);
    other->begin_run({"run_other", "nightly", "", "", ""}, night.now());
  }
  fs::rename(night.folder / "other.db", path);
  CHECK(trouble_of(night).kind == ErrorKind::database);
  { const auto closed = std::move(night.store); }
  CHECK(number_in(path, "SELECT count(*) FROM creators") == 0);
  CHECK(number_in(path, "SELECT count(*) FROM runs WHERE run_id = 'run_other'") == 1);
}

TEST_CASE("a log that is removed while in use is folded into the database first") {
  Night night;
  night.store.record_request(night.run.key, night.answer());
  fs::remove(night.folder.file("night.db-wal"));
  const auto trouble = trouble_of(night);
  CHECK(trouble.kind == ErrorKind::database);
  CHECK(trouble.cause.find("night.db-wal was removed") != std::string::npos);
  CHECK(copies_in(night.folder).empty());
  { const auto closed = std::move(night.store); }
  CHECK(number_in(night.folder / "night.db", "SELECT count(*) FROM api_requests") == 1);
}

TEST_CASE("a removed log that a reader keeps from being folded is saved as a copy") {
  Night night;
  SQLite::Database reader(night.folder.file("night.db"), SQLite::OPEN_READONLY);
  SQLite::Statement open_read(reader, "SELECT run_id FROM runs");
  REQUIRE(open_read.executeStep());
  night.store.database().setBusyTimeout(10);
  night.store.record_request(night.run.key, night.answer());
  fs::remove(night.folder.file("night.db-wal"));
  CHECK(trouble_of(night).cause.find(".rescued-") != std::string::npos);
  check_copy(night, 1);
}

TEST_CASE("a copy that cannot be made is told") {
  Night night;
  fs::remove_all(night.folder.path());
  const auto trouble = trouble_of(night);
  CHECK(trouble.cause.find("no copy of what it held could be made") != std::string::npos);
  CHECK_FALSE(trouble.hint.empty());
}

}  // namespace toksync::store
