// What runs learned of an API's ways: how many ids it takes, how long its jobs take.
#include "store/impl.hpp"

namespace toksync::store {

FactQueries::FactQueries(SQLite::Database& database)
    : since(database,
            "SELECT family, fact, value FROM api_fact_rows WHERE base_url = ?1 AND learned_at >= ?2"
            " ORDER BY family, fact"),
      replace(database,
              "INSERT INTO api_fact_rows (base_url, family, fact, value, learned_at) VALUES (?1, ?2, ?3, ?4, ?5)"
              " ON CONFLICT (base_url, family, fact) DO UPDATE"
              " SET value = excluded.value, learned_at = excluded.learned_at") {}

std::vector<ApiFact> Store::api_facts(std::string_view base_url, WallTime since) {
  std::vector<ApiFact> facts;
  const auto add = [&facts](const Row& row) {
    facts.push_back({stage_from_string(row.text(0)).value(), fact_from_string(row.text(1)).value(), row.integer(2)});
  };
  impl_->facts.since.each(add, base_url, since);
  return facts;
}

void Store::record_api_facts(std::string_view base_url, std::span<const ApiFact> facts, WallTime now) {
  Transaction transaction(impl_->database, "record_api_facts");
  for (const auto& [family, fact, value] : facts) {
    impl_->facts.replace.run(base_url, to_string(family), to_string(fact), value, now);
  }
  transaction.commit();
}

}  // namespace toksync::store
