// Searches: pages, hits, and walks that are over.
#include <set>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

using HitRow = std::tuple<StageKey, std::int64_t, CreatorKey, std::int64_t, OptionalNumber, OptionalNumber>;

}  // namespace

SearchQueries::SearchQueries(SQLite::Database& database)
    : finished(database,
               "SELECT stage_key, finished_at FROM stage_rows WHERE criteria_key = ?1 AND stage = 'search'"
               " AND status = 'succeeded' AND reused_from IS NULL ORDER BY stage_key DESC LIMIT 1"),
      count_hits(database, "SELECT count(*) FROM search_hit_rows WHERE stage_key = ?1"),
      hits_after(database, "SELECT creator_key FROM search_hit_rows WHERE stage_key = ?1 AND rank > ?2 ORDER BY rank"),
      last_page(database, "SELECT coalesce(max(page), 0) FROM search_page_rows WHERE stage_key = ?1"),
      insert_page(database,
                  "INSERT INTO search_page_rows (stage_key, page, seen_at, creator_count, new_count, search_mode,"
                  " request_id, meta_json) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)"),
      count_page(database,
                 "UPDATE search_page_rows SET new_count = ?3, next_cursor = ?4, evidence_posts = ?5,"
                 " evidence_pending = ?3 > 0 AND ?5 > 0 WHERE stage_key = ?1 AND page = ?2"),
      last_rank(database, "SELECT coalesce(max(rank), 0) FROM search_hit_rows WHERE stage_key = ?1"),
      is_hit(database, "SELECT 1 FROM search_hit_rows WHERE creator_key = ?1 AND stage_key = ?2"),
      insert_hits(database,
                  "INSERT INTO search_hit_rows (stage_key, rank, creator_key, page, score, match_rank) VALUES", 6),
      turn_page(database,
                "UPDATE stage_rows SET cursor = ?2, items_done = items_done + ?3,"
                " status = CASE WHEN ?2 IS NULL THEN 'succeeded' ELSE status END,"
                " started_at = coalesce(started_at, ?4), finished_at = CASE WHEN ?2 IS NULL THEN ?4 END"
                " WHERE stage_key = ?1"),
      delete_hits(database, "DELETE FROM search_hit_rows WHERE stage_key = ?1"),
      delete_pages(database, "DELETE FROM search_page_rows WHERE stage_key = ?1"),
      copy_pages(database,
                 "INSERT INTO search_page_rows (stage_key, page, seen_at, creator_count, new_count, search_mode,"
                 " next_cursor, request_id, meta_json)"
                 " SELECT ?2, page, seen_at, creator_count, new_count, search_mode, next_cursor, request_id, meta_json"
                 " FROM search_page_rows WHERE stage_key = ?1"),
      copy_hits(database,
                "INSERT INTO search_hit_rows (stage_key, rank, creator_key, page, score, match_rank)"
                " SELECT ?2, rank, creator_key, page, score, match_rank FROM search_hit_rows WHERE stage_key = ?1"),
      finish_reuse(database,
                   "UPDATE stage_rows SET status = 'succeeded', items_total = ?3, items_done = ?3, items_failed = 0,"
                   " reused_from = (SELECT coalesce(f.reused_from, f.stage_key) FROM stage_rows f"
                   " WHERE f.stage_key = ?1),"
                   " error = NULL, started_at = coalesce(started_at, ?4), finished_at = ?4 WHERE stage_key = ?2") {}

std::optional<std::pair<StageKey, WallTime>> Store::finished_search(CriteriaKey criteria) {
  const auto read = [](const Row& row) { return std::pair{row.key<StageKey>(0), row.optional_time(1).value()}; };
  return impl_->searches.finished.first(read, criteria);
}

std::int64_t Store::count_hits(StageKey search) { return impl_->searches.count_hits.integer(search).value(); }

std::vector<CreatorKey> Store::hits_after(StageKey search, std::int64_t rank) {
  std::vector<CreatorKey> creators;
  const auto add = [&creators](const Row& row) { creators.push_back(row.key<CreatorKey>(0)); };
  impl_->searches.hits_after.each(add, search, rank);
  return creators;
}

std::int64_t Store::Impl::save_page(const SearchPageCommit& page, const Observation& observation,
                                    const OptionalText& request_id) {
  const auto number = searches.last_page.integer(page.stage).value() + 1;
  searches.insert_page.run(page.stage, number, observation.at, page.creators.size(), page.search_mode, request_id,
                           page.meta_json);
  const auto last_rank = searches.last_rank.integer(page.stage).value();
  CreatorRows rows(observation.at);
  std::vector<HitRow> hits;
  std::set<CreatorKey> on_page;
  const auto is_hit = [&](CreatorKey creator) {
    return on_page.contains(creator) || searches.is_hit.integer(creator, page.stage).has_value();
  };
  for (const auto& found : page.creators) {
    const auto saved = creators.save_found(found.creator, observation, rows);
    const auto added = static_cast<std::int64_t>(hits.size());
    if (!saved || added >= page.keep_at_most) continue;
    // Nobody found somebody who is new here.
    if (!saved->is_new && is_hit(saved->key)) continue;
    on_page.insert(saved->key);
    hits.emplace_back(page.stage, last_rank + added + 1, saved->key, number, found.score, found.match_rank);
  }
  creators.write(rows);
  searches.insert_hits.run(std::span<const HitRow>(hits));
  const auto added = static_cast<std::int64_t>(hits.size());
  const auto cursor = page.cursor_after ? page.cursor_after(added) : std::nullopt;
  searches.count_page.run(page.stage, number, added, cursor, page.evidence_posts);
  searches.turn_page.run(page.stage, cursor, added, observation.at);
  return added;
}

std::int64_t Store::commit_search_page(const SearchPageCommit& page, RunKey run, const RequestLog& request) {
  const auto stamp = stamp_of(request);
  Transaction transaction(impl_->database, "commit_search_page");
  const auto observation = impl_->log_request(run, request);
  impl_->jobs.mark_answered.run(page.intent.key, stamp.at, stamp.request_id);
  for (const auto job : page.intent.jobs) {
    impl_->update_job({.job = job, .status = JobStatus::succeeded, .charge = page.charge}, std::nullopt, stamp);
  }
  const auto added = impl_->save_page(page, observation, stamp.request_id);
  transaction.commit();
  return added;
}

std::int64_t Store::reuse_search(StageKey from, StageKey to, WallTime now) {
  auto& queries = impl_->searches;
  Transaction transaction(impl_->database, "reuse_search");
  queries.delete_hits.run(to);
  queries.delete_pages.run(to);
  queries.copy_pages.run(from, to);
  const auto hits = queries.copy_hits.run(from, to);
  queries.finish_reuse.run(from, to, hits, now);
  transaction.commit();
  return hits;
}

}  // namespace toksync::store
