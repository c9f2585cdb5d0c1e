// What a user meets with toksync db and toksync reprocess: missing, held, older, damaged and foreign
// databases, and bad command lines. Nothing here reaches a server.
#include <filesystem>
#include <fstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binary.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::vector<std::string>> kAll{{"db", "check"},  {"db", "backup"}, {"db", "migrate"},
                                                 {"db", "vacuum"}, {"reprocess"},    {"db", "forget", "c1"}};
const std::vector<std::vector<std::string>> kUnderLock{
    {"db", "migrate"}, {"db", "vacuum"}, {"reprocess"}, {"db", "forget", "c1"}};

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += word + " ";
  return line;
}

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

constexpr std::size_t kAllFiles = 1000;

struct CareBench : Bench {
  /// A database that knows one creator, as it was `migrations` schema files ago or is now.
  void make_database(std::size_t schema_files = kAllFiles) const {
    SQLite::Database database(path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(SOURCE_FOLDER "/schema")) files.push_back(entry.path());
    std::ranges::sort(files);
    schema_files = std::min(schema_files, files.size());
    for (std::size_t i = 0; i < schema_files; ++i) {
      std::ifstream file{files.at(i)};
      database.exec(std::string{std::istreambuf_iterator<char>{file}, {}});
    }
    database.exec("PRAGMA application_id = 1414222681; PRAGMA user_version = " + std::to_string(schema_files));
    database.exec(
        "INSERT INTO creators (creator_id, name, first_seen_at, last_seen_at) VALUES"
        " ('c1', 'Ada', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')");
  }
  [[nodiscard]] std::string path() const { return folder.file("toksync.db"); }
};

/// The lock as a run holds it.
class HeldLock {
 public:
  explicit HeldLock(const std::string& path) : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    REQUIRE(flock(descriptor_, LOCK_EX | LOCK_NB) == 0);
  }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock() { close(descriptor_); }

 private:
  int descriptor_;
};

TEST_CASE_FIXTURE(CareBench, "without a database there is nothing to care for, and none is made") {
  for (const auto& command : kAll) {
    CAPTURE(joined(command));
    const auto result = run(command);
    CHECK(result.exit_code == 2);
    CHECK(contains(result.err, "there is no such file"));
    CHECK(json(command)["error"]["kind"] == "usage");
    CHECK(fs::is_empty(folder.path()));
  }
}

TEST_CASE_FIXTURE(CareBench, "what changes the database waits for a run, what reads it does not") {
  make_database();
  const HeldLock lock(path() + ".lock");
  for (const auto& command : kUnderLock) {
    CAPTURE(joined(command));
    CHECK(run(command).exit_code == 11);
    CHECK(json(with(command, {"--lock-wait", "1s"}))["error"]["kind"] == "locked");
  }
  CHECK(run({"db", "check"}).exit_code == 0);
  CHECK(run({"db", "backup"}).exit_code == 0);
}

