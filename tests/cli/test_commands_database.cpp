// What a user meets around the key and the database: a missing or malformed key, a held lock, databases
// that are missing, foreign, damaged, newer or not writable. Nothing here reaches a server.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binary.hpp"

namespace toksync::cli::test {
namespace {

/// A port that refuses connections: the discard port of this machine, which nobody serves.
const std::string kNobody = "http://127.0.0.1:9";

struct PipelineBench : Bench {
  PipelineBench() {
    folder.write("p.toml", kSmallPipeline);
    environment["TOKSYNC_BASE_URL"] = kNobody;
    environment["TOKSYNC_MAX_ATTEMPTS"] = "1";
  }
  void give_key() { environment["TOKSTA_API_KEY"] = kKey; }
  /// A database as a run leaves it that reached nobody.
  void make_database() {
    give_key();
    REQUIRE(run({"run", "p.toml"}).exit_code == 5);
  }
};

/// A lock on a file as another process would hold it.
class HeldLock {
 public:
  explicit HeldLock(const std::filesystem::path& path)
      : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    REQUIRE(flock(descriptor_, LOCK_EX | LOCK_NB) == 0);
  }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock() { close(descriptor_); }

 private:
  int descriptor_;
};

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE_FIXTURE(PipelineBench, "without a key nothing begins, and the variable is named") {
  const auto missing = run({"run", "p.toml"});
  CHECK(missing.exit_code == 4);
  CHECK(contains(missing.err, "the variable TOKSTA_API_KEY is not set"));
  CHECK(missing.out.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "toksync.db"));
  CHECK(json({"run", "p.toml"})["error"]["kind"] == "unauthorized");
}

TEST_CASE_FIXTURE(PipelineBench, "an empty or malformed key is refused by the name of its place only") {
  for (const std::string key : {"", "   ", "secret words", "secret\twords", "secret\x01", "sécret"}) {
    environment["TOKSTA_API_KEY"] = key;
    const auto result = run({"run", "p.toml"});
    CHECK(result.exit_code == 4);
    CHECK(contains(result.err, "TOKSTA_API_KEY"));
    CHECK_FALSE(contains(result.err + result.out, "secret"));
    CHECK_FALSE(contains(result.err + result.out, "sécret"));
  }
}

TEST_CASE_FIXTURE(PipelineBench, "a key file is read, its first line trimmed") {
  folder.write("p.toml", std::string{kSmallPipeline} + "[source]\napi_key_file = \"key\"\n");
  const auto missing = run({"run", "p.toml"});
  CHECK(missing.exit_code == 4);
  CHECK(contains(missing.err, "the file key cannot be read"));
  folder.write("key", "\n" + kKey + "\n");
  CHECK(run({"run", "p.toml"}).exit_code == 4);
  folder.write("key", "two words\n");
  CHECK(run({"run", "p.toml"}).exit_code == 4);
  folder.write("key", "  " + kKey + " \r\nanother line\n");
  const auto result = run({"run", "p.toml", "--verbose"});
  CHECK(result.exit_code == 5);
  CHECK_FALSE(contains(result.err + result.out, kKey));
  std::filesystem::remove(folder / "key");
  std::filesystem::create_directory(folder / "key");
  CHECK(run({"run", "p.toml"}).exit_code == 4);
}

