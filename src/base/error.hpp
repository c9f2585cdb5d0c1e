// What went wrong, told so that a person can act on it. Every function that the world can disappoint
// returns Expected<T>; exceptions are left to SQLite and to broken invariants.
#pragma once

#include <string>

#include <tl/expected.hpp>

namespace toksync {

/// Which kind of remedy an error needs; `cli` turns it into the exit code of the interface, section 5.
enum class ErrorKind {
  internal,      ///< a bug, or a failure of no other kind
  usage,         ///< command line or pipeline file
  unauthorized,  ///< the API refused the key, the plan or the scope
  unreachable,   ///< the API stayed unreachable or failing
  no_credits,    ///< the account has too few credits
  budget,        ///< stopped by a budget of ours
  locked,        ///< another run holds this database
  database,      ///< damaged, full, not writable, or from a newer version
  interrupted,   ///< a signal
};

/// An operation that failed, its cause, and what to do about it. The texts never hold a secret.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string operation;  ///< what was being done, e.g. "open database toksync.db"
  std::string cause;      ///< why it failed
  std::string hint;       ///< what to do; may be empty

  /// "operation: cause (hint)" on one line.
  [[nodiscard]] std::string text() const;
};

template <typename T>
using Expected = tl::expected<T, Error>;

/// Shorthand for the failing side of an Expected.
inline tl::unexpected<Error> unexpected(ErrorKind kind, std::string operation, std::string cause,
                                        std::string hint = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(operation), std::move(cause), std::move(hint)});
}

}  // namespace toksync
