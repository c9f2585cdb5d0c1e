#include "bench_queries_fill.hpp"

#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "stages/stage.hpp"
#include "store/store.hpp"

namespace toksync::bench {
namespace {

/// Values by the names that the statements give them.
using Values = std::map<std::string, std::int64_t>;

// What each statement adds, in order. `numbers` holds 1, 2, 3 …; `wanted` has a row for each pipeline, keyword set
// and stage; `batches` one for each request that buys something.
constexpr const char* kStatements[] = {
    "INSERT INTO temp.numbers WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :creators)"
    " SELECT n FROM n",

    "INSERT INTO run_rows (run_key, run_id, pipeline, status, started_at, finished_at, exit_code, toksync_version,"
    " pipeline_sha256, pipeline_toml)"
    " SELECT n, format('run-%05d', n), iif(n > :runs, 'backlog', format('nightly-%d', n % (:pipelines - 1))),"
    " 'succeeded', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', format('-%d hours', (:runs + 1 - n) * 24 + 2)),"
    " strftime('%Y-%m-%dT%H:%M:%SZ', 'now', format('-%d hours', (:runs + 1 - n) * 24 + 1)), 0, '0.1.0', '', ''"
    " FROM temp.numbers WHERE n <= :runs + (:backlog > 0)",

    "INSERT INTO creators (creator_key, creator_id, platform, handle, name, location, profile_url, avatar_url,"
    " followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post, reactions_per_post,"
    " comments_per_post, shares_per_post, is_enriched, first_seen_at, last_seen_at, raw_request_key, bio, raw_json)"
    " SELECT n, format('%08x-%04x-4%03x-8%03x-%012x', n * 2654435761 % 4294967296, n % 65536, n % 4096, n % 4095, n),"
    " 'linkedin', 'handle-' || n, 'Name Number ' || n, 'Berlin, Germany', 'https://www.linkedin.com/in/handle-' || n,"
    " 'https://media.example.com/avatars/' || n || '.jpg', 1000 + n * 7919 % 100000, n % 900 / 100.0, n % 40, NULL,"
    " n % 500, n % 90, n % 30, n % 5 = 0, strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-100 days'),"
    " strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day'), 1,"
    " substr(hex(zeroblob(120)), 1, 100 + n % 140), format('{\"id\":%d,\"text\":\"%s\"}', n,"
    " substr(hex(zeroblob(500)), 1, 700 + n % 300))"
    " FROM temp.numbers",

    "INSERT INTO creator_tag_rows (creator_key, kind, value)"
    " SELECT c.n, k.column2, k.column2 || ' ' || ((c.n * 31 + k.column1 * 7) % 20)"
    " FROM temp.numbers c JOIN (VALUES (1, 'content_category'), (2, 'content_category'), (3, 'target_audience'),"
    " (4, 'language'), (5, 'language')) k WHERE k.column1 < 5 OR c.n % 2 ORDER BY 1, 2, 3",

    "INSERT INTO creator_metric_rows (creator_key, observed_at, run_key, followers_count, engagement_rate,"
    " avg_posts_per_month, reactions_per_post, comments_per_post, shares_per_post)"
    " SELECT c.n, r.started_at, r.run_key, 1000 + c.n * 7919 % 100000 - (3 - k.n) * (c.n % 1000), c.n % 900 / 100.0,"
    " c.n % 40, c.n % 500, c.n % 90, c.n % 30"
    " FROM temp.numbers k CROSS JOIN temp.numbers c CROSS JOIN run_rows r"
    " ON r.run_key = 1 + (k.n - 1) * :runs / 3 + c.n % (:runs / 3)"
    " WHERE k.n <= 3 AND (k.n <> 2 OR c.n % 2)",

    "INSERT INTO stage_rows (run_key, keyword_set, stage, criteria_key, status, items_total, items_done, started_at,"
    " finished_at)"
    " SELECT r.run_key, w.keyword_set, w.stage, iif(w.stage = 'thought_leaders', NULL, w.criteria_key), 'succeeded',"
    " w.items, w.items, r.started_at, r.finished_at"
    " FROM run_rows r JOIN temp.wanted w USING (pipeline) ORDER BY r.run_key, w.rowid",

    "INSERT INTO search_page_rows (stage_key, page, seen_at, creator_count, new_count, search_mode, request_id,"
    " meta_json) SELECT s.stage_key, n.n, s.started_at, 100, 100, 'balanced', 'req-' || n.n, '{}'"
    " FROM stage_rows s JOIN temp.numbers n ON n.n <= s.items_total / 100 WHERE s.stage = 'search'",

    // A pipeline's next run finds mostly the same creators again.
    "INSERT INTO search_hit_rows (stage_key, rank, creator_key, page, score, match_rank)"
    " SELECT s.stage_key, n.n, 1 + (w.rowid * 80000 + r.run_key * 500 + n.n * 7919 % s.items_total) % :creators,"
    " 1 + (n.n - 1) / 100, 100 - n.n % 90, NULL"
    " FROM stage_rows s JOIN run_rows r USING (run_key)"
    " JOIN temp.wanted w ON w.pipeline = r.pipeline AND w.keyword_set = s.keyword_set AND w.stage = s.stage"
    " JOIN temp.numbers n ON n.n <= s.items_total WHERE s.stage = 'search' ORDER BY s.stage_key, n.n",

    "INSERT INTO stage_creator_rows (stage_key, position, creator_key, decision)"
    " SELECT s.stage_key, h.rank, h.creator_key, 'buy' FROM stage_rows s"
    " JOIN stage_rows f ON f.run_key = s.run_key AND f.keyword_set = s.keyword_set AND f.stage = 'search'"
    " JOIN search_hit_rows h ON h.stage_key = f.stage_key AND h.rank <= s.items_total"
    " WHERE s.stage IN ('enrich', 'content_match', 'audience_match') ORDER BY s.stage_key, h.rank",

    "INSERT INTO temp.batches (stage_key, batch)"
    " SELECT s.stage_key, n.n - 1 FROM stage_rows s JOIN temp.numbers n"
    " ON n.n <= CASE s.stage WHEN 'search' THEN s.items_total / 100 WHEN 'thought_leaders' THEN 1"
    " ELSE (s.items_total + 49) / 50 END ORDER BY s.stage_key, n.n",

    "INSERT INTO intents (intent_key, run_key, stage_key, family, criteria_key, created_at, sent_at, answered_at,"
    " request_id, request_json)"
    " SELECT b.intent_key, s.run_key, s.stage_key, s.stage, w.criteria_key, s.started_at, s.started_at, s.started_at,"
    " 'req-' || b.intent_key, '{\"creator_ids\":\"' || hex(zeroblob(iif(s.stage = 'search', 50, 900))) || '\"}'"
    " FROM temp.batches b JOIN stage_rows s USING (stage_key) JOIN run_rows r USING (run_key)"
    " JOIN temp.wanted w ON w.pipeline = r.pipeline AND w.keyword_set = s.keyword_set AND w.stage = s.stage"
    " ORDER BY b.intent_key",

    // One job in a hundred failed; some of the newest run's are still awaited, and a few are ambiguous.
    "INSERT INTO job_rows (intent_key, family, criteria_key, creator_key, external_id, status, credits_reserved,"
    " finished_at, error_code, error_message)"
    " SELECT i.intent_key, i.family, i.criteria_key, p.creator_key, i.family || ':' || hex(zeroblob(8)) || i.intent_key"
    " || '-' || coalesce(p.position, 0),"
    " CASE WHEN p.position % 97 = 5 THEN 'failed' WHEN i.run_key < :runs OR p.creator_key IS NULL THEN 'succeeded'"
    " WHEN p.position % 50 = 7 THEN 'queued' WHEN p.position % 500 = 8 THEN 'ambiguous' ELSE 'succeeded' END,"
    " CASE i.family WHEN 'content_match' THEN 3 WHEN 'audience_match' THEN 10 WHEN 'thought_leaders' THEN 200 ELSE 1"
    " END, i.sent_at, iif(p.position % 97 = 5, 'ANALYSIS_FAILED', NULL), iif(p.position % 97 = 5, 'No posts.', NULL)"
    " FROM temp.batches b JOIN intents i USING (intent_key) LEFT JOIN stage_creator_rows p"
    " ON p.stage_key = b.stage_key AND p.position > b.batch * 50 AND p.position <= (b.batch + 1) * 50"
    " ORDER BY i.intent_key, p.position",
    "UPDATE job_rows SET credits_charged = iif(status = 'succeeded', credits_reserved, 0),"
    " credits_released = iif(status = 'failed', credits_reserved, 0), is_settled = status IN ('succeeded', 'failed'),"
    " finished_at = iif(status IN ('succeeded', 'failed'), finished_at, NULL)",

    "INSERT INTO credit_ledger_rows (at, run_key, stage_key, job_key, kind, credits, source, request_id)"
    " SELECT i.sent_at, i.run_key, i.stage_key, j.job_key, k.column1,"
    " j.credits_reserved, k.column2, i.request_id FROM intents i JOIN job_rows j USING (intent_key)"
    " JOIN (VALUES ('reserve', 'price_table'), ('charge', 'body'), ('release', 'settled')) k"
    " WHERE k.column1 = 'reserve' OR (k.column1 = 'charge' AND j.credits_charged > 0)"
    " OR (k.column1 = 'release' AND j.credits_released > 0) ORDER BY j.job_key",
    "CREATE TEMP TABLE sums AS SELECT i.stage_key, sum(j.credits_reserved) AS reserved,"
    " sum(j.credits_charged) AS charged, sum(j.credits_released) AS released"
    " FROM intents i JOIN job_rows j USING (intent_key) GROUP BY i.stage_key",
    "UPDATE stage_rows SET credits_reserved = u.reserved, credits_charged = u.charged, credits_released = u.released,"
    " credits_estimated = u.reserved FROM temp.sums u WHERE u.stage_key = stage_rows.stage_key",

    "INSERT INTO credit_day_rows (day, stage_key, reserved, charged, released)"
    " SELECT substr(at, 1, 10), stage_key, sum(iif(kind = 'reserve', credits, 0)),"
    " sum(iif(kind = 'charge', credits, 0)), sum(iif(kind = 'release', credits, 0))"
    " FROM credit_ledger_rows GROUP BY 1, 2",
    "UPDATE run_rows SET creators_found = (SELECT count(DISTINCT h.creator_key) FROM stage_rows s"
    " JOIN search_hit_rows h USING (stage_key) WHERE s.run_key = run_rows.run_key)",

    "INSERT INTO api_request_rows (at, run_key, method, path, status, request_id, duration_ms, attempt, credit_cost)"
    " SELECT r.started_at, r.run_key, 'POST', '/v1/creators/enrich', 200, format('req-%d-%d', r.run_key, n.n),"
    " 50 + n.n % 400, 1, 0 FROM run_rows r JOIN temp.numbers n ON n.n <= :requests ORDER BY r.run_key, n.n",
    "INSERT INTO usage_snapshot_rows (at, run_key, period, total_credits_charged, total_calls, balance,"
    " operations_json, raw_json) SELECT r.started_at, r.run_key, substr(r.started_at, 1, 7), n.n, n.n, 100, '{}', '{}'"
    " FROM run_rows r JOIN temp.numbers n ON n.n <= 50 ORDER BY r.run_key, n.n",

    "INSERT INTO enrichment_rows (job_key, creator_key, run_key, request_key, enriched_at, median_posts_per_month,"
    " engagement_rate, followers_count, raw_json)"
    " SELECT j.job_key, j.creator_key, i.run_key, 1, i.sent_at, 4, 2.5, 5000, hex(zeroblob(500))"
    " FROM job_rows j JOIN intents i USING (intent_key)"
    " WHERE j.family = 'enrich' AND j.status = 'succeeded' ORDER BY j.job_key",
    "INSERT INTO content_match_rows (analysis_id, job_key, creator_key, criteria_key, run_key, status, match_score,"
    " matching_posts_count, total_posts_analyzed, completed_at, raw_json, details_json)"
    " SELECT 'content-' || j.job_key, j.job_key, j.creator_key, j.criteria_key, i.run_key, 'succeeded',"
    " j.job_key % 101, 4, 10, i.sent_at, hex(zeroblob(200)), hex(zeroblob(800))"
    " FROM job_rows j JOIN intents i USING (intent_key)"
    " WHERE j.family = 'content_match' AND j.status = 'succeeded' ORDER BY j.job_key",
    "INSERT INTO content_match_post_rows (match_key, post_url, title, posted_date, content_type, match_score,"
    " keyword_matches, match_reason, raw_json) SELECT m.match_key, 'https://www.linkedin.com/posts/' || m.match_key,"
    " 'A title of some length', '2026-05-01', 'post', 80, '[]', 'A reason of some length', hex(zeroblob(150))"
    " FROM content_match_rows m JOIN temp.numbers n ON n.n <= 3 ORDER BY m.match_key",
    "INSERT INTO audience_match_rows (analysis_id, job_key, creator_key, criteria_key, run_key, status, match_score,"
    " matching_engagers_count, completed_at, raw_json, details_json)"
    " SELECT 'audience-' || j.job_key, j.job_key, j.creator_key, j.criteria_key, i.run_key, 'succeeded',"
    " j.job_key % 101, 10, i.sent_at, hex(zeroblob(200)), hex(zeroblob(1500))"
    " FROM job_rows j JOIN intents i USING (intent_key)"
    " WHERE j.family = 'audience_match' AND j.status = 'succeeded' ORDER BY j.job_key",
    "INSERT INTO audience_engager_rows (match_key, position, name, job_title, company, headline, linkedin_url,"
    " engagement_count) SELECT m.match_key, n.n, 'A Name', 'Title ' || n.n, 'A Company', 'A headline',"
    " 'https://www.linkedin.com/in/engager-' || m.match_key || '-' || n.n, 3"
    " FROM audience_match_rows m JOIN temp.numbers n ON n.n <= 10 ORDER BY 1, 2",
    "INSERT INTO audience_company_rows (match_key, position, name, count, percentage)"
    " SELECT m.match_key, n.n, 'Company ' || n.n, n.n, 1.5"
    " FROM audience_match_rows m JOIN temp.numbers n ON n.n <= 5 ORDER BY 1, 2",
    "INSERT INTO audience_job_title_rows (match_key, position, title, count)"
    " SELECT m.match_key, n.n, 'Title ' || ((m.match_key + n.n) % 30), n.n"
    " FROM audience_match_rows m JOIN temp.numbers n ON n.n <= 5 ORDER BY 1, 2",
    "INSERT INTO thought_leader_rows (job_key, creator_key, run_key, search_rank, score, status, processed_at,"
    " reasoning, raw_json) SELECT j.job_key, h.creator_key, i.run_key, h.rank, 60 + h.rank % 40,"
    " iif(h.rank % 3, 'rejected', 'approved'), i.sent_at, 'Because.', hex(zeroblob(300))"
    " FROM job_rows j JOIN intents i USING (intent_key) JOIN stage_rows s USING (stage_key)"
    " JOIN stage_rows f ON f.run_key = s.run_key AND f.keyword_set = s.keyword_set AND f.stage = 'search'"
    " JOIN search_hit_rows h ON h.stage_key = f.stage_key AND h.rank <= 50"
    " WHERE j.family = 'thought_leaders' ORDER BY j.job_key, h.creator_key",
};

void execute(SQLite::Database& database, const std::string& sql, const Values& values) {
  SQLite::Statement statement(database, sql);
  for (const auto& [name, value] : values) {
    if (sql.find(name) != std::string::npos) statement.bind(name, value);
  }
  statement.exec();
}

/// How many creators a stage works on, of the hits of its keyword set.
std::int64_t items_of(StageName stage, std::int64_t hits) {
  switch (stage) {
    case StageName::search: return hits;
    case StageName::enrich: return hits / 10;
    case StageName::content_match: return hits / 20;
    case StageName::audience_match: return hits / 100;
    case StageName::thought_leaders: return 1;
  }
  return 0;
}

void want(store::Store& store, const pipeline::Pipeline& pipeline) {
  SQLite::Statement insert(store.database(),
                           "INSERT INTO temp.wanted (pipeline, keyword_set, stage, criteria_key, items)"
                           " VALUES (?1, ?2, ?3, ?4, ?5)");
  for (const auto& set : pipeline.keyword_sets) {
    for (const auto stage : kAllStages) {
      const auto purchases = stages::stage(stage).purchases(set);
      const auto criteria = store.ensure_criteria(stage, purchases.front().criteria);
      insert.bind(1, pipeline.name);
      insert.bind(2, set.name);
      insert.bind(3, std::string{to_string(stage)});
      insert.bind(4, static_cast<std::int64_t>(criteria));
      insert.bind(5, items_of(stage, set.search->max_creators));
      insert.exec();
      insert.reset();
    }
  }
}

/// Indexes are made last, sorted instead of row by row. Returns the statements that make them.
std::vector<std::string> drop_indexes(SQLite::Database& database) {
  std::vector<std::string> names, statements;
  SQLite::Statement list(database, "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
  while (list.executeStep()) {
    names.push_back(list.getColumn(0).getString());
    statements.push_back(list.getColumn(1).getString());
  }
  list.reset();
  for (const auto& name : names) database.exec("DROP INDEX " + name);
  return statements;
}

}  // namespace

std::string pipeline_text(const std::string& name, std::int64_t hits) {
  auto text = fmt::format("version = 1\nname = \"{}\"\n[source]\napi = \"toksta\"\nplatform = \"linkedin\"\n", name);
  for (int set = 0; set < kKeywordSets; ++set) {
    text +=
        fmt::format("[keyword_sets.set-{}]\nkeywords = [\"{} {}\", \"b\", \"c\", \"d\", \"e\"]\naudience = [\"CMO\"]\n",
                    set, name, set);
  }
  text += fmt::format("[search]\nmax_creators = {}\n[enrich]\n[content_match]\n", hits);
  return text + "[audience_match.select]\nmin_content_score = 50\n[thought_leaders]\n";
}

void fill(const std::string& path, const std::vector<pipeline::Pipeline>& pipelines, const Sizes& sizes) {
  auto store = store::Store::open(path, store::OpenMode::read_write).value();
  auto& database = store.database();
  for (const char* pragma :
       {"foreign_keys = OFF", "synchronous = OFF", "journal_mode = OFF", "cache_size = -1000000"}) {
    database.exec(std::string{"PRAGMA "} + pragma);
  }
  const auto indexes = drop_indexes(database);
  database.exec("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)");
  database.exec(
      "CREATE TEMP TABLE wanted (pipeline TEXT, keyword_set TEXT, stage TEXT, criteria_key INTEGER,"
      " items INTEGER)");
  database.exec("CREATE TEMP TABLE batches (intent_key INTEGER PRIMARY KEY, stage_key INTEGER, batch INTEGER)");
  for (const auto& pipeline : pipelines) want(store, pipeline);
  const Values values{{":creators", sizes.creators},
                      {":runs", sizes.runs},
                      {":requests", sizes.requests},
                      {":backlog", sizes.backlog},
                      {":pipelines", static_cast<std::int64_t>(pipelines.size())}};
  database.exec("BEGIN");
  for (const auto* statement : kStatements) execute(database, statement, values);
  database.exec("COMMIT");
  for (const auto& index : indexes) database.exec(index);
  database.exec("PRAGMA journal_mode = WAL");
}

}  // namespace toksync::bench
