// The full records of creators who were chosen.
#include "store/impl.hpp"

namespace toksync::store {

DetailQueries::DetailQueries(SQLite::Database& database)
    : known(database, "SELECT fetched_at, run_key FROM creator_detail_rows WHERE creator_key = ?1"),
      save(
          database,
          "INSERT INTO creator_detail_rows (creator_key, fetched_at, run_key, request_key, error, created_at, raw_json)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (creator_key) DO UPDATE SET"
          " fetched_at = excluded.fetched_at, run_key = excluded.run_key, error = excluded.error,"
          // Who is gone was once there: the last record stays.
          " request_key = coalesce(iif(excluded.error IS NULL, excluded.request_key, NULL), request_key),"
          " created_at = coalesce(excluded.created_at, created_at), raw_json = coalesce(excluded.raw_json, raw_json)") {
}

std::vector<CreatorKey> Store::without_detail(std::span<const CreatorKey> creators, RunKey run,
                                              std::optional<WallTime> since) {
  std::vector<CreatorKey> missing;
  const auto is_here = [&](const Row& row) {
    const auto at = row.optional_time(0);
    return row.key<RunKey>(1) == run || !since || (at && *at > *since);
  };
  for (const auto creator : creators) {
    if (!impl_->details.known.first(is_here, creator).value_or(false)) missing.push_back(creator);
  }
  return missing;
}

void Store::commit_creator_detail(RunKey run, CreatorKey creator, const CreatorDetail& detail,
                                  const RequestLog& request) {
  Transaction transaction(impl_->database, "commit_creator_detail");
  const auto observation = impl_->log_request(run, request);
  if (impl_->creators.save_detail(creator, detail.creator, observation)) {
    impl_->details.save.run(creator, observation.at, run, observation.request, std::nullopt,
                            normalized_time(detail.created_at), detail.creator.raw_json);
  }
  transaction.commit();
}

void Store::record_no_detail(RunKey run, CreatorKey creator, const std::string& why, const RequestLog& request) {
  Transaction transaction(impl_->database, "record_no_detail");
  const auto observation = impl_->log_request(run, request);
  impl_->details.save.run(creator, observation.at, run, observation.request, why, std::nullopt, std::nullopt);
  transaction.commit();
}

}  // namespace toksync::store
