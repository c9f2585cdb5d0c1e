#include "store/reprocess.hpp"

#include <map>
#include <set>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

constexpr const char* kUpdateEnrichment =
    "UPDATE enrichment_rows SET enriched_at = ?2, median_posts_per_month = ?3, median_reactions_per_post = ?4,"
    " median_comments_per_post = ?5, median_shares_per_post = ?6, engagement_rate = ?7, followers_count = ?8"
    " WHERE job_key = ?1 AND (enriched_at, median_posts_per_month, median_reactions_per_post,"
    " median_comments_per_post, median_shares_per_post, engagement_rate, followers_count)"
    " IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8)";

constexpr const char* kUpdateContent =
    "UPDATE content_match_rows SET status = coalesce(?2, status), match_score = ?3, matching_posts_count = ?4,"
    " total_posts_analyzed = ?5, content_fit_label = ?6, completed_at = ?7"
    " WHERE match_key = ?1 AND (status, match_score, matching_posts_count, total_posts_analyzed, content_fit_label,"
    " completed_at) IS NOT (coalesce(?2, status), ?3, ?4, ?5, ?6, ?7)";

constexpr const char* kUpdateAudience =
    "UPDATE audience_match_rows SET status = coalesce(?2, status), match_score = ?3, matching_engagers_count = ?4,"
    " total_engagers_analyzed = ?5, unique_companies = ?6, audience_summary = ?7, completed_at = ?8"
    " WHERE match_key = ?1 AND (status, match_score, matching_engagers_count, total_engagers_analyzed,"
    " unique_companies, audience_summary, completed_at) IS NOT (coalesce(?2, status), ?3, ?4, ?5, ?6, ?7, ?8)";

constexpr const char* kUpdateLeader =
    "UPDATE thought_leader_rows SET search_rank = ?3, score = ?4, relevance_score = ?5, content_match_score = ?6,"
    " matching_posts = ?7, posts_analyzed = ?8, status = ?9, processed_at = ?10, reasoning = ?11"
    " WHERE job_key = ?1 AND creator_key = ?2 AND (search_rank, score, relevance_score, content_match_score,"
    " matching_posts, posts_analyzed, status, processed_at, reasoning)"
    " IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// An analysis is stored when it has ended; that it has stays, whatever its record is now taken to say.
OptionalText ended(JobStatus status) {
  return is_final(status) ? OptionalText{std::string{to_string(status)}} : std::nullopt;
}

struct StoredEnrichment {
  std::int64_t key = 0;
  CreatorKey creator{};
  bool is_newer = false;     // than the creator's search record
  std::int64_t request = 0;  // whose answer it was
  std::string creator_id, raw_json, received_at;
};

/// Everything is read record by record, since a database may be larger than the memory.
class Reprocessing {
 public:
  using ReplaceHitPosts = std::function<void(StageKey, CreatorKey, const std::vector<HitPost>&)>;

  Reprocessing(SQLite::Database& database, Creators& creators, Results& results, ReplaceHitPosts replace,
               const RecordReader& read)
      : database_(database), creators_(creators), results_(results), replace_(std::move(replace)), read_(read) {
    for (const auto kind : kRecordKinds) done_.kinds.push_back({kind, 0, 0});
  }

  Reprocessed run() {
    enrichments();
    leaders();
    details();
    creators();
    content_matches();
    audience_matches();
    hit_posts();
    return std::move(done_);
  }

 private:
  /// The record, unless it cannot be read.
  template <typename Record>
  std::optional<Record> record(RecordKind kind, const std::string& of, const std::string& raw_json) {
    ++counts(kind).read;
    auto read = read_(kind, raw_json);
    if (read) return std::get<Record>(std::move(*read));
    done_.unreadable.push_back({kind, of, std::move(read).error()});
    return std::nullopt;
  }

  ReprocessedRecords& counts(RecordKind kind) { return done_.kinds.at(static_cast<std::size_t>(kind)); }
  void changed(RecordKind kind, bool is) { counts(kind).changed += is ? 1 : 0; }

  /// Collected first: a table is not changed while it is read.
  std::vector<std::int64_t> keys(const std::string& sql) {
    std::vector<std::int64_t> keys;
    Query(database_, sql).each([&](const Row& row) { keys.push_back(row.integer(0)); });
    return keys;
  }

