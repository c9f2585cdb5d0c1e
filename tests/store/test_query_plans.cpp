#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <sstream>
#include <tuple>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "night.hpp"
#include "store/mirrors.hpp"
#include "store/moment.hpp"
#include "store/spending.hpp"

namespace toksync::store {

namespace {

/// Notes every statement that a connection executes, also those that are gone afterwards.
class Listener {
 public:
  explicit Listener(SQLite::Database& database) : database_(&database) {
    sqlite3_trace_v2(database.getHandle(), SQLITE_TRACE_PROFILE, &Listener::note, this);
  }
  ~Listener() { sqlite3_trace_v2(database_->getHandle(), 0, nullptr, nullptr); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::set<std::string> statements;
  std::set<std::string> prepared_again;  ///< of them, those that SQLite had to prepare more than once

 private:
  static int note(unsigned, void* self, void* statement, void*) {
    auto& listener = *static_cast<Listener*>(self);
    auto* const finished = static_cast<sqlite3_stmt*>(statement);
    const std::string sql = sqlite3_sql(finished);
    const auto is_of = [&sql](auto word) { return sql.starts_with(word); };
    if (!is_of("SELECT") && !is_of("INSERT") && !is_of("UPDATE") && !is_of("DELETE")) return 0;
    listener.statements.insert(sql);
    if (sqlite3_stmt_status(finished, SQLITE_STMTSTATUS_REPREPARE, 0) > 0) listener.prepared_again.insert(sql);
    return 0;
  }

  SQLite::Database* database_;
};

std::string plan_of(SQLite::Database& database, const std::string& sql) {
  SQLite::Statement explain(database, "EXPLAIN QUERY PLAN " + sql);
  std::string plan;
  while (explain.executeStep()) plan += explain.getColumn(3).getString() + "\n";
  return plan;
}

/// What a plan does that takes the longer, the more there is: "scan x" for each relation that is read whole, by the
/// name it has in the query, and "sort x" for each order that no index gives.
std::set<std::string> long_steps(const std::string& plan) {
  constexpr std::string_view kScan = "SCAN ", kSort = "USE TEMP B-TREE FOR ";
  // Partial indexes of what is unfinished are short by their nature, and few people ask to be forgotten.
  constexpr auto kShort =
      std::to_array<std::string_view>({"INDEX job_unfinished", "INDEX stage_open_credits", "INDEX search_page_pending",
                                       "forgotten_rows", "CONSTANT ROW", "VIRTUAL TABLE"});
  std::set<std::string> steps;
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    if (std::ranges::any_of(kShort, [&](auto name) { return line.find(name) != std::string::npos; })) continue;
    if (line.starts_with(kSort)) steps.insert("sort " + line.substr(kSort.size()));
    if (line.starts_with(kScan)) steps.insert("scan " + line.substr(kScan.size(), line.find(' ', kScan.size()) - 5));
  }
  return steps;
}

std::set<std::string> with_commas(const std::string& text) {
  std::set<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream >> std::ws, part, ',');) parts.insert(part);
  return parts;
}

/// A query, and the long steps that it may take.
struct Allowed {
  std::string sql;
  std::string steps;
};

