#include <doctest/doctest.h>

#include "night.hpp"
#include "store/row_reader.hpp"

namespace toksync::store {

namespace {

using Texts = std::vector<std::string>;

bool never() { return false; }

struct EmptyStore {
  Store store = Store::open({}, OpenMode::memory).value();
  Expected<RowReader> select(const std::string& sql) { return RowReader::select(store, sql, never); }
  /// Why a statement is not begun.
  std::string refusal(const std::string& sql) {
    const auto rows = select(sql);
    if (rows) return "begun";
    CHECK(rows.error().kind == ErrorKind::usage);
    CHECK_FALSE(rows.error().hint.empty());
    return rows.error().cause;
  }
};

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_FIXTURE(EmptyStore, "each value comes with its type") {
  auto rows =
      select("SELECT 1 AS a, -2.5 AS b, 'té\"xt' AS c, NULL AS d, x'00ff' AS e, '' AS f, char(0) || 'z' AS g").value();
  CHECK(rows.columns() == Texts{"a", "b", "c", "d", "e", "f", "g"});
  REQUIRE(rows.next().value());
  CHECK(std::get<std::int64_t>(rows.cell(0)) == 1);
  CHECK(std::get<double>(rows.cell(1)) == -2.5);
  CHECK(std::get<std::string_view>(rows.cell(2)) == "té\"xt");
  CHECK(std::holds_alternative<std::monostate>(rows.cell(3)));
  CHECK(std::get<Blob>(rows.cell(4)).bytes == std::string_view("\x00\xff", 2));
  CHECK(std::get<std::string_view>(rows.cell(5)).empty());
  CHECK(std::get<std::string_view>(rows.cell(6)) == std::string_view("\0z", 2));
  CHECK_FALSE(rows.next().value());
}

TEST_CASE_FIXTURE(EmptyStore, "one statement that reads is begun, whatever follows it in spaces and comments") {
  for (const auto* const sql : {"SELECT 1", "SELECT 1;", " SELECT 1 ; -- done\n", "SELECT 1; /* done */ ;",
                                "WITH t(a) AS (VALUES (1)) SELECT a FROM t", "VALUES (1)", "SELECT * FROM shortlist"}) {
    CHECK(refusal(sql) == "begun");
  }
}

TEST_CASE_FIXTURE(EmptyStore, "what is no single SELECT is refused before anything happens") {
  CHECK(says(refusal(""), "empty"));
  CHECK(says(refusal(" ; "), "empty"));
  CHECK(says(refusal("SELECT 1; SELECT 2"), "more than one"));
  CHECK(says(refusal("SELECT 1; DROP TABLE creators"), "more than one"));
  CHECK(says(refusal("DELETE FROM creators RETURNING creator_id"), "writes"));
  CHECK(says(refusal("UPDATE creators SET name = 'x'"), "writes"));
  CHECK(says(refusal("DROP VIEW shortlist"), "writes"));
  CHECK(says(refusal("ATTACH '/tmp/other.db' AS other"), "no rows"));
  CHECK(says(refusal("SELECT ?1"), "parameters"));
  CHECK(says(refusal("SELEKT 1"), "syntax error, at: SELEKT 1"));
  CHECK(says(refusal("SELECT nme FROM creators"), "no such column: nme"));
  CHECK(says(refusal("SELECT 1 FROM shortlst"), "no such table: shortlst"));
}

TEST_CASE_FIXTURE(EmptyStore, "a query that fails on its way says why") {
  auto rows = select("SELECT json('{')").value();
  const auto next = rows.next();
  REQUIRE_FALSE(next.has_value());
  CHECK(next.error().kind == ErrorKind::usage);
  CHECK(says(next.error().cause, "malformed JSON"));
}

TEST_CASE_FIXTURE(EmptyStore, "a query is stopped in the middle of a row that takes for ever") {
  int looks = 0;
  auto rows =
      RowReader::select(store, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                        [&looks] { return ++looks > 3; })
          .value();
  const auto next = rows.next();
  REQUIRE_FALSE(next.has_value());
  CHECK(next.error().kind == ErrorKind::interrupted);
  CHECK(looks == 4);
}

TEST_CASE("a reader moves, and leaves nothing behind that would stop others") {
  EmptyStore empty;
  {
    auto rows = RowReader::select(empty.store, "SELECT 1", [] { return true; }).value();
    auto moved = std::move(rows);
    CHECK_FALSE(moved.next().has_value());
  }
  CHECK(empty.store.database().execAndGet("SELECT count(*) FROM creators").getInt64() == 0);
}

}  // namespace toksync::store