TEST_CASE_FIXTURE(PipelineBench, "an API that nobody serves ends with code 5, a record, and a way to go on") {
  give_key();
  const auto result = run({"run", "p.toml"});
  CHECK(result.exit_code == 5);
  CHECK(contains(result.err, "CONNECT_FAILED"));
  CHECK(contains(result.out, "failed, exit code 5"));
  CHECK(contains(result.out, "Left to do:"));
  CHECK(contains(result.out, "toksync resume "));
  CHECK(contains(result.out, "--base-url " + kNobody));
  CHECK(contains(result.out, "Database: toksync.db"));
  CHECK_FALSE(contains(result.out + result.err, kKey));
  struct stat info {};
  REQUIRE(stat((folder / "toksync.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
  CHECK_FALSE(contains(bytes_of(folder / "toksync.db"), kKey));
}

TEST_CASE_FIXTURE(PipelineBench, "run goes on with the unfinished run until the file changes") {
  make_database();
  const auto first = json({"status"})["run"]["run_id"];
  CHECK(json({"run", "p.toml"})["run_id"] == first);
  CHECK(json({"plan", "p.toml"})["resumes"] == first);
  CHECK(json({"plan", "p.toml", "--new"})["resumes"].is_null());
  CHECK(json({"run", "p.toml", "--new"})["run_id"] != first);
  CHECK(json({"status", first})["run"]["status"] == "abandoned");
  const auto second = json({"status"})["run"]["run_id"];
  folder.write("p.toml", std::string{kSmallPipeline} + "max_creators = 7\n");
  const auto third = json({"run", "p.toml"})["run_id"];
  CHECK(third != second);
  CHECK(json({"status", second})["run"]["status"] == "abandoned");
  CHECK(json({"status"})["runs"].size() == 3);
}

TEST_CASE_FIXTURE(PipelineBench, "a run that spent its own limit goes on that day, and lets a new one begin the next") {
  make_database();
  const auto first = json({"status"})["run"]["run_id"];
  const auto stop = [&](const char* started) {
    SQLite::Database{folder.file("toksync.db"), SQLite::OPEN_READWRITE}.exec(
        std::string{"UPDATE run_rows SET status = 'stopped', exit_code = 8, started_at = "} + started +
        ", error = 'a/thought_leaders needs 180 credits, and max_credits_per_run leaves 7'");
  };
  stop("strftime('%Y-%m-%dT%H:%M:%SZ', 'now')");
  CHECK(json({"plan", "p.toml"})["resumes"] == first);
  CHECK(json({"run", "p.toml"})["run_id"] == first);
  stop("strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')");
  CHECK(json({"plan", "p.toml"})["resumes"].is_null());
  CHECK(json({"run", "p.toml"})["run_id"] != first);
  CHECK(json({"status", first})["run"]["status"] == "abandoned");
}

TEST_CASE_FIXTURE(PipelineBench, "resume goes by the pipeline that the database keeps") {
  make_database();
  const std::string id = json({"status"})["run"]["run_id"];
  std::filesystem::remove(folder / "p.toml");
  const auto resumed = run({"resume"});
  CHECK(resumed.exit_code == 5);
  CHECK(contains(resumed.out, id));
  CHECK(json({"resume", id})["run_id"] == id);
  CHECK(json({"resume", id, "--dry-run"})["resumes"] == id);
  const auto unknown = run({"resume", "20200101T000000Z-none"});
  CHECK(unknown.exit_code == 2);
  CHECK(contains(unknown.err, "20200101T000000Z-none"));
}

TEST_CASE_FIXTURE(PipelineBench, "resume with nothing unfinished says so and is content") {
  make_database();
  const std::string id = json({"status"})["run"]["run_id"];
  SQLite::Database{folder.file("toksync.db"), SQLite::OPEN_READWRITE}.exec(
      "UPDATE run_rows SET status = 'succeeded', exit_code = 0");
  CHECK(run({"resume"}).exit_code == 0);
  CHECK(contains(run({"resume"}).out, "no run is unfinished"));
  CHECK(contains(run({"resume", id}).out, id + " has nothing left to do"));
  CHECK(json({"resume"})["resumed"].is_null());
}

TEST_CASE_FIXTURE(PipelineBench, "status and jobs read what is there and need no key") {
  make_database();
  environment.erase("TOKSTA_API_KEY");
  const auto status = run({"status"});
  CHECK(status.exit_code == 0);
  CHECK(contains(status.out, "of pipeline small: failed"));
  CHECK(status.err.empty());
  CHECK(run({"status", "nobody"}).exit_code == 2);
  CHECK(contains(run({"jobs", "list", "--status", "succeeded"}).out, "no such jobs"));
  CHECK(json({"jobs", "list", "--status", "succeeded"})["jobs"].empty());
}

TEST_CASE_FIXTURE(PipelineBench, "a database that does not exist is a usage error for those who only read") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"status"}, {"jobs", "list"}, {"resume"}, {"status", "some-run"}}) {
    const auto result = run(arguments);
    CHECK(result.exit_code == 2);
    CHECK(contains(result.err, "toksync.db"));
    CHECK(json(arguments)["exit_code"] == 2);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "toksync.db"));
  CHECK_FALSE(std::filesystem::exists(folder / "toksync.db.lock"));
}

TEST_CASE_FIXTURE(PipelineBench, "a second run of a database is refused while readers go on") {
  make_database();
  const HeldLock lock(folder / "toksync.db.lock");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"run", "p.toml"}, {"resume"}}) {
    const auto result = run(arguments);
    CHECK(result.exit_code == 11);
    CHECK(result.out.empty());
    CHECK(contains(result.err, "--lock-wait"));
  }
  CHECK(json({"run", "p.toml"})["error"]["kind"] == "locked");
  CHECK(run({"status"}).exit_code == 0);
  CHECK(run({"plan", "p.toml"}).exit_code == 0);
  CHECK(run({"run", "p.toml", "--lock-wait", "1s"}).exit_code == 11);
}