void check_plan(SQLite::Database& database, const Allowed& allowed) {
  const auto plan = plan_of(database, allowed.sql);
  CHECK_MESSAGE(long_steps(plan) == with_commas(allowed.steps), allowed.sql << "\n" << plan);
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
  std::ignore = night.store.knows_analysis(StageName::audience_match, "audience-fit:unknown");
  for (const auto& snapshot : night.store.snapshots_before(lost.key, 20)) {
    std::ignore = night.store.usage_movements(snapshot, Seconds{1800});
  }
  night.store.record_settlement({lost.key, EvidenceSource::usage, "seen", {{lost.jobs[0], Verdict::released, {}, {}}}},
                                night.now());
  night.store.want_hit_posts(search, 3);
  std::ignore = night.store.count_more_hit_posts(search, 5);
  std::ignore = night.store.pages_without_posts();
  for (const auto page : night.store.pages_without_posts(search)) {
    const auto wanted = night.store.wanted_hit_posts(page, 100);
    const std::vector<HitEvidence> records{{.creator_id = "c1", .posts = {HitPost{}}, .raw_json = "{}"}};
    std::ignore =
        night.store.commit_hit_posts(night.run.key, {page, wanted.posts, wanted.creators, records}, night.answer());
    night.store.record_no_hit_posts(night.run.key, page, "404", night.answer());
  }
  std::ignore = night.store.without_detail(creators, night.run.key, night.now());
  night.store.commit_creator_detail(night.run.key, creators[0], {Night::found_one("c1").creator, {}}, night.answer());
  night.store.record_no_detail(night.run.key, creators[1], "404", night.answer());
  std::ignore = night.store.outstanding_jobs();
  std::ignore = night.store.result_ids(lost.jobs);
  std::ignore = night.store.spent_in_run(night.run.key);
  std::ignore = night.store.spent_in_month("2026-06");
  std::ignore = night.store.unfinished_run("nightly");
  night.store.abandon_other_runs("nightly", night.run.key, night.now());
  night.store.finish_run(night.run.key, {RunStatus::stopped, 8, "budget"}, night.now());
  night.store.resume_run(night.run.key, night.now());
}

}  // namespace

TEST_CASE("no query of a run reads all of a table that grows") {
  Night night;
  Listener listener(night.store.database());
  play(night);
  CHECK(listener.statements.size() > 50);
  for (const auto& sql : listener.statements) {
    auto steps = long_steps(plan_of(night.store.database(), sql));
    // A walk back from the newest intent to the first that is old enough.
    if (sql.find("o.created_at <") != std::string::npos) steps.erase("scan o");
    std::erase_if(steps, [](const auto& step) { return step.starts_with("sort"); });
    CHECK_MESSAGE(steps.empty(), sql << "\n" << plan_of(night.store.database(), sql));
  }
}

TEST_CASE("no query of a run is prepared again when its values change") {
  // SQLite does that when a value could decide whether a partial index serves; it takes longer than most answers.
  Night night;
  play(night);
  Listener listener(night.store.database());
  play(night);
  for (const auto& sql : listener.prepared_again) CHECK_MESSAGE(false, sql);
  CHECK(listener.statements.size() > 50);
}

TEST_CASE("status, jobs and plan read by index") {
  Night night;
  play(night);
  auto& store = night.store;
  const auto run = night.run;
  const auto steps_of = [&](const std::function<void()>& ask) {
    Listener listener(store.database());
    ask();
    std::string steps;
    for (const auto& sql : listener.statements) {
      for (const auto& step : long_steps(plan_of(store.database(), sql))) steps += (steps.empty() ? "" : ",") + step;
    }
    return steps;
  };
  // Runs (r) and their stages are few, and a run's jobs are sorted by their keys alone.
  CHECK(steps_of([&] { std::ignore = list_runs(store, 10); }) == "scan r");
  CHECK(steps_of([&] { std::ignore = find_run(store, run.run_id); }).empty());
  CHECK(steps_of([&] { std::ignore = newest_run(store); }) == "scan r");
  CHECK(steps_of([&] { std::ignore = stages_of(store, run.key); }) == "sort ORDER BY");
  CHECK(steps_of([&] { std::ignore = costs_of(store, run.key); }) == "sort ORDER BY");
  CHECK(steps_of([&] { std::ignore = held_of(store, run.key); }) == "sort GROUP BY");
  CHECK(steps_of([&] { std::ignore = failures_of(store, run.key); }) == "sort GROUP BY,sort ORDER BY");
  CHECK(steps_of([&] { std::ignore = count_jobs(store, night.now()); }).empty());
  CHECK(steps_of([&] { std::ignore = find_job(store, JobKey{1}); }).empty());
  CHECK(steps_of([&] { std::ignore = list_jobs(store, {.status = JobStatus::ambiguous}); }).empty());
  CHECK(steps_of([&] { std::ignore = list_jobs(store, {.only_unfinished = true}); }).empty());
  CHECK(steps_of([&] { std::ignore = list_jobs(store, {.run_id = run.run_id}); }) == "sort ORDER BY");
  // Requests (i) are walked through from the newest, until there are jobs enough.
  CHECK(steps_of([&] { std::ignore = list_jobs(store, {}); }) == "scan i,sort RIGHT PART OF ORDER BY");
  CHECK(steps_of([&] { std::ignore = list_jobs(store, {.status = JobStatus::failed}); }) == "scan i");
  // The hits of the newest searches (n), numbered by their combined scores.
  CHECK(steps_of([&] { std::ignore = shortlist(store, 10, "nightly"); }) ==
        "scan (subquery-1),scan (subquery-13),scan n,scan s,sort GROUP BY,sort ORDER BY");
  // The days of the ledger, from one on.
  CHECK(steps_of([&] { std::ignore = spending(store, SpendBy::day, "2026-06-01"); }).empty());
  CHECK(steps_of([&] { std::ignore = spending(store, SpendBy::run, "2026-06-01"); }) == "sort GROUP BY");
  CHECK(steps_of([&] { std::ignore = open_credits(store); }).empty());
  CHECK(steps_of([&] { std::ignore = last_usage_reading(store); }) == "scan u");
  // A plan reads candidates and what is known of them as one, without a lock for each.
  CHECK(steps_of([&] {
          const Moment moment(store);
          std::ignore = store.candidates({night.stage(StageName::search), {}, {}, {}});
        }).empty());
}

