// What an analyst meets with toksync export and toksync db schema: CSV, JSON lines, files, pipes and bad input. Nothing
// here reaches a server.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "binary.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A database as a run makes it, with creators whose names are up to something.
struct ExportBench : Bench {
  ExportBench() {
    SQLite::Database database(path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(SOURCE_FOLDER "/schema")) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& name : files) {
      std::ifstream file{name};
      database.exec(std::string{std::istreambuf_iterator<char>{file}, {}});
    }
    database.exec("PRAGMA application_id = 1414222681; PRAGMA user_version = " + std::to_string(files.size()));
    database.exec(
        "INSERT INTO creators (creator_id, name, bio, followers_count, engagement_rate, first_seen_at, last_seen_at)"
        " VALUES ('c1', 'García, \"Zoe\"', 'two' || char(10) || 'lines', -5, 2.5, 't', 't'),"
        " ('c2', '=HYPERLINK(\"http://x\")', '', NULL, 3.0, 't', 't'),"
        " ('c3', '-5', NULL, 7, NULL, 't', 't')");
  }
  [[nodiscard]] std::string path() const { return folder.file("toksync.db"); }
  void fill(int creators) const {
    SQLite::Database database(path(), SQLite::OPEN_READWRITE);
    database.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(creators) +
                  ") INSERT INTO creators (creator_id, bio, first_seen_at, last_seen_at)"
                  " SELECT 'filled-' || i, printf('%.*c', 200, 'x'), 't', 't' FROM n");
  }
  /// What stands in the folder beside the database.
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::ranges::count_if(fs::directory_iterator(folder.path()), [](const auto& entry) {
      return !entry.path().filename().string().starts_with("toksync.db");
    }));
  }
};

constexpr const char* kQuery =
    "SELECT name, bio, followers_count AS followers, engagement_rate AS engagement FROM creators ORDER BY creator_id";

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