  void enrichments() {
    Query select(database_,
                 "SELECT e.creator_key, coalesce(e.request_key > c.raw_request_key, 1), c.creator_id, e.raw_json,"
                 " coalesce(q.at, e.enriched_at), coalesce(e.request_key, 0) FROM enrichment_rows e JOIN creators c "
                 "USING (creator_key)"
                 " LEFT JOIN api_request_rows q USING (request_key) WHERE e.job_key = ?1");
    Query update(database_, kUpdateEnrichment);
    for (const auto key : keys("SELECT job_key FROM enrichment_rows ORDER BY 1")) {
      const auto stored = select
                              .first(
                                  [&](const Row& row) {
                                    return StoredEnrichment{key,         row.key<CreatorKey>(0),
                                                            row.flag(1), row.integer(5),
                                                            row.text(2), row.text(3),
                                                            row.text(4)};
                                  },
                                  key)
                              .value();
      auto read = record<EnrichmentRecord>(RecordKind::enrichment, stored.creator_id, stored.raw_json);
      if (!read) {
        untouched_.insert(stored.creator);
        continue;
      }
      auto& evidence = evidence_[stored.creator];
      evidence.enriched_at = normalized_time(read->enriched_at).value_or(stored.received_at);
      changed(RecordKind::enrichment,
              update.run(key, evidence.enriched_at, read->median_posts_per_month, read->median_reactions_per_post,
                         read->median_comments_per_post, read->median_shares_per_post, read->engagement_rate,
                         read->followers_count) > 0);
      (stored.is_newer ? evidence.newer : evidence.older).push_back({stored.request, as_creator(*read)});
    }
  }

  void leaders() {
    Query select(database_,
                 "SELECT t.creator_key, c.creator_id, t.raw_json FROM thought_leader_rows t"
                 " JOIN creators c USING (creator_key) WHERE t.job_key = ?1");
    Query update(database_, kUpdateLeader);
    struct Stored {
      CreatorKey creator{};
      std::string creator_id, raw_json;
    };
    for (const auto job : keys("SELECT DISTINCT job_key FROM thought_leader_rows ORDER BY 1")) {
      std::vector<Stored> rows;
      select.each([&](const Row& row) { rows.push_back({row.key<CreatorKey>(0), row.text(1), row.text(2)}); }, job);
      for (const auto& row : rows) {
        const auto read = record<ThoughtLeader>(RecordKind::thought_leader,
                                                row.creator_id + " in job " + std::to_string(job), row.raw_json);
        if (!read) continue;
        auto& name = evidence_[row.creator].mentioned_name;
        if (!name) name = read->creator_name;
        changed(RecordKind::thought_leader,
                update.run(job, row.creator, read->search_rank, read->score, read->relevance_score,
                           read->content_match_score, read->matching_posts, read->posts_analyzed, read->status,
                           normalized_time(read->processed_at), read->reasoning) > 0);
      }
    }
  }

  /// The full records of creators.
  void details() {
    Query select(database_,
                 "SELECT c.creator_id, d.raw_json, coalesce(d.request_key > c.raw_request_key, 1),"
                 " coalesce(d.request_key, 0) FROM creator_detail_rows d JOIN creators c USING (creator_key)"
                 " WHERE d.creator_key = ?1");
    Query update(database_,
                 "UPDATE creator_detail_rows SET created_at = ?2 WHERE creator_key = ?1 AND created_at IS NOT ?2");
    struct Stored {
      std::string creator_id, raw_json;
      bool is_newer = false;
      std::int64_t request = 0;
    };
    for (const auto key : keys("SELECT creator_key FROM creator_detail_rows WHERE raw_json IS NOT NULL ORDER BY 1")) {
      const auto of = [](const Row& row) { return Stored{row.text(0), row.text(1), row.flag(2), row.integer(3)}; };
      const auto stored = select.first(of, key).value();
      auto read = record<CreatorDetail>(RecordKind::creator_detail, stored.creator_id, stored.raw_json);
      if (!read) {
        untouched_.insert(CreatorKey{key});
        continue;
      }
      changed(RecordKind::creator_detail, update.run(key, normalized_time(read->created_at)) > 0);
      auto& evidence = evidence_[CreatorKey{key}];
      (stored.is_newer ? evidence.newer : evidence.older).push_back({stored.request, std::move(read->creator)});
    }
  }

