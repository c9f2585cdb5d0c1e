// What is known of creators: newest values, tags and the history of the metrics. Internal to `store`,
// called inside its transactions. An unknown value never overwrites a known one.
#pragma once

#include <vector>

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

/// Rows about creators that are to be written together, after the creators themselves. Their texts are those of the
/// records.
class CreatorRows {
 public:
  /// When all of them are observed.
  explicit CreatorRows(WallTime at) : at_(to_iso8601(at)) {}

  [[nodiscard]] std::string_view at() const { return at_; }
  void add_tag(CreatorKey creator, std::string_view kind, std::string_view value);
  void add_history(CreatorKey creator, RunKey run, const Metrics& metrics);
  [[nodiscard]] bool has_tags_of(CreatorKey creator) const;

 private:
  friend class Creators;
  using Tag = std::tuple<CreatorKey, std::string_view, std::string_view>;
  using History = std::tuple<CreatorKey, std::string_view, RunKey, OptionalCount, OptionalNumber, OptionalNumber,
                             OptionalNumber, OptionalNumber, OptionalNumber, OptionalNumber>;

  std::string at_;
  std::vector<Tag> tags_;
  std::vector<History> history_;
};

/// Whom a record is of.
struct SavedCreator {
  CreatorKey key{};
  bool is_new = false;  ///< nobody knew of them before
};

/// All that the stored records say of one creator, in the order in which they came.
struct CreatorEvidence {
  /// What an enrichment or the full record says, and the request whose answer it is.
  struct Told {
    std::int64_t request = 0;
    CreatorRecord record;
  };
  std::vector<Told> older;             ///< than `found`
  std::optional<CreatorRecord> found;  ///< the newest record of a search
  std::vector<Told> newer;             ///< all of them when no search found the creator
  OptionalText enriched_at;            ///< of the newest enrichment
  OptionalText mentioned_name;         ///< by the first thought-leader job
};

/// An enrichment as far as it speaks of the creator.
[[nodiscard]] CreatorRecord as_creator(const EnrichmentRecord& record);

/// ISO 8601 UTC with Z, or nothing for a time that the API left out or wrote in another way.
[[nodiscard]] OptionalText normalized_time(const OptionalText& time);

class Creators {
 public:
  Creators(SQLite::Database& database, Forgotten& forgotten);

  /// A search's record: everything in it is news. Nothing for somebody who was forgotten. Tags and history go to
  /// `rows`; write() must follow while the record lives.
  std::optional<SavedCreator> save_found(const CreatorRecord& record, const Observation& observation,
                                         CreatorRows& rows);
  void write(CreatorRows& rows);
  /// A creator that another answer mentions; likewise.
  std::optional<CreatorKey> save_mentioned(const std::string& creator_id, const OptionalText& name,
                                           const Observation& observation);
  /// The full record: news like a search's, whose record stays beside it. False for somebody who was forgotten.
  bool save_detail(CreatorKey creator, const CreatorRecord& record, const Observation& observation);
  void save_enriched(CreatorKey creator, const EnrichmentRecord& record, const Observation& observation);
  /// Writes what the records say into the columns and tags, and leaves alone what they do not say: records of
  /// searches before the newest are not kept. The history of the metrics stays. Returns whether that changed
  /// anything.
  bool rebuild(CreatorKey creator, CreatorEvidence evidence);

 private:
  /// Nothing when the creator is known already.
  std::optional<CreatorKey> insert(const CreatorRecord& record, const Observation& observation, CreatorRows& rows);
  CreatorKey update(const CreatorRecord& record, const Observation& observation, CreatorRows& rows);
  void save_metrics(CreatorKey creator, const Metrics& observed, const Observation& observation, CreatorRows& rows);
  bool replace_all_tags(CreatorKey creator, const CreatorRecord& record, CreatorRows& rows);

  Forgotten* forgotten_;
  Query find_, find_known_, read_metrics_, insert_, update_, update_metrics_;
  RowInserter insert_history_, insert_tags_;
  Query read_tags_, delete_tags_;
  Query update_detail_, upsert_mentioned_, update_enriched_;
  Query read_, rebuild_;
};

}  // namespace toksync::store