/// Refused with this exit code, told on standard error, and nothing on standard output.
void check_refused(const ProcessResult& result, const std::string& what, int code = 2) {
  CHECK(result.exit_code == code);
  CHECK_MESSAGE(contains(result.err, what), result.err);
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE_FIXTURE(ExportBench, "CSV quotes what needs it, ends lines with CR LF, and runs no formulas") {
  const auto result = run({"export", "--sql", kQuery});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(result.out ==
        "name,bio,followers,engagement\r\n"
        "\"García, \"\"Zoe\"\"\",\"two\nlines\",-5,2.5\r\n"
        "\"'=HYPERLINK(\"\"http://x\"\")\",\"\",,3.0\r\n"
        "'-5,,7,\r\n");
  const auto raw = run({"export", "--sql", kQuery, "--raw-text"});
  CHECK(contains(raw.out, "\r\n\"=HYPERLINK"));
  CHECK(contains(raw.out, "\r\n-5,,7,\r\n"));
  CHECK(run({"export", "--sql", "SELECT 1 AS [=x]"}).out == "'=x\r\n1\r\n");
  CHECK(run({"export", "--sql", "SELECT 1 AS a", "--bom"}).out ==
        "\xEF\xBB\xBF"
        "a\r\n1\r\n");
  CHECK(run({"export", "--sql", "SELECT x'00ff' AS a, 9e999 AS b"}).out == "a,b\r\n00ff,inf\r\n");
  CHECK(run({"export", "--sql", "SELECT 1 AS a WHERE 0"}).out == "a\r\n");
}

TEST_CASE_FIXTURE(ExportBench, "JSON lines keep types") {
  const auto result = run({"export", "--sql", kQuery, "--format", "jsonl"});
  CHECK(result.exit_code == 0);
  const auto lines = json_lines(result.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == Json{{"name", "García, \"Zoe\""}, {"bio", "two\nlines"}, {"followers", -5}, {"engagement", 2.5}});
  CHECK(lines[1]["name"] == "=HYPERLINK(\"http://x\")");
  CHECK(lines[1]["followers"].is_null());
  CHECK(lines[1]["engagement"].is_number_float());
  CHECK(lines[2]["followers"].is_number_integer());
  CHECK(run({"export", "--sql", "SELECT 9e999 AS a, cast(x'ff' AS TEXT) AS b", "--format", "jsonl"}).out ==
        "{\"a\":null,\"b\":\"\uFFFD\"}\n");
  CHECK(run({"export", "--sql", "SELECT 1 AS a WHERE 0", "--format", "jsonl"}).out.empty());
  check_refused(run({"export", "--sql", "SELECT 1 AS a, 2 AS a", "--format", "jsonl"}), "two columns are called a");
  CHECK(run({"export", "--sql", "SELECT 1 AS a, 2 AS a"}).exit_code == 0);
}

TEST_CASE_FIXTURE(ExportBench, "every table and view is exported whole") {
  const auto entries = json({"db", "schema"})["relations"];
  CHECK(entries.size() > 40);
  for (const auto& entry : entries) {
    const auto name = entry["name"].get<std::string>();
    CAPTURE(name);
    const auto result = run({"export", name});
    CHECK(result.exit_code == 0);
    std::string header;
    for (const auto& column : entry["columns"])
      header += (header.empty() ? "" : ",") + column["name"].get<std::string>();
    CHECK(result.out.substr(0, result.out.find('\r')) == header);
  }
  CHECK(run({"export", "Creators"}).out == run({"export", "creators"}).out);
}

TEST_CASE_FIXTURE(ExportBench, "what cannot be exported is told with what can") {
  check_refused(run({"export", "shortlst"}), "did you mean shortlist?");
  check_refused(run({"export", "shortlst"}), "there are api_facts, ");
  check_refused(run({"export", "creators; DROP TABLE creators"}), "no such table or view");
  check_refused(run({"export", "sqlite_schema"}), "no such table or view");
  check_refused(run({"export"}), "neither a table, a view nor --sql");
  check_refused(run({"export", "jobs", "--sql", "SELECT 1"}), "both given");
  check_refused(run({"export", "--sql", "DELETE FROM creators"}), "the statement writes");
  check_refused(run({"export", "--sql", "SELECT 1; SELECT 2"}), "more than one statement");
  check_refused(run({"export", "--sql", "SELECT nme FROM creators"}), "no such column: nme");
  check_refused(run({"export", "--sql", ""}), "needs a value");
  check_refused(run({"export", "jobs", "--format", "xml"}), "xml is none of csv, jsonl");
  check_refused(run({"export", "jobs", "--db", "none.db"}), "there is no such file");
  const auto document = run({"export", "jobs", "--json"});
  CHECK(document.exit_code == 2);
  CHECK(Json::parse(document.out)["exit_code"] == 2);
  CHECK(SQLite::Database(path()).execAndGet("SELECT count(*) FROM creators").getInt64() == 3);
}

TEST_CASE_FIXTURE(ExportBench, "a file is replaced when it is whole, and left alone when it never is") {
  folder.write("out.csv", "before");
  CHECK(run({"export", "creators", "--output", "out.csv"}).out == "out.csv: 3 rows\n");
  CHECK(folder.read("out.csv") == run({"export", "creators"}).out);
  CHECK(run({"export", "creators", "--output", "out.csv", "--quiet"}).out.empty());
  CHECK(json({"export", "creators", "--output", "rows.jsonl"}) ==
        Json{{"file", "rows.jsonl"}, {"format", "jsonl"}, {"rows", 3}});
  CHECK(json_lines(folder.read("rows.jsonl")).size() == 3);
  folder.write("out.csv", "before");
  check_refused(run({"export", "--sql", "SELECT json('{') FROM creators", "--output", "out.csv"}), "malformed JSON");
  CHECK(folder.read("out.csv") == "before");
  CHECK(files() == 2);
  fs::create_symlink("out.csv", folder / "link.csv");
  CHECK(run({"export", "creators", "--output", "link.csv"}).exit_code == 0);
  CHECK(fs::is_symlink(folder / "link.csv"));
  CHECK(folder.read("out.csv") == run({"export", "creators"}).out);
  CHECK(run({"export", "creators", "--output", "/dev/null"}).exit_code == 0);
  check_refused(run({"export", "creators", "--output", "nowhere/out.csv"}), "nowhere/out.csv");
  check_refused(run({"export", "creators", "--output", "."}), "directory");
}

TEST_CASE_FIXTURE(ExportBench, "an interrupted export leaves nothing behind") {
  for (const int signal : {SIGINT, SIGTERM}) {
    Process process(TOKSYNC_BINARY, options({"export", "--output", "endless.csv", "--sql",
                                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                                             " SELECT * FROM n"}));
    while (files() == 0) REQUIRE(process.running());
    process.send_signal(signal);
    const auto result = process.wait_for(Milliseconds{20'000});
    REQUIRE(result.has_value());
    CHECK(result->exit_code == 128 + signal);
    CHECK(files() == 0);
  }
}

TEST_CASE_FIXTURE(ExportBench, "a reader that has seen enough is no trouble") {
  fill(5000);
  // Once with SIGPIPE as usual, once as a parent that ignores it leaves it behind.
  for (const auto* const trap : {"", "trap '' PIPE; "}) {
    const auto command = std::string{trap} + "{ '" TOKSYNC_BINARY "' export creators; echo code $? >&2; } | head -n 1";
    auto start = options({"-c", command});
    const auto result = toksync::test::run_process("/bin/bash", start);
    CHECK(result.err == "code 0\n");
    CHECK(result.out.starts_with("creator_key,creator_id,"));
  }
  const auto full =
      toksync::test::run_process("/bin/bash", options({"-c", "'" TOKSYNC_BINARY "' export creators >/dev/full"}));
  check_refused(full, "write standard output: No space left on device", 1);
}

TEST_CASE_FIXTURE(ExportBench, "an export needs no memory for its rows") {
  fill(200'000);
  auto start = options({"export", "creators", "--output", "/dev/null"});
  // Of address space, in KiB; the rows are as large, and the program alone takes two thirds of it.
  start.prelude = "ulimit -v 65536";
  const auto result = toksync::test::run_process(TOKSYNC_BINARY, start);
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  CHECK(result.out == "/dev/null: 200003 rows\n");
}

TEST_CASE_FIXTURE(ExportBench, "the data dictionary tells of each relation and column") {
  const auto text = run({"db", "schema"}).out;
  CHECK(contains(text, "shortlist (view)\nA creator in the newest search of a keyword set"));
  CHECK(contains(text, "creators (table)\n"));
  CHECK_FALSE(contains(text, "run_rows (table)"));
  CHECK(contains(text, "run_rows"));
  const auto one = run({"db", "schema", "shortlist"}).out;
  CHECK(contains(one, "neither for nor against; NULL when none is\n"));
  CHECK_FALSE(contains(one, "creators (table)"));
  CHECK(contains(run({"db", "schema", "run_rows"}).out, "the name people use"));
  const auto entry = json({"db", "schema", "creator_growth"})["relations"][0];
  CHECK(entry["kind"] == "view");
  CHECK(entry["columns"][0] == Json{{"name", "creator_id"}, {"type", "TEXT"}, {"comment", "whose"}});
  check_refused(run({"db", "schema", "shortlst"}), "did you mean shortlist?");
  // Before the first run, the database that it would make; nothing is made by asking.
  CHECK(run({"db", "schema", "--db", "later.db"}).out == text);
  CHECK_FALSE(fs::exists(folder / "later.db"));
}

}  // namespace toksync::cli::test
