// The conformance suite over every provider.
#include <doctest/doctest.h>

#include "api/mirror_conformance.hpp"
#include "api/provider_conformance.hpp"

namespace toksync::api::conformance {
namespace {

TEST_CASE("the provider of toksta conforms") {
  const auto provider = toksta_subject();
  check(subject_of(provider));
  check_promises(provider);
}

TEST_CASE("the provider of toksta-partner conforms") {
  const auto provider = toksta_partner_subject();
  check(subject_of(provider));
  check_promises(provider);
}

TEST_CASE("the provider of tokportal conforms") {
  check(subject_of(tokportal_subject()));
  check_promises(tokportal_subject());
}

TEST_CASE("the provider of toktra conforms") {
  check(subject_of(toktra_subject()));
  check_promises(toktra_subject());
}

TEST_CASE("a provider that nobody made is told apart") {
  const auto none = make_provider("tiktok", {});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().text().find("known: toksta, toksta-partner") != std::string::npos);
}

}  // namespace
}  // namespace toksync::api::conformance
