#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "night.hpp"
#include "store/impl.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

namespace fs = std::filesystem;

/// A night with something in every corner that a check looks at.
struct FullNight : Night {
  FullNight() {
    const auto creators = find_creators(3);
    const auto intent = send(StageName::content_match, creators, 5);
    accept(intent, Charge{4, "body"});
    poll(intent.jobs[0], content_match("a1", 70));
    std::ignore = intend(StageName::enrich, creators, 1);
  }
  [[nodiscard]] std::string database() const { return folder.file("night.db"); }
};

std::vector<std::string> names_of_problems(Store& store) {
  std::vector<std::string> names;
  for (const auto& check : check_database(store)) {
    if (!check.problems.empty()) names.push_back(check.name);
  }
  return names;
}

unsigned mode_of(const fs::path& path) {
  struct stat information {};
  REQUIRE(::stat(path.c_str(), &information) == 0);
  return information.st_mode & 0777U;
}

std::int64_t files_in(const test::TemporaryFolder& folder) {
  return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{});
}

}  // namespace

TEST_CASE_FIXTURE(FullNight, "a sound database passes every check, also read-only and while a run writes") {
  CHECK(check_database(store).size() >= 10);
  CHECK(names_of_problems(store).empty());
  auto reader = Store::open(database(), OpenMode::read_only).value();
  const SQLite::Transaction writing(store.database(), SQLite::TransactionBehavior::IMMEDIATE);
  store.database().exec("UPDATE job_rows SET credits_reserved = 99");
  CHECK(names_of_problems(reader).empty());
}

TEST_CASE_FIXTURE(FullNight, "each kind of damage is found by its check") {
  struct Damage {
    std::string sql;
    std::vector<std::string> found_by;
  };
  const std::vector<Damage> damages{
      {"DELETE FROM creators WHERE creator_id = 'c3'", {"references"}},
      {"UPDATE job_rows SET credits_charged = 3 WHERE credits_charged = 4",
       {"jobs", "settled jobs", "stages", "ledger"}},
      {"UPDATE credit_ledger_rows SET credits = 5 WHERE kind = 'charge' AND credits = 4",
       {"jobs", "stages", "days", "ledger"}},
      {"UPDATE credit_day_rows SET charged = charged + 1", {"days"}},
      {"UPDATE stage_rows SET credits_released = 9", {"stages"}},
      {"UPDATE job_rows SET is_settled = 1 WHERE family = 'enrich'", {"settled jobs"}},
      {"UPDATE credit_ledger_rows SET run_key = 2", {"references", "entries"}},
      {"UPDATE intents SET family = 'audience_match' WHERE family = 'enrich'", {"purchases"}},
      {"UPDATE content_match_rows SET creator_key = 3", {"results"}},
      {"UPDATE search_hit_rows SET rank = 7 WHERE rank = 2", {"searches"}},
      {"DELETE FROM search_hit_rows WHERE rank = 3", {"searches"}},
  };
  for (const auto& damage : damages) {
    CAPTURE(damage.sql);
    const auto path = folder.file("damaged-" + std::to_string(&damage - damages.data()) + ".db");
    REQUIRE(back_up(database(), path).has_value());
    CHECK(SQLite::Database(path, SQLite::OPEN_READWRITE).exec(damage.sql) > 0);
    auto damaged = Store::open(path, OpenMode::read_only).value();
    CHECK(names_of_problems(damaged) == damage.found_by);
  }
}

TEST_CASE("a damaged page is found, and nothing else is hidden by it") {
  FullNight night;
  for (int page = 0; page < 20; ++page)
    night.search(night.stage(StageName::search), Night::found(10 + 40 * page, 40), "next");
  REQUIRE_FALSE(vacuum(night.store)->log_is_read);
  auto bytes = night.folder.read("night.db");
  // Wherever the pages in use lie.
  for (const std::size_t part : {3, 4, 5, 6}) bytes.replace(bytes.size() * part / 9, 9000, std::string(9000, '\x5a'));
  night.folder.write("damaged.db", bytes);
  auto damaged = Store::open(night.folder.file("damaged.db"), OpenMode::read_only).value();
  CHECK(names_of_problems(damaged).front() == "file");
  CHECK(check_database(damaged).size() == check_database(night.store).size());
  const auto copied = back_up(night.folder.file("damaged.db"), night.folder.file("copy.db"));
  REQUIRE_FALSE(copied.has_value());
  CHECK(copied.error().cause.find("damaged") != std::string::npos);
  CHECK_FALSE(fs::exists(night.folder / "copy.db"));
}

