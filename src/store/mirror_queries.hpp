// The statements for the tables of one MirrorResource, made of its description. Internal to `store`.
#pragma once

#include "model/mirror.hpp"
#include "store/query.hpp"

namespace toksync::store {

struct MirrorQueries {
  MirrorQueries(SQLite::Database& database, const MirrorResource& resource);

  Query find;            ///< keys → raw_json
  Query insert, update;  ///< a row that is new, or known
  Query history;         ///< the day's metrics
  Query seen, mark_missing, count_slice, clear_others, parents, watermark;
};

/// The column that holds the slice; nothing when rows do not tell.
[[nodiscard]] std::optional<std::size_t> slice_column(const MirrorResource& resource);

}  // namespace toksync::store
