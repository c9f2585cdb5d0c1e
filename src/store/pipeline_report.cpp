#include "store/pipeline_report.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

// Growth is plotted of few creators, and of the past half year.
constexpr int kPlotted = 25;
constexpr const char* kPlottedDays = "-180 days";
constexpr const char* kSpendDays = "-90 days";
constexpr int kRunsListed = 20;

/// The creators of a pipeline (?1), of each keyword set the best (?2), in that order.
constexpr const char* kShortlist =
    "SELECT c.creator_key AS creator, l.*, g.growth_since_first_seen, c.bio, c.is_enriched, c.enriched_at,"
    " c.first_seen_at FROM (SELECT *, count(*) OVER (PARTITION BY keyword_set) AS found,"
    " row_number() OVER (PARTITION BY keyword_set ORDER BY combined_score DESC NULLS LAST, rank) AS place"
    " FROM shortlist WHERE pipeline = ?1) l JOIN creators c USING (creator_id) JOIN creator_growth g USING (creator_id)"
    " WHERE place <= ?2 ORDER BY keyword_set, place";

// From here on, ?1 is a JSON array: the keys of the creators that are shown.

constexpr const char* kTags =
    "SELECT t.creator_key AS creator, t.kind, json_group_array(t.value) AS \"values\""
    " FROM json_each(?1) k JOIN creator_tag_rows t ON t.creator_key = k.value GROUP BY t.creator_key, t.kind";

/// At most one observation a day.
constexpr const char* kHistory =
    "SELECT c.creator_key AS creator, max(m.observed_at) AS observed_at, m.followers_count"
    " FROM json_each(?1) k JOIN creators c ON c.creator_key = k.value JOIN creator_metric_rows m USING (creator_key)"
    " WHERE m.followers_count IS NOT NULL AND m.observed_at >= strftime('%Y-%m-%dT%H:%M:%SZ', c.last_seen_at, ?2)"
    " GROUP BY c.creator_key, substr(m.observed_at, 1, 10) ORDER BY c.creator_key, 2";

/// Their newest analyses with the criteria that the keyword sets of a pipeline (?2) use now, as in `shortlist`: whoever
/// bought them. Beside max(), SQLite takes other columns from the row that it found. The joins are in the order in
/// which an index leads from one to the next.
std::string newest_analyses(const std::string& stage) {
  const auto rows = stage + "_rows";
  return "WITH uses AS (SELECT s.keyword_set, s.criteria_key, max(s.stage_key) FROM stage_rows s"
         " JOIN run_rows r USING (run_key) WHERE r.pipeline = ?2 AND s.stage = '" +
         stage +
         "' AND s.criteria_key IS NOT NULL GROUP BY s.keyword_set),"
         " newest AS (SELECT u.keyword_set, m.match_key, max(m.job_key) FROM uses u CROSS JOIN"
         " json_each(?1) k CROSS JOIN " +
         rows +
         " m ON m.criteria_key = u.criteria_key AND m.creator_key = k.value AND m.status = 'succeeded'"
         " GROUP BY u.keyword_set, m.creator_key),"
         " analyses AS (SELECT n.keyword_set, m.* FROM newest n JOIN " +
         rows + " m USING (match_key)) ";
}

/// Rows that belong to the analyses, in the order in which the API sent them.
std::string parts_of_analyses(const std::string& stage, const std::string& columns, const std::string& table,
                              const std::string& order) {
  return newest_analyses(stage) + "SELECT p.match_key AS analysis, " + columns +
         " FROM (SELECT DISTINCT match_key FROM analyses) JOIN " + table +
         " p USING (match_key) ORDER BY p.match_key, " + order;
}

constexpr const char* kContent =
    "SELECT match_key AS analysis, keyword_set, creator_key AS creator, match_score, content_fit_label,"
    " matching_posts_count, total_posts_analyzed, completed_at FROM analyses";

constexpr const char* kAudience =
    "SELECT match_key AS analysis, keyword_set, creator_key AS creator, match_score, matching_engagers_count,"
    " total_engagers_analyzed, unique_companies, audience_summary, completed_at FROM analyses";

constexpr const char* kThoughtLeaders =
    "SELECT s.keyword_set, t.creator_key AS creator, k.mode, t.status, t.score, t.relevance_score,"
    " t.content_match_score, t.matching_posts, t.posts_analyzed, t.reasoning, t.processed_at"
    " FROM run_rows r JOIN stage_rows s USING (run_key) JOIN intents i USING (stage_key)"
    " JOIN job_rows j USING (intent_key) JOIN thought_leader_rows t USING (job_key)"
    " JOIN criteria k ON k.criteria_key = j.criteria_key"
    " WHERE r.pipeline = ?2 AND s.stage = 'thought_leaders' AND t.creator_key IN (SELECT value FROM json_each(?1))"
    " ORDER BY t.job_key";

