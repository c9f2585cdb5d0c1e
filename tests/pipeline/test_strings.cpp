#include <doctest/doctest.h>

#include "pipeline_texts.hpp"

namespace toksync::pipeline {
namespace {

using test::kSmallest;
using test::parsed;
using test::problems_of;

const std::string kKey = "tk_test_" + std::string(48, '0');
const std::string kRefused =
    "holds what looks like an API key; a pipeline file is no place for it: put it into an environment variable or a "
    "file, and name that in source.api_key_env or source.api_key_file";

std::string with_query(const std::string& toml_text) {
  return std::string{kSmallest} + "kind = \"database\"\nquery = " + toml_text + "\n";
}

std::string query_of(const std::string& toml_text, std::map<std::string, std::string> variables) {
  return parsed(with_query(toml_text), std::move(variables)).keyword_sets.front().search->query.value();
}

TEST_CASE("variables are replaced inside of every kind of string") {
  CHECK(query_of("\"${A}\"", {{"A", "x"}}) == "x");
  CHECK(query_of("'a ${A}-${_b2} z'", {{"A", "x"}, {"_b2", "y"}}) == "a x-y z");
  CHECK(query_of("\"${A}${A}\"", {{"A", "x"}}) == "xx");
  const auto list = std::string{kSmallest} + "[search.filters]\nlanguages = [\"${A}\", \"de\"]\n";
  CHECK(
      std::get<std::vector<std::string>>(parsed(list, {{"A", "en"}}).keyword_sets[0].search->filters.at("languages")) ==
      std::vector<std::string>{"en", "de"});
}

TEST_CASE("two dollars are one, and a dollar alone is itself") {
  CHECK(query_of("\"$${A}\"", {{"A", "x"}}) == "${A}");
  CHECK(query_of("\"$$${A}\"", {{"A", "x"}}) == "$x");
  CHECK(query_of("\"5$ $A $\"", {{"A", "x"}}) == "5$ $A $");
}

TEST_CASE("a value from the environment is not read again") {
  CHECK(query_of("\"${A}\"", {{"A", "${B} $$"}}) == "${B} $$");
}

TEST_CASE("an unset or unreadable variable is a problem") {
  CHECK(problems_of(with_query("\"a ${NOPE} ${NEITHER}\"")) ==
        std::vector<std::string>{"p:9:9: search.query: the environment variable NOPE is not set"});
  CHECK(problems_of(with_query("\"${A\"")) ==
        std::vector<std::string>{"p:9:9: search.query: has a ${ without a }; write $$ for a $"});
  for (const std::string name : {"", "A B", "1A", "A-B"}) {
    CHECK(problems_of(with_query("\"${" + name + "}\"")) ==
          std::vector<std::string>{"p:9:9: search.query: \"" + name +
                                   "\" is not the name of an environment variable; write $$ for a $"});
  }
}

TEST_CASE("a set but empty variable leaves an empty text, which is checked like any other") {
  CHECK(problems_of(with_query("\"${A}\""), {{"A", ""}}) ==
        std::vector<std::string>{"p:9:9: search.query: found \"${A}\", allowed is a text that is not empty"});
}

TEST_CASE("a message shows what stands in the file, never what the environment holds") {
  const auto text = std::string{kSmallest} + "kind = \"${KIND}\"\n[source]\nbase_url = \"ftp://${HOST}\"\n";
  const auto problems = problems_of(text, {{"KIND", "hidden"}, {"HOST", "hidden"}});
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "p:8:8: search.kind: found \"${KIND}\", allowed is \"discovery\" or \"database\"");
  CHECK(problems[1].find("ftp://${HOST}") != std::string::npos);
  CHECK(problems[1].find("hidden") == std::string::npos);
}

TEST_CASE("a string that looks like an API key is refused and not shown") {
  for (const auto& text :
       {"\"" + kKey + "\"", "\"Bearer " + kKey + "\"", "\"tk\\u005ftest_" + std::string(48, '0') + "\"",
        "\"" + std::string(50, 'x') + " " + kKey + "\""}) {
    CAPTURE(text);
    CHECK(problems_of(with_query(text)) == std::vector<std::string>{"p:9:9: search.query: " + kRefused});
  }
  CHECK(problems_of(with_query("\"${A}\""), {{"A", kKey}}) ==
        std::vector<std::string>{"p:9:9: search.query: " + kRefused});
}

TEST_CASE("a refused string brings no second complaint about its value") {
  const auto text = std::string{kSmallest} + "kind = \"" + kKey + "\"\n";
  CHECK(problems_of(text) == std::vector<std::string>{"p:8:8: search.kind: " + kRefused});
  const auto list = std::string{kSmallest} + "filters.languages = [\"" + kKey + "\", \"en\"]\n";
  CHECK(problems_of(list) == std::vector<std::string>{"p:8:22: search.filters.languages: " + kRefused});
}

TEST_CASE("a key in a comment, in the name of a key or in broken TOML does not get through either") {
  CHECK(problems_of(std::string{kSmallest} + "# ü " + kKey + "\n") ==
        std::vector<std::string>{"p:8:5: the line " + kRefused});
  CHECK(problems_of(std::string{kSmallest} + kKey + " = 1\n") ==
        std::vector<std::string>{"p:8:1: search.***: " + kRefused});
  CHECK(problems_of(std::string{kSmallest} + "[keyword_sets." + kKey + "]\nkeywords = [\"x\"]\n") ==
        std::vector<std::string>{"p:8:15: keyword_sets.***: " + kRefused});
  for (const auto& broken : {"kind = " + kKey, "[" + kKey, kKey, "kind = \"" + kKey, "kind = \"\\q" + kKey + "\""}) {
    const auto problems = problems_of(std::string{kSmallest} + broken);
    REQUIRE(problems.size() == 1);
    CHECK_MESSAGE(problems[0].find("000000000000000000") == std::string::npos, problems[0]);
  }
}

}  // namespace
}  // namespace toksync::pipeline