TEST_CASE_FIXTURE(CareBench, "no command works on what is not a database of this program") {
  SUBCASE("a text") { folder.write("toksync.db", "version = 1\nname = \"nightly\"\nby mistake, a pipeline\n"); }
  SUBCASE("of another program") {
    SQLite::Database(path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t (x)");
  }
  SUBCASE("damaged") {
    make_database();
    auto bytes = folder.read("toksync.db");
    bytes.replace(100, 3000, std::string(3000, '\x5a'));
    folder.write("toksync.db", bytes);
  }
  const auto before = folder.read("toksync.db");
  for (const auto& command : kAll) {
    CAPTURE(joined(command));
    const auto result = run(command);
    CHECK(result.exit_code == 12);
    CHECK_FALSE(result.err.empty());
  }
  CHECK(folder.read("toksync.db") == before);
}

TEST_CASE_FIXTURE(CareBench, "check tells what holds, and with --quiet only what does not") {
  make_database();
  const auto well = run({"db", "check"});
  CHECK(well.exit_code == 0);
  CHECK(contains(well.out, "reserved = charged + released + open"));
  CHECK(run({"db", "check", "--quiet"}).out.empty());
  CHECK(json({"db", "check"})["ok"] == true);
  SQLite::Database(path(), SQLite::OPEN_READWRITE).exec("INSERT INTO creator_tag_rows VALUES (77, 'language', 'en')");
  const auto wrong = run({"db", "check", "--quiet"});
  CHECK(wrong.exit_code == 12);
  CHECK(contains(wrong.out, "refers to a missing row of creators"));
  CHECK_FALSE(contains(wrong.out, " ok "));
  const auto document = json({"db", "check"});
  CHECK(document["ok"] == false);
  CHECK(document["checks"][1]["problems"].size() == 1);
}

TEST_CASE_FIXTURE(CareBench, "a backup has a name of its own, or the one that is asked for, once") {
  make_database();
  const auto usual = json({"db", "backup"});
  CHECK(contains(std::string{usual["backup"]}, "toksync.db.backup-20"));
  const auto named = run({"db", "backup", "copy.db"});
  CHECK(named.exit_code == 0);
  CHECK(contains(named.out, "copy.db"));
  struct stat info {};
  REQUIRE(stat(folder.file("copy.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
  const auto again = run({"db", "backup", "copy.db"});
  CHECK(again.exit_code == 2);
  CHECK(contains(again.err, "exists already"));
  CHECK(run({"db", "backup", "no/where.db"}).exit_code == 12);
  CHECK(run({"db", "backup", ""}).exit_code == 2);
  CHECK(run({"db", "backup", "third.db", "--quiet"}).out.empty());
  CHECK(run({"db", "check", "--db", "third.db", "--quiet"}).exit_code == 0);
}

TEST_CASE_FIXTURE(CareBench, "an older database is migrated once, after a backup") {
  make_database(5);
  const auto check = run({"db", "check"});
  CHECK(check.exit_code == 12);
  CHECK(contains(check.err, "toksync db migrate"));
  const auto migrated = json({"db", "migrate"});
  CHECK(migrated["from_schema"] == 5);
  CHECK(migrated["to_schema"] > 5);
  CHECK(fs::exists(folder.path() / std::string{migrated["backup"]}));
  CHECK(contains(run({"db", "migrate"}).out, "is up to date"));
  CHECK(json({"db", "migrate"})["backup"].is_null());
  CHECK(run({"db", "check"}).exit_code == 0);
}

TEST_CASE_FIXTURE(CareBench, "vacuum says what it gave back") {
  make_database();
  const auto result = run({"db", "vacuum"});
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, " before, "));
  CHECK(json({"db", "vacuum"})["log_emptied"] == true);
  CHECK(run({"db", "vacuum", "--quiet"}).out.empty());
}

TEST_CASE_FIXTURE(CareBench, "forget names the backups that still know, and who is nobody") {
  make_database();
  REQUIRE(run({"db", "backup"}).exit_code == 0);
  const auto nobody = run({"db", "forget", "nobody"});
  CHECK(nobody.exit_code == 2);
  CHECK(contains(nobody.err, "nobody here has that id"));
  CHECK(run({"db", "forget"}).exit_code == 2);
  CHECK(run({"db", "forget", ""}).exit_code == 2);
  const auto counted = json({"db", "forget", "c1", "--dry-run"});
  CHECK(counted["dry_run"] == true);
  CHECK(counted["rows"]["creators"] == 1);
  const auto forgotten = run({"db", "forget", "c1"});
  CHECK(forgotten.exit_code == 0);
  CHECK(contains(forgotten.out, "toksync.db.backup-20"));
  CHECK(json({"db", "forget", "c1"})["was_forgotten"] == true);
  CHECK_FALSE(contains(folder.read("toksync.db"), "Ada"));
}

TEST_CASE_FIXTURE(CareBench, "a record that cannot be read is told with code 3") {
  make_database();
  CHECK(run({"reprocess"}).exit_code == 0);
  CHECK(run({"reprocess", "--quiet"}).out.empty());
  SQLite::Database(path(), SQLite::OPEN_READWRITE).exec("UPDATE creators SET raw_json = '{\"name\":\"Ada'");
  const auto result = run({"reprocess", "--quiet"});
  CHECK(result.exit_code == 3);
  CHECK(contains(result.err, "the creator record of c1 cannot be read"));
  const auto document = json({"reprocess"});
  CHECK(document["unreadable"][0]["of"] == "c1");
  CHECK(document["records"][0]["read"] == 1);
}

TEST_CASE("each command of care tells what it does, with its exit codes") {
  const Bench bench;
  for (const auto& command : kAll) {
    CAPTURE(joined(command));
    const auto help = bench.run(with(command, {"--help"}));
    CHECK(help.exit_code == 0);
    CHECK(contains(help.out, "Examples:"));
    CHECK(contains(help.out, "Exit codes:"));
  }
  CHECK(bench.run({"db"}).exit_code == 2);
  const auto typo = bench.run({"db", "vacum"});
  CHECK(typo.exit_code == 2);
  CHECK(contains(typo.err, "did you mean vacuum?"));
}

}  // namespace
}  // namespace toksync::cli::test
