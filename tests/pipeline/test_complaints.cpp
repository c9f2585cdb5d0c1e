#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline_texts.hpp"

namespace toksync::pipeline {
namespace {

using test::kSmallest;
using test::problems_of;

/// What is said about the smallest pipeline with `text` after it, from line 8 on.
struct Row {
  std::string text;
  std::vector<std::string> problems;
};

void check_rows(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.text);
    std::vector<std::string> expected;
    for (const auto& problem : row.problems) expected.push_back("p:" + problem);
    const auto found = problems_of(std::string{kSmallest} + row.text);
    CHECK_MESSAGE(found == expected, fmt::format("{}", fmt::join(found, "\n")));
  }
}

constexpr std::string_view kSearchKeys =
    "(allowed here: enabled, kind, mode, max_creators, query, sort_by, sort_order, refresh_after, filters)";

std::string with_search_keys(std::string_view problem) { return fmt::format("{} {}", problem, kSearchKeys); }

TEST_CASE("the smallest pipeline has no problem") { CHECK(problems_of(kSmallest).empty()); }

TEST_CASE("an unknown key is told with the nearest known one or with its place") {
  check_rows({
      {"max_creator = 5", {with_search_keys("8:1: search.max_creator: unknown key, did you mean \"max_creators\"?")}},
      {"  zzzz = 1", {with_search_keys("8:3: search.zzzz: unknown key")}},
      {"\"a b\" = 1", {with_search_keys("8:1: search.\"a b\": unknown key")}},
      {"min_followers = 5",
       {with_search_keys("8:1: search.min_followers: unknown key, it belongs in [search.filters]")}},
      {"top = 5", {with_search_keys("8:1: search.top: unknown key, it belongs in [enrich.select]")}},
      {"audience = 5", {with_search_keys("8:1: search.audience: unknown key, it belongs in [keyword_sets.NAME]")}},
      {"description = 5",
       {with_search_keys(
           "8:1: search.description: unknown key, it belongs at the top of the file, above the first [table]")}},
      {"[sorce]\napi = 1",
       {"8:2: sorce: unknown key, did you mean \"source\"? (allowed here: version, name, description, source, "
        "database, budget, prices, notify, publish, keyword_sets, search, enrich, content_match, audience_match, "
        "thought_leaders)"}},
      {"[database]\npath = \"x\"\nfile = 1", {"10:1: database.file: unknown key (allowed here: path)"}},
      {"[prices]\ncontent_match = 3",
       {"9:1: prices.content_match: unknown key, did you mean \"content_match_10\"? (allowed here: creator_search, "
        "discovery_search, enrich, content_match_10, content_match_20, content_match_30, audience_match_quick_scan, "
        "audience_match_deep_dive, audience_match_comprehensive, thought_leaders_broad, thought_leaders_balanced, "
        "thought_leaders_strict)"}},
      {"[keyword_sets.a.serch]",
       {"8:17: keyword_sets.a.serch: unknown key, did you mean \"search\"? (allowed here: keywords, audience, search, "
        "enrich, content_match, audience_match, thought_leaders)"}},
  });
}

TEST_CASE("a wrong type says what was found and what is allowed") {
  check_rows({
      {"max_creators = \"5\"", {"8:16: search.max_creators: found \"5\", allowed is an integer from 1 to 100000"}},
      {"max_creators = 5.0", {"8:16: search.max_creators: found 5.0, allowed is an integer from 1 to 100000"}},
      {"kind = 2024-01-01", {"8:8: search.kind: found a date or time, allowed is \"discovery\" or \"database\""}},
      {"enabled = 1", {"8:11: search.enabled: found 1, allowed is true or false"}},
      {"filters = 5", {"8:11: search.filters: found 5, allowed is a table"}},
      {"[[enrich]]", {"8:1: enrich: found an array, allowed is a table"}},
      {"filters.languages = \"en\"",
       {"8:21: search.filters.languages: found \"en\", allowed is an array of one or more texts"}},
      {"filters.languages = []",
       {"8:21: search.filters.languages: found an empty array, allowed is an array of one or more texts"}},
      {"filters.languages = [\"en\", 5, {}]",
       {"8:28: search.filters.languages: found 5, allowed is a text that is not empty",
        "8:31: search.filters.languages: found a table, allowed is a text that is not empty"}},
      {"filters.hide_brands = \"yes\"", {"8:23: search.filters.hide_brands: found \"yes\", allowed is true or false"}},
      {"filters.min_engagement = \"2\"",
       {"8:26: search.filters.min_engagement: found \"2\", allowed is a number of at least 0"}},
      {"[source]\napi_key_env = 5",
       {"9:15: source.api_key_env: found 5, allowed is the name of an environment variable"}},
      {"[thought_leaders]\nmode = 5",
       {"9:8: thought_leaders.mode: found 5, allowed is \"strict\", \"balanced\" or \"broad\", or an array of one or "
        "more of \"strict\", \"balanced\" or \"broad\""}},
  });
}

