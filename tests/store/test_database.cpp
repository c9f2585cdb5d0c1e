#include <array>
#include <filesystem>
#include <functional>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "night.hpp"
#include "store/impl.hpp"
#include "store/trouble.hpp"

namespace toksync::store {
using test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat information {};
  REQUIRE(::stat(path.c_str(), &information) == 0);
  return information.st_mode & 0777U;
}

std::int64_t pragma(Store& store, const std::string& name) {
  return store.database().execAndGet("PRAGMA " + name).getInt64();
}

/// Refused in both modes, with the file as it was before.
void check_refused(const TemporaryFolder& folder, const std::string& cause) {
  const auto before = folder.read("a.db");
  for (const auto mode : {OpenMode::read_write, OpenMode::read_only}) {
    const auto opened = Store::open(folder.file("a.db"), mode);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().kind == ErrorKind::database);
    CHECK_MESSAGE(opened.error().cause.find(cause) != std::string::npos, opened.error().text());
    CHECK_FALSE(opened.error().hint.empty());
    CHECK(opened.error().operation.find("a.db") != std::string::npos);
  }
  CHECK(folder.read("a.db") == before);
}

void make_ours(const TemporaryFolder& folder) {
  REQUIRE(Store::open(folder.file("a.db"), OpenMode::read_write).has_value());
}

void change(const TemporaryFolder& folder, const std::string& sql) {
  SQLite::Database(folder.file("a.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
}

std::vector<fs::path> backups_in(const TemporaryFolder& folder) {
  std::vector<fs::path> backups;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().filename().string().find(".backup-v") != std::string::npos) backups.push_back(entry.path());
  }
  return backups;
}

