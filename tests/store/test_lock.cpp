#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lock.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::store {
using test::TemporaryFolder;

TEST_CASE("one holder at a time, and the next one is told who it is") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.db");
  {
    const auto held = DatabaseLock::acquire(path);
    REQUIRE(held.has_value());
    const auto second = DatabaseLock::acquire(path);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().kind == ErrorKind::locked);
    CHECK(second.error().cause.find("process " + std::to_string(::getpid())) != std::string::npos);
    CHECK_FALSE(second.error().hint.empty());
    CHECK(DatabaseLock::acquire(folder.file("b.db")).has_value());
  }
  CHECK(DatabaseLock::acquire(path).has_value());
}

TEST_CASE("a lock file that a killed process left does not lock") {
  const TemporaryFolder folder;
  folder.write("a.db.lock", "4194304\nmuch longer than a process id\n");
  const auto lock = DatabaseLock::acquire(folder.file("a.db"));
  REQUIRE(lock.has_value());
  CHECK(folder.read("a.db.lock") == std::to_string(::getpid()) + "\n");
}

TEST_CASE("every way to spell a database meets at one lock") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "linked");
  std::filesystem::create_symlink("real/a.db", folder / "link.db");
  std::filesystem::create_symlink("link.db", folder / "link-to-link.db");
  const auto held = DatabaseLock::acquire(folder.file("real/a.db"));
  REQUIRE(held.has_value());
  CHECK_FALSE(DatabaseLock::acquire(folder.file("linked/a.db")).has_value());
  CHECK_FALSE(DatabaseLock::acquire(folder.file("real/../real/./a.db")).has_value());
  CHECK_FALSE(DatabaseLock::acquire(folder.file("link.db")).has_value());
  CHECK_FALSE(DatabaseLock::acquire(folder.file("link-to-link.db")).has_value());
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "real");
  const auto relative = DatabaseLock::acquire("a.db");
  std::filesystem::current_path(before);
  CHECK_FALSE(relative.has_value());
}

TEST_CASE("a lock can be handed on") {
  const TemporaryFolder folder;
  auto first = DatabaseLock::acquire(folder.file("a.db"));
  auto other = DatabaseLock::acquire(folder.file("b.db"));
  {
    const DatabaseLock moved(std::move(*first));
    CHECK_FALSE(DatabaseLock::acquire(folder.file("a.db")).has_value());
  }
  CHECK(DatabaseLock::acquire(folder.file("a.db")).has_value());
  *other = DatabaseLock::acquire(folder.file("a.db")).value();
  CHECK_FALSE(DatabaseLock::acquire(folder.file("a.db")).has_value());
}

TEST_CASE("only its owner may touch a lock file, and a place that does not exist is named") {
  const TemporaryFolder folder;
  const auto lock = DatabaseLock::acquire(folder.file("a.db"));
  struct stat information {};
  REQUIRE(::stat(folder.file("a.db.lock").c_str(), &information) == 0);
  CHECK((information.st_mode & 0777U) == 0600U);
  const auto missing = DatabaseLock::acquire(folder.file("nowhere/a.db"));
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == ErrorKind::database);
}

}  // namespace toksync::store
