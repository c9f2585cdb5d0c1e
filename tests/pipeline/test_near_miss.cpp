#include <array>
#include <string>

#include <doctest/doctest.h>

#include "pipeline/near_miss.hpp"

namespace toksync::pipeline {
namespace {

constexpr std::array<std::string_view, 5> kNames{"max_creators", "mode", "kind", "content_match_10",
                                                 "thought_leaders_broad"};

TEST_CASE("the edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("mode", "mode") == 0);
  CHECK(edit_distance("", "mode") == 4);
  CHECK(edit_distance("mode", "") == 4);
  CHECK(edit_distance("mode", "mod") == 1);
  CHECK(edit_distance("mode", "modes") == 1);
  CHECK(edit_distance("mode", "mole") == 1);
  CHECK(edit_distance("mode", "moed") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a typo finds the name that was meant") {
  CHECK(nearest("max_creator", kNames) == "max_creators");
  CHECK(nearest("max-creators", kNames) == "max_creators");
  CHECK(nearest("MAX_CREATORS", kNames) == "max_creators");
  CHECK(nearest("mdoe", kNames) == "mode");
  CHECK(nearest("kid", kNames) == "kind");
  CHECK(nearest("content_match", kNames) == "content_match_10");
  CHECK(nearest("thought_leaders", kNames) == "thought_leaders_broad");
}

TEST_CASE("a name that resembles nothing finds nothing") {
  CHECK_FALSE(nearest("", kNames));
  CHECK_FALSE(nearest("x", kNames));
  CHECK_FALSE(nearest("colour", kNames));
  CHECK_FALSE(nearest("tho", kNames));
  CHECK_FALSE(nearest(std::string(100'000, 'm'), kNames));
}

}  // namespace
}  // namespace toksync::pipeline
