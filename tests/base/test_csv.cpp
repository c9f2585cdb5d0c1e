#include <doctest/doctest.h>

#include "base/csv.hpp"

namespace toksync {
namespace {

std::string cell(std::string_view text, FormulaGuard guard = FormulaGuard::on) {
  std::string line;
  append_csv_text(line, text, guard);
  return line;
}

TEST_CASE("a text is quoted where RFC 4180 asks for it") {
  CHECK(cell("plain") == "plain");
  CHECK(cell("Zoe García 🚀") == "Zoe García 🚀");
  CHECK(cell("a,b") == R"("a,b")");
  CHECK(cell(R"(say "hi")") == R"("say ""hi""")");
  CHECK(cell("two\nlines") == "\"two\nlines\"");
  CHECK(cell("two\r\nlines") == "\"two\r\nlines\"");
  CHECK(cell("a;b") == "a;b");
}

TEST_CASE("an empty text differs from nothing, and spaces at the ends are kept") {
  CHECK(cell("") == R"("")");
  CHECK(cell(" a") == R"(" a")");
  CHECK(cell("a ") == R"("a ")");
}

TEST_CASE("a text that a spreadsheet could run gets a quote in front") {
  CHECK(cell("=1+1") == "'=1+1");
  CHECK(cell("+49 170") == "'+49 170");
  CHECK(cell("-5") == "'-5");
  CHECK(cell("@jane") == "'@jane");
  CHECK(cell("\t=1") == "'\t=1");
  CHECK(cell("\r=1") == "\"'\r=1\"");
  CHECK(cell("\n=1") == "\"'\n=1\"");
  CHECK(cell("\uFF1D1+1") == "'\uFF1D1+1");
  CHECK(cell(R"_(=HYPERLINK("http://x","y"))_") == R"_("'=HYPERLINK(""http://x"",""y"")")_");
  CHECK(cell("1=1") == "1=1");
  CHECK(cell("a-b") == "a-b");
  CHECK(cell("'=1") == "'=1");
}

TEST_CASE("without the guard a text stays as it is") {
  CHECK(cell("=1+1", FormulaGuard::off) == "=1+1");
  CHECK(cell("-5", FormulaGuard::off) == "-5");
  CHECK(cell("\r=1", FormulaGuard::off) == "\"\r=1\"");
}

TEST_CASE("what no reader takes is replaced") {
  CHECK(cell("a\xFFz") == "a\uFFFDz");
  CHECK(cell(std::string_view("a\0z", 3)) == "a\uFFFDz");
}

}  // namespace
}  // namespace toksync
