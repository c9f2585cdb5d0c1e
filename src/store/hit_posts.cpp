// The posts behind the hits of searches: which are still to be fetched, and what was fetched.
#include <map>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

// What a search took over from another is kept there, once.
constexpr std::string_view kOrigin =
    "(SELECT coalesce(s.reused_from, s.stage_key) FROM stage_rows s WHERE s.stage_key = ?1)";

// The hits of a page stand together: after as many as the pages before it brought.
constexpr std::string_view kHitsWithout =
    " FROM search_page_rows p JOIN search_hit_rows h ON h.stage_key = p.stage_key AND h.page = p.page"
    " LEFT JOIN search_hit_evidence_rows e ON e.stage_key = h.stage_key AND e.creator_key = h.creator_key"
    " WHERE p.stage_key = ?1 AND p.page = ?2 AND coalesce(e.posts_asked, 0) < p.evidence_posts"
    " AND h.rank > (SELECT coalesce(sum(b.new_count), 0) FROM search_page_rows b"
    " WHERE b.stage_key = ?1 AND b.page < ?2)"
    " AND h.rank <= (SELECT sum(b.new_count) FROM search_page_rows b WHERE b.stage_key = ?1 AND b.page <= ?2)";

std::string of_origin(std::string_view before, std::string_view after) {
  return std::string(before).append(kOrigin).append(after);
}

HitPage read_page(const Row& row) { return {row.key<StageKey>(0), row.integer(1)}; }

}  // namespace

HitPostQueries::HitPostQueries(SQLite::Database& database)
    : want(database, of_origin("UPDATE search_page_rows SET evidence_posts = ?2, evidence_pending = 1,"
                               " error_of_posts = NULL WHERE stage_key = ",
                               " AND evidence_posts < ?2 AND new_count > 0")),
      count_more(database, of_origin("SELECT count(*) FROM search_page_rows WHERE stage_key = ",
                                     " AND evidence_posts < ?2 AND evidence_pending = 0 AND new_count > 0")),
      pending(database,
              "SELECT stage_key, page FROM search_page_rows WHERE evidence_pending = 1 ORDER BY stage_key, page"),
      pending_of(database, of_origin("SELECT stage_key, page FROM search_page_rows WHERE stage_key = ",
                                     " AND evidence_pending = 1 ORDER BY page")),
      page(database, "SELECT evidence_posts FROM search_page_rows WHERE stage_key = ?1 AND page = ?2"),
      wanted(database, std::string("SELECT h.creator_key").append(kHitsWithout).append(" ORDER BY h.rank LIMIT ?3")),
      keywords(database,
               "SELECT j.value FROM stage_rows s JOIN criteria k USING (criteria_key),"
               " json_each(k.json, '$.keywords') j WHERE s.stage_key = ?1 ORDER BY j.key"),
      save(database,
           "INSERT OR REPLACE INTO search_hit_evidence_rows (stage_key, creator_key, posts_asked, matched_posts_count,"
           " cached_post_count, matched_keywords, unsupported, fetched_at, run_key, raw_json)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      delete_posts(database, "DELETE FROM search_hit_post_rows WHERE stage_key = ?1 AND creator_key = ?2"),
      insert_post(database,
                  "INSERT INTO search_hit_post_rows (stage_key, creator_key, position, post_url, posted_at, snippet,"
                  " relevance_score, reactions, comments, shares, keyword_matches)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      is_done(database, std::string("SELECT NOT EXISTS (SELECT 1").append(kHitsWithout).append(")")),
      end(database,
          "UPDATE search_page_rows SET evidence_pending = 0, error_of_posts = ?3 WHERE stage_key = ?1 AND page = ?2") {}

void Store::want_hit_posts(StageKey search, int posts) {
  Transaction transaction(impl_->database, "want_hit_posts");
  impl_->hit_posts.want.run(search, posts);
  transaction.commit();
}

std::int64_t Store::count_more_hit_posts(StageKey search, int posts) {
  return impl_->hit_posts.count_more.integer(search, posts).value();
}

std::vector<HitPage> Store::pages_without_posts(std::optional<StageKey> search) {
  std::vector<HitPage> pages;
  const auto add = [&pages](const Row& row) { pages.push_back(read_page(row)); };
  search ? impl_->hit_posts.pending_of.each(add, *search) : impl_->hit_posts.pending.each(add);
  return pages;
}

WantedHitPosts Store::wanted_hit_posts(HitPage page, std::size_t most) {
  WantedHitPosts wanted;
  auto& queries = impl_->hit_posts;
  wanted.posts = static_cast<int>(queries.page.integer(page.stage, page.page).value());
  queries.wanted.each([&](const Row& row) { wanted.creators.push_back(row.key<CreatorKey>(0)); }, page.stage, page.page,
                      most);
  queries.keywords.each([&](const Row& row) { wanted.keywords.push_back(row.text(0)); }, page.stage);
  return wanted;
}

void Store::Impl::replace_hit_posts(StageKey search, CreatorKey creator, const std::vector<HitPost>& posts) {
  hit_posts.delete_posts.run(search, creator);
  std::int64_t position = 0;
  for (const auto& post : posts) {
    hit_posts.insert_post.run(search, creator, ++position, post.post_url, normalized_time(post.posted_at), post.snippet,
                              post.relevance_score, post.reactions, post.comments, post.shares,
                              post.keyword_matches_json);
  }
}

bool Store::commit_hit_posts(RunKey run, const HitPostsCommit& posts, const RequestLog& request) {
  const auto& [stage, page] = posts.page;
  const HitEvidence nothing;
  Transaction transaction(impl_->database, "commit_hit_posts");
  const auto observation = impl_->log_request(run, request);
  std::map<std::string_view, const HitEvidence*> by_id;
  for (const auto& record : posts.records) by_id.emplace(record.creator_id, &record);
  const auto ids = creator_ids(posts.creators);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto creator = posts.creators[i];
    const auto found = by_id.find(ids[i]);
    const auto& record = found == by_id.end() ? nothing : *found->second;
    impl_->hit_posts.save.run(stage, creator, posts.posts_asked, record.matched_posts_count, record.cached_post_count,
                              record.matched_keywords_json, record.unsupported, observation.at, run,
                              non_empty(impl_->forgotten.without_them(record.raw_json)));
    impl_->replace_hit_posts(stage, creator, record.posts);
  }
  const bool is_done = impl_->hit_posts.is_done.integer(stage, page).value() != 0;
  if (is_done) impl_->hit_posts.end.run(stage, page, std::nullopt);
  transaction.commit();
  return is_done;
}

void Store::record_hit_posts_done(HitPage page) {
  Transaction transaction(impl_->database, "record_hit_posts_done");
  impl_->hit_posts.end.run(page.stage, page.page, std::nullopt);
  transaction.commit();
}

void Store::record_no_hit_posts(RunKey run, HitPage page, const std::string& why, const RequestLog& request) {
  Transaction transaction(impl_->database, "record_no_hit_posts");
  impl_->log_request(run, request);
  impl_->hit_posts.end.run(page.stage, page.page, why);
  transaction.commit();
}

}  // namespace toksync::store