TEST_CASE("what people ask of the views reads no large table") {
  // Runs (r), their stages (s), the days of the ledger (d) and the newest searches (n) are few, whatever they found;
  // where more is walked through, it is from its end until there is enough.
  const auto kQuestions = std::to_array<Allowed>({
      {"SELECT * FROM creators WHERE creator_id = ?1", ""},
      {"SELECT * FROM creators ORDER BY creator_key DESC LIMIT 100", "scan creators"},
      {"SELECT * FROM creator_tags WHERE creator_id = ?1", ""},
      {"SELECT * FROM creator_metrics WHERE creator_id = ?1 ORDER BY observed_at", ""},
      {"SELECT * FROM creator_metrics WHERE observed_at >= ?1", ""},
      {"SELECT * FROM creator_metrics ORDER BY observed_at DESC LIMIT 100", "scan m"},
      {"SELECT * FROM creator_growth WHERE creator_id = ?1", ""},
      {"SELECT * FROM search_hits WHERE creator_id = ?1", ""},
      {"SELECT * FROM search_hits WHERE run_id = ?1 AND keyword_set = ?2", ""},
      {"SELECT * FROM search_hit_posts WHERE creator_id = ?1", "scan s"},
      {"SELECT * FROM search_hit_posts WHERE run_id = ?1 AND keyword_set = ?2", ""},
      {"SELECT * FROM search_hit_evidence WHERE creator_id = ?1", "scan s"},
      {"SELECT p.* FROM search_hits h JOIN search_hit_posts p USING (run_id, keyword_set, creator_id)"
       " WHERE h.run_id = ?1 AND h.keyword_set = ?2",
       ""},
      {"SELECT * FROM creator_details WHERE creator_id = ?1", ""},
      {"SELECT * FROM stage_creators WHERE run_id = ?1 AND keyword_set = ?2 AND stage = ?3", ""},
      {"SELECT * FROM enrichments WHERE creator_id = ?1", ""},
      {"SELECT * FROM enrichments WHERE run_id = ?1", ""},
      {"SELECT * FROM content_matches WHERE creator_id = ?1", ""},
      {"SELECT * FROM content_matches WHERE run_id = ?1", ""},
      {"SELECT * FROM content_matches WHERE analysis_id = ?1", ""},
      {"SELECT * FROM content_matches WHERE keyword_set = ?1 AND match_score >= 90", ""},
      {"SELECT p.* FROM content_match_posts p JOIN content_matches m USING (analysis_id) WHERE m.creator_id = ?1", ""},
      {"SELECT c.name, p.title FROM content_match_posts p JOIN content_matches m USING (analysis_id)"
       " JOIN creators c USING (creator_id) WHERE m.keyword_set = ?1 AND m.match_score >= 90",
       ""},
      {"SELECT * FROM audience_matches WHERE creator_id = ?1", ""},
      {"SELECT * FROM audience_matches WHERE run_id = ?1", ""},
      {"SELECT * FROM audience_matches WHERE keyword_set = ?1 AND match_score >= 90", ""},
      {"SELECT e.* FROM audience_engagers e JOIN audience_matches m USING (analysis_id) WHERE m.creator_id = ?1", ""},
      {"SELECT e.* FROM audience_companies e JOIN audience_matches m USING (analysis_id) WHERE m.creator_id = ?1", ""},
      {"SELECT t.title, sum(t.count) FROM audience_job_titles t JOIN audience_matches m USING (analysis_id)"
       " WHERE m.keyword_set = ?1 GROUP BY t.title",
       "sort GROUP BY"},
      {"SELECT * FROM thought_leaders WHERE creator_id = ?1", ""},
      {"SELECT * FROM thought_leaders WHERE keyword_set = ?1", ""},
      {"SELECT * FROM runs", "scan r"},
      {"SELECT * FROM runs WHERE run_id = ?1", ""},
      {"SELECT * FROM stages WHERE run_id = ?1", ""},
      {"SELECT * FROM stages", "scan s"},
      {"SELECT * FROM jobs WHERE job_key = ?1", ""},
      {"SELECT * FROM jobs WHERE run_id = ?1", ""},
      {"SELECT * FROM jobs WHERE run_id = ?1 AND status = 'failed'", ""},
      {"SELECT * FROM jobs WHERE creator_id = ?1", ""},
      {"SELECT * FROM jobs WHERE is_unfinished = 1", ""},
      {"SELECT * FROM jobs ORDER BY job_key DESC LIMIT 100", "scan j"},
      {"SELECT family, status, count(*), sum(credits_charged) FROM jobs WHERE run_id = ?1 GROUP BY family, status",
       "sort GROUP BY"},
      {"SELECT * FROM job_evidence WHERE job_key = ?1", ""},
      {"SELECT * FROM credit_ledger WHERE run_id = ?1", ""},
      {"SELECT * FROM credit_ledger WHERE run_id = ?1 AND job_key = ?2", ""},
      {"SELECT * FROM credit_ledger ORDER BY entry_id DESC LIMIT 100", "scan l"},
      {"SELECT * FROM api_requests WHERE run_id = ?1", ""},
      {"SELECT * FROM shortlist WHERE pipeline = ?1 AND keyword_set = ?2 ORDER BY rank LIMIT 50",
       "scan n,sort GROUP BY,sort ORDER BY"},
      {"SELECT count(*) FROM shortlist WHERE pipeline = ?1", "scan n,sort GROUP BY,sort ORDER BY"},
      // The ORDER BY is that of the posts of one creator.
      {"SELECT * FROM shortlist WHERE pipeline = ?1 AND keyword_set = ?2 ORDER BY combined_score DESC LIMIT 50",
       "scan n,sort GROUP BY,sort ORDER BY"},
      {"SELECT name, combined_score, content_score, audience_score, thought_leader_score FROM shortlist"
       " WHERE pipeline = ?1",
       "scan n,sort GROUP BY"},
      {"SELECT * FROM shortlist WHERE content_score >= 75", "scan n,scan s,sort GROUP BY,sort ORDER BY"},
      {"SELECT * FROM shortlist WHERE creator_id = ?1", "scan n,scan s,sort GROUP BY,sort ORDER BY"},
      {"SELECT g.* FROM shortlist s JOIN creator_growth g USING (creator_id) WHERE s.pipeline = ?1"
       " ORDER BY g.growth_30_days DESC LIMIT 20",
       "scan n,sort GROUP BY,sort ORDER BY"},
      {"SELECT * FROM credit_spend_daily", "scan credit_spend_daily,scan d,sort GROUP BY"},
      {"SELECT * FROM credit_spend_daily WHERE day >= ?1", "scan credit_spend_daily,sort GROUP BY"},
      {"SELECT * FROM run_summary WHERE run_id = ?1", "sort count(DISTINCT)"},
      {"SELECT * FROM run_summary", "scan r,sort count(DISTINCT)"},
      {"SELECT * FROM mirrors WHERE run_id = ?1", ""},
      {"SELECT * FROM tokportal_videos WHERE account_id = ?1 ORDER BY published_at DESC LIMIT 20", ""},
      {"SELECT * FROM tokportal_video_metrics WHERE source = ?1 AND video_id = ?2 ORDER BY day", ""},
      {"SELECT * FROM tokportal_account_metrics WHERE source = ?1 AND account_id = ?2 ORDER BY day", ""},
      {"SELECT * FROM tokportal_growing_posts WHERE account_id = ?1", ""},
      // Each post (v) and each account (a) once; their histories by index.
      {"SELECT * FROM tokportal_growing_posts ORDER BY views_gained DESC LIMIT 20", "scan v,sort ORDER BY"},
      {"SELECT * FROM tokportal_account_growth WHERE source = ?1 AND account_id = ?2", ""},
      {"SELECT * FROM tokportal_account_growth ORDER BY views_gained LIMIT 20", "scan a,sort ORDER BY"},
  });
  Night night;
  for (const auto& question : kQuestions) check_plan(night.store.database(), question);
}