TEST_CASE("a value out of range says the range") {
  check_rows({
      {"max_creators = 0", {"8:16: search.max_creators: found 0, allowed is an integer from 1 to 100000"}},
      {"max_creators = 100001", {"8:16: search.max_creators: found 100001, allowed is an integer from 1 to 100000"}},
      {"filters.min_followers = -1",
       {"8:25: search.filters.min_followers: found -1, allowed is a number of at least 0"}},
      {"filters.max_engagement = nan",
       {"8:26: search.filters.max_engagement: found nan, allowed is a number of at least 0"}},
      {"filters.max_engagement = inf",
       {"8:26: search.filters.max_engagement: found inf, allowed is a number of at least 0"}},
      {"[enrich]\nbatch_size = 201", {"9:14: enrich.batch_size: found 201, allowed is an integer from 1 to 200"}},
      {"[enrich.select]\ntop = 0", {"9:7: enrich.select.top: found 0, allowed is an integer from 1 to 100000"}},
      {"[content_match]\nposts_to_analyze = 15",
       {"9:20: content_match.posts_to_analyze: found 15, allowed is 10, 20 or 30"}},
      {"[content_match]\nevidence_posts = 11",
       {"9:18: content_match.evidence_posts: found 11, allowed is an integer from 0 to 10"}},
      {"[audience_match]\nengagers = 31",
       {"9:12: audience_match.engagers: found 31, allowed is an integer from 0 to 30"}},
      {"[thought_leaders]\ncount = 101",
       {"9:9: thought_leaders.count: found 101, allowed is an integer from 1 to 100"}},
      {"[thought_leaders]\nmax_candidates_to_analyze = 201",
       {"9:29: thought_leaders.max_candidates_to_analyze: found 201, allowed is an integer from 1 to 200"}},
      {"[thought_leaders]\nmin_content_match_score = 100.5",
       {"9:27: thought_leaders.min_content_match_score: found 100.5, allowed is a number from 0 to 100"}},
      {"[source]\nrequests_per_minute = 0",
       {"9:23: source.requests_per_minute: found 0, allowed is an integer from 1 to 6000"}},
      {"[source]\nmax_in_flight = 65", {"9:17: source.max_in_flight: found 65, allowed is an integer from 1 to 64"}},
      {"[budget]\nkeep_credits = -1",
       {"9:16: budget.keep_credits: found -1, allowed is an integer from 0 to 1000000000000"}},
      {"[prices]\nenrich = -1", {"9:10: prices.enrich: found -1, allowed is an integer from 0 to 1000000"}},
  });
}

TEST_CASE("a choice is told with all choices and the nearest") {
  check_rows({
      {"mode = \"stict\"",
       {"8:8: search.mode: found \"stict\", allowed is \"auto\", \"strict\", \"balanced\" or \"broad\"; did you mean "
        "\"strict\"?"}},
      {"kind = \"sql\"", {"8:8: search.kind: found \"sql\", allowed is \"discovery\" or \"database\""}},
      {"[enrich]\ndetail = \"ful\"",
       {"9:10: enrich.detail: found \"ful\", allowed is \"summary\" or \"full\"; did you mean \"full\"?"}},
      {"[budget]\non_shortfall = \"wait\"",
       {"9:16: budget.on_shortfall: found \"wait\", allowed is \"stop\" or \"fit\""}},
  });
}

TEST_CASE("durations and ages are read strictly") {
  const std::string allowed =
      "allowed is a duration from \"0s\" to \"36500d\" (an integer with s, m, h or d), or \"never\"";
  for (const std::string value :
       {"30", "\"30\"", "\"30 d\"", "\"1.5h\"", "\"-1s\"", "\"\"", "\"36501d\"", "\"Never\""}) {
    check_rows(
        {{"refresh_after = " + value, {fmt::format("8:17: search.refresh_after: found {}, {}", value, allowed)}}});
  }
  check_rows({
      {"[source]\ntimeout = \"0s\"",
       {"9:11: source.timeout: found \"0s\", allowed is a duration from \"1s\" to \"10m\" (an integer with s, m, h or "
        "d)"}},
      {"[source]\nsettle_after = \"0s\"",
       {"9:16: source.settle_after: found \"0s\", allowed is a duration from \"1s\" to \"1h\" (an integer with s, m, h "
        "or d)"}},
      {"[source]\nsettle_after = \"2h\"",
       {"9:16: source.settle_after: found \"2h\", allowed is a duration from \"1s\" to \"1h\" (an integer with s, m, h "
        "or d)"}},
      {"[source]\ntimeout = \"never\"",
       {"9:11: source.timeout: found \"never\", allowed is a duration from \"1s\" to \"10m\" (an integer with s, m, h "
        "or d)"}},
  });
}

