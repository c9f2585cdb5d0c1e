// toksync backfill with the real binary and the sandbox: who is meant, what is refused, what is bought, and what a
// kill in the middle leaves to do.
#include <csignal>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

/// A database of 120 creators, of whom eight are enriched and four matched.
struct Backfilled : Scene {
  Backfilled() : Scene(quick(), matching_pipeline()) { REQUIRE(run().exit_code == 0); }

  [[nodiscard]] ProcessResult backfill(Texts flags, const std::string& input = {}) const {
    flags.insert(flags.begin(), {"backfill", "pipeline.toml", "--base-url", sandbox.base_url()});
    auto how = options(std::move(flags));
    folder.write("input", input);
    how.prelude = "exec < input";
    return toksync::test::run_process(TOKSYNC_BINARY, how);
  }
  [[nodiscard]] Texts ids(const std::string& condition) const {
    return Reader(database()).lines("SELECT creator_id FROM creators WHERE " + condition + " ORDER BY creator_id");
  }
  void write_list(const Texts& lines) const {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    folder.write("list.txt", text);
  }
};

constexpr const char* kNotEnriched = "is_enriched IS NOT 1";

TEST_CASE_FIXTURE(Backfilled, "a plan of a backfill sends nothing, and is what the backfill then costs") {
  write_list(ids(kNotEnriched));
  const auto requests = sandbox.requests().size();
  const auto planned = backfill({"--creators", "list.txt", "--stage", "enrich", "--dry-run", "--json"});
  REQUIRE(planned.exit_code == 0);
  const auto plan = nlohmann::json::parse(planned.out);
  CHECK(plan.at("creators") == ids(kNotEnriched).size());
  CHECK(plan.at("credits_at_most") == ids(kNotEnriched).size());
  CHECK(sandbox.requests().size() == requests);
  const auto before = sandbox.credits_charged();
  const auto done = backfill({"--creators", "list.txt", "--stage", "enrich"});
  CHECK_MESSAGE((done.exit_code == 0 || done.exit_code == 3), done.err);
  CHECK(sandbox.credits_charged() - before <= plan.at("credits_at_most").get<std::int64_t>());
  CHECK(Reader(database())
            .number("SELECT sum(items_done + items_failed) FROM stages WHERE run_id ="
                    " (SELECT run_id FROM backfill_creators LIMIT 1)") == plan.at("creators"));
  check_settled_books(*this);
}

TEST_CASE_FIXTURE(Backfilled, "creators may be named by id, handle and profile URL, in a list, a table or a pipe") {
  Reader reader(database());
  const auto one = reader.lines(
      "SELECT creator_id, handle, profile_url FROM creators WHERE handle IS NOT NULL AND"
      " profile_url IS NOT NULL AND is_enriched IS NOT 1 LIMIT 1");
  REQUIRE(one.size() == 1);
  const auto bar = one[0].find('|');
  const auto second = one[0].find('|', bar + 1);
  const auto id = one[0].substr(0, bar);
  std::string text;
  SUBCASE("id") { text = "# picked by hand\n\n" + id + "\r\n" + id + "\n"; }
  SUBCASE("handle") { text = "@" + one[0].substr(bar + 1, second - bar - 1); }
  SUBCASE("profile URL") { text = one[0].substr(second + 1) + "/?utm_source=list\n"; }
  SUBCASE("table") { text = "\xEF\xBB\xBFname,creator_id\n\"Doe, \"\"J\"\"\nof X\"," + id + "\n"; }
  SUBCASE("table for a spreadsheet") { text = "creator_id;name\r\n" + id + ";Doe\r\n"; }
  const auto planned = backfill({"--creators", "-", "--stage", "enrich", "--dry-run", "--json"}, text);
  CAPTURE(planned.err);
  REQUIRE(planned.exit_code == 0);
  CHECK(nlohmann::json::parse(planned.out).at("credits_at_most") == 1);
}

