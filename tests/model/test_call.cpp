#include <doctest/doctest.h>

#include "model/call.hpp"

namespace toksync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("searches and starts are billable") {
  CHECK(is_billable(DiscoverySearch{}));
  CHECK(is_billable(DatabaseSearch{}));
  CHECK(is_billable(StartEnrichment{}));
  CHECK(is_billable(StartContentMatch{}));
  CHECK(is_billable(StartAudienceMatch{}));
  CHECK(is_billable(StartThoughtLeaders{}));
}

TEST_CASE("reads are free") {
  CHECK_FALSE(is_billable(ReadEnrichments{}));
  CHECK_FALSE(is_billable(ReadContentMatches{}));
  CHECK_FALSE(is_billable(ReadContentPosts{}));
  CHECK_FALSE(is_billable(ReadAudienceMatches{}));
  CHECK_FALSE(is_billable(ReadAudienceDetails{}));
  CHECK_FALSE(is_billable(ReadThoughtLeaders{}));
  CHECK_FALSE(is_billable(ReadUsage{}));
}

TEST_CASE("only the reads that may be held are waited for") {
  CHECK(wait_of(ReadEnrichments{.creator_ids = {}, .wait = 30s}) == 30s);
  CHECK(wait_of(ReadContentMatches{.job_ids = {}, .wait = 20s}) == 20s);
  CHECK(wait_of(ReadAudienceMatches{.job_ids = {}, .wait = 10s}) == 10s);
  CHECK(wait_of(ReadContentPosts{}) == 0s);
  CHECK(wait_of(ReadUsage{}) == 0s);
  CHECK(wait_of(StartEnrichment{}) == 0s);
}

}  // namespace
}  // namespace toksync