  void creators() {
    Query select(database_, "SELECT creator_id, raw_json FROM creators WHERE creator_key = ?1");
    for (const auto key : keys("SELECT creator_key FROM creators ORDER BY 1")) {
      const CreatorKey creator{key};
      const auto [id, raw_json] =
          select.first(
                    [](const Row& row) {
                      return std::pair{row.text(0), row.optional_text(1)};
                    },
                    key)
              .value();
      auto evidence = std::move(evidence_[creator]);
      evidence_.erase(creator);
      if (raw_json) {
        evidence.found = record<CreatorRecord>(RecordKind::creator, id, *raw_json);
        if (!evidence.found) continue;
      }
      if (untouched_.contains(creator)) continue;
      changed(RecordKind::creator, creators_.rebuild(creator, std::move(evidence)));
    }
  }

  /// Why searches found creators, search by search.
  void hit_posts() {
    Query select(database_,
                 "SELECT e.creator_key, c.creator_id, e.raw_json FROM search_hit_evidence_rows e"
                 " JOIN creators c USING (creator_key) WHERE e.stage_key = ?1 AND e.creator_key > ?2"
                 " AND e.raw_json IS NOT NULL ORDER BY e.creator_key LIMIT 1");
    Query update(database_,
                 "UPDATE search_hit_evidence_rows SET matched_posts_count = ?3, cached_post_count = ?4,"
                 " matched_keywords = ?5, unsupported = ?6 WHERE stage_key = ?1 AND creator_key = ?2 AND"
                 " (matched_posts_count, cached_post_count, matched_keywords, unsupported) IS NOT (?3, ?4, ?5, ?6)");
    struct Stored {
      CreatorKey creator{};
      std::string creator_id, raw_json;
    };
    const auto of = [](const Row& row) { return Stored{row.key<CreatorKey>(0), row.text(1), row.text(2)}; };
    for (const auto search : keys("SELECT DISTINCT stage_key FROM search_hit_evidence_rows ORDER BY 1")) {
      for (auto stored = select.first(of, search, 0); stored; stored = select.first(of, search, stored->creator)) {
        const auto read = record<HitEvidence>(
            RecordKind::hit_posts, stored->creator_id + " in search " + std::to_string(search), stored->raw_json);
        if (!read) continue;
        const bool retold = update.run(search, stored->creator, read->matched_posts_count, read->cached_post_count,
                                       read->matched_keywords_json, read->unsupported) > 0;
        const bool differs = known_hit_posts(search, stored->creator) != with_normal_times(read->posts);
        if (differs) replace_(StageKey{search}, stored->creator, read->posts);
        changed(RecordKind::hit_posts, retold || differs);
      }
    }
  }

  static std::vector<HitPost> with_normal_times(std::vector<HitPost> posts) {
    for (auto& post : posts) post.posted_at = normalized_time(post.posted_at);
    return posts;
  }

  std::vector<HitPost> known_hit_posts(std::int64_t search, CreatorKey creator) {
    std::vector<HitPost> posts;
    known_hit_posts_.each(
        [&](const Row& row) {
          posts.push_back({.post_url = row.optional_text(0),
                           .posted_at = row.optional_text(1),
                           .snippet = row.optional_text(2),
                           .relevance_score = row.optional_number(3),
                           .reactions = row.optional_integer(4),
                           .comments = row.optional_integer(5),
                           .shares = row.optional_integer(6),
                           .keyword_matches_json = row.text(7)});
        },
        search, creator);
    return posts;
  }

  struct StoredMatch {
    std::string analysis_id, raw_json;
    OptionalText details_json;
  };
  StoredMatch match(Query& select, std::int64_t key) {
    return select.first(
                     [](const Row& row) {
                       return StoredMatch{row.text(0), row.text(1), row.optional_text(2)};
                     },
                     key)
        .value();
  }

  void content_matches() {
    Query select(database_, "SELECT analysis_id, raw_json, details_json FROM content_match_rows WHERE match_key = ?1");
    Query update(database_, kUpdateContent);
    for (const auto key : keys("SELECT match_key FROM content_match_rows ORDER BY 1")) {
      const auto stored = match(select, key);
      if (const auto read =
              record<ContentMatchRecord>(RecordKind::content_match, stored.analysis_id, stored.raw_json)) {
        changed(
            RecordKind::content_match,
            update.run(key, ended(read->status), read->match_score, read->matching_posts_count,
                       read->total_posts_analyzed, read->content_fit_label, normalized_time(read->completed_at)) > 0);
      }
      if (stored.details_json) posts(key, stored);
    }
  }

  void posts(std::int64_t match, const StoredMatch& stored) {
    const auto read = record<ContentEvidence>(RecordKind::content_posts, stored.analysis_id, *stored.details_json);
    if (!read || read->posts == known_posts(match)) return;
    results_.replace_posts(match, read->posts);
    changed(RecordKind::content_posts, true);
  }

