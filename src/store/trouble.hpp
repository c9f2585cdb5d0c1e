// What an exception of SQLite means to a person. Used by `cli`, which catches what is thrown on the way,
// and inside `store`.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace toksync::store {

/// An Error of kind `database` when the exception is one of SQLite's or of the store's, nothing otherwise. `path` is
/// the database in use.
[[nodiscard]] std::optional<Error> database_trouble(const std::exception& exception, const std::string& path);

/// An Error of kind `database` about a file that the system does not let us open or write, by its errno.
[[nodiscard]] Error system_trouble(int system_error, std::string operation, const std::string& path);

}  // namespace toksync::store
