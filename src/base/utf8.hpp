// UTF-8 that is surely UTF-8: what comes from outside need not be, and what leaves for other programs has to.
#pragma once

#include <string>
#include <string_view>

namespace toksync {

/// How many bytes at the start of the text are one character, or 0 when they are none: cut off, longer than needed,
/// half of a pair, or beyond the last code point.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// The text with U+FFFD in place of each byte that belongs to no character.
[[nodiscard]] std::string to_valid_utf8(std::string_view text);

}  // namespace toksync
