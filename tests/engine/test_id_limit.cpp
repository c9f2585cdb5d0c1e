#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine/id_limit.hpp"

namespace toksync::engine {
namespace {

std::optional<IdLimit> limit_of(const std::string& message, std::size_t ids = 50, int status = 400) {
  return id_limit({FailureKind::rejected, "VALIDATION_ERROR", message}, status, ids);
}

TEST_CASE("the number is read where a refusal names the limit") {
  const std::vector<std::string> messages{
      "at most 20 creator_ids",
      "creator_ids must contain at most 20 item(s)",
      "maximum of 20 ids per request",
      "creator_ids: too many (max 20)",
      "Too many creators: 50 exceeds the limit of 20",
      "creator_ids must contain no more than 20 elements",
      "creator_ids must NOT have more than 20 items",
      "List should have at most 20 items after validation, not 50",
      "The limit is 20",
      "Up to 20 creators are allowed",
      "Maximum batch size is 20.",
      "creator_ids length must be less than or equal to 20",
      R"json(Invalid request {"fields":{"creator_ids":["creator_ids must contain at most 20 item(s)"]}})json",
      R"(Too many ids {"received":50,"max":20})",
      R"(creator_ids is invalid {"creator_ids":{"maxItems":20}})",
      "posts_to_analyze must be at most 30; creator_ids must be at most 20 long"};
  for (const auto& message : messages) {
    CAPTURE(message);
    const auto limit = limit_of(message);
    REQUIRE(limit.has_value());
    CHECK(limit->is_told);
    CHECK(limit->most == 20);
  }
}

TEST_CASE("without a number that can be meant, half is supposed to pass") {
  const std::vector<std::string> messages{"too many ids",
                                          "Too many creators: 50 exceeds what is allowed",
                                          "creator_ids must contain at most 0 items",
                                          "creator_ids must contain at most 50 items",
                                          "creator_ids must contain at most 500 items",
                                          "creator_ids must contain at most 99999999999999999999999 items",
                                          "maximum request size is 16 kb for this batch",
                                          "too many ids, limit exceeded at 00000012-0000-4000-8000-000000000007"};
  for (const auto& message : messages) {
    CAPTURE(message);
    const auto limit = limit_of(message);
    REQUIRE(limit.has_value());
    CHECK_FALSE(limit->is_told);
    CHECK(limit->most == 25);
  }
  CHECK(limit_of("too many ids", 3)->most == 1);
  CHECK(limit_of("too many ids", 2)->most == 1);
}

TEST_CASE("a payload that is too large holds too many ids, whatever the message says") {
  const auto limit = limit_of("status 413 without the API's envelope: nginx/1.18.0", 200, 413);
  REQUIRE(limit.has_value());
  CHECK_FALSE(limit->is_told);
  CHECK(limit->most == 100);
  CHECK(limit_of("at most 20 creator_ids", 200, 413)->most == 20);
}

TEST_CASE("what is about something else is no limit on ids") {
  const std::vector<std::string> messages{"",
                                          "no message",
                                          "creator 00000003-0000-4000-8000-000000000003 is unknown",
                                          "posts_to_analyze must be at most 30",
                                          "creator_ids[3] must be at most 36 characters long",
                                          "topic_keywords must contain at most 20 items",
                                          "posts_limit_per_creator must be at most 10",
                                          "wait_seconds must be at most 30",
                                          "analysis_depth is invalid. The maximum is 30"};
  for (const auto& message : messages) {
    CAPTURE(message);
    CHECK_FALSE(limit_of(message).has_value());
  }
}

}  // namespace
}  // namespace toksync::engine
