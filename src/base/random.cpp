#include "base/random.hpp"

namespace toksync {

std::string Random::token(std::size_t count) {
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string text(count, 'a');
  for (auto& c : text) c = alphabet[engine_() % alphabet.size()];
  return text;
}

}  // namespace toksync
