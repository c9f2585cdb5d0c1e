#include <doctest/doctest.h>

#include "base/utf8.hpp"

namespace toksync {
namespace {

constexpr const char* kReplacement = "\uFFFD";

TEST_CASE("characters are as long as they are written") {
  CHECK(utf8_length("") == 0);
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length(std::string_view("\0", 1)) == 1);
  CHECK(utf8_length("é…") == 2);
  CHECK(utf8_length("…") == 3);
  CHECK(utf8_length("🚀") == 4);
  CHECK(utf8_length("\xF4\x8F\xBF\xBF") == 4);
}

TEST_CASE("what is no character has no length") {
  for (const auto* const bytes :
       {"\x80", "\xC3", "\xE2\x80", "\xF0\x9F\x9A", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3(", "\xE2(\x80", "\xE2\x80("}) {
    CAPTURE(bytes);
    CHECK(utf8_length(bytes) == 0);
  }
}

TEST_CASE("each byte of no character is replaced, and nothing else") {
  CHECK(to_valid_utf8("").empty());
  CHECK(to_valid_utf8("naïve 🚀") == "naïve 🚀");
  CHECK(to_valid_utf8("a\xFFz") == std::string{"a"} + kReplacement + "z");
  CHECK(to_valid_utf8("\xE2\x80") == std::string{kReplacement} + kReplacement);
  CHECK(to_valid_utf8("\xC3\xC3\xA9") == std::string{kReplacement} + "é");
  CHECK(to_valid_utf8(std::string_view("a\0b", 3)) == std::string_view("a\0b", 3));
}

}  // namespace
}  // namespace toksync
