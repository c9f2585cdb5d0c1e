// Cursors of Toktra's lists: base64url of a little JSON with the key of the last row. Good for a while, for the same
// question, and until the sandbox forgets them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace toksync::sandbox::toktra {

class Cursors {
 public:
  explicit Cursors(Milliseconds lifetime) : lifetime_(lifetime) {}

  [[nodiscard]] std::string make(const std::string& question, const std::string& last_key, WallTime now) const;
  /// The key of the last row; nothing for a cursor that is none, is too old, or of another question.
  [[nodiscard]] std::optional<std::string> read(const std::string& cursor, const std::string& question,
                                                WallTime now) const;
  void forget() { ++epoch_; }

 private:
  Milliseconds lifetime_;
  std::uint64_t epoch_ = 0;
};

}  // namespace toksync::sandbox::toktra
