#include <filesystem>
#include <stdexcept>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace toksync {
namespace {

TEST_CASE("a temporary folder goes away with everything in it") {
  std::filesystem::path path;
  {
    const test::TemporaryFolder folder;
    path = folder.path();
    folder.write("a/b/c.txt", "text");
    CHECK(std::filesystem::exists(folder / "a/b/c.txt"));
    CHECK(folder.read("a/b/c.txt") == "text");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("two temporary folders are two") {
  const test::TemporaryFolder one;
  const test::TemporaryFolder other;
  CHECK(one.path() != other.path());
}

TEST_CASE("a temporary folder stays when its test ends by an exception") {
  std::filesystem::path path;
  try {
    const test::TemporaryFolder folder;
    path = folder.path();
    throw std::runtime_error("as a failed REQUIRE does");
  } catch (const std::runtime_error&) {
    CHECK(std::filesystem::exists(path));
  }
  std::filesystem::remove_all(path);
}

TEST_CASE("a file that is not there cannot be read") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(static_cast<void>(folder.read("nothing")), std::runtime_error);
}

}  // namespace
}  // namespace toksync
