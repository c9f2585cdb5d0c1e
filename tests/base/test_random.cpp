#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "base/random.hpp"

namespace toksync {
namespace {

TEST_CASE("the same seed gives the same sequence") {
  Random one{42};
  Random other{42};
  for (int i = 0; i < 100; ++i) CHECK(one.unit() == other.unit());
  CHECK(one.token(32) == other.token(32));
}

TEST_CASE("another seed gives another sequence") {
  Random one{42};
  Random other{43};
  CHECK(one.token(32) != other.token(32));
}

TEST_CASE("unit is in [0, 1) and uses the whole of it") {
  Random random{7};
  double lowest = 1;
  double highest = 0;
  double sum = 0;
  constexpr int kDraws = 10'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto value = random.unit();
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    sum += value;
  }
  CHECK(lowest < 0.01);
  CHECK(highest > 0.99);
  CHECK(sum / kDraws == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("a token has the length asked for, of lower-case letters and digits") {
  Random random{1};
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{26}, std::size_t{1000}}) {
    const auto token = random.token(count);
    CHECK(token.size() == count);
    CHECK(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
  }
}

TEST_CASE("a long token uses the whole alphabet, and no two short ones are the same") {
  Random random{1};
  const auto text = random.token(2000);
  CHECK(std::set<char>(text.begin(), text.end()).size() == 36);
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(random.token(12));
  CHECK(tokens.size() == 1000);
}

}  // namespace
}  // namespace toksync
