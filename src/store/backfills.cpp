// Backfills: runs over a list of creators.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/impl.hpp"

namespace toksync::store {
namespace {

/// A JSON array of names, which hold nothing that JSON would escape.
template <typename Names>
std::string json_of(const Names& names) {
  std::string list;
  for (const auto& name : names) list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", name);
  return "[" + list + "]";
}

std::vector<std::string> names_of(SQLite::Database& database, const std::string& json) {
  std::vector<std::string> names;
  Query query(database, "SELECT value FROM json_each(?1)");
  query.each([&names](const Row& row) { names.push_back(row.text(0)); }, json);
  return names;
}

}  // namespace

BackfillQueries::BackfillQueries(SQLite::Database& database)
    : insert(database,
             "INSERT INTO backfill_rows (run_key, stages, keyword_sets, ignores_freshness, chosen_by, sha256)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      insert_creators(database,
                      "INSERT INTO backfill_creator_rows (run_key, position, creator_key) VALUES (?1, ?2, ?3)"),
      of_run(database,
             "SELECT stages, keyword_sets, ignores_freshness, chosen_by, sha256 FROM backfill_rows WHERE run_key = ?1"),
      newest(database, std::string{"SELECT "} + kRunColumns +
                           " FROM runs WHERE run_key = (SELECT max(run_key) FROM backfill_rows WHERE sha256 = ?1)"),
      creators(database, "SELECT creator_key FROM backfill_creator_rows WHERE run_key = ?1 ORDER BY position"),
      abandon(database,
              "UPDATE run_rows SET status = 'abandoned', finished_at = coalesce(finished_at, ?2)"
              " WHERE run_key IN (SELECT run_key FROM backfill_rows WHERE sha256 = ?1)"
              " AND status IN ('running', 'failed', 'stopped', 'interrupted')") {}

RunRow Store::begin_backfill(const NewRun& run, const Backfill& backfill, std::span<const CreatorKey> creators,
                             WallTime now) {
  Transaction transaction(impl_->database, "begin_backfill");
  const auto key = impl_->runs.insert.insert<RunKey>(run.run_id, run.pipeline, now, run.toksync_version,
                                                     run.pipeline_sha256, run.pipeline_toml);
  std::vector<std::string_view> stages;
  for (const auto stage : backfill.stages) stages.push_back(to_string(stage));
  impl_->backfills.insert.run(key, json_of(stages), json_of(backfill.keyword_sets), backfill.ignores_freshness,
                              backfill.chosen_by, backfill.sha256);
  std::int64_t position = 0;
  for (const auto creator : creators) impl_->backfills.insert_creators.run(key, ++position, creator);
  auto row = impl_->runs.by_key.first(read_run, key);
  transaction.commit();
  return std::move(row).value();
}

std::optional<Backfill> Store::backfill_of(RunKey run) {
  std::string stages, keyword_sets;
  const auto read = [&](const Row& row) {
    stages = row.text(0);
    keyword_sets = row.text(1);
    return Backfill{{}, {}, row.flag(2), row.text(3), row.text(4)};
  };
  auto backfill = impl_->backfills.of_run.first(read, run);
  if (!backfill) return std::nullopt;
  for (const auto& name : names_of(impl_->database, stages)) {
    backfill->stages.push_back(stage_from_string(name).value());
  }
  backfill->keyword_sets = names_of(impl_->database, keyword_sets);
  return backfill;
}

std::optional<RunRow> Store::unfinished_backfill(std::string_view sha256) {
  auto run = impl_->backfills.newest.first(read_run, sha256);
  return run && is_unfinished(run->status) ? run : std::nullopt;
}

std::vector<CreatorKey> Store::backfill_creators(RunKey run) {
  std::vector<CreatorKey> creators;
  impl_->backfills.creators.each([&creators](const Row& row) { creators.push_back(row.key<CreatorKey>(0)); }, run);
  return creators;
}

void Store::abandon_backfill(std::string_view sha256, WallTime now) {
  Transaction transaction(impl_->database, "abandon_backfill");
  impl_->backfills.abandon.run(sha256, now);
  transaction.commit();
}

}  // namespace toksync::store
