#include <doctest/doctest.h>

#include "base/error.hpp"

namespace toksync {
namespace {

TEST_CASE("an error says operation, cause and hint on one line") {
  CHECK(Error{ErrorKind::database, "open database a.db", "it is damaged", "restore a backup"}.text() ==
        "open database a.db: it is damaged (restore a backup)");
}

TEST_CASE("what is not known is not printed") {
  CHECK(Error{ErrorKind::internal, "", "out of order", ""}.text() == "out of order");
  CHECK(Error{ErrorKind::internal, "sort", "out of order", ""}.text() == "sort: out of order");
  CHECK(Error{ErrorKind::internal, "", "out of order", "sort"}.text() == "out of order (sort)");
}

TEST_CASE("an error travels in an Expected") {
  const Expected<int> failed = unexpected(ErrorKind::locked, "lock a.db", "another run holds it", "wait");
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == ErrorKind::locked);
  CHECK(failed.error().text() == "lock a.db: another run holds it (wait)");
  const Expected<int> fine = 7;
  CHECK(fine.value() == 7);
}

}  // namespace
}  // namespace toksync
