#include <doctest/doctest.h>

#include "api/json.hpp"

namespace toksync::api {
namespace {

JsonDocument parsed(std::string_view text) {
  auto document = JsonDocument::parse(text);
  REQUIRE_MESSAGE(document.has_value(), text);
  return std::move(*document);
}

OptionalText text_of(std::string_view member) {
  return parsed("{\"a\":" + std::string(member) + "}").root()["a"].text();
}

TEST_CASE("a value keeps the exact text it came as") {
  const auto document =
      parsed(R"( { "one" : [ 1 , {"x": 2.50 } ,[ ] ], "two":{ } , "three": "a\u0062c" , "four" :null} )");
  const auto root = document.root();
  CHECK(root.raw() == R"({ "one" : [ 1 , {"x": 2.50 } ,[ ] ], "two":{ } , "three": "a\u0062c" , "four" :null})");
  CHECK(root["one"].raw() == R"([ 1 , {"x": 2.50 } ,[ ] ])");
  CHECK(root["one"].items().at(1).raw() == R"({"x": 2.50 })");
  CHECK(root["one"].items().at(1)["x"].raw() == "2.50");
  CHECK(root["one"].items().at(2).raw() == "[ ]");
  CHECK(root["two"].raw() == "{ }");
  CHECK(root["three"].raw() == R"("a\u0062c")");
  CHECK(root["three"].text() == "abc");
  CHECK(root["four"].raw() == "null");
  CHECK(raw_array(root["one"].items()) == R"([1,{"x": 2.50 },[ ]])");
}

TEST_CASE("members can be looked at in any order, as often as one likes") {
  const auto document = parsed(R"({"a":1,"b":{"c":2},"a":3})");
  const auto root = document.root();
  CHECK(root["b"]["c"].count() == 2);
  CHECK(root["a"].count() == 1);
  CHECK(root["a"].count() == 1);
  CHECK(root.members().size() == 3);
  CHECK(root.members().at(1).first == "b");
  CHECK(root["missing"].is_absent());
  CHECK(root["missing"]["deeper"].is_absent());
  CHECK(root["a"]["deeper"].is_absent());
  CHECK(root.items().empty());
}

TEST_CASE("what has another type than wanted is unknown") {
  const auto document = parsed(R"({"null":null,"object":{},"array":[],"true":true,"text":"words"})");
  const auto root = document.root();
  CHECK_FALSE(root["null"].is_known());
  CHECK_FALSE(root["missing"].is_known());
  CHECK(root["true"].is_known());
  for (const auto* const name : {"null", "missing", "object", "array", "true"}) {
    CAPTURE(name);
    CHECK_FALSE(root[name].text());
    CHECK_FALSE(root[name].number());
    CHECK_FALSE(root[name].count());
  }
  CHECK(root["object"].is_object());
  CHECK(root["array"].is_array());
  CHECK(root["text"].is_text());
  CHECK_FALSE(root["text"].number());
  CHECK_FALSE(root["text"].boolean());
  CHECK(root["true"].boolean() == true);
}

TEST_CASE("numbers: large, fractional, in strings, and none at all") {
  struct Case {
    const char* json;
    OptionalCount count;
    OptionalNumber number;
  };
  for (const auto& [json, count, number] :
       {Case{"0", 0, 0.0}, Case{"-12", -12, -12.0}, Case{"4294967297", 4294967297, 4294967297.0},
        Case{"9007199254740993", 9007199254740993, 9007199254740992.0},
        Case{"9223372036854775807", INT64_MAX, 9223372036854775807.0},
        Case{"18446744073709551615", std::nullopt, 18446744073709551615.0}, Case{"1e400", std::nullopt, std::nullopt},
        Case{"48200.0", 48200, 48200.0}, Case{"12.7", 13, 12.7}, Case{"4.82e4", 48200, 48200.0},
        Case{"\"48200\"", 48200, 48200.0}, Case{"\" 2.5 \"", 3, 2.5}, Case{"\"nan\"", std::nullopt, std::nullopt},
        Case{"\"inf\"", std::nullopt, std::nullopt}, Case{"\"\"", std::nullopt, std::nullopt},
        Case{"\"12 posts\"", std::nullopt, std::nullopt}, Case{"\"1,234\"", std::nullopt, std::nullopt}}) {
    CAPTURE(json);
    const auto document = parsed(std::string("[") + json + "]");
    CHECK(document.root().items().at(0).count() == count);
    CHECK(document.root().items().at(0).number() == number);
  }
}

TEST_CASE("strings: NUL, long ones, every escape, characters beyond the basic plane") {
  CHECK(text_of(R"("a\u0000b")") == std::string("a\0b", 3));
  CHECK(text_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(text_of(R"("\ud83d\ude00")") == "\xF0\x9F\x98\x80");
  CHECK(text_of("17") == "17");
  const std::string bio(200'000, 'b');
  CHECK(text_of('"' + bio + '"') == bio);
}

TEST_CASE("damaged text is mended rather than lost") {
  CHECK(text_of("\"caf\xE9!\"") == "caf\xEF\xBF\xBD!");
  CHECK(text_of("\"\xC3\xA9\xF0\x9F\x98\x80\xFF\"") == "\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD");
  CHECK(text_of("\"\xED\xA0\x80\"") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(text_of(R"("cut \ud83d")") == "cut \xEF\xBF\xBD");
  CHECK(text_of(R"("\ude00 \ud83d\u0041")") ==
        "\xEF\xBF\xBD \xEF\xBF\xBD"
        "A");
  CHECK(text_of(R"("it\'s \x41 \u12")") == R"(it\'s \x41 \u12)");
  CHECK(text_of("\"two\nlines\"") == "two lines");
  CHECK(text_of(std::string("\"n\0l\"", 5)) == "n l");
  CHECK(parsed("\xEF\xBB\xBF{\"a\":1}").root()["a"].count() == 1);
  CHECK(parsed("\xEF\xBB\xBF\xEF\xBB\xBF{\"a\":1}").root()["a"].count() == 1);
}

TEST_CASE("what is no JSON document is an error") {
  for (const auto* const text : {"",
                                 " ",
                                 "null",
                                 "12",
                                 "\"text\"",
                                 "<html>",
                                 "{",
                                 "[",
                                 "{\"a\"",
                                 "{\"a\":",
                                 "{\"a\":1",
                                 "{\"a\":1,",
                                 "{\"a\":1,}",
                                 "[1,",
                                 "[1,]",
                                 "[1 2]",
                                 "{\"a\" 1}",
                                 "{a:1}",
                                 "{'a':1}",
                                 "{\"a\":tru}",
                                 "{\"a\":truely}",
                                 "{\"a\":nul}",
                                 "{\"a\":01}",
                                 "{\"a\":-}",
                                 "{\"a\":1.}",
                                 "{\"a\":.5}",
                                 "{\"a\":1e}",
                                 "{\"a\":+1}",
                                 "{\"a\":NaN}",
                                 "{} {}",
                                 "{}]",
                                 "[}",
                                 "{]",
                                 "{\"a\":\"unclosed}",
                                 "[[]",
                                 "{\"a\":{}",
                                 "{} x",
                                 "{\"a\":1}}"}) {
    CAPTURE(text);
    CHECK_FALSE(JsonDocument::parse(text).has_value());
  }
}

TEST_CASE("deep nesting is an error, never a crash") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(JsonDocument::parse(nested(100)).has_value());
  CHECK_FALSE(JsonDocument::parse(nested(200)).has_value());
  CHECK_FALSE(JsonDocument::parse(nested(100'000)).has_value());
  CHECK_FALSE(JsonDocument::parse(std::string(1'000'000, '[')).has_value());
  std::string objects;
  for (int i = 0; i < 5000; ++i) objects += "{\"a\":";
  CHECK_FALSE(JsonDocument::parse(objects).has_value());
}

TEST_CASE("documents that share memory read as those that do not") {
  JsonMemory memory;
  const std::string long_text(100'000, 'x');
  const std::vector<std::string> texts{R"({"a":"one","b":[1,2]})", "{\"a\":\"" + long_text + "\"}",
                                       R"({"a":"\u0062\n"})",      R"([{"a":1}])",
                                       "{\"a\":\"caf\xE9\"}",      "no JSON",
                                       R"({"a":"last"})"};
  for (const auto& text : texts) {
    CAPTURE(text);
    const auto document = JsonDocument::parse(text, &memory);
    const auto alone = JsonDocument::parse(text);
    REQUIRE(document.has_value() == alone.has_value());
    if (!document) continue;
    CHECK(document->root().raw() == alone->root().raw());
    CHECK(document->root()["a"].text() == alone->root()["a"].text());
  }
  const auto first = JsonDocument::parse(R"({"a":"first"})", &memory);
  const auto second = JsonDocument::parse(R"({"a":"second"})", &memory);
  CHECK(first.value().root()["a"].text() == "first");
  CHECK(second.value().root()["a"].text() == "second");
}

TEST_CASE("a string is read alike with escapes and without, up to its last quote") {
  CHECK(text_of(R"("")") == "");
  CHECK(text_of(R"( "a b"   )") == "a b");
  CHECK(text_of(R"("\"")") == "\"");
  CHECK(text_of(R"("\\")") == "\\");
  CHECK(text_of(R"("é, [1] {\"x\":1}")") == R"(é, [1] {"x":1})");
  CHECK_FALSE(JsonDocument::parse(R"({"a":"b"x})").has_value());
  CHECK_FALSE(JsonDocument::parse(R"({"a":"b" "c"})").has_value());
}

TEST_CASE("what is written can be read again") {
  const std::string hard("quote \" backslash \\ line\n nul\0 end \xC3\xA9", 37);
  JsonObjectWriter writer;
  writer.add("plain", "1");
  writer.add(hard, quoted_json(hard));
  const auto document = parsed(writer.finish());
  CHECK(document.root()[hard].text() == hard);
  CHECK(document.root()["plain"].count() == 1);
  CHECK(JsonObjectWriter{}.finish() == "{}");
  CHECK(raw_array({}) == "[]");
}

}  // namespace
}  // namespace toksync::api
