// The nouns of mirrors: a list of an API that is kept as a table. A provider describes its resources by these values,
// the engine walks them, the store keeps their rows. Everything about one resource stands in one MirrorResource.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace toksync {

enum class FieldKind {
  text,
  text_or_empty,  ///< the empty text when the record does not say it: for keys that may be missing
  integer,
  number,
  boolean,
  time,
  json
};

/// In place of a field of the record: the slice that was asked for, or the day (UTC) of the answer.
inline constexpr std::string_view kSliceField = "@slice";
inline constexpr std::string_view kDayField = "@day";

/// A column of a mirrored table, and where a record says it.
struct MirrorColumn {
  std::string_view name;
  /// "resolution.reason_code" is a member of a member; of "id|video_id" the first that is known; or one of the above.
  std::string_view field;
  FieldKind kind = FieldKind::text;
  bool in_history = false;  ///< a metric: kept once a day in the history table, when there is one
};

enum class Keeping {
  marked,    ///< a row that a complete walk does not bring any more gets `missing_since`
  added,     ///< rows stay as they are when a walk does not bring them: it asks for some only
  replaced,  ///< the rows of a slice are replaced as a whole, in one transaction, when its last page is there
};

enum class Paging {
  single,   ///< one answer holds all
  pages,    ///< numbered: a walk that was cut off goes on at the page
  cursors,  ///< short-lived: a walk that was cut off begins anew
};

/// What a walk asks for one after another, each with pages of its own.
enum class Slicing {
  whole,     ///< once, without a slice
  variants,  ///< each of the resource's `variants`
  parents,   ///< each row of another resource
  days,      ///< each day of the window, as "2026-05-28"
};

/// A list of the API and the table that mirrors it. The table has the columns `source`, those listed (the keys first),
/// `first_seen_at`, `last_seen_at`, `changed_at`, `missing_since` (of Keeping::marked), `walk_key` and `raw_json`; the
/// primary key is `source` and the keys. `replaced` tables have no more than `walk_key`, `last_seen_at` and `raw_json`.
struct MirrorResource {
  std::string_view name;   ///< "accounts": its table in the pipeline is [mirror.accounts]
  std::string_view table;  ///< "tokportal_accounts"
  std::span<const MirrorColumn> columns;
  int keys = 1;  ///< how many of the columns, from the first, are the key
  Keeping keeping = Keeping::marked;
  Paging paging = Paging::pages;
  Slicing slicing = Slicing::whole;
  std::span<const std::string_view> variants{};  ///< of Slicing::variants
  std::string_view parent{};                     ///< of Slicing::parents: the resource that is walked before
  std::string_view parents_from{};               ///< and the relation with the columns `source` and `slice` to ask for
  std::string_view history_table{};              ///< `source`, the keys, `day` and the columns `in_history`
  /// Keeping::added: the column whose greatest value a later walk asks from.
  std::string_view watermark{};
};

/// What a pipeline asks of one list.
struct MirrorConfig {
  std::string resource;
  bool history = true;                           ///< metrics are kept day by day, where the resource has any
  Seconds window = std::chrono::days{7};         ///< of Slicing::days: how far back it reads each time
  Seconds first_window = std::chrono::days{90};  ///< and the first time
  friend bool operator==(const MirrorConfig&, const MirrorConfig&) = default;
};

using MirrorValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A record: its values in the order of the resource's columns, and itself, without secrets.
struct MirrorRow {
  std::vector<MirrorValue> values;
  std::string raw_json;
  friend bool operator==(const MirrorRow&, const MirrorRow&) = default;
};

/// One question to the API.
struct MirrorCall {
  const MirrorResource* resource = nullptr;
  std::string slice;  ///< empty for Slicing::whole
  std::string page;   ///< as the answer before told it; empty for the first
  std::string since;  ///< the watermark of the last complete walk; empty: everything
};

struct MirrorPage {
  std::vector<MirrorRow> rows;
  std::optional<std::string> next_page;  ///< nothing: the slice has ended
  std::optional<std::int64_t> total;     ///< rows of the slice, when the API tells exactly
  /// Why the slice cannot be read to its end, e.g. "the API says that more follows, but not where"; empty: it can.
  std::string broken;
  /// Why a record of the page is not among the rows, e.g. "a record has no id"; empty: all are.
  std::string unreadable;
};

}  // namespace toksync
