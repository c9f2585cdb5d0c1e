#include "base/utf8.hpp"

#include <algorithm>

namespace toksync {
namespace {

unsigned at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

bool is_continuation(unsigned byte) { return (byte & 0xC0U) == 0x80U; }

/// How long a character is by its first byte; 0: no character begins with it.
std::size_t announced_length(unsigned first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

/// The first bytes of three and four leave some second bytes out.
bool is_allowed(unsigned first, unsigned second) {
  switch (first) {
    case 0xE0: return second >= 0xA0;  // a shorter form exists
    case 0xED: return second < 0xA0;   // halves of pairs
    case 0xF0: return second >= 0x90;  // a shorter form exists
    case 0xF4: return second < 0x90;   // beyond U+10FFFF
    default: return true;
  }
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = at(text, 0);
  const auto length = announced_length(first);
  if (length == 0 || length > text.size()) return 0;
  if (length > 1 && !is_allowed(first, at(text, 1))) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(at(text, i))) return 0;
  }
  return length;
}

std::string to_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) {
      valid += "\uFFFD";
    } else {
      valid += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return valid;
}

}  // namespace toksync
