// What is known of creators: newest values, tags and the history of the metrics. Internal to `store`,
// called inside its transactions. An unknown value never overwrites a known one.
#pragma once

#include "store/forgotten.hpp"
#include "store/query.hpp"
#include "store/records.hpp"

namespace toksync::store {

/// Who observes, and when.
struct Observation {
  RunKey run{};
  WallTime at;
};

/// ISO 8601 UTC with Z, or nothing for a time that the API left out or wrote in another way.
[[nodiscard]] OptionalText normalized_time(const OptionalText& time);

class Creators {
 public:
  Creators(SQLite::Database& database, Forgotten& forgotten);

  /// A search's record: everything in it is news. Nothing for somebody who was forgotten.
  std::optional<CreatorKey> save_found(const CreatorRecord& record, const Observation& observation);
  /// A creator that another answer mentions; likewise.
  std::optional<CreatorKey> save_mentioned(const std::string& creator_id, const OptionalText& name,
                                           const Observation& observation);
  void save_enriched(CreatorKey creator, const EnrichmentRecord& record, const Observation& observation);

 private:
  CreatorKey insert(const CreatorRecord& record, const Observation& observation);
  void update(CreatorKey creator, const CreatorRecord& record, const Observation& observation);
  void save_metrics(CreatorKey creator, const Metrics& known, const Metrics& observed, const Observation& observation);
  void add_history(CreatorKey creator, const Metrics& metrics, const Observation& observation);
  void replace_tags(CreatorKey creator, std::string_view kind, const std::vector<std::string>& values);

  Forgotten* forgotten_;
  Query find_, read_metrics_, insert_, update_, update_metrics_, insert_history_;
  Query insert_tag_, read_tags_, delete_tags_;
  Query upsert_mentioned_, update_enriched_;
};

}  // namespace toksync::store
