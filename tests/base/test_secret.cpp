#include <string>

#include <doctest/doctest.h>

#include "base/secret.hpp"

namespace toksync {
namespace {

const std::string kZeros(48, '0');
const std::string kTestKey = "tk_test_" + kZeros;

TEST_CASE("a secret prints as stars, whatever the format") {
  const Secret secret{kTestKey};
  CHECK(fmt::format("{}", secret) == "***");
  CHECK(fmt::format("key {:>5}!", secret) == "key   ***!");
  CHECK(fmt::format("{}", Secret{}) == "***");
}

TEST_CASE("only reveal gives the secret away") {
  CHECK(Secret{kTestKey}.reveal() == kTestKey);
  CHECK_FALSE(Secret{kTestKey}.empty());
  CHECK(Secret{}.empty());
}

TEST_CASE("keys of the providers are recognized") {
  for (const auto& prefix : {"tk_live_", "tk_test_", "tok_live_", "sk_"}) {
    CAPTURE(prefix);
    CHECK(looks_like_api_key(prefix + kZeros));
    CHECK(looks_like_api_key("Bearer " + (prefix + kZeros)));
    CHECK(looks_like_api_key(prefix + kZeros.substr(0, 16)));
    CHECK_FALSE(looks_like_api_key(prefix + kZeros.substr(0, 15)));
    CHECK_FALSE(looks_like_api_key(prefix));
  }
}

TEST_CASE("ordinary text is no key") {
  for (const char* const text :
       {"", "TOKSTA_API_KEY", "${TOKSTA_API_KEY}", "marketing analytics", "tk_", "task_management_software_for_teams",
        "disk_encryption_at_rest_explained", "risk_assessment_for_enterprises_2026", "tk_live", "sk_short"}) {
    CAPTURE(text);
    CHECK_FALSE(looks_like_api_key(text));
    CHECK(redact(text) == text);
  }
}

TEST_CASE("a key is found right behind an escape or another word") {
  CHECK(redact("a\\n" + kTestKey) == "a\\n***");
  CHECK(redact("key%20" + kTestKey) == "key%20***");
  CHECK(redact("Bearer_" + kTestKey) == "Bearer_***");
}

TEST_CASE("redacting leaves everything but the keys") {
  CHECK(redact("Authorization: Bearer " + kTestKey + ", then more") == "Authorization: Bearer ***, then more");
  CHECK(redact("{\"key\":\"" + kTestKey + "\"}") == "{\"key\":\"***\"}");
  CHECK(redact(kTestKey) == "***");
  CHECK(redact("a " + kTestKey + " b sk_" + kZeros + " c") == "a *** b *** c");
  CHECK(redact("tk_test_short " + kTestKey) == "tk_test_short ***");
}

TEST_CASE("nothing of a key is left over, in whatever text it stands") {
  for (const char* const around : {"\"", "'", " ", "=", ":", "/", "?", "\n", "<", "\xC3\xA9", ""}) {
    CAPTURE(around);
    CHECK(redact(around + kTestKey + around) == std::string{around} + "***" + around);
  }
}

}  // namespace
}  // namespace toksync
