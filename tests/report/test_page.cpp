#include <array>
#include <string>

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "report/page.hpp"
#include "report/page_parts.hpp"
#include "report/relations.hpp"

namespace toksync::report {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

constexpr auto kHostile = std::to_array<std::string_view>({
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "&lt;b&gt;",
    "\"quoted\" and \\backslashed\\",
    "{{script}}{{data}}",
    "line\xe2\x80\xa8separator and paragraph\xe2\x80\xa9separator",
    "\xe2\x80\xae right to left",
    "tab\tnew line\nbell\x07",
});

/// The data of a page, as its script gets to see them.
std::string_view data_of(std::string_view page) {
  constexpr std::string_view kBegin = "<script type=\"application/json\" id=\"data\">";
  const auto begin = page.find(kBegin) + kBegin.size();
  return page.substr(begin, page.find("</script", begin) - begin);
}

TEST_CASE("no text can end the island, and each is read back as it was") {
  for (const auto text : kHostile) {
    CAPTURE(text);
    const Json data = {{"name", text}, {text, 1}};
    const auto written = island(data);
    for (const char* const forbidden : {"<", ">", "&", "\xe2\x80\xa8", "\xe2\x80\xa9", "\n"}) {
      CHECK_FALSE(contains(written, forbidden));
    }
    CHECK(Json::parse(written) == data);
  }
}

TEST_CASE("a NUL stays in a text, and what is no UTF-8 becomes a replacement character") {
  const Json nul = std::string("a\0b", 3);
  CHECK(island(nul) == R"("a\u0000b")");
  CHECK(island(Json("caf\xe9")) == "\"caf\xef\xbf\xbd\"");
  CHECK(island(Json("<\xc3")) == "\"\\u003c\xef\xbf\xbd\"");
}

TEST_CASE("what is harmless stays readable") {
  CHECK(island({{"name", "Jürgen 株"}, {"score", 92.5}, {"known", nullptr}}) ==
        R"({"name":"Jürgen 株","score":92.5,"known":null})");
}

TEST_CASE("texts between tags") {
  CHECK(escape_html("<a href='x' title=\"y\">&amp;</a>") ==
        "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;");
}

TEST_CASE("the data of a page come back whole, whatever they hold, and stand nowhere else") {
  auto data = Json::array();
  for (const auto text : kHostile) data.push_back(text);
  const auto page = make_page(data);
  CHECK(Json::parse(data_of(page)) == data);
  CHECK(count(page, "alert(1)") == 1);
}

TEST_CASE("the parts of a page are in it once, with nothing left to fill in but what the data say") {
  const auto page = make_page(nullptr);
  const auto& parts = page_parts();
  for (const auto part : {parts.style, parts.library, parts.script}) {
    CHECK(part.size() > 1000);
    CHECK(count(page, part) == 1);
  }
  CHECK(contains(page, escape_html(parts.library_licence)));
  CHECK(contains(parts.library_licence, "Permission is hereby granted"));
  CHECK_FALSE(contains(page, "{{"));
}

TEST_CASE("a script of the page ends where its element does") {
  const auto& parts = page_parts();
  for (const auto script : {parts.library, parts.script}) {
    CHECK_FALSE(contains(script, "</script"));
    CHECK_FALSE(contains(script, "<!--"));
  }
  CHECK_FALSE(contains(parts.style, "</style"));
  CHECK(count(make_page(nullptr), "</script>") == 3);
}

TEST_CASE("the policy allows these scripts and this style, and nothing else") {
  const auto page = make_page(nullptr);
  const auto& parts = page_parts();
  const auto begin = page.find("Content-Security-Policy");
  const auto policy = page.substr(begin, page.find('>', begin) - begin);
  CHECK(contains(policy, "default-src 'none'"));
  for (const auto part : {parts.style, parts.library, parts.script}) {
    CHECK(contains(policy, "'sha256-" + sha256_base64(part) + "'"));
  }
  CHECK_FALSE(contains(policy, "unsafe"));
  CHECK_FALSE(contains(policy, "http"));
}

TEST_CASE("nothing in a page is fetched") {
  const auto page = make_page(nullptr);
  for (const char* const fetching : {"<link", "<img", "<iframe", " src=", "@import", "url("}) {
    CAPTURE(fetching);
    CHECK(count(page, fetching) == count(page_parts().library, fetching));
  }
}

TEST_CASE("a relation names its columns once") {
  const store::NamedRelations relations{
      {"people", {.columns = {"name", "count", "score", "note"}, .rows = {{std::string{"Zoë"}, 3, 1.5, {}}}}},
      {"nobody", {.columns = {"name"}, .rows = {}}}};
  CHECK(to_json(relations).dump() ==
        R"({"people":{"columns":["name","count","score","note"],"rows":[["Zoë",3,1.5,null]]},)"
        R"("nobody":{"columns":["name"],"rows":[]}})");
}

}  // namespace
}  // namespace toksync::report
