// The scene of an end-to-end test: the sandbox, one pipeline file, one database, and the real binary
// between them; with the questions that every such test asks of the books and the tables afterwards.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "support/process.hpp"
#include "support/sandbox_process.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::cli::test {

using toksync::test::Process;
using toksync::test::ProcessOptions;
using toksync::test::ProcessResult;
using toksync::test::SandboxProcess;
using toksync::test::TemporaryFolder;

using Texts = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

/// One keyword set through all five stages in about twenty requests: two pages of search, two batches of
/// enrichment. Its search is fresh for a day, so that a run which starts over spends nothing.
[[nodiscard]] std::string small_pipeline();
/// The same with the first occurrence of `from` replaced; throws when there is none.
[[nodiscard]] std::string replaced(std::string text, const std::string& from, const std::string& to);
/// The part of small_pipeline() that searches and enriches, and nothing else.
[[nodiscard]] std::string searching_pipeline();
/// The part that searches, enriches and matches content.
[[nodiscard]] std::string matching_pipeline();

/// Flags of a sandbox whose jobs end at once, whose rankings stand still and whose minutes are short.
[[nodiscard]] Texts quick(Texts more = {});

class Scene {
 public:
  explicit Scene(Texts sandbox_flags = quick(), const std::string& pipeline = small_pipeline());

  /// Replaces the pipeline file.
  void write_pipeline(const std::string& text) const { folder.write("pipeline.toml", text); }
  /// How the binary is started on the scene's database; a run also on its sandbox.
  [[nodiscard]] ProcessOptions options(Texts arguments, const Variables& variables = {}) const;
  [[nodiscard]] ProcessOptions run_options(Texts flags = {}, const Variables& variables = {}) const;
  /// Any command, to its end.
  [[nodiscard]] ProcessResult toksync(Texts arguments) const;
  /// `toksync run` to its end, and without an end.
  [[nodiscard]] ProcessResult run(Texts flags = {}, const Variables& variables = {}) const;
  [[nodiscard]] std::unique_ptr<Process> start_run(Texts flags = {}) const;
  [[nodiscard]] std::string database() const { return folder.file("e2e.db"); }

  TemporaryFolder folder;
  SandboxProcess sandbox;
};

/// A database as an analyst opens it: read-only.
class Reader {
 public:
  explicit Reader(const std::string& path) : database_(path, SQLite::OPEN_READONLY, 10'000) {}
  /// The first column of the first row; 0 when there is no row or it is null.
  [[nodiscard]] std::int64_t number(const std::string& sql);
  /// Every row as one line, its columns between bars.
  [[nodiscard]] Texts lines(const std::string& sql);

 private:
  SQLite::Database database_;
};

/// What the database says was spent, beside what the sandbox billed.
struct Books {
  std::int64_t reserved = 0, charged = 0, released = 0, open = 0;
  std::int64_t ambiguous_jobs = 0;
  std::int64_t billed = 0;
};

/// Reads the books, and checks (with CHECK) what must hold in any state between two runs: the database is
/// whole, ledger, jobs and stages agree, nothing but searches was paid for twice, and the bill lies
/// between what is charged and what is charged or open.
Books check_books(const Scene& scene);
/// The same for a run that left nothing open: the ledger is the bill.
Books check_settled_books(const Scene& scene);

/// What a database holds of each stage, by creator, without ids and times that differ from run to run.
/// The keys are families; a line begins with the creator's id.
using Content = std::map<std::string, std::set<std::string>>;
[[nodiscard]] Content content_of(const std::string& database);
/// Checks that the database holds what is `expected`, but for the results of jobs that are ambiguous in it or whose
/// results were lost.
/// Whose enrichment is ambiguous is not analyzed either, and others may have moved up.
void check_content(const Content& expected, const std::string& database);
/// What the sandbox was paid for, each work once.
[[nodiscard]] std::set<std::string> works_billed(const SandboxProcess& sandbox);

/// A case of a table that is worked off by several threads.
struct Case {
  std::string name;
  std::function<void()> body;
};
/// Runs every case, several at a time; an exception fails its case. In a case use CHECK, not REQUIRE.
void run_side_by_side(const std::vector<Case>& cases);

[[nodiscard]] bool contains_text(const std::string& text, const std::string& part);

}  // namespace toksync::cli::test
