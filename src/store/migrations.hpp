// The numbered SQL files of schema/, embedded in the binary.
#pragma once

#include <span>
#include <string_view>

namespace toksync::store {

struct Migration {
  std::string_view name;  ///< "0001_creators"
  std::string_view sql;
};

/// All migrations in order; the n-th brings a database to user_version n.
[[nodiscard]] std::span<const Migration> migrations();

}  // namespace toksync::store