namespace {

constexpr std::array kAccountColumns{MirrorColumn{"account_id", "id"}};
constexpr std::array kVideoColumns{MirrorColumn{"video_id", "id"}, MirrorColumn{"account_id", kSliceField},
                                   MirrorColumn{"views", "views", FieldKind::integer, true}};
constexpr std::array kSlotColumns{MirrorColumn{"bundle_id", kSliceField},
                                  MirrorColumn{"position", "position", FieldKind::integer}};
constexpr std::array kBanColumns{MirrorColumn{"ban_id", "id"}, MirrorColumn{"updated_at", "updated_at"}};

// As TokPortal's are: a whole list, one of slices with and one without an index of its own, and one that grows.
constexpr std::array kMirrored{
    MirrorResource{.name = "accounts", .table = "tokportal_accounts", .columns = kAccountColumns},
    MirrorResource{.name = "videos",
                   .table = "tokportal_videos",
                   .columns = kVideoColumns,
                   .slicing = Slicing::parents,
                   .parent = "accounts",
                   .parents_from = "tokportal_accounts_to_read",
                   .history_table = "tokportal_video_metrics"},
    MirrorResource{.name = "bundle_videos",
                   .table = "tokportal_bundle_videos",
                   .columns = kSlotColumns,
                   .keys = 2,
                   .slicing = Slicing::parents,
                   .parent = "bundles",
                   .parents_from = "tokportal_bundles_to_read"},
    MirrorResource{.name = "bans",
                   .table = "tokportal_bans",
                   .columns = kBanColumns,
                   .keeping = Keeping::added,
                   .watermark = "updated_at"}};

MirrorRow row_of(std::string_view name) {
  if (name == "videos") return {{"v1", "s1", std::int64_t{7}}, "{}"};
  if (name == "bundle_videos") return {{"s1", std::int64_t{1}}, "{}"};
  if (name == "bans") return {{"b1", "2026-05-01T00:00:00Z"}, "{}"};
  return {{"a1"}, "{}"};
}

/// Two walks through each list, with every question that the engine has on the way.
void walk(Night& night) {
  Mirrors mirrors(night.store);
  for (int round = 0; round < 2; ++round) {
    for (const auto& resource : kMirrored) {
      std::ignore = mirrors.walk_of_run(night.run.key, "s", resource.name);
      std::ignore = mirrors.last_complete_walk("s", resource.name);
      if (resource.slicing == Slicing::parents) std::ignore = mirrors.parents(resource, "s");
      const std::vector<std::string> slices{resource.slicing == Slicing::whole ? "" : "s1"};
      const auto row = mirrors.begin_walk(night.run.key, "s", resource.name, {}, slices, night.now());
      const std::vector rows{row_of(resource.name)};
      for (const auto& slice : mirrors.open_slices(row.key)) {
        // One more is said to be there, so that the slice is read again.
        for (const std::int64_t total : {2, 1}) {
          std::ignore = mirrors.commit_page({.walk = row.key,
                                             .resource = &resource,
                                             .source = "s",
                                             .slice = slice,
                                             .day = "2026-06-01",
                                             .rows = rows,
                                             .next_page = {},
                                             .total = total},
                                            night.run.key, night.answer());
        }
        std::ignore = mirrors.count_seen(resource, "s", slice.slice, row.key);
      }
      std::ignore = mirrors.finish_walk(row.key, resource, "s", WalkStatus::succeeded, {}, night.now());
    }
  }
  std::ignore = mirrors.walks_of_run(night.run.key);
}

/// The plan of the one statement that holds both texts.
std::string plan_with(Night& night, const std::set<std::string>& statements, std::string_view one,
                      std::string_view other) {
  const auto has_both = [&](const std::string& sql) {
    return sql.find(one) != std::string::npos && sql.find(other) != std::string::npos;
  };
  REQUIRE(std::ranges::count_if(statements, has_both) == 1);
  return plan_of(night.store.database(), *std::ranges::find_if(statements, has_both));
}

}  // namespace