TEST_CASE_FIXTURE(Backfilled, "whoever is not known is told with the line, and nothing is sent") {
  write_list({ids("1").front(), "nobody-at-all", "", "https://www.linkedin.com/in/nobody"});
  const auto requests = sandbox.requests().size();
  const auto refused = backfill({"--creators", "list.txt", "--stage", "enrich"});
  CHECK(refused.exit_code == 2);
  CHECK(
      contains_text(refused.err, "list.txt:2:1: no creator of the database has the id, handle or profile URL nobody"));
  CHECK(contains_text(refused.err, "list.txt:4:1: "));
  CHECK(contains_text(refused.err, "--skip-unknown"));
  CHECK(Reader(database()).number("SELECT count(*) FROM runs") == 1);
  const auto without = backfill({"--creators", "list.txt", "--stage", "enrich", "--skip-unknown", "--dry-run"});
  CHECK(without.exit_code == 0);
  CHECK(contains_text(without.out, "A backfill of 1 creator."));
  CHECK(sandbox.requests().size() == requests);
}

TEST_CASE_FIXTURE(Backfilled, "its end is told by its own name, and not by that of the nightly run") {
  const auto metrics = folder.file("metrics.prom");
  const auto done = backfill({"--where", "is_enriched = 1", "--stage", "enrich", "--metrics-file", metrics});
  CHECK_MESSAGE(done.exit_code == 0, done.err);
  std::ifstream file(metrics);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(contains_text(text, "pipeline=\"small (backfill)\""));
  CHECK_FALSE(contains_text(text, "pipeline=\"small\""));
}

TEST_CASE_FIXTURE(Backfilled, "a condition in SQL chooses on creators and on the shortlist, and only reads") {
  const auto planned = [this](const std::string& condition) {
    return backfill({"--where", condition, "--stage", "content_match", "--force", "--dry-run", "--json"});
  };
  const auto creators_of = [](const ProcessResult& result) { return nlohmann::json::parse(result.out).at("creators"); };
  CHECK(creators_of(planned("is_enriched = 1")) == ids("is_enriched = 1").size());
  CHECK(creators_of(planned("content_score >= 0 -- of the shortlist")) == 4);
  CHECK(creators_of(planned("rank <= 7 AND keyword_set = 'saas'")) == 7);
  for (const auto& wrong : {"follower_count > 3", "1); DELETE FROM creators; --", "1) UNION SELECT 1 --", "(", ""}) {
    CAPTURE(wrong);
    CHECK(planned(wrong).exit_code == 2);
  }
  CHECK(planned("0").exit_code == 0);
  CHECK(ids("1").size() == 120);
}

TEST_CASE_FIXTURE(Backfilled, "a command line that does not say what, or says too much, is refused") {
  CHECK(contains_text(backfill({}).err, "--creators FILE"));
  CHECK(backfill({"--all", "--where", "1"}).exit_code == 2);
  CHECK(contains_text(backfill({"--all", "--stage", "search"}).err, "a backfill is about creators that are given"));
  CHECK(contains_text(backfill({"--all", "--stage", "audience_match"}).err, "does not run that stage"));
  CHECK(backfill({"--all", "--keyword-set", "none"}).exit_code == 2);
  CHECK(contains_text(backfill({"--creators", "missing.txt"}).err, "missing.txt"));
  CHECK(contains_text(backfill({"--creators", "."}).err, "it is a folder"));
  CHECK(contains_text(backfill({"--creators", "-"}, "a,b\n1,2\n").err, "creator_id"));
  CHECK(contains_text(backfill({"--creators", "-"}, "\n# nobody\n").err, "names no creator"));
  CHECK(Reader(database()).number("SELECT count(*) FROM runs") == 1);
}