TEST_CASE_FIXTURE(PipelineBench, "waiting for the lock ends when it is free") {
  make_database();
  auto lock = std::make_unique<HeldLock>(folder / "toksync.db.lock");
  Process process(TOKSYNC_BINARY, options({"run", "p.toml", "--lock-wait", "1m"}));
  CHECK_FALSE(process.wait_for(Milliseconds{300}));
  lock.reset();
  const auto result = process.wait_for(Milliseconds{20'000});
  REQUIRE(result);
  CHECK(result->exit_code == 5);
  CHECK(contains(result->err, "waiting for another run"));
}

TEST_CASE_FIXTURE(PipelineBench, "waiting for the lock ends at a signal, with that signal's code") {
  make_database();
  const HeldLock lock(folder / "toksync.db.lock");
  for (const int signal : {SIGINT, SIGTERM}) {
    Process process(TOKSYNC_BINARY, options({"run", "p.toml", "--lock-wait", "1m"}));
    CHECK_FALSE(process.wait_for(Milliseconds{300}));
    process.send_signal(signal);
    const auto result = process.wait_for(Milliseconds{20'000});
    REQUIRE(result);
    CHECK(result->exit_code == 128 + signal);
    CHECK(result->signal == 0);
  }
}

TEST_CASE_FIXTURE(PipelineBench, "a file that is no database of ours is refused and left as it is") {
  give_key();
  folder.write("text.db", "this is a text, and long enough to be taken for the header of a database file.\n");
  {
    SQLite::Database foreign(folder.file("foreign.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    foreign.exec("CREATE TABLE recipes (name TEXT)");
  }
  for (const std::string file : {"text.db", "foreign.db"}) {
    const auto before = bytes_of(folder / file);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"run", "p.toml"}, {"plan", "p.toml"}, {"status"}, {"jobs", "list"}, {"resume"}}) {
      auto all = arguments;
      all.insert(all.end(), {"--db", file});
      const auto result = run(all);
      CAPTURE(file);
      CAPTURE(arguments.front());
      CHECK(result.exit_code == 12);
      CHECK(contains(result.err, file));
      CHECK(bytes_of(folder / file) == before);
    }
  }
}

TEST_CASE_FIXTURE(PipelineBench, "a database of a newer version is refused") {
  make_database();
  SQLite::Database{folder.file("toksync.db"), SQLite::OPEN_READWRITE}.exec("PRAGMA user_version = 9999");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"run", "p.toml"}, {"status"}}) {
    const auto result = run(arguments);
    CHECK(result.exit_code == 12);
    CHECK(contains(result.err, "newer"));
  }
}

TEST_CASE_FIXTURE(PipelineBench, "what SQLite would keep in memory only is no database") {
  give_key();
  for (const std::string path : {":memory:", "file:x.db?mode=memory"}) {
    const auto result = run({"run", "p.toml", "--db", path});
    CHECK(result.exit_code == 12);
    CHECK(contains(result.err, path));
    CHECK_FALSE(std::filesystem::exists(folder / path));
  }
  CHECK(run({"run", "p.toml", "--db", "./file:x.db"}).exit_code == 5);
  CHECK(std::filesystem::exists(folder / "file:x.db"));
}

TEST_CASE_FIXTURE(PipelineBench, "a schema version that nobody wrote is damage") {
  make_database();
  SQLite::Database{folder.file("toksync.db"), SQLite::OPEN_READWRITE}.exec("PRAGMA user_version = -3");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", "p.toml"}, {"status"}, {"db", "migrate"}}) {
    const auto result = run(arguments);
    CHECK(result.exit_code == 12);
    CHECK(contains(result.err, "-3"));
  }
}

TEST_CASE_FIXTURE(PipelineBench, "a run that is not there has no jobs to list, and a condition for nobody no work") {
  make_database();
  CHECK(run({"jobs", "list", "--run", "nosuch"}).exit_code == 2);
  folder.write("p.toml", std::string{kSmallPipeline} + "[enrich]\n");
  const auto nobody = run({"backfill", "p.toml", "--where", "1=0"});
  CHECK(nobody.exit_code == 0);
  CHECK(contains(nobody.out, "nothing is left to do"));
  CHECK(run({"backfill", "p.toml", "--all"}).exit_code == 2);
}

TEST_CASE_FIXTURE(PipelineBench, "a damaged database is an error of the database, not of the program") {
  make_database();
  auto bytes = bytes_of(folder / "toksync.db");
  REQUIRE(bytes.size() > 65'536);
  // The pages of every table, but not the header that says what the file is.
  std::fill(bytes.begin() + 8192, bytes.end(), '\xA5');
  folder.write("toksync.db", bytes);
  std::filesystem::remove(folder / "toksync.db-wal");
  const auto result = run({"status"});
  CHECK(result.exit_code == 12);
  CHECK(contains(result.err, "toksync.db"));
  CHECK_FALSE(contains(result.err, "bug"));
}

TEST_CASE_FIXTURE(PipelineBench, "a database cannot be made where there is no folder") {
  give_key();
  const auto result = run({"run", "p.toml", "--db", "nowhere/deep.db"});
  CHECK(result.exit_code == 12);
  CHECK(contains(result.err, "nowhere/deep.db"));
}

TEST_CASE_FIXTURE(PipelineBench, "a result that cannot be written is no success") {
  make_database();
  const auto result = toksync::test::run_process(
      "/bin/sh", {.arguments = {"-c", TOKSYNC_BINARY " status > /dev/full"}, .working_directory = folder.path()});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.err, "cannot write to standard output"));
}

}  // namespace
}  // namespace toksync::cli::test
