// What an account said of itself when it was last asked. Only reads. Used by `cli`.
#pragma once

#include "store/store.hpp"

namespace toksync::store {

struct AccountWord {
  std::string at;
  std::optional<Credits> balance;  ///< absent: the API reports none
};

/// The newest reading of the usage; nothing before the first.
[[nodiscard]] std::optional<AccountWord> last_word_of_account(Store& store);

}  // namespace toksync::store
