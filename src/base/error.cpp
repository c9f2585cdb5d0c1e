#include "base/error.hpp"

namespace toksync {

std::string Error::text() const {
  auto line = operation.empty() ? cause : operation + ": " + cause;
  if (!hint.empty()) line += " (" + hint + ")";
  return line;
}

}  // namespace toksync
