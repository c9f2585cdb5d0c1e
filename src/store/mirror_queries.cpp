#include "store/mirror_queries.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace toksync::store {
namespace {

using Names = std::vector<std::string>;

Names key_names(const MirrorResource& resource) {
  Names names{"source"};
  for (const auto& column : resource.columns.first(static_cast<std::size_t>(resource.keys))) {
    names.emplace_back(column.name);
  }
  return names;
}

Names value_names(const MirrorResource& resource) {
  Names names;
  for (const auto& column : resource.columns.subspan(static_cast<std::size_t>(resource.keys))) {
    names.emplace_back(column.name);
  }
  return names;
}

Names metric_names(const MirrorResource& resource) {
  Names names;
  for (const auto& column : resource.columns) {
    if (column.in_history) names.emplace_back(column.name);
  }
  return names;
}

/// "a = ?1 AND b = ?2": the parameters count on from `first`.
std::string equal(const Names& names, std::string_view between, int first) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += between;
    text += fmt::format("{} = ?{}", name, first++);
  }
  return text;
}

std::string inserted(std::string_view table, const Names& names) {
  std::string values;
  for (std::size_t index = 1; index <= names.size(); ++index)
    values += fmt::format("{}?{}", index > 1 ? ", " : "", index);
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table, fmt::join(names, ", "), values);
}

Names operator+(Names left, const Names& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// Keys, values, then: the time, the walk, the record.
std::string insert_sql(const MirrorResource& resource) {
  const auto own = key_names(resource) + value_names(resource);
  const auto count = static_cast<int>(own.size());
  if (resource.keeping == Keeping::replaced) {
    return "INSERT OR REPLACE" +
           inserted(resource.table, own + Names{"last_seen_at", "walk_key", "raw_json"}).substr(6);
  }
  auto sql = inserted(resource.table, own + Names{"last_seen_at", "walk_key", "raw_json"});
  const auto columns = sql.find(") VALUES");
  sql.insert(columns, ", first_seen_at, changed_at");
  sql.pop_back();
  return fmt::format("{}, ?{}, ?{})", sql, count + 1, count + 1);
}

std::string update_sql(const MirrorResource& resource) {
  if (resource.keeping == Keeping::replaced) return "SELECT 1";
  const auto keys = key_names(resource);
  const auto values = value_names(resource);
  const auto first_value = static_cast<int>(keys.size()) + 1;
  const auto at = first_value + static_cast<int>(values.size());
  auto set = equal(values, ", ", first_value);
  if (!set.empty()) set += ", ";
  set += fmt::format(
      "last_seen_at = ?{}, walk_key = ?{}, changed_at = iif(raw_json = ?{}, changed_at, ?{}), raw_json = ?{}", at,
      at + 1, at + 2, at, at + 2);
  if (resource.keeping == Keeping::marked) set += ", missing_since = NULL";
  return fmt::format("UPDATE {} SET {} WHERE {}", resource.table, set, equal(keys, " AND ", 1));
}

std::string history_sql(const MirrorResource& resource) {
  if (resource.history_table.empty()) return "SELECT 1";
  const auto keys = key_names(resource) + Names{"day"};
  const auto metrics = metric_names(resource);
  std::string replaced;
  for (const auto& name : metrics)
    replaced += fmt::format("{}{} = excluded.{}", replaced.empty() ? "" : ", ", name, name);
  return fmt::format("{} ON CONFLICT ({}) DO UPDATE SET {}", inserted(resource.history_table, keys + metrics),
                     fmt::join(keys, ", "), replaced);
}

std::string slice_name(const MirrorResource& resource) {
  const auto column = slice_column(resource);
  return column ? std::string(resource.columns[*column].name) : std::string{};
}

/// "source = ?1", for a query that asks for slices too. Where those are no part of the primary key they have an index
/// of their own, which SQLite would not take as long as it knows of the key that it begins with `source`.
std::string of_source(const MirrorResource& resource) {
  const auto column = slice_column(resource);
  const bool has_own_index = column && *column >= static_cast<std::size_t>(resource.keys);
  return has_own_index ? "+source = ?1" : "source = ?1";
}

// Of a list that is read in slices only the slices that were walked tell that something is missing.
std::string mark_sql(const MirrorResource& resource) {
  if (resource.keeping != Keeping::marked) return "SELECT 1";
  auto sql = fmt::format("UPDATE {} SET missing_since = ?3 WHERE {} AND walk_key <> ?2 AND missing_since IS NULL",
                         resource.table, of_source(resource));
  const auto slice = slice_name(resource);
  if (!slice.empty()) sql += fmt::format(" AND {} IN (SELECT slice FROM mirror_slice_rows WHERE walk_key = ?2)", slice);
  return sql;
}

std::string of_slice(const MirrorResource& resource, std::string_view verb) {
  const auto slice = slice_name(resource);
  return fmt::format("{} FROM {} WHERE {} AND {}", verb, resource.table, of_source(resource),
                     slice.empty() ? "?2 = ''" : slice + " = ?2");
}

}  // namespace

std::optional<std::size_t> slice_column(const MirrorResource& resource) {
  const auto found = std::ranges::find(resource.columns, kSliceField, &MirrorColumn::field);
  if (found == resource.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - resource.columns.begin());
}

MirrorQueries::MirrorQueries(SQLite::Database& database, const MirrorResource& resource)
    : find(database,
           fmt::format("SELECT raw_json FROM {} WHERE {}", resource.table, equal(key_names(resource), " AND ", 1))),
      insert(database, insert_sql(resource)),
      update(database, update_sql(resource)),
      history(database, history_sql(resource)),
      seen(database, of_slice(resource, "SELECT count(*)") + " AND walk_key = ?3"),
      mark_missing(database, mark_sql(resource)),
      count_slice(database, of_slice(resource, "SELECT count(*)")),
      clear_others(database, of_slice(resource, "DELETE") + " AND walk_key <> ?3"),
      parents(database,
              resource.parents_from.empty()
                  ? "SELECT 1"
                  : fmt::format("SELECT slice FROM {} WHERE source = ?1 ORDER BY slice", resource.parents_from)),
      watermark(database, resource.watermark.empty() ? "SELECT NULL"
                                                     : fmt::format("SELECT max({}) FROM {} WHERE source = ?1",
                                                                   resource.watermark, resource.table)) {}

}  // namespace toksync::store
