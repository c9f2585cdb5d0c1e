#include "sandbox/dice.hpp"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace toksync::sandbox {
namespace {

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

}  // namespace

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ mix(seed + 0x9e3779b97f4a7c15ULL);
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  return mix(hash);
}

std::string uuid_of(std::uint64_t number) {
  const std::uint64_t high = mix(number + 0x9e3779b97f4a7c15ULL);
  const std::uint64_t low = mix(high ^ (number * 0xda942042e4dd58b5ULL));
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU, high & 0xfffU,
                     8U + (low >> 62U), (low >> 48U) & 0xfffU, low & 0xffffffffffffULL);
}

std::uint64_t Dice::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  return mix(state_);
}

double Dice::unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

std::size_t Dice::below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

std::int64_t Dice::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low + 1)));
}

double Dice::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));
  return radius * std::cos(2.0 * std::numbers::pi * unit());
}

double Dice::log_normal(double median, double sigma) { return median * std::exp(sigma * normal()); }

}  // namespace toksync::sandbox