/// What `claim` says when it is asked as a user without special rights: root may write everywhere.
bool as_ordinary_user(const std::function<bool()>& claim) {
  const auto child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
    ::_exit(claim() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a new database is durable, strict, checked and private") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("a.db"), OpenMode::read_write).value();
  CHECK(pragma(store, "synchronous") == 2);
  CHECK(pragma(store, "foreign_keys") == 1);
  CHECK(pragma(store, "trusted_schema") == 0);
  CHECK(pragma(store, "page_size") == 8192);
  CHECK(pragma(store, "busy_timeout") == 5000);
  CHECK(pragma(store, "user_version") == static_cast<std::int64_t>(migrations().size()));
  CHECK(pragma(store, "application_id") == 0x544B5359);
  CHECK(store.database().execAndGet("PRAGMA journal_mode").getString() == "wal");
  CHECK(store.database().execAndGet("PRAGMA integrity_check").getString() == "ok");
  CHECK(store.database()
            .execAndGet("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                        " AND strict = 0 AND name NOT LIKE 'sqlite_%'")
            .getInt64() == 0);
  for (const auto* const file : {"a.db", "a.db-wal", "a.db-shm"}) CHECK(mode_of(folder / file) == 0600U);
}

TEST_CASE("a file that a process left half made is taken back and made anew") {
  const TemporaryFolder folder;
  {
    // What is on the disk when the process dies in the middle of its first commit: some pages, and the journal.
    SQLite::Database making(folder.file("made.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    making.exec("PRAGMA cache_size = 5; BEGIN; CREATE TABLE half (done)");
    making.exec(
        "INSERT INTO half SELECT randomblob(2000) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
        "n WHERE i < 200) SELECT i FROM n)");
    REQUIRE(std::filesystem::file_size(folder / "made.db-journal") > 0);
    REQUIRE(std::filesystem::file_size(folder / "made.db") > 0);
    for (const std::string end : {"", "-journal"}) {
      std::filesystem::copy_file(folder / ("made.db" + end), folder / ("a.db" + end));
    }
  }
  const auto reader = Store::open(folder.file("a.db"), OpenMode::read_only);
  REQUIRE_FALSE(reader.has_value());
  CHECK(reader.error().text().find("a process died while it made or changed the file") != std::string::npos);
  auto store = Store::open(folder.file("a.db"), OpenMode::read_write);
  REQUIRE_MESSAGE(store.has_value(), store.error().text());
  CHECK(store->database().execAndGet("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").getInt64() == 0);
  CHECK(pragma(*store, "user_version") == static_cast<std::int64_t>(migrations().size()));
}

TEST_CASE("every relation has the columns that the interface promises") {
  auto store = Store::open({}, OpenMode::memory).value();
  constexpr auto kRelations = std::to_array<const char*>({
      "creator_id, platform, handle, name, bio, location, profile_url, avatar_url, followers_count, engagement_rate,"
      " avg_posts_per_month, avg_views_per_post, reactions_per_post, comments_per_post, shares_per_post, is_enriched,"
      " enriched_at, source_updated_at, first_seen_at, last_seen_at, raw_json FROM creators",
      "creator_id, kind, value FROM creator_tags",
      "creator_id, observed_at, run_id, followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post,"
      " reactions_per_post, comments_per_post, shares_per_post FROM creator_metrics",
      "run_id, keyword_set, creator_id, rank, score, match_rank, search_mode, seen_at FROM search_hits",
      "creator_id, enriched_at, median_posts_per_month, median_reactions_per_post, median_comments_per_post,"
      " median_shares_per_post, engagement_rate, followers_count, run_id, raw_json FROM enrichments",
      "analysis_id, job_id, creator_id, keyword_set, topic_keywords, posts_to_analyze, status, match_score,"
      " matching_posts_count, total_posts_analyzed, content_fit_label, completed_at, run_id, raw_json"
      " FROM content_matches",
      "analysis_id, post_url, title, posted_date, content_type, match_score, keyword_matches, match_reason"
      " FROM content_match_posts",
      "analysis_id, job_id, creator_id, keyword_set, criteria, analysis_depth, status, match_score,"
      " matching_engagers_count, total_engagers_analyzed, unique_companies, audience_summary, completed_at, run_id,"
      " raw_json FROM audience_matches",
      "analysis_id, name, job_title, company, headline, linkedin_url, engagement_count FROM audience_engagers",
      "analysis_id, name, count, percentage FROM audience_companies",
      "analysis_id, title, count FROM audience_job_titles",
      "job_id, creator_id, keyword_set, mode, search_rank, score, relevance_score, content_match_score,"
      " matching_posts, posts_analyzed, status, reasoning, processed_at, run_id, raw_json FROM thought_leaders",
      "run_id, pipeline, status, started_at, finished_at, exit_code, error, credits_estimated, credits_charged,"
      " requests, pipeline_toml, pipeline_sha256, toksync_version FROM runs",
      "run_id, keyword_set, stage, status, cursor, items_total, items_done, items_failed, started_at, finished_at,"
      " error FROM stages",
      "job_key, family, external_id, creator_id, keyword_set, run_id, status, credits_reserved, credits_charged,"
      " request_id, submitted_at, finished_at, result_expires_at, error_code, error_message FROM jobs",
      "entry_id, at, run_id, stage, keyword_set, job_key, kind, credits, source, request_id FROM credit_ledger",
      "at, run_id, method, path, status, error_code, request_id, duration_ms, attempt, credit_cost FROM api_requests",
  });
  for (const auto* const relation : kRelations) {
    CAPTURE(relation);
    CHECK_NOTHROW(SQLite::Statement(store.database(), std::string{"SELECT "} + relation).executeStep());
  }
}

TEST_CASE("a database in memory has everything and leaves nothing") {
  auto store = Store::open({}, OpenMode::memory).value();
  CHECK(store.begin_run({"run-1", "nightly", "", "", ""}, {}).status == RunStatus::running);
  CHECK(list_runs(store, 5).size() == 1);
}

TEST_CASE("a missing file is made by a writer and refused to a reader") {
  const TemporaryFolder folder;
  const auto reader = Store::open(folder.file("a.db"), OpenMode::read_only);
  REQUIRE_FALSE(reader.has_value());
  CHECK(reader.error().kind == ErrorKind::database);
  CHECK_FALSE(fs::exists(folder / "a.db"));
  make_ours(folder);
  CHECK(Store::open(folder.file("a.db"), OpenMode::read_only).has_value());
  const auto nowhere = Store::open(folder.file("no/such/folder/a.db"), OpenMode::read_write);
  REQUIRE_FALSE(nowhere.has_value());
  CHECK(nowhere.error().kind == ErrorKind::database);
  CHECK_FALSE(Store::open(folder.path().string(), OpenMode::read_write).has_value());
  CHECK_FALSE(Store::open(folder.path().string(), OpenMode::read_only).has_value());
}

TEST_CASE("a creation that was cut short is finished by the next writer") {
  const TemporaryFolder folder;
  SUBCASE("before SQLite wrote anything") { folder.write("a.db", ""); }
  SUBCASE("before the schema was committed") { change(folder, "PRAGMA journal_mode = WAL"); }
  CHECK(Store::open(folder.file("a.db"), OpenMode::read_write).has_value());
  CHECK(backups_in(folder).empty());
  CHECK(Store::open(folder.file("a.db"), OpenMode::read_only).has_value());
}

TEST_CASE("what is not a database is left alone") {
  const TemporaryFolder folder;
  SUBCASE("a text") { folder.write("a.db", "version = 1\nname = \"nightly\"\nthis is a pipeline file, by mistake\n"); }
  SUBCASE("a few bytes") { folder.write("a.db", "SQLite"); }
  SUBCASE("binary") { folder.write("a.db", std::string(4096, '\xff')); }
  check_refused(folder, "not a database");
}

TEST_CASE("a database of another program is left alone") {
  const TemporaryFolder folder;
  SUBCASE("without an application id") { change(folder, "CREATE TABLE photos (name)"); }
  SUBCASE("with its own") { change(folder, "PRAGMA application_id = 77; CREATE TABLE photos (name)"); }
  SUBCASE("with its own and no table yet") { change(folder, "PRAGMA application_id = 77"); }
  check_refused(folder, "another program");
}

TEST_CASE("a newer database is left alone") {
  const TemporaryFolder folder;
  make_ours(folder);
  change(folder, "PRAGMA user_version = 999");
  check_refused(folder, "newer toksync (schema 999");
}

TEST_CASE("a damaged database is left alone") {
  const TemporaryFolder folder;
  make_ours(folder);
  auto bytes = folder.read("a.db");
  SUBCASE("garbage in its schema") { bytes.replace(100, 4000, std::string(4000, '\x5a')); }
  SUBCASE("cut off") { bytes.resize(9000); }
  folder.write("a.db", bytes);
  check_refused(folder, "damaged");
}

TEST_CASE("an older database is migrated after a backup copy") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.db");
  {
    auto old = open_database(path, OpenMode::read_write, migrations().first(2)).value();
    old.exec("INSERT INTO creators (creator_id, first_seen_at, last_seen_at) VALUES ('c1', 'then', 'then')");
  }
  const auto reader = Store::open(path, OpenMode::read_only);
  REQUIRE_FALSE(reader.has_value());
  CHECK(reader.error().cause.find("older version (schema 2") != std::string::npos);
  CHECK(backups_in(folder).empty());

  const auto usual = ::umask(0);
  auto store = Store::open(path, OpenMode::read_write).value();
  CHECK(pragma(store, "user_version") == static_cast<std::int64_t>(migrations().size()));
  CHECK(store.database().execAndGet("SELECT creator_id FROM creators").getString() == "c1");
  CHECK(list_jobs(store, {}).empty());
  const auto backups = backups_in(folder);
  REQUIRE(backups.size() == 1);
  CHECK(backups[0].filename().string().starts_with("a.db.backup-v2-20"));
  CHECK(mode_of(backups[0]) == 0600U);
  ::umask(usual);
  SQLite::Database backup(backups[0].string());
  CHECK(backup.execAndGet("PRAGMA user_version").getInt64() == 2);
  CHECK(backup.execAndGet("SELECT count(*) FROM creators").getInt64() == 1);
  CHECK_FALSE(backup.tableExists("job_rows"));
}

TEST_CASE("a migration that fails leaves the database as it was") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.db");
  const std::vector<Migration> broken{migrations()[0], migrations()[1], {"0003_broken", "CREATE TABLE t (x); oops"}};
  REQUIRE(open_database(path, OpenMode::read_write, std::span(broken).first(2)).has_value());
  const auto opened = open_database(path, OpenMode::read_write, broken);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == ErrorKind::database);
  auto kept = open_database(path, OpenMode::read_write, std::span(broken).first(2)).value();
  CHECK(kept.execAndGet("PRAGMA user_version").getInt64() == 2);
  CHECK_FALSE(kept.tableExists("t"));
}

TEST_CASE("what one may not write to is left alone") {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms{0755});
  // A name that a URI would misread.
  const auto place = folder / "50% off?#1";
  fs::create_directory(place);
  const auto path = (place / "a.db").string();
  REQUIRE(Store::open(path, OpenMode::read_write).has_value());
  fs::permissions(path, fs::perms{0444});
  const auto is_refused = [&path] {
    const auto opened = Store::open(path, OpenMode::read_write);
    return !opened && opened.error().kind == ErrorKind::database &&
           opened.error().cause.find("not writable") != std::string::npos;
  };
  CHECK(as_ordinary_user(is_refused));
  fs::permissions(path, fs::perms{0666});
  fs::permissions(place, fs::perms{0555});
  CHECK(as_ordinary_user(is_refused));
  CHECK(as_ordinary_user([&path] {
    auto opened = Store::open(path, OpenMode::read_only);
    return opened && list_runs(*opened, 1).empty();
  }));
  fs::permissions(place, fs::perms{0755});
}

