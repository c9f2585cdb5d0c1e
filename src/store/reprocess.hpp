// What came of reading the stored records again (Store::reprocess). Used by `cli`.
#pragma once

#include "store/store.hpp"

namespace toksync::store {

struct ReprocessedRecords {
  RecordKind kind{};
  std::int64_t read = 0;
  std::int64_t changed = 0;  ///< whose row, or rows, now say something else
};

struct UnreadableRecord {
  RecordKind kind{};
  std::string of;       ///< the creator, analysis or job that it belongs to
  std::string problem;  ///< in a few words
};

struct Reprocessed {
  std::vector<ReprocessedRecords> kinds;  ///< in the order of kRecordKinds
  std::vector<UnreadableRecord> unreadable;
};

}  // namespace toksync::store
