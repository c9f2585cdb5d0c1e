// Repeatable randomness: everything the sandbox invents follows from a seed and from what it is about, so
// two sandboxes with the same seed tell the same story whatever the order of the questions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace toksync::sandbox {

/// A well-mixed 64-bit hash of a text and a seed; the same on every machine.
[[nodiscard]] std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0);

/// A version 4 UUID made of the number.
[[nodiscard]] std::string uuid_of(std::uint64_t number);

/// A stream of pseudo-random draws.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, 1).
  [[nodiscard]] double unit();
  /// Uniform in [0, bound); bound is at least 1.
  [[nodiscard]] std::size_t below(std::size_t bound);
  /// Uniform in [low, high].
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
  [[nodiscard]] bool chance(double probability) { return unit() < probability; }
  /// Standard normal.
  [[nodiscard]] double normal();
  /// Log-normal around its median.
  [[nodiscard]] double log_normal(double median, double sigma);
  /// One element of a container.
  template <typename Container>
  [[nodiscard]] const auto& pick(const Container& container) {
    return container[below(container.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace toksync::sandbox
