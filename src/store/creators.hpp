// What is known of creators: newest values, tags and the history of the metrics. Internal to `store`,
// called inside its transactions. An unknown value never overwrites a known one.
#pragma once

#include "store/forgotten.hpp"
#include "store/query.hpp"
#include "store/records.hpp"

namespace toksync::store {

/// Who observes, when, and in the answer to which request (its key in api_request_rows).
struct Observation {
  RunKey run{};
  WallTime at;
  std::optional<std::int64_t> request;
};

/// All that the stored records say of one creator, in the order in which they came.
struct CreatorEvidence {
  std::vector<EnrichmentRecord> older;  ///< than `found`
  std::optional<CreatorRecord> found;   ///< the newest record of a search
  std::vector<EnrichmentRecord> newer;  ///< all of them when no search found the creator
  OptionalText enriched_at;             ///< of the newest enrichment
  OptionalText mentioned_name;          ///< by the first thought-leader job
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
  /// Writes what the records say into the columns and tags, and leaves alone what they do not say: records of
  /// searches before the newest are not kept. The history of the metrics stays. Returns whether that changed
  /// anything.
  bool rebuild(CreatorKey creator, const CreatorEvidence& evidence);

 private:
  CreatorKey insert(const CreatorRecord& record, const Observation& observation);
  void update(CreatorKey creator, const CreatorRecord& record, const Observation& observation);
  void save_metrics(CreatorKey creator, const Metrics& known, const Metrics& observed, const Observation& observation);
  void add_history(CreatorKey creator, const Metrics& metrics, const Observation& observation);
  bool replace_all_tags(CreatorKey creator, const CreatorRecord& record);
  bool replace_tags(CreatorKey creator, std::string_view kind, const std::vector<std::string>& values);

  Forgotten* forgotten_;
  Query find_, read_metrics_, insert_, update_, update_metrics_, insert_history_;
  Query insert_tag_, read_tags_, delete_tags_;
  Query upsert_mentioned_, update_enriched_;
  Query read_, rebuild_;
};

}  // namespace toksync::store
