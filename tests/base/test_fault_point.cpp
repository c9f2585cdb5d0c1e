#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault_point.hpp"
#include "support/temporary_folder.hpp"

namespace toksync {
namespace {

#ifdef TOKSYNC_FAULT_POINTS

struct Ending {
  bool killed = false;
  std::string passed;  ///< the points passed, one a line
};

/// Passes "before", "here", "here" and "after" in a child of its own.
Ending pass_points(const char* die_at) {
  const test::TemporaryFolder folder;
  const auto log = folder.write("passed", "");
  const auto child = fork();
  if (child == 0) {
    setenv("TOKSYNC_DIE_AT", die_at, 1);
    setenv("TOKSYNC_FAULT_LOG", log.c_str(), 1);
    for (const char* const name : {"before", "here", "here", "after"}) fault_point(name);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, folder.read("passed")};
}

TEST_CASE("the process dies at the point named, at its first passage") {
  const auto ending = pass_points("here");
  CHECK(ending.killed);
  CHECK(ending.passed == "before\nhere\n");
}

TEST_CASE("a number chooses a later passage") {
  const auto ending = pass_points("here:2");
  CHECK(ending.killed);
  CHECK(ending.passed == "before\nhere\nhere\n");
}

TEST_CASE("a passage that never comes kills nothing") {
  for (const char* const wish : {"here:3", "elsewhere", ""}) {
    CAPTURE(wish);
    const auto ending = pass_points(wish);
    CHECK_FALSE(ending.killed);
    CHECK(ending.passed == "before\nhere\nhere\nafter\n");
  }
}

TEST_CASE("a hook hears of each passage while it lives, and may throw") {
  struct Death {};
  std::string passed;
  {
    const FaultPointHook hook([&](std::string_view name) {
      passed += std::string(name) + "\n";
      if (name == "here") throw Death{};
    });
    fault_point("before");
    CHECK_THROWS_AS(fault_point("here"), Death);
  }
  fault_point("after");
  CHECK(passed == "before\nhere\n");
}

#else

TEST_CASE("without fault points a wish to die is not heard") {
  setenv("TOKSYNC_DIE_AT", "here", 1);
  fault_point("here");
  unsetenv("TOKSYNC_DIE_AT");
  CHECK(std::getenv("TOKSYNC_DIE_AT") == nullptr);
}

#endif

}  // namespace
}  // namespace toksync