TEST_CASE("no query of a mirror reads all of a table that grows") {
  Night night;
  Listener listener(night.store.database());
  walk(night);
  CHECK(listener.statements.size() > 30);
  CHECK(listener.prepared_again.empty());
  for (const auto& sql : listener.statements) {
    const auto steps = long_steps(plan_of(night.store.database(), sql));
    CHECK_MESSAGE(steps.empty(), sql << "\n" << plan_of(night.store.database(), sql));
  }
}

TEST_CASE("what came of one account, and what did not, is found by index") {
  Night night;
  Listener listener(night.store.database());
  walk(night);
  struct Question {
    std::string_view one, other, found_by;
  };
  for (const auto& [one, other, found_by] : std::vector<Question>{
           {"SELECT count(*) FROM tokportal_videos", "walk_key", "INDEX tokportal_video_by_account (account_id=?)"},
           {"UPDATE tokportal_videos", "missing_since = ?3", "INDEX tokportal_video_by_account (account_id=?)"},
           {"SELECT count(*) FROM tokportal_bundle_videos", "walk_key", "PRIMARY KEY (source=? AND bundle_id=?)"},
           {"UPDATE tokportal_bundle_videos", "missing_since = ?3", "PRIMARY KEY (source=? AND bundle_id=?)"}}) {
    const auto plan = plan_with(night, listener.statements, one, other);
    CAPTURE(one);
    CHECK_MESSAGE(plan.find(found_by) != std::string::npos, plan);
  }
  const auto growth = plan_of(night.store.database(), "SELECT * FROM tokportal_account_growth");
  CHECK_MESSAGE(growth.find("SEARCH v USING COVERING INDEX tokportal_video_by_account") != std::string::npos, growth);
  for (const auto* const search : {"SEARCH m USING PRIMARY KEY (source=? AND account_id=? AND day=?)",
                                   "SEARCH b USING PRIMARY KEY (source=? AND account_id=? AND day=?)"}) {
    CHECK_MESSAGE(growth.find(search) != std::string::npos, growth);
  }
  const auto posts = plan_of(night.store.database(), "SELECT * FROM tokportal_growing_posts");
  CHECK_MESSAGE(posts.find("SEARCH m USING PRIMARY KEY (source=? AND video_id=? AND day<?)") != std::string::npos,
                posts);
}

}  // namespace toksync::store
