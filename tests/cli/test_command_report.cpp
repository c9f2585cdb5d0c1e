// toksync report as a command: where the file goes, who may read it, and what is told. What the page does with its data
// is tested in a browser (tests/report/test_browser.py).
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "binary.hpp"
#include "support.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The JSON document in the page.
nlohmann::json data_of(const std::string& page) {
  const std::string begin_mark = "id=\"data\">";
  const auto begin = page.find(begin_mark) + begin_mark.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script", begin) - begin));
}

mode_t permissions(const fs::path& path) {
  struct stat present {};
  REQUIRE(stat(path.c_str(), &present) == 0);
  return present.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
}

struct ReportScene : Scene {
  ReportScene() : Scene(quick(), searching_pipeline()) { REQUIRE(run().exit_code == 0); }
  [[nodiscard]] ProcessResult report(Texts flags = {}) const {
    flags.insert(flags.begin(), "report");
    return toksync(std::move(flags));
  }
};

TEST_CASE_FIXTURE(ReportScene, "the report is beside whoever asks for it, and says what it holds") {
  const auto told = report();
  CHECK(told.exit_code == 0);
  CHECK(told.err.empty());
  Reader reader(database());
  const auto run_id = reader.lines("SELECT run_id FROM runs").at(0);
  const auto creators = reader.number("SELECT count(*) FROM shortlist");
  CHECK(told.out == "report.html: run " + run_id + " of pipeline " + reader.lines("SELECT pipeline FROM runs").at(0) +
                        ", " + std::to_string(creators) + " creators\n");
  const auto data = data_of(content_of(folder / "report.html"));
  CHECK(data["run"]["run_id"] == run_id);
  CHECK(data["run"]["credits_charged"] == reader.number("SELECT credits_charged FROM runs"));
  CHECK(static_cast<std::int64_t>(data["relations"]["shortlist"]["rows"].size()) == creators);
  CHECK(permissions(folder / "report.html") == (S_IRUSR | S_IWUSR));
}

TEST_CASE_FIXTURE(ReportScene, "a report that is there is replaced, and those who may read it stay the same") {
  folder.write("old.html", "an older report");
  fs::permissions(folder / "old.html", fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  const auto told = nlohmann::json::parse(report({"--output", "old.html", "--json"}).out);
  CHECK(told["report"] == "old.html");
  CHECK(told["bytes"] == fs::file_size(folder / "old.html"));
  CHECK(content_of(folder / "old.html").starts_with("<!DOCTYPE html>"));
  CHECK(permissions(folder / "old.html") == (S_IRUSR | S_IWUSR | S_IROTH));
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    CHECK_FALSE(contains(entry.path().filename().string(), "old.html."));
  }
}

TEST_CASE_FIXTURE(ReportScene, "the page alone goes to standard output") {
  const auto page = report({"--output", "-"});
  CHECK(page.exit_code == 0);
  CHECK(page.out.starts_with("<!DOCTYPE html>"));
  CHECK(page.out.ends_with("</html>\n"));
  CHECK(page.err.empty());
  CHECK_FALSE(contains(page.out, kKey));
  CHECK_FALSE(fs::exists(folder / "report.html"));
  CHECK(report({"--quiet"}).out.empty());
}

TEST_CASE_FIXTURE(ReportScene, "a run of choice, and as many creators as wanted") {
  REQUIRE(run({"--new"}).exit_code == 0);
  const auto oldest = Reader(database()).lines("SELECT run_id FROM runs ORDER BY run_key LIMIT 1").at(0);
  const auto data = data_of(report({"--run", oldest, "--top", "3", "--output", "-"}).out);
  CHECK(data["run"]["run_id"] == oldest);
  CHECK(data["relations"]["shortlist"]["rows"].size() == 3);
  CHECK(data["relations"]["runs"]["rows"].size() == 2);
}

TEST_CASE_FIXTURE(ReportScene,
                  "what cannot be done is told: no such folder, no such run, flags that exclude each other") {
  folder.write("file", "a file");
  for (const auto& [output, why] : {std::pair{"missing/report.html", "there is no folder missing"},
                                    {".", ". is a folder"},
                                    {"file/report.html", "there is no folder file"}}) {
    const auto told = report({"--output", output});
    CHECK(told.exit_code == 2);
    CHECK(contains(told.err, why));
    CHECK(contains(told.err, "--output"));
    CHECK(told.out.empty());
  }
  const auto missing = report({"--run", "20200101T000000Z-aaaa"});
  CHECK(missing.exit_code == 2);
  CHECK(contains(missing.err, "the database has no run of that id"));
  const auto both = report({"--output", "-", "--json"});
  CHECK(both.exit_code == 2);
  CHECK(contains(both.err, "both want standard output"));
  CHECK(report({"--top", "0"}).exit_code == 2);
  CHECK(report({"--output", ""}).exit_code == 2);
}

TEST_CASE_FIXTURE(Bench, "without a database there is nothing to report, and nothing is made") {
  const auto told = run({"report"});
  CHECK(told.exit_code == 2);
  CHECK(contains(told.err, "there is no such file"));
  CHECK_FALSE(fs::exists(folder / "report.html"));
}

}  // namespace
}  // namespace toksync::cli::test
