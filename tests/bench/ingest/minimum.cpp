#include <array>
#include <stdexcept>

#include <simdjson.h>
#include <sqlite3.h>

#include "contestants.hpp"

namespace toksync::bench {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMetrics = 7;
constexpr std::array<std::string_view, 3> kKinds{"content_category", "target_audience", "language"};

void check(int code, sqlite3* database) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
    throw std::runtime_error(sqlite3_errmsg(database));
}

class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr), database);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int index, std::string_view text) {
    sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, double value) { sqlite3_bind_double(statement_, index, value); }
  template <typename Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) return bind(index, *value);
    sqlite3_bind_null(statement_, index);
  }
  bool step() {
    const int code = sqlite3_step(statement_);
    check(code, database_);
    return code == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(statement_); }
  template <typename... Values>
  void run(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    step();
    reset();
  }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::optional<double> number(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return sqlite3_column_double(statement_, column);
  }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

using Text = std::optional<std::string_view>;
using AllMetrics = std::array<std::optional<double>, kMetrics>;

// In the order in which the API writes them, so that nothing is looked at twice.
struct Creator {
  std::string_view id;
  Text name, bio, location, avatar_url;
  std::array<std::array<std::string_view, 8>, 3> tags;
  std::array<std::size_t, 3> tag_counts{};
  Text platform, handle, profile_url;
  AllMetrics metrics;
  Text updated_at;
  double score = 0, match_rank = 0;
  std::int64_t is_enriched = 0;
  std::string_view raw;
};

