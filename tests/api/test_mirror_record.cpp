#include <array>

#include <doctest/doctest.h>

#include "api/mirror_record.hpp"

namespace toksync::api {
namespace {

using enum FieldKind;

const Secret kHashKey{"a key of the pipeline"};
const Secret kOtherKey{"another"};
constexpr MirrorValue kNothing{std::monostate{}};

/// The value that a column with that field and kind has of a record.
MirrorValue value_of(std::string_view field, FieldKind kind, std::string_view record) {
  const std::array columns{MirrorColumn{"key", "key"}, MirrorColumn{"value", field, kind}};
  const MirrorResource resource{.name = "things", .table = "things", .columns = columns};
  const auto row = read_row(resource, R"({"key":"k",)" + std::string(record.substr(1)), {"of a slice", "2026-06-01"});
  REQUIRE_MESSAGE(row.has_value(), (row ? "" : row.error()));
  REQUIRE(row->values.size() == 2);
  return row->values[1];
}

MirrorValue whole(std::int64_t value) { return value; }
MirrorValue words(std::string value) { return MirrorValue{std::move(value)}; }

TEST_CASE("each kind of field is read tolerantly, or is NULL") {
  struct Field {
    FieldKind kind;
    std::string_view json;
    MirrorValue value;
  };
  for (const auto& [kind, json, value] : std::vector<Field>{
           {text, R"("Cool Creator")", words("Cool Creator")},
           {text, R"("caf\u00e9\n")", words("caf\xC3\xA9\n")},
           {text, R"("")", words("")},
           {text, "17", words("17")},
           {text, "true", kNothing},
           {text, R"({"a":1})", kNothing},
           {integer, "12400", whole(12'400)},
           {integer, "-3", whole(-3)},
           {integer, R"("12400")", whole(12'400)},
           {integer, "38667.6", whole(38'668)},
           {integer, "9223372036854775807", whole(INT64_MAX)},
           {integer, "1e30", kNothing},
           {integer, R"("many")", kNothing},
           {integer, "[1]", kNothing},
           {number, "7.24", 7.24},
           {number, "-52", -52.0},
           {number, R"("2.5")", 2.5},
           {number, "1e999", kNothing},
           {number, "false", kNothing},
           {boolean, "true", whole(1)},
           {boolean, "false", whole(0)},
           {boolean, R"("true")", whole(1)},
           {boolean, "1", kNothing},
           {boolean, R"("yes")", kNothing},
           {FieldKind::json, R"({ "a": [1, 2] })", words(R"({ "a": [1, 2] })")},
           {FieldKind::json, "[]", words("[]")},
           {FieldKind::json, R"("x")", words(R"("x")")},
           {FieldKind::json, "0", words("0")},
       }) {
    CAPTURE(json);
    CAPTURE(static_cast<int>(kind));
    CHECK(value_of("value", kind, R"({"value":)" + std::string(json) + "}") == value);
  }
  for (const auto kind : {text, integer, number, boolean, FieldKind::time, FieldKind::json}) {
    CHECK(value_of("value", kind, R"({"value":null})") == kNothing);
    CHECK(value_of("value", kind, R"({"other":1})") == kNothing);
  }
}

TEST_CASE("times are kept in UTC to the second, however they are written") {
  struct Time {
    std::string_view told;
    MirrorValue kept;
  };
  for (const auto& [told, kept] : std::vector<Time>{
           {"2026-01-10T08:00:00Z", words("2026-01-10T08:00:00Z")},
           {"2026-01-10T08:00:00.000Z", words("2026-01-10T08:00:00Z")},
           {"2026-06-08T04:47:51.413+00:00", words("2026-06-08T04:47:51Z")},
           {"2026-06-08T04:47:51.413999+00:00", words("2026-06-08T04:47:51Z")},
           {"2026-06-08T01:30:00+02:00", words("2026-06-07T23:30:00Z")},
           {"2025-12-31T20:00:00-05:30", words("2026-01-01T01:30:00Z")},
           {"2026-06-08 04:47:51Z", words("2026-06-08T04:47:51Z")},
           {"2026-06-08", words("2026-06-08T00:00:00Z")},
           {"yesterday", kNothing},
           {"2026-02-30T00:00:00Z", kNothing},
           {"2026-06-08T04:47:51", kNothing},
           {"", kNothing},
       }) {
    CAPTURE(told);
    CHECK(value_of("at", FieldKind::time, R"({"at":")" + std::string(told) + R"("})") == kept);
  }
}

TEST_CASE("a field may stand inside others, and be called by several names") {
  CHECK(value_of("a.b", integer, R"({"a":{"b":1}})") == whole(1));
  CHECK(value_of("a.b.c", integer, R"({"a":{"b":{"c":2}}})") == whole(2));
  CHECK(value_of("a.b", integer, R"({"a":3})") == kNothing);
  CHECK(value_of("a.b", integer, R"({"a":null})") == kNothing);
  CHECK(value_of("a.b", integer, R"({"a":[{"b":1}]})") == kNothing);
  CHECK(value_of("a.b", integer, R"({"a.b":4})") == kNothing);
  CHECK(value_of("a|b", text, R"({"b":"B","a":"A"})") == words("A"));
  CHECK(value_of("a|b", text, R"({"b":"B"})") == words("B"));
  CHECK(value_of("a|b", text, R"({"b":"B","a":null})") == words("B"));
  CHECK(value_of("a|b", text, R"({"c":"C"})") == kNothing);
  CHECK(value_of("a.x|b.x|c", text, R"({"a":{"y":1},"b":{"x":"of b"},"c":"C"})") == words("of b"));
  CHECK(value_of("a.x|c", text, R"({"c":"C"})") == words("C"));
}

TEST_CASE("what a record does not say itself comes from its place") {
  CHECK(value_of("@slice", text, "{\"a\":1}") == words("of a slice"));
  CHECK(value_of("@day", text, "{\"a\":1}") == words("2026-06-01"));
}

TEST_CASE("a row is the values in the order of the columns, and the record as it is") {
  constexpr std::array kColumns{MirrorColumn{"id", "id|name"}, MirrorColumn{"place", "@slice"},
                                MirrorColumn{"size", "size", integer}};
  const MirrorResource resource{.name = "things", .table = "things", .columns = kColumns, .keys = 2};
  const std::string record = R"({ "size": 3, "new_field": {"x": [1]}, "name": "n" })";
  const auto row = read_row(resource, record, {"s", ""});
  REQUIRE(row.has_value());
  CHECK(*row == MirrorRow{{words("n"), words("s"), whole(3)}, record});
  // Only keys have to be there; an empty one names nothing.
  CHECK(read_row(resource, R"({"id":"i"})", {"s", ""})->values == std::vector{words("i"), words("s"), kNothing});
  for (const auto* const without :
       {R"({"size":3})", R"({"id":null,"size":3})", R"({"id":"","size":3})", R"({"id":{},"size":3})", "{}"}) {
    CAPTURE(without);
    const auto none = read_row(resource, without, {"s", ""});
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error() == "a record has no id|name");
  }
  // A place that is empty is a place: the whole list.
  CHECK(read_row(resource, R"({"id":"i"})", {}).has_value());
}

TEST_CASE("what is no object is no record") {
  constexpr std::array kColumns{MirrorColumn{"id", "id"}};
  const MirrorResource resource{.name = "things", .table = "things", .columns = kColumns};
  for (const auto* const record : {"", " ", "7", "null", "\"id\"", "[1]", R"([{"id":"a"}])"}) {
    CAPTURE(record);
    const auto row = read_row(resource, record, {});
    REQUIRE_FALSE(row.has_value());
    CHECK(row.error() == "a record is no object");
  }
  for (const auto* const record : {"{\"id\":", "{} {}", "{id}"}) {
    CAPTURE(record);
    CHECK_FALSE(read_row(resource, record, {}).has_value());
  }
}

std::string rewritten(std::string_view json, const MemberRule& rule) {
  const auto document = JsonDocument::parse(json);
  REQUIRE(document.has_value());
  return rewritten_json(document->root(), rule);
}

TEST_CASE("members are kept, dropped and replaced wherever they stand") {
  const MemberRule rule = [](std::string_view name, const JsonValue& value) -> MemberFate {
    if (name == "secret") return DropMember{};
    if (name == "mail") return ReplaceMember{R"("[)" + value.text().value_or("?") + R"(]")"};
    return KeepMember{};
  };
  struct Case {
    std::string_view before, after;
  };
  for (const auto& [before, after] : std::vector<Case>{
           {R"({"a":1,"secret":"x","mail":"m@x"})", R"({"a":1,"mail":"[m@x]"})"},
           {R"({"secret":1})", "{}"},
           {R"({"secret":{"a":1},"b":2,"secret":3})", R"({"b":2})"},
           {R"({"se\u0063ret":1,"b":2})", R"({"b":2})"},
           {R"({"a":{"b":{"secret":1,"c":2}}})", R"({"a":{"b":{"c":2}}})"},
           {R"([{"secret":1},{"a":[{"secret":1},[{"mail":"m"}]]}])", R"([{},{"a":[{},[{"mail":"[m]"}]]}])"},
           // What is put in place of a value is not looked into, and what is dropped not either.
           {R"({"mail":{"secret":1}})", R"({"mail":"[?]"})"},
           {R"({"Secret":1,"secrets":2,"x":"secret"})", R"({"Secret":1,"secrets":2,"x":"secret"})"},
           {R"({"quo\"ted":1.50,"n":null,"t":true,"u":"\u00e9"})",
            R"({"quo\"ted":1.50,"n":null,"t":true,"u":"\u00e9"})"},
           {"[]", "[]"},
           {"[1,[2,[]],{}]", "[1,[2,[]],{}]"},
           {R"({ "a" : [ 1 , "x" ] })", R"({"a":[1,"x"]})"},
       }) {
    CAPTURE(before);
    CHECK(rewritten(before, rule) == after);
  }
}

TEST_CASE("equal texts have equal hashes under one key, and others under another") {
  const auto hash = keyed_hash(kHashKey, "max@example.com");
  CHECK(hash == keyed_hash(kHashKey, "max@example.com"));
  CHECK(hash.size() == 25);
  CHECK(hash.starts_with("~"));
  CHECK(hash.find_first_not_of("0123456789abcdef", 1) == std::string::npos);
  CHECK(hash != keyed_hash(kHashKey, "max@example.org"));
  CHECK(hash != keyed_hash(kHashKey, "Max@example.com"));
  CHECK(hash != keyed_hash(kOtherKey, "max@example.com"));
  CHECK(keyed_hash(kHashKey, "") != keyed_hash(kOtherKey, ""));
}

TEST_CASE("addresses in a text are replaced, and what is around them stays") {
  const auto hash = [](std::string_view text) { return keyed_hash(kHashKey, text); };
  struct Text {
    std::string before, after;
  };
  const auto max = hash("max@example.com");
  const auto eva = hash("eva.b+x@mail.example.co.uk");
  for (const auto& [before, after] : std::vector<Text>{
           {"max@example.com", max},
           {"write to max@example.com", "write to " + max},
           {"max@example.com, eva.b+x@mail.example.co.uk", max + ", " + eva},
           {"max@example.com;max@example.com", max + ";" + max},
           {"<max@example.com>", "<" + max + ">"},
           {"(max@example.com).", "(" + max + ")."},
           {"mailto:max@example.com?subject=x", "mailto:" + max + "?subject=x"},
           {"to max@example.com.", "to " + max + "."},
           {"to max@example.com...", "to " + max + "..."},
           // No space: the words before are part of it, as far as anybody can tell.
           {"to me...max@example.com", "to " + hash("me...max@example.com")},
           {"__max@example.com__", hash("__max@example.com") + "__"},
           {"– max@example.com –", "– " + max + " –"},
           {"„max@example.com“", "„" + max + "“"},
           {"-max@example.com-", "-" + max + "-"},
           {"邮箱：max@example.com。", "邮箱：" + max + "。"},
           {"jürgen@müller.de!", hash("jürgen@müller.de") + "!"},
           {"«max@example.com»", "«" + max + "»"},
           {"follow @coolcreator99", "follow @coolcreator99"},
           {"50 @ 3", "50 @ 3"},
           {"@", "@"},
           {"@@@", "@@@"},
           {"max@", "max@"},
           {"max@.", "max@."},
           {".@example.com", ".@example.com"},
           {"a@b@c", hash("a@b") + "@c"},
           {"@max@example.com", "@" + max},
           {"", ""},
           {"no address", "no address"},
       }) {
    CAPTURE(before);
    CHECK(without_addresses(kHashKey, before) == after);
  }
  CHECK(without_addresses(kOtherKey, "max@example.com") != max);
}

}  // namespace
}  // namespace toksync::api