  std::vector<ContentPost> known_posts(std::int64_t match) {
    std::vector<ContentPost> posts;
    known_posts_.each(
        [&](const Row& row) {
          posts.push_back({.post_url = row.optional_text(0),
                           .title = row.optional_text(1),
                           .posted_date = row.optional_text(2),
                           .content_type = row.optional_text(3),
                           .match_reason = row.optional_text(4),
                           .match_score = row.optional_number(5),
                           .keyword_matches_json = row.text(6),
                           .raw_json = row.text(7)});
        },
        match);
    return posts;
  }

  void audience_matches() {
    Query select(database_, "SELECT analysis_id, raw_json, details_json FROM audience_match_rows WHERE match_key = ?1");
    Query update(database_, kUpdateAudience);
    for (const auto key : keys("SELECT match_key FROM audience_match_rows ORDER BY 1")) {
      const auto stored = match(select, key);
      if (const auto read =
              record<AudienceMatchRecord>(RecordKind::audience_match, stored.analysis_id, stored.raw_json)) {
        changed(RecordKind::audience_match,
                update.run(key, ended(read->status), read->match_score, read->matching_engagers_count,
                           read->total_engagers_analyzed, read->unique_companies, read->audience_summary,
                           normalized_time(read->completed_at)) > 0);
      }
      if (stored.details_json) people(key, stored);
    }
  }

  void people(std::int64_t match, const StoredMatch& stored) {
    const auto read = record<AudienceDetails>(RecordKind::audience_details, stored.analysis_id, *stored.details_json);
    if (!read) return;
    const auto known = known_people(match);
    if (std::tie(read->engagers, read->companies, read->job_titles) ==
        std::tie(known.engagers, known.companies, known.job_titles)) {
      return;
    }
    results_.replace_people(match, *read);
    changed(RecordKind::audience_details, true);
  }

  AudienceDetails known_people(std::int64_t match) {
    AudienceDetails known;
    known_engagers_.each(
        [&](const Row& row) {
          known.engagers.push_back({row.optional_text(0), row.optional_text(1), row.optional_text(2),
                                    row.optional_text(3), row.optional_text(4), row.optional_integer(5)});
        },
        match);
    known_companies_.each(
        [&](const Row& row) {
          known.companies.push_back({row.optional_text(0), row.optional_integer(1), row.optional_number(2)});
        },
        match);
    known_titles_.each(
        [&](const Row& row) {
          known.job_titles.push_back({row.optional_text(0), row.optional_integer(1)});
        },
        match);
    return known;
  }

  SQLite::Database& database_;
  Creators& creators_;
  Results& results_;
  ReplaceHitPosts replace_;
  const RecordReader& read_;
  Reprocessed done_;
  std::map<CreatorKey, CreatorEvidence> evidence_;
  std::set<CreatorKey> untouched_;  // of whose enrichments one cannot be read
  Query known_posts_{database_,
                     "SELECT post_url, title, posted_date, content_type, match_reason, match_score, keyword_matches,"
                     " raw_json FROM content_match_post_rows WHERE match_key = ?1 ORDER BY post_key"};
  Query known_hit_posts_{database_,
                         "SELECT post_url, posted_at, snippet, relevance_score, reactions, comments, shares,"
                         " keyword_matches FROM search_hit_post_rows WHERE stage_key = ?1 AND creator_key = ?2"
                         " ORDER BY position"};
  Query known_engagers_{database_,
                        "SELECT name, job_title, company, headline, linkedin_url, engagement_count"
                        " FROM audience_engager_rows WHERE match_key = ?1 ORDER BY position"};
  Query known_companies_{database_,
                         "SELECT name, count, percentage FROM audience_company_rows WHERE match_key = ?1"
                         " ORDER BY position"};
  Query known_titles_{database_,
                      "SELECT title, count FROM audience_job_title_rows WHERE match_key = ?1 ORDER BY position"};
};

}  // namespace

Reprocessed Store::reprocess(const RecordReader& read) {
  Transaction transaction(impl_->database, "reprocess");
  const auto replace = [this](StageKey search, CreatorKey creator, const std::vector<HitPost>& posts) {
    impl_->replace_hit_posts(search, creator, posts);
  };
  auto done = Reprocessing(impl_->database, impl_->creators, impl_->results, replace, read).run();
  transaction.commit();
  return done;
}

}  // namespace toksync::store
