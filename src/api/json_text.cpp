// Writing JSON text, and mending text that is almost JSON.
#include <fmt/format.h>

#include "api/json.hpp"

namespace toksync::api {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

struct Utf8Form {
  std::size_t size;
  unsigned lowest_second;  // of the second byte: excludes overlong forms, surrogates and beyond U+10FFFF
  unsigned highest_second;
};

Utf8Form form_of(unsigned lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// The length of the well-formed character that the text begins with, or 0.
std::size_t character_length(std::string_view text) {
  const auto form = form_of(static_cast<unsigned char>(text.front()));
  if (form.size <= 1) return form.size;
  if (text.size() < form.size) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < form.lowest_second || second > form.highest_second) return 0;
  for (std::size_t i = 2; i < form.size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  return form.size;
}

// The code unit of "\uXXXX" at the beginning of the text.
std::optional<unsigned> escaped_unit(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  unsigned unit = 0;
  for (const char c : text.substr(2, 4)) {
    const auto digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
    const bool is_digit = (c >= '0' && c <= '9') || digit > 9;
    if (digit == std::string_view::npos || !is_digit) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(digit);
  }
  return unit;
}

bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Takes the escape that the text begins with, mended, and returns how much of the text it was.
std::size_t mend_escape(std::string_view text, std::string& mended) {
  if (const auto unit = escaped_unit(text)) {
    const auto follower = escaped_unit(text.substr(6));
    const bool is_pair = is_high_surrogate(*unit) && follower && is_low_surrogate(*follower);
    const bool is_lone = !is_pair && (is_high_surrogate(*unit) || is_low_surrogate(*unit));
    const std::size_t length = is_pair ? 12 : 6;
    mended += is_lone ? kReplacement : text.substr(0, length);
    return length;
  }
  if (text.size() >= 2 && std::string_view("\"\\/bfnrt").find(text[1]) != std::string_view::npos) {
    mended += text.substr(0, 2);
    return 2;
  }
  mended += "\\\\";
  return 1;
}

std::size_t mend_character(std::string_view text, std::string& mended) {
  const auto length = character_length(text);
  mended += length == 0 ? kReplacement : text.substr(0, length);
  return length == 0 ? 1 : length;
}

std::size_t mend_one(std::string_view text, std::string& mended) {
  if (text.front() == '\\') return mend_escape(text, mended);
  if (is_control(text.front())) {
    mended += ' ';
    return 1;
  }
  return mend_character(text, mended);
}

}  // namespace

std::string mended_json(std::string_view text) {
  while (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string mended;
  mended.reserve(text.size());
  while (!text.empty()) text.remove_prefix(mend_one(text, mended));
  return mended;
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) text.remove_prefix(mend_character(text, valid));
  return valid;
}

std::string quoted_json(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (is_control(c)) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

void JsonObjectWriter::add(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_ += quoted_json(name);
  members_ += ':';
  members_ += json;
}

std::string raw_array(const std::vector<JsonValue>& values) {
  std::string array = "[";
  for (const auto& value : values) {
    if (array.size() > 1) array += ',';
    array += value.raw();
  }
  return array + ']';
}

}  // namespace toksync::api
