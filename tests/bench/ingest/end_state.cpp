#include "end_state.hpp"

#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

namespace toksync::bench {
namespace {

constexpr auto kCreators =
    "SELECT creator_id, platform, handle, name, bio, location, profile_url, avatar_url, followers_count,"
    " engagement_rate, avg_posts_per_month, avg_views_per_post, reactions_per_post, comments_per_post,"
    " shares_per_post, is_enriched, source_updated_at, first_seen_at, last_seen_at FROM creators ORDER BY creator_id";
constexpr auto kRawRecords = "SELECT raw_json FROM creators ORDER BY creator_id";
constexpr auto kTags = "SELECT creator_id, kind, value FROM creator_tags ORDER BY 1, 2, 3";
constexpr auto kHistory =
    "SELECT creator_id, observed_at, followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post,"
    " reactions_per_post, comments_per_post, shares_per_post FROM creator_metrics ORDER BY 1, 2";
constexpr auto kHits = "SELECT rank, creator_id, score, match_rank FROM search_hits ORDER BY 1";

/// FNV-1a with 64 bits: to see a difference, not to withstand anybody.
class Digest {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    hash_ = (hash_ ^ 0x1FULL) * 0x100000001B3ULL;
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;

Database opened(const std::string& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
  Database result(database);
  if (code != SQLITE_OK) throw std::runtime_error("cannot open " + path);
  return result;
}

/// Calls `read` with each value of each row as text; returns the number of rows.
template <typename Read>
std::int64_t each(sqlite3* database, const char* sql, const Read& read) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v2(database, sql, -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Close> statement(prepared);
  if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database));
  std::int64_t rows = 0;
  for (; sqlite3_step(prepared) == SQLITE_ROW; ++rows) {
    for (int column = 0; column < sqlite3_column_count(prepared); ++column) {
      const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, column));
      read(text == nullptr ? std::string_view("NULL") : std::string_view(text, size));
    }
  }
  return rows;
}

}  // namespace

std::string end_state(const std::string& path) {
  const auto database = opened(path);
  std::string state;
  for (const auto& [name, sql] :
       {std::pair{"creators", kCreators}, {"tags", kTags}, {"history", kHistory}, {"hits", kHits}}) {
    Digest digest;
    const auto rows = each(database.get(), sql, [&](std::string_view value) { digest.add(value); });
    state += fmt::format("{} {} {}, ", rows, name, digest.text());
  }
  // Not everybody keeps the bytes; what they say is the same.
  Digest records;
  each(database.get(), kRawRecords, [&](std::string_view value) { records.add(nlohmann::json::parse(value).dump()); });
  return state + "records " + records.text();
}

std::string raw_bytes(const std::string& path) {
  const auto database = opened(path);
  Digest records;
  each(database.get(), kRawRecords, [&](std::string_view value) { records.add(value); });
  return records.text();
}

}  // namespace toksync::bench