/// The posts by which the newest search of each keyword set, as in `shortlist`, found them.
constexpr const char* kHitPosts =
    "WITH newest_search AS (SELECT s.keyword_set, coalesce(s.reused_from, s.stage_key) AS stage_key,"
    " max(s.stage_key) FROM run_rows r JOIN stage_rows s USING (run_key) WHERE r.pipeline = ?2 AND s.stage = 'search'"
    " AND EXISTS (SELECT 1 FROM search_hit_rows h WHERE h.stage_key = s.stage_key) GROUP BY s.keyword_set)"
    " SELECT n.keyword_set, p.creator_key AS creator, p.post_url, p.snippet, p.posted_at, p.keyword_matches,"
    " p.reactions FROM newest_search n CROSS JOIN json_each(?1) k CROSS JOIN search_hit_post_rows p"
    " ON p.stage_key = n.stage_key AND p.creator_key = k.value ORDER BY n.keyword_set, p.creator_key, p.position";

// From here on, ?1 is the pipeline again.

constexpr const char* kCredits =
    "SELECT day, keyword_set, stage, reserved, charged, released FROM credit_spend_daily"
    " WHERE pipeline = ?1 AND day > (SELECT date(max(day), ?2) FROM credit_spend_daily WHERE pipeline = ?1)"
    " ORDER BY day, keyword_set, stage";

constexpr const char* kRuns = "SELECT * FROM run_summary WHERE pipeline = ?1 ORDER BY started_at DESC LIMIT ?2";

Value read_value(const Row& row, int column) {
  switch (row.type(column)) {
    case SQLITE_INTEGER: return row.integer(column);
    case SQLITE_FLOAT: return row.optional_number(column).value();
    case SQLITE_NULL: return std::monostate{};
    default: return row.text(column);
  }
}

template <typename... Values>
Relation read(Store& store, std::string sql, const Values&... values) {
  Relation relation;
  Query query(store.database(), std::move(sql));
  query.each(
      [&](const Row& row) {
        auto& read = relation.rows.emplace_back();
        for (int column = 0; column < row.size(); ++column) read.push_back(read_value(row, column));
      },
      values...);
  relation.columns = query.columns();
  return relation;
}

std::size_t place_of(const Relation& relation, std::string_view column) {
  return static_cast<std::size_t>(std::ranges::find(relation.columns, column) - relation.columns.begin());
}

/// The keys of the creators in a shortlist as a JSON array; of each keyword set at most so many.
std::string creators_in(const Relation& shortlist, int per_keyword_set) {
  const auto creator = place_of(shortlist, "creator"), place = place_of(shortlist, "place");
  std::set<std::int64_t> keys;
  for (const auto& row : shortlist.rows) {
    if (std::get<std::int64_t>(row[place]) <= per_keyword_set) keys.insert(std::get<std::int64_t>(row[creator]));
  }
  return fmt::format("[{}]", fmt::join(keys, ","));
}

}  // namespace

NamedRelations read_pipeline_report(Store& store, std::string_view pipeline, int per_keyword_set) {
  auto shortlist = read(store, kShortlist, pipeline, per_keyword_set);
  const auto creators = creators_in(shortlist, per_keyword_set), plotted = creators_in(shortlist, kPlotted);
  const auto analyses = [&](const std::string& stage, const char* columns) {
    return read(store, newest_analyses(stage) + columns, creators, pipeline);
  };
  const auto parts = [&](const std::string& stage, const std::string& columns, const std::string& table,
                         const std::string& order) {
    return read(store, parts_of_analyses(stage, columns, table, order), creators, pipeline);
  };
  NamedRelations relations;
  relations.emplace_back("shortlist", std::move(shortlist));
  relations.emplace_back("tags", read(store, kTags, creators));
  relations.emplace_back("content", analyses("content_match", kContent));
  relations.emplace_back("posts", parts("content_match",
                                        "p.post_url, p.title, p.posted_date, p.content_type, p.match_score,"
                                        " p.keyword_matches, p.match_reason",
                                        "content_match_post_rows", "p.post_key"));
  relations.emplace_back("audience", analyses("audience_match", kAudience));
  relations.emplace_back(
      "companies", parts("audience_match", "p.name, p.count, p.percentage", "audience_company_rows", "p.position"));
  relations.emplace_back("titles",
                         parts("audience_match", "p.title, p.count", "audience_job_title_rows", "p.position"));
  relations.emplace_back(
      "engagers",
      parts("audience_match", "p.name, p.job_title, p.company, p.headline, p.linkedin_url, p.engagement_count",
            "audience_engager_rows", "p.position"));
  relations.emplace_back("thought_leaders", read(store, kThoughtLeaders, creators, pipeline));
  relations.emplace_back("hit_posts", read(store, kHitPosts, creators, pipeline));
  relations.emplace_back("history", read(store, kHistory, plotted, kPlottedDays));
  relations.emplace_back("credits", read(store, kCredits, pipeline, kSpendDays));
  relations.emplace_back("runs", read(store, kRuns, pipeline, kRunsListed));
  return relations;
}

}  // namespace toksync::store