TEST_CASE_FIXTURE(Backfilled, "killed in the middle, a forced backfill goes on and buys each work once") {
  // What was bought in the second in which a run begins counts as its own.
  SQLite::Database(database(), SQLite::OPEN_READWRITE)
      .exec("UPDATE job_rows SET finished_at = '2026-01-01T00:00:00Z' WHERE finished_at IS NOT NULL");
  const auto before = sandbox.credits_charged();
  const Texts flags{"--where", "rank <= 12", "--stage", "content_match", "--force"};
  sandbox.fault("POST /v1/content-match/results hold_before count=1");
  auto arguments = flags;
  arguments.insert(arguments.begin(), {"backfill", "pipeline.toml", "--base-url", sandbox.base_url()});
  Process process(TOKSYNC_BINARY, options(arguments));
  REQUIRE(sandbox.wait_until_held(1));
  process.send_signal(SIGKILL);
  REQUIRE(process.wait_for(Milliseconds{20'000}));
  sandbox.clear_faults();
  sandbox.release();
  CHECK(sandbox.credits_charged() - before == 12 * 3);
  SUBCASE("by the same command") {
    const auto done = backfill(flags);
    CHECK_MESSAGE(done.exit_code == 0, done.err);
  }
  SUBCASE("by resume") {
    const auto done = toksync({"resume", "--base-url", sandbox.base_url()});
    CHECK_MESSAGE(done.exit_code == 0, done.err);
  }
  SUBCASE("after a run of the pipeline, which leaves it alone") {
    CHECK(run().exit_code == 0);
    CHECK(backfill(flags).exit_code == 0);
  }
  CHECK(sandbox.credits_charged() - before == 12 * 3);
  Reader reader(database());
  CHECK(reader.number("SELECT count(DISTINCT run_id) FROM backfill_creators") == 1);
  CHECK(reader.number("SELECT count(*) FROM backfill_creators") == 12);
  CHECK(reader.lines("SELECT status FROM runs WHERE pipeline = 'small (backfill)'") == Texts{"succeeded"});
  CHECK(reader.number("SELECT sum(credits) FROM credit_ledger WHERE kind = 'charge'") == sandbox.credits_charged());
}

TEST_CASE_FIXTURE(Backfilled, "one creator's way is told in sentences, with what it cost") {
  const auto matched =
      Reader(database())
          .lines("SELECT creator_id, name FROM shortlist WHERE content_score IS NOT NULL ORDER BY rank LIMIT 1");
  REQUIRE(matched.size() == 1);
  const auto id = matched[0].substr(0, matched[0].find('|'));
  const auto cost = Reader(database()).number("SELECT sum(credits_charged) FROM jobs WHERE creator_id = '" + id + "'");
  const auto told = toksync({"status", "--explain", id});
  CHECK(told.exit_code == 0);
  CHECK(contains_text(told.out, "found, at rank "));
  CHECK(contains_text(told.out, "bought "));
  CHECK(contains_text(told.out, "Cost so far: " + std::to_string(cost) + " credit"));
  const auto document = nlohmann::json::parse(toksync({"status", "--explain", id, "--json"}).out);
  CHECK(document.at("credits_charged") == cost);
  CHECK(document.at("stages").size() == 3);
  const auto last = ids("creator_id = (SELECT creator_id FROM search_hits ORDER BY rank DESC LIMIT 1)").front();
  const auto unchosen = toksync({"status", "--explain", last}).out;
  CHECK(contains_text(unchosen, "not chosen: 8 others come before by rank (top = 8)"));
  CHECK(contains_text(unchosen, "not chosen: enrich did not choose this creator"));
  CHECK(contains_text(unchosen, "Cost so far: 0 credits in 0 jobs"));
  const auto nobody = toksync({"status", "--explain", "nobody-at-all"});
  CHECK(nobody.exit_code == 2);
  CHECK(contains_text(nobody.err, "nobody here has that id, handle, name or profile URL"));
}

TEST_CASE_FIXTURE(Backfilled, "status tells what the month has cost, and what the account had left") {
  const auto charged = sandbox.credits_charged();
  const auto status = nlohmann::json::parse(toksync({"status", "--json"}).out);
  CHECK(status.at("credits_this_month") == charged);
  CHECK(status.at("account_balance").is_number());
  const auto text = toksync({"status"}).out;
  CHECK(contains_text(text, "This month: " + std::to_string(charged) + " credits spent by all runs of this database"));
  CHECK(contains_text(text, "Nothing is left to do.") == !contains_text(text, "Left to do:"));
}

TEST_CASE_FIXTURE(Backfilled, "a plan explains itself in words") {
  const auto plan = toksync({"plan", "pipeline.toml", "--explain", "--new", "--json"});
  REQUIRE(plan.exit_code == 0);
  std::set<std::string> reasons;
  const auto document = nlohmann::json::parse(plan.out);
  for (const auto& one : document.at("reasons")) reasons.insert(one.at("reason"));
  CHECK(reasons.contains("out: 8 others come before by rank (top = 8)"));
  CHECK(std::ranges::any_of(reasons, [](const auto& text) { return text.starts_with("free: known since "); }));
}

}  // namespace
}  // namespace toksync::cli::test
