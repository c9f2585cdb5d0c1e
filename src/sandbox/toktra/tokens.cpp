#include "sandbox/toktra/tokens.hpp"

#include <fmt/format.h>

#include "sandbox/dice.hpp"

namespace toksync::sandbox::toktra {

std::string Tokens::give(std::uint64_t seed, WallTime now) {
  const std::uint64_t number = hash_of(fmt::format("token {}", ++given_), seed);
  // Looks like a JWT with the header {"alg":"HS256"}, and is to be taken for opaque.
  std::string token = fmt::format("eyJhbGciOiJIUzI1NiJ9.{:016x}.{}", number, uuid_of(number));
  ends_[token] = now + lifetime_;
  return token;
}

bool Tokens::knows(const std::string& token, WallTime now) const {
  const auto found = ends_.find(token);
  return found != ends_.end() && now < found->second;
}

}  // namespace toksync::sandbox::toktra