TEST_CASE("texts hold something and no control characters") {
  const std::string control = "allowed is a text that is not empty; it has a line break or another control character";
  check_rows({
      {"[database]\npath = \"\"", {"9:8: database.path: found \"\", allowed is a text that is not empty"}},
      {"[database]\npath = \"  \"", {"9:8: database.path: found \"  \", allowed is a text that is not empty"}},
      {"[database]\npath = \"a\\u0000b\"", {"9:8: database.path: found \"a\\u0000b\", " + control}},
      {"[database]\npath = \"a\\nb\"", {"9:8: database.path: found \"a\\nb\", " + control}},
  });
  CHECK(problems_of("version = 1\nname = \"A b\"\ndescription = \"two\\n\\tlines\"\n" +
                    std::string{kSmallest.substr(27)}) ==
        std::vector<std::string>{"p:2:8: name: found \"A b\", allowed is a name of 1 to 100 of a-z, 0-9 and -"});
  CHECK(problems_of("description = \"a\\u0007\"\n" + std::string{kSmallest}) ==
        std::vector<std::string>{"p:1:15: description: found \"a\\u0007\", allowed is a text; it has a control "
                                 "character"});
}

TEST_CASE("lists refuse repetitions, also in another case") {
  check_rows({
      {"filters.languages = [\"en\", \"EN\"]",
       {"8:28: search.filters.languages: found \"EN\" twice, each text must be different"}},
      {"[keyword_sets.b]\nkeywords = [\"ABM\", \"x\", \"ABM\"]",
       {"9:25: keyword_sets.b.keywords: found \"ABM\" twice, each text must be different"}},
      {"[thought_leaders]\nmode = [\"strict\", \"strict\", \"auto\"]",
       {"9:19: thought_leaders.mode: found \"strict\" twice, each text must be different",
        "9:29: thought_leaders.mode: found \"auto\", allowed is \"strict\", \"balanced\" or \"broad\""}},
  });
}

TEST_CASE("missing keys are told at the top of their table") {
  CHECK(problems_of("version = 1\n") ==
        std::vector<std::string>{"p:1:1: name: missing, required is a name of 1 to 100 of a-z, 0-9 and -",
                                 "p:1:1: keyword_sets: missing, required is one or more tables [keyword_sets.NAME]",
                                 "p:1:1: no stage: at least one of [search], [enrich], [content_match], "
                                 "[audience_match] and [thought_leaders] is needed"});
  CHECK(problems_of(std::string{kSmallest.substr(12)}) ==
        std::vector<std::string>{"p:1:1: version: missing, required is 1"});
  CHECK(problems_of("version = 1\nname = \"a\"\n[search]\n[keyword_sets]\n") ==
        std::vector<std::string>{"p:4:2: keyword_sets: found none, at least one [keyword_sets.NAME] is needed"});
  CHECK(problems_of("version = 1\nname = \"a\"\nkeyword_sets = 5\n[search]\n") ==
        std::vector<std::string>{"p:3:16: keyword_sets: found 5, allowed is one or more tables [keyword_sets.NAME]"});
}

TEST_CASE("a newer version is the only problem, an older one is a wrong value") {
  CHECK(problems_of("version = 2\nnew_key = 1\n") ==
        std::vector<std::string>{"p:1:11: version: found 2, but this toksync is too old for it: it reads version 1"});
  CHECK(problems_of("version = 0\n" + std::string{kSmallest.substr(12)}) ==
        std::vector<std::string>{"p:1:11: version: found 0, allowed is 1"});
}

TEST_CASE("a syntax error is one problem with its position") {
  check_rows({
      {"[search.filters\n", {"8:16: not valid TOML: Error while parsing table header: expected ']', saw '\\n'"}},
      {"[search]\n",
       {"8:1: not valid TOML: Error while parsing table header: cannot redefine existing table 'search'"}},
  });
  const auto repeated = problems_of(std::string{kSmallest} + "kind = \"database\"\nkind = 5\n");
  REQUIRE(repeated.size() == 1);
  // What is quoted of the file does not break the line.
  CHECK(problems_of("hide_brands = fals\n").front().ends_with("expected 'false', saw 'fals '"));
  CHECK(repeated.front().starts_with("p:9:"));
  CHECK(repeated.front().find("not valid TOML") != std::string::npos);
}

TEST_CASE("all problems of a file are told at once, in its order, by character") {
  CHECK(
      problems_of("version = 1\nname = \"ü\" # ü\n[keyword_sets.a]\nkeywords = [\"ä\", \"\"]\n[search]\nmode = 1\n") ==
      std::vector<std::string>{
          "p:2:8: name: found \"ü\", allowed is a name of 1 to 100 of a-z, 0-9 and -",
          "p:4:18: keyword_sets.a.keywords: found \"\", allowed is a text that is not empty",
          "p:6:8: search.mode: found 1, allowed is \"auto\", \"strict\", \"balanced\" or \"broad\""});
}

TEST_CASE("a name of a keyword set is a word") {
  check_rows({{"[keyword_sets.\"a b\"]\nkeywords = [\"x\"]",
               {"8:15: keyword_sets.\"a b\": found \"a b\", allowed is a name of 1 to 100 of A-Z, a-z, 0-9, _ and "
                "-"}}});
}

TEST_CASE("long texts are cut in messages") {
  const auto long_text = std::string(70, 'x');
  check_rows(
      {{"kind = \"" + long_text + "\"",
        {"8:8: search.kind: found \"" + long_text.substr(0, 60) + "…\", allowed is \"discovery\" or \"database\""}}});
}

}  // namespace
}  // namespace toksync::pipeline