Text text_of(simdjson::simdjson_result<ondemand::value> value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

AllMetrics read_metrics(ondemand::object object) {
  constexpr std::array<std::string_view, kMetrics> kNames{
      "followers_count", "engagement_rate",   "avg_posts_per_month", "avg_views_per_post",
      "shares_per_post", "comments_per_post", "reactions_per_post"};
  AllMetrics metrics;
  for (std::size_t i = 0; i < kMetrics; ++i) {
    double value = 0;
    if (object[kNames.at(i)].get_double().get(value) == simdjson::SUCCESS) metrics.at(i) = value;
  }
  return metrics;
}

void read(ondemand::object record, Creator& creator) {
  constexpr std::array<std::string_view, 3> kLists{"content_categories", "target_audiences", "languages"};
  creator.id = record["id"].get_string();
  creator.name = text_of(record["name"]);
  creator.bio = text_of(record["bio"]);
  creator.location = text_of(record["location"]);
  creator.avatar_url = text_of(record["avatar_url"]);
  for (std::size_t kind = 0; kind < kLists.size(); ++kind) {
    creator.tag_counts.at(kind) = 0;
    for (auto tag : record[kLists.at(kind)].get_array()) {
      creator.tags.at(kind).at(creator.tag_counts.at(kind)++) = tag.get_string();
    }
  }
  creator.platform = text_of(record["platform"]);
  creator.handle = text_of(record["handle"]);
  creator.profile_url = text_of(record["profile_url"]);
  creator.metrics = read_metrics(record["metrics"].get_object().value());
  creator.updated_at = text_of(record["updated_at"]);
  creator.score = record["score"];
  creator.match_rank = record["match_rank"];
  creator.is_enriched = bool{record["is_enriched"]} ? 1 : 0;
  record.reset();
  creator.raw = record.raw_json();
}

class Minimum {
 public:
  explicit Minimum(sqlite3* database) : database_(database) {}

  void save(const simdjson::padded_string& text, int page) {
    seen_at_ = to_iso8601(Pages::received_at(page));
    page_ = page;
    std::int64_t added = 0;
    begin_.run();
    insert_page_.run(page_, seen_at_);
    auto document = parser_.iterate(text);
    for (auto record : document["data"]["creators"].get_array()) {
      read(record.get_object().value(), creator_);
      added += save_creator();
    }
    count_page_.run(page_, added);
    turn_page_.run(added, seen_at_);
    commit_.run();
  }

 private:
  /// Returns 1 when it is a hit.
  std::int64_t save_creator() {
    const auto& c = creator_;
    if (changes_of(insert_, c.id, c.name, c.bio, c.location, c.avatar_url, c.platform, c.handle, c.profile_url,
                   c.updated_at, c.is_enriched, c.raw, seen_at_, whole(c.metrics[0]), c.metrics[1], c.metrics[2],
                   c.metrics[3], c.metrics[4], c.metrics[5], c.metrics[6]) > 0) {
      key_ = sqlite3_last_insert_rowid(database_);
      save_tags();
      save_history(c.metrics);
    } else {
      update();
    }
    const auto hit = changes_of(insert_hit_, rank_ + 1, key_, page_, c.score, c.match_rank);
    rank_ += hit;
    return hit;
  }

  void update() {
    const auto& c = creator_;
    find_.bind(1, c.id);
    find_.step();
    key_ = find_.integer(0);
    AllMetrics known, now;
    for (std::size_t i = 0; i < kMetrics; ++i) {
      known.at(i) = find_.number(static_cast<int>(i) + 1);
      now.at(i) = c.metrics.at(i) ? c.metrics.at(i) : known.at(i);
    }
    find_.reset();
    update_.run(key_, c.name, c.bio, c.location, c.avatar_url, c.platform, c.handle, c.profile_url, c.updated_at,
                c.is_enriched, c.raw, seen_at_, whole(now[0]), now[1], now[2], now[3], now[4], now[5], now[6]);
    if (now != known) save_history(now);
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      if (c.tag_counts.at(kind) > 0) delete_tags_.run(key_, kKinds.at(kind));
    }
    save_tags();
  }

  void save_tags() {
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      for (std::size_t i = 0; i < creator_.tag_counts.at(kind); ++i) {
        insert_tag_.run(key_, kKinds.at(kind), creator_.tags.at(kind).at(i));
      }
    }
  }

  void save_history(const AllMetrics& metrics) {
    insert_history_.run(key_, seen_at_, whole(metrics[0]), metrics[1], metrics[2], metrics[3], metrics[4], metrics[5],
                        metrics[6]);
  }

  static std::optional<std::int64_t> whole(const std::optional<double>& value) {
    return value ? std::optional{static_cast<std::int64_t>(*value)} : std::nullopt;
  }

  template <typename... Values>
  std::int64_t changes_of(Statement& statement, const Values&... values) {
    const auto before = sqlite3_total_changes64(database_);
    statement.run(values...);
    return sqlite3_total_changes64(database_) - before;
  }

  sqlite3* database_;
  ondemand::parser parser_;
  Creator creator_;
  std::string seen_at_;
  std::int64_t page_ = 0, key_ = 0, rank_ = 0;
  Statement begin_{database_, "BEGIN IMMEDIATE"};
  Statement commit_{database_, "COMMIT"};
  Statement insert_page_{database_,
                         "INSERT INTO search_page_rows (stage_key, page, seen_at, creator_count, new_count, meta_json)"
                         " VALUES (1, ?1, ?2, 100, 0, '{}')"};
  Statement count_page_{database_, "UPDATE search_page_rows SET new_count = ?2 WHERE stage_key = 1 AND page = ?1"};
  Statement turn_page_{database_,
                       "UPDATE stage_rows SET items_done = items_done + ?1, started_at = coalesce(started_at, ?2)"
                       " WHERE stage_key = 1"};
  Statement insert_{database_,
                    "INSERT INTO creators (creator_id, name, bio, location, avatar_url, platform, handle, profile_url,"
                    " source_updated_at, is_enriched, raw_json, first_seen_at, last_seen_at, followers_count,"
                    " engagement_rate, avg_posts_per_month, avg_views_per_post, shares_per_post, comments_per_post,"
                    " reactions_per_post) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14,"
                    " ?15, ?16, ?17, ?18, ?19) ON CONFLICT (creator_id) DO NOTHING"};
  Statement find_{database_,
                  "SELECT creator_key, followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post,"
                  " shares_per_post, comments_per_post, reactions_per_post FROM creators WHERE creator_id = ?1"};
  Statement update_{
      database_,
      "UPDATE creators SET name = coalesce(?2, name), bio = coalesce(?3, bio),"
      " location = coalesce(?4, location), avatar_url = coalesce(?5, avatar_url),"
      " platform = coalesce(?6, platform), handle = coalesce(?7, handle),"
      " profile_url = coalesce(?8, profile_url), source_updated_at = coalesce(?9, source_updated_at),"
      " is_enriched = coalesce(?10, is_enriched), raw_json = ?11, last_seen_at = ?12,"
      " followers_count = ?13, engagement_rate = ?14, avg_posts_per_month = ?15, avg_views_per_post = ?16,"
      " shares_per_post = ?17, comments_per_post = ?18, reactions_per_post = ?19 WHERE creator_key = ?1"};
  Statement insert_tag_{database_,
                        "INSERT OR IGNORE INTO creator_tag_rows (creator_key, kind, value) VALUES (?1, ?2, ?3)"};
  Statement delete_tags_{database_, "DELETE FROM creator_tag_rows WHERE creator_key = ?1 AND kind = ?2"};
  Statement insert_history_{database_,
                            "INSERT INTO creator_metric_rows (creator_key, observed_at, run_key, followers_count,"
                            " engagement_rate, avg_posts_per_month, avg_views_per_post, shares_per_post,"
                            " comments_per_post, reactions_per_post) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};
  Statement insert_hit_{database_,
                        "INSERT INTO search_hit_rows (stage_key, rank, creator_key, page, score, match_rank)"
                        " VALUES (1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT (creator_key, stage_key) DO NOTHING"};
};

void set_pragmas(sqlite3* database) {
  // As the store sets them, foreign keys included: they are a part of the tables.
  for (const auto* const sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -16384",
                                "PRAGMA wal_autocheckpoint = 16000", "PRAGMA foreign_keys = ON"}) {
    check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), database);
  }
}

}  // namespace

void ingest_minimally(const Pages& pages, const std::string& path) {
  sqlite3* database = nullptr;
  check(sqlite3_open(path.c_str(), &database), database);
  set_pragmas(database);
  {
    Minimum minimum(database);
    for (int page = 1; page <= pages.count; ++page) {
      minimum.save(simdjson::padded_string::load(pages.file(page).string()).value(), page);
    }
  }
  check(sqlite3_close(database), database);
}

}  // namespace toksync::bench
