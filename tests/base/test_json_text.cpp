#include <doctest/doctest.h>

#include "base/json_text.hpp"

namespace toksync {
namespace {

TEST_CASE("a text becomes a JSON string that keeps every character") {
  CHECK(quote_json("") == R"("")");
  CHECK(quote_json("plain") == R"("plain")");
  CHECK(quote_json(R"(say "hi" \ bye)") == R"("say \"hi\" \\ bye")");
  CHECK(quote_json("a\nb\tc") == R"("a\u000ab\u0009c")");
  CHECK(quote_json(std::string_view("a\0b", 3)) == R"("a\u0000b")");
  CHECK(quote_json("naïve 🚀") == R"("naïve 🚀")");
}

}  // namespace
}  // namespace toksync
