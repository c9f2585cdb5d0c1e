// The machine fails: its disk is full or cannot be written, files are taken away under the program, there
// are no file descriptors left. The run ends with 12 (or 5) and says what to do; once the reason is gone,
// the next run finishes and nothing was bought twice.
#include <array>
#include <atomic>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "aftermath.hpp"
#include "small_disk.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;

constexpr int kDatabase = 12;
constexpr std::size_t kRoom = 65'536;  // kilobytes, more than any run needs

ProcessResult ended(Process& process) {
  auto result = process.wait_for(Milliseconds{30'000});
  CHECK(result.has_value());
  return result.value_or(ProcessResult{});
}

/// How large the disk has to be for a whole run.
std::size_t kilobytes_needed() {
  const Scene scene(quick({"--fault", "POST /v1/jobs/results:bulk hold_after"}));
  const SmallDisk disk(scene, kRoom);
  const auto process = scene.start_run();
  CHECK(scene.sandbox.wait_until_held(1));
  const auto used = disk.kilobytes_used();
  scene.sandbox.release();
  CHECK(ended(*process).exit_code == 0);
  return used;
}

void fill_disk(std::size_t kilobytes) {
  const Scene scene;
  const SmallDisk disk(scene, kilobytes);
  const auto result = scene.run();
  CHECK_MESSAGE(result.exit_code == kDatabase, result.err);
  CHECK_MESSAGE(contains_text(result.err, "disk is full"), result.err);
  CHECK_MESSAGE(contains_text(result.err, "free some space"), result.err);
  disk.resize(kRoom);
  check_next_run_finishes(scene);
}

/// A run that waits for an answer. Others of its requests may be on their way at the same time.
struct RunInTheMiddle {
  explicit RunInTheMiddle(const std::string& fault = "POST /v1/content-match/results hold_before")
      : scene(quick({"--fault", fault})), process(scene.start_run()) {
    REQUIRE(scene.sandbox.wait_until_held(1));
  }

  /// Lets it go on to its end, which is the database's trouble.
  ProcessResult end() {
    scene.sandbox.release();
    auto result = ended(*process);
    CHECK_MESSAGE(result.exit_code == kDatabase, result.err);
    return result;
  }

  Scene scene;
  std::unique_ptr<Process> process;
};

std::vector<fs::path> rescued_copies(const Scene& scene) {
  std::vector<fs::path> copies;
  for (const auto& entry : fs::directory_iterator(scene.folder.path())) {
    if (contains_text(entry.path().filename().string(), ".rescued-")) copies.push_back(entry.path());
  }
  return copies;
}

void remove_database(const Scene& scene) {
  for (const char* ending : {"", "-wal", "-shm"}) fs::remove(scene.database() + ending);
}

/// Does what the message says: the copy takes the place of the database.
void put_copy_back(const Scene& scene, const ProcessResult& result) {
  const auto copies = rescued_copies(scene);
  REQUIRE(copies.size() == 1);
  CHECK_MESSAGE(contains_text(result.err, "removed or replaced while in use"), result.err);
  CHECK_MESSAGE(contains_text(result.err, copies[0].string()), result.err);
  remove_database(scene);
  fs::rename(copies[0], scene.database());
}

}  // namespace

TEST_CASE("a disk that is full at any place of a run ends it with 12, and with more room it goes on") {
  where_mounting_is_allowed("a disk that is full at any place of a run*", [] {
    static_cast<void>(undisturbed_night());
    const auto needed = kilobytes_needed();
    constexpr std::size_t kPlaces = 48;
    constexpr std::size_t kPage = 4;
    std::vector<Case> cases;
    for (std::size_t place = 0; place < kPlaces; ++place) {
      const auto size = std::max(kPage * 2, needed * place / kPlaces / kPage * kPage);
      cases.push_back({fmt::format("{} KB of {}", size, needed), [size] { fill_disk(size); }});
    }
    run_side_by_side(cases);
  });
}

TEST_CASE("a file system that is read-only before the start ends a run with 12, and nothing is sent") {
  where_mounting_is_allowed("a file system that is read-only before*", [] {
    const Scene scene;
    const SmallDisk disk(scene, kRoom);
    SUBCASE("without a database") {}
    SUBCASE("with one") { CHECK(scene.run({"--keyword-set", "saas", "--stage", "search"}).exit_code == 0); }
    const auto requests = scene.sandbox.requests().size();
    disk.make_read_only();
    const auto result = scene.run();
    CHECK_MESSAGE(result.exit_code == kDatabase, result.err);
    CHECK_MESSAGE(contains_text(result.err, "Read-only file system"), result.err);
    CHECK(scene.sandbox.requests().size() == requests);
    if (fs::exists(scene.database())) CHECK(scene.toksync({"status"}).exit_code == 0);
    disk.make_writable();
    check_next_run_finishes(scene);
  });
}

TEST_CASE("a file that suddenly cannot be written ends a run with 12, not with a signal") {
  RunInTheMiddle run;
  const auto log = fs::file_size(run.scene.database() + "-wal");
  const rlimit no_more{log, log};
  REQUIRE(prlimit(run.process->pid(), RLIMIT_FSIZE, &no_more, nullptr) == 0);
  const auto result = run.end();
  CHECK_MESSAGE(contains_text(result.err, "disk I/O error when it was written"), result.err);
  check_next_run_finishes(run.scene);
}

TEST_CASE("a database that is removed while running is saved, and a run goes on with the copy") {
  RunInTheMiddle run;
  remove_database(run.scene);
  put_copy_back(run.scene, run.end());
  check_next_run_finishes(run.scene);
}

TEST_CASE("a database that is replaced while running is saved, and its substitute is left alone") {
  RunInTheMiddle run;
  const Scene other(quick(), searching_pipeline());
  REQUIRE(other.run().exit_code == 0);
  fs::rename(other.database(), run.scene.database());
  const auto result = run.end();
  {
    Reader substitute(run.scene.database());
    CHECK(substitute.lines("PRAGMA integrity_check") == Texts{"ok"});
    CHECK(substitute.number("SELECT count(*) FROM jobs WHERE family = 'content_match'") == 0);
  }
  put_copy_back(run.scene, result);
  check_next_run_finishes(run.scene);
}

TEST_CASE("a database that is removed while an answer to something paid is on its way loses nothing") {
  RunInTheMiddle run("POST /v1/creators/content-match hold_after");
  remove_database(run.scene);
  put_copy_back(run.scene, run.end());
  check_next_run_finishes(run.scene);
  CHECK(run.scene.sandbox.nothing_bought_twice());
}

TEST_CASE("a log that is removed while running is folded into the database, and a run goes on") {
  RunInTheMiddle run;
  fs::remove(run.scene.database() + "-wal");
  const auto result = run.end();
  CHECK_MESSAGE(contains_text(result.err, "e2e.db-wal was removed"), result.err);
  CHECK(rescued_copies(run.scene).empty());
  check_next_run_finishes(run.scene);
}

TEST_CASE("too few file descriptors end a run with the code of what they were missing for, and it goes on") {
  static_cast<void>(undisturbed_night());
  constexpr int kUnreachable = 5;
  std::array<std::atomic<int>, kDatabase + 1> ends{};
  std::vector<Case> cases;
  // With fewer the program's libraries cannot be loaded.
  for (int limit = 6; limit <= 20; ++limit) {
    cases.push_back({fmt::format("{} descriptors", limit), [limit, &ends] {
                       const Scene scene;
                       auto options = scene.run_options({"--max-attempts", "1"});
                       options.prelude = fmt::format("ulimit -n {}", limit);
                       const auto result = toksync::test::run_process(TOKSYNC_BINARY, options);
                       const bool is_expected =
                           result.exit_code == 0 || result.exit_code == kUnreachable || result.exit_code == kDatabase;
                       CHECK_MESSAGE(is_expected, result.err);
                       if (is_expected) ++ends.at(static_cast<std::size_t>(result.exit_code));
                       CHECK_MESSAGE((result.exit_code == 0 || contains_text(result.err, "oo many open files")),
                                     result.err);
                       check_next_run_finishes(scene);
                     }});
  }
  run_side_by_side(cases);
  CHECK(ends[0] > 0);
  CHECK(ends[kUnreachable] > 0);
  CHECK(ends[kDatabase] > 0);
}

}  // namespace toksync::cli::test
