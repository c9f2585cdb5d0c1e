#include <algorithm>
#include <array>
#include <sstream>
#include <tuple>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "night.hpp"

namespace toksync::store {

namespace {

/// The statements that the store has prepared so far.
std::vector<std::string> prepared(SQLite::Database& database) {
  std::vector<std::string> all;
  for (auto* statement = sqlite3_next_stmt(database.getHandle(), nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(database.getHandle(), statement)) {
    all.emplace_back(sqlite3_sql(statement));
  }
  return all;
}

std::string plan_of(SQLite::Database& database, const std::string& sql) {
  SQLite::Statement explain(database, "EXPLAIN QUERY PLAN " + sql);
  std::string plan;
  while (explain.executeStep()) plan += explain.getColumn(3).getString() + "\n";
  return plan;
}

/// A step of the plan that reads all of a table that grows for ever.
std::string full_scan_in(const std::string& plan) {
  // Scans of partial indexes are short by their nature, and few people ask to be forgotten.
  constexpr auto kShort = std::to_array<std::string_view>({"job_unfinished", "job_open_credits", "forgotten_rows"});
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("SCAN") || line.starts_with("SCAN CONSTANT") || line.starts_with("SCAN (")) continue;
    // The members of one value, and a walk back from the newest intent to the first that is old enough.
    if (line.find("VIRTUAL TABLE") != std::string::npos || line == "SCAN o") continue;
    const bool is_short =
        std::ranges::any_of(kShort, [&line](auto name) { return line.find(name) != std::string::npos; });
    if (!is_short) return line;
  }
  return {};
}

/// One passage through every function that the engine calls in its loop.
void play(Night& night) {
  const auto creators = night.find_creators(3);
  const auto search = night.stage(StageName::search);
  const auto enrich = night.stage(StageName::enrich);
  night.store.record_selection(enrich, std::vector<SelectedCreator>{{creators[0], Decision::buy}}, night.now());
  std::ignore = night.store.selection(enrich);
  std::ignore = night.store.candidates({search, {}, {}, {}});
  std::ignore = night.store.candidates({search, enrich, {}, {}});
  std::ignore = night.store.work_states(StageName::enrich, night.criteria(StageName::enrich), night.run.key, creators);
  std::ignore =
      night.store.work_state(StageName::thought_leaders, night.criteria(StageName::thought_leaders), night.run.key);
  std::ignore = night.store.finished_search(night.criteria(StageName::search));
  std::ignore = night.store.count_hits(search);
  const auto content = night.send(StageName::content_match, {creators[0]}, 3);
  night.accept(content);
  night.poll(content.jobs[0], content_match("a1", 80));
  const ContentEvidence evidence{"", "a1", {ContentPost{}}, "{}"};
  night.store.commit_content_posts(night.run.key,
                                   std::vector<std::pair<JobKey, const ContentEvidence*>>{{content.jobs[0], &evidence}},
                                   night.answer());
  const auto audience = night.send(StageName::audience_match, {creators[0]}, 10);
  night.accept(audience, Charge{10, "body"});
  night.poll(audience.jobs[0], audience_match("b1", 80));
  const AudienceDetails details{"", {AudienceEngager{}}, {AudienceCompany{}}, {AudienceJobTitle{}}, "{}"};
  night.store.commit_audience_details(
      night.run.key, std::vector<std::pair<JobKey, const AudienceDetails*>>{{audience.jobs[0], &details}},
      night.answer());
  night.store.record_refused(night.send(StageName::enrich, {creators[1]}, 1), night.run.key, JobStatus::failed, {},
                             night.answer());
  std::ignore = night.store.record_usage(night.run.key, {.period = "2026-06"}, {.at = night.now()});
  const auto lost = night.send(StageName::content_match, {creators[2]}, 3);
  night.store.recover_intents(night.now());
  std::ignore = night.store.lost_requests();
  std::ignore = night.store.lost_requests(lost.key);
  std::ignore = night.store.knows_analysis(StageName::content_match, "content-fit:a1");
  std::ignore = night.store.knows_analysis(StageName::audience_match, "audience-fit:b1");
  for (const auto& snapshot : night.store.snapshots_before(lost.key, 20)) {
    std::ignore = night.store.usage_movements(snapshot, Seconds{1800});
  }
  night.store.record_settlement({lost.key, EvidenceSource::usage, "seen", {{lost.jobs[0], Verdict::released, {}, {}}}},
                                night.now());
  std::ignore = night.store.outstanding_jobs();
  std::ignore = night.store.spent_in_run(night.run.key);
  std::ignore = night.store.spent_in_month("2026-06");
  std::ignore = night.store.unfinished_run("nightly");
  night.store.abandon_other_runs("nightly", night.run.key, night.now());
}

}  // namespace

TEST_CASE("no query of a run reads all of a table that grows") {
  Night night;
  play(night);
  const auto statements = prepared(night.store.database());
  CHECK(statements.size() > 50);
  for (const auto& sql : statements) {
    if (sql.starts_with("BEGIN") || sql.starts_with("PRAGMA")) continue;
    const auto plan = plan_of(night.store.database(), sql);
    CHECK_MESSAGE(full_scan_in(plan).empty(), sql << "\n" << plan);
  }
}

TEST_CASE("the status of a run is read by index") {
  Night night;
  auto& database = night.store.database();
  const auto find = [&](const std::string& sql, const std::string& index) {
    const auto plan = plan_of(database, sql);
    CHECK_MESSAGE(full_scan_in(plan).empty(), sql << "\n" << plan);
    CHECK_MESSAGE(plan.find(index) != std::string::npos, plan);
  };
  find("SELECT job_key FROM jobs WHERE is_unfinished = 1 AND status IN ('sent', 'ambiguous')", "job_unfinished");
  find("SELECT job_key FROM jobs WHERE run_id = ?1", "intent_by_run");
  find(
      "SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key) WHERE i.run_key = ?1"
      " AND j.status IN ('failed', 'expired')",
      "job_failed");
  find("SELECT requests FROM runs WHERE run_id = ?1", "api_request_by_run");
  find("SELECT credits_charged FROM runs WHERE run_id = ?1", "SEARCH s USING INDEX");
  find("SELECT sum(credits) FROM credit_ledger_rows WHERE kind = 'charge' AND at >= ?1 AND at < ?2",
       "COVERING INDEX credit_charged_by_time");
  find("SELECT sum(credits_open) FROM job_rows WHERE credits_open <> 0", "job_open_credits");
}

}  // namespace toksync::store
