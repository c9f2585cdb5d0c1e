#include "store/account.hpp"

#include "store/query.hpp"

namespace toksync::store {

std::optional<AccountWord> last_word_of_account(Store& store) {
  Query query(store.database(), "SELECT at, balance FROM usage_snapshot_rows ORDER BY snapshot_key DESC LIMIT 1");
  return query.first([](const Row& row) { return AccountWord{row.text(0), row.optional_integer(1)}; });
}

}  // namespace toksync::store
