// Randomness that a test can repeat: seeded once in `cli`, handed down in Env.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace toksync {

/// A pseudo-random source. Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Uniform in [0, 1).
  [[nodiscard]] double unit() { return std::generate_canonical<double, 53>(engine_); }

  /// `count` lower-case letters and digits.
  [[nodiscard]] std::string token(std::size_t count);

 private:
  std::mt19937_64 engine_;
};

}  // namespace toksync
