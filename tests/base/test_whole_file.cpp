#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/whole_file.hpp"
#include "support/temporary_folder.hpp"

namespace toksync {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a file is written, replaced, and readable by everybody") {
  const test::TemporaryFolder folder;
  REQUIRE(write_whole_file(folder.file("a"), "one"));
  CHECK(folder.read("a") == "one");
  REQUIRE(write_whole_file(folder.file("a"), "two"));
  CHECK(folder.read("a") == "two");
  CHECK((fs::status(folder / "a").permissions() & fs::perms::others_read) != fs::perms::none);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("whoever has the old file open keeps it whole") {
  const test::TemporaryFolder folder;
  folder.write("a", std::string(100'000, 'x'));
  const Descriptor old(::open(folder.file("a").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(write_whole_file(folder.file("a"), "new"));
  struct stat info {};
  REQUIRE(::fstat(old.number(), &info) == 0);
  CHECK(info.st_size == 100'000);
}

TEST_CASE("a link stays a link") {
  const test::TemporaryFolder folder;
  folder.write("elsewhere/a", "old");
  fs::create_symlink("elsewhere/a", folder / "link");
  REQUIRE(write_whole_file(folder.file("link"), "new"));
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(folder.read("elsewhere/a") == "new");
}

TEST_CASE("a pipe is written to and not replaced") {
  const test::TemporaryFolder folder;
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  std::string text(3, '\0');
  std::jthread reader([&] {
    const Descriptor pipe(::open(folder.file("pipe").c_str(), O_RDONLY | O_CLOEXEC));
    [[maybe_unused]] const auto got = ::read(pipe.number(), text.data(), text.size());
  });
  CHECK(write_whole_file(folder.file("pipe"), "new"));
  reader.join();
  CHECK(text == "new");
  CHECK(fs::is_fifo(folder / "pipe"));
}

TEST_CASE("a file that cannot be written is an error, and leaves nothing behind") {
  const test::TemporaryFolder folder;
  folder.write("folder/inside", "");
  const auto written = write_whole_file(folder.file("folder"), "new");
  REQUIRE_FALSE(written);
  CHECK(written.error().operation == "write " + folder.file("folder"));
  CHECK_FALSE(write_whole_file(folder.file("nowhere/a"), "new"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
  CHECK(whole_file_problem(folder.file("folder")) == folder.file("folder") + " is a folder");
  CHECK(whole_file_problem(folder.file("nowhere/a")) == "there is no folder " + folder.file("nowhere"));
  CHECK(whole_file_problem(folder.file("new")).empty());
  CHECK(whole_file_problem("/dev/null").empty());
}

}  // namespace
}  // namespace toksync
