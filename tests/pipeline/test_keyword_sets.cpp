#include <doctest/doctest.h>

#include "pipeline_texts.hpp"

namespace toksync::pipeline {
namespace {

using test::kSmallest;
using test::parsed;

KeywordSet first_set(const std::string& after) { return parsed(std::string{kSmallest} + after).keyword_sets.front(); }

TEST_CASE("a stage runs when its table is present, for all sets or for one") {
  const auto pipeline = parsed(std::string{kSmallest} +
                               "[keyword_sets.b]\nkeywords = [\"x\"]\n[keyword_sets.b.enrich]\ndetail = \"summary\"\n");
  REQUIRE(pipeline.keyword_sets.size() == 2);
  const auto& [a, b] = std::tie(pipeline.keyword_sets[0], pipeline.keyword_sets[1]);
  CHECK(a.search.has_value());
  CHECK(b.search.has_value());
  CHECK_FALSE(a.enrich.has_value());
  REQUIRE(b.enrich.has_value());
  CHECK_FALSE(b.enrich->full_detail);
  CHECK_FALSE(b.content_match.has_value());
}

TEST_CASE("enabled = false switches a stage off, and a set may say otherwise") {
  CHECK_FALSE(first_set("[enrich]\nenabled = false\n").enrich.has_value());
  CHECK_FALSE(first_set("[enrich]\n[keyword_sets.a.enrich]\nenabled = false\n").enrich.has_value());
  CHECK_FALSE(first_set("[enrich]\nenabled = false\n[keyword_sets.a.enrich]\nbatch_size = 5\n").enrich.has_value());
  const auto set = first_set("[enrich]\nenabled = false\nbatch_size = 5\n[keyword_sets.a.enrich]\nenabled = true\n");
  REQUIRE(set.enrich.has_value());
  CHECK(set.enrich->batch_size == 5);
}

TEST_CASE("a stage that is switched off is still checked for its own values") {
  CHECK(test::problems_of(std::string{kSmallest} + "[enrich]\nenabled = false\nbatch_size = 0\n").size() == 1);
}

TEST_CASE("overrides merge key by key, in filters and select too, and replace arrays") {
  const auto set = first_set(
      "max_creators = 7\n[search.filters]\nmin_followers = 5\nlanguages = [\"en\", \"de\"]\nhide_brands = true\n"
      "[keyword_sets.a.search.filters]\nlanguages = [\"fr\"]\nmin_followers = 9.5\n"
      "[enrich.select]\ntop = 3\nmin_followers = 1\nmax_followers = 8\n"
      "[keyword_sets.a.enrich.select]\ntop = 4\nmax_followers = 6\norder_by = \"followers\"\n");
  CHECK(set.search->max_creators == 7);
  CHECK(set.search->filters ==
        Filters{{"hide_brands", true}, {"languages", std::vector<std::string>{"fr"}}, {"min_followers", 9.5}});
  const Select expected{4, OrderBy::followers, {{Measure::followers, {1, 6}}}};
  CHECK(set.enrich->select == expected);
}

TEST_CASE("an override for one set leaves the others alone") {
  const auto pipeline = parsed(std::string{kSmallest} +
                               "max_creators = 7\n[keyword_sets.b]\nkeywords = [\"x\"]\nsearch.max_creators = 9\n");
  CHECK(pipeline.keyword_sets[0].search->max_creators == 7);
  CHECK(pipeline.keyword_sets[1].search->max_creators == 9);
}

TEST_CASE("a set with its own search kind does not inherit what that kind does not use") {
  const auto set = first_set("mode = \"broad\"\nmax_creators = 7\n[keyword_sets.a.search]\nkind = \"database\"\n");
  CHECK(set.search->kind == SearchKind::database);
  CHECK(set.search->max_creators == 7);
  CHECK(set.search->mode == SearchConfig{}.mode);
}

TEST_CASE("keyword sets come in the order of the file") {
  const auto pipeline = parsed(
      "version = 1\nname = \"a\"\n[keyword_sets.z.enrich]\n[keyword_sets.m]\nenrich = {}\n[keyword_sets.z]\n"
      "audience = [\"x\"]\n[keyword_sets.a.enrich]\n");
  REQUIRE(pipeline.keyword_sets.size() == 3);
  CHECK(pipeline.keyword_sets[0].name == "z");
  CHECK(pipeline.keyword_sets[1].name == "m");
  CHECK(pipeline.keyword_sets[2].name == "a");
}

}  // namespace
}  // namespace toksync::pipeline