TEST_CASE("a full database throws, and what was committed stays") {
  Night night;
  night.find_creators(2);
  const auto pages = night.count("PRAGMA page_count");
  night.store.database().exec("PRAGMA max_page_count = " + std::to_string(pages));
  auto big = Night::found(10, 50);
  for (auto& found : big) found.creator.bio = std::string(50'000, 'x');
  const auto stage = night.stage(StageName::search);
  std::optional<Error> trouble;
  try {
    night.search(stage, big);
  } catch (const std::exception& exception) {
    trouble = database_trouble(exception, "night.db");
  }
  REQUIRE(trouble.has_value());
  CHECK(trouble->kind == ErrorKind::database);
  CHECK(trouble->text() == "use database night.db: the disk is full (free some space and run again)");
  CHECK_FALSE(database_trouble(std::logic_error("a bug"), "night.db").has_value());
  CHECK(night.count("SELECT count(*) FROM creators") == 2);
  night.store.database().exec("PRAGMA max_page_count = 1000000");
  CHECK(night.search(stage, big) == 50);
  night.check_ledger();
}

TEST_CASE("analysts read while a run writes, and cannot write") {
  Night night;
  night.find_creators(3);
  auto reader = Store::open(night.folder.file("night.db"), OpenMode::read_only).value();
  const SQLite::Transaction writing(night.store.database(), SQLite::TransactionBehavior::IMMEDIATE);
  night.store.database().exec("UPDATE creators SET name = 'half written'");
  CHECK(shortlist(reader, 10).size() == 3);
  CHECK(shortlist(reader, 10)[0].name == "Name of c1");
  CHECK(Store::open(night.folder.file("night.db"), OpenMode::read_only).has_value());
  CHECK_THROWS_AS(reader.begin_run({"run-2", "nightly", "", "", ""}, night.now()), SQLite::Exception);
}

TEST_CASE("a store can be handed on") {
  Night night;
  auto other = Store::open({}, OpenMode::memory).value();
  other = std::move(night.store);
  CHECK(list_runs(other, 5).size() == 1);
  night.store = std::move(other);
  CHECK(list_runs(night.store, 5).size() == 1);
}

}  // namespace toksync::store