TEST_CASE_FIXTURE(FullNight, "a backup is whole, private and of one moment, while a run writes") {
  const auto mask = ::umask(0);
  const SQLite::Transaction writing(store.database(), SQLite::TransactionBehavior::IMMEDIATE);
  store.database().exec("UPDATE creators SET name = 'half written'");
  const auto bytes = back_up(database(), folder.file("copy.db"));
  ::umask(mask);
  REQUIRE_MESSAGE(bytes.has_value(), bytes.error().text());
  CHECK(*bytes == static_cast<std::int64_t>(fs::file_size(folder / "copy.db")));
  CHECK(mode_of(folder / "copy.db") == 0600U);
  auto copy = Store::open(folder.file("copy.db"), OpenMode::read_only).value();
  CHECK(names_of_problems(copy).empty());
  CHECK(shortlist(copy, 10).size() == 3);
  CHECK(copy.database().execAndGet("SELECT count(*) FROM creators WHERE name = 'half written'").getInt64() == 0);
}

TEST_CASE_FIXTURE(FullNight, "a backup never overwrites, and leaves nothing behind when it fails") {
  REQUIRE(back_up(database(), folder.file("copy.db")).has_value());
  const auto before = files_in(folder);
  fs::create_symlink(folder / "nowhere", folder / "link.db");
  for (const auto* const name : {"copy.db", "night.db", "link.db"}) {
    CAPTURE(name);
    const auto again = back_up(database(), folder.file(name));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().kind == ErrorKind::usage);
  }
  CHECK(back_up(database(), folder.file("no/folder/copy.db")).error().kind == ErrorKind::database);
  folder.write("text", "no database");
  CHECK(back_up(folder.file("text"), folder.file("copy2.db")).error().kind == ErrorKind::database);
  CHECK(files_in(folder) == before + 2);
}

TEST_CASE("an older database is copied as it is, and migrated once") {
  const test::TemporaryFolder folder;
  const auto path = folder.file("a.db");
  const auto newest = static_cast<std::int64_t>(migrations().size());
  REQUIRE(open_database(path, OpenMode::read_write, migrations().first(2)).has_value());
  REQUIRE(back_up(path, folder.file("copy.db")).has_value());
  CHECK(SQLite::Database(folder.file("copy.db")).execAndGet("PRAGMA user_version").getInt64() == 2);
  const auto migrated = migrate(path).value();
  CHECK(migrated.from == 2);
  CHECK(migrated.to == newest);
  REQUIRE(migrated.backup.has_value());
  CHECK(mode_of(*migrated.backup) == 0600U);
  CHECK(SQLite::Database(*migrated.backup).execAndGet("PRAGMA user_version").getInt64() == 2);
  const auto files = files_in(folder);
  const auto again = migrate(path).value();
  CHECK(again.from == newest);
  CHECK_FALSE(again.backup.has_value());
  CHECK(files_in(folder) == files);
}

TEST_CASE_FIXTURE(FullNight, "vacuum gives back the space of what was deleted") {
  auto big = Night::found(10, 90);
  for (auto& found : big) found.creator.bio = std::string(20'000, 'x');
  search(stage(StageName::search), big, "next");
  store.database().exec("UPDATE creators SET bio = NULL");
  const auto vacuumed = vacuum(store).value();
  CHECK(vacuumed.bytes_before > 1'800'000);
  CHECK(vacuumed.bytes_after < 700'000);
  CHECK(vacuumed.bytes_after == static_cast<std::int64_t>(fs::file_size(folder / "night.db")));
  CHECK_FALSE(vacuumed.log_is_read);
  CHECK(fs::file_size(folder / "night.db-wal") == 0);
  CHECK(names_of_problems(store).empty());
}

TEST_CASE_FIXTURE(FullNight, "vacuum tells when a reader keeps the log from being emptied") {
  store.database().exec("PRAGMA busy_timeout = 1");
  SQLite::Database reader(database(), SQLite::OPEN_READONLY);
  const SQLite::Transaction reading(reader);
  REQUIRE(reader.execAndGet("SELECT count(*) FROM creators").getInt64() == 3);
  CHECK(vacuum(store)->log_is_read);
}

}  // namespace toksync::store
