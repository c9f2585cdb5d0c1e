// Access tokens of Toktra's OAuth: given to the client of the options, good for a while or until they are forgotten.
#pragma once

#include <map>
#include <string>

#include "base/time.hpp"

namespace toksync::sandbox::toktra {

class Tokens {
 public:
  explicit Tokens(Seconds lifetime) : lifetime_(lifetime) {}

  [[nodiscard]] std::string give(std::uint64_t seed, WallTime now);
  [[nodiscard]] bool knows(const std::string& token, WallTime now) const;
  [[nodiscard]] Seconds lifetime() const { return lifetime_; }
  [[nodiscard]] std::size_t given() const { return given_; }
  void forget() { ends_.clear(); }

 private:
  Seconds lifetime_;
  std::size_t given_ = 0;
  std::map<std::string, WallTime> ends_;
};

}  // namespace toksync::sandbox::toktra
