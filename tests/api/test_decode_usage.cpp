#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kRead = ReadUsage{"2026-05"};

Usage usage_of(std::string_view data) { return payload<Usage>(kRead, data); }

TEST_CASE("the month so far, by operation") {
  const std::string data = R"({"period":"2026-05","total_calls":142,"total_credits_charged":87,"total_overage_usd":0,
    "plan_source":"dedicated_api","operations":{"creator_discovery_search_per_100":{"calls":40,"credits_charged":40},
    "profile_enrichment":{"calls":"47","credits_charged":46.5,"overage_amount_usd":0},"odd":null}})";
  const auto usage = usage_of(data);
  CHECK(usage.period == "2026-05");
  CHECK(usage.total_calls == 142);
  CHECK(usage.total_credits_charged == 87);
  CHECK_FALSE(usage.balance);
  REQUIRE(usage.operations.size() == 3);
  CHECK(usage.operations.at("creator_discovery_search_per_100").calls == 40);
  CHECK(usage.operations.at("profile_enrichment").calls == 47);
  CHECK(usage.operations.at("profile_enrichment").credits_charged == 47);
  CHECK(usage.operations.at("odd").calls == 0);
  CHECK(usage.raw_json == data);
}

TEST_CASE("the balance is taken from wherever it stands") {
  struct Case {
    const char* fields;
    std::optional<Credits> balance;
  };
  for (const auto& [fields, balance] :
       {Case{R"("remaining_credits":913)", 913}, Case{R"("credits_remaining":"913")", 913},
        Case{R"("balance":913)", 913}, Case{R"("balance":913.9)", 913}, Case{R"("balance":-40)", -40},
        Case{R"("balance":-0.5)", -1}, Case{R"("balance":0)", 0}, Case{R"("credits":{"remaining":913})", 913},
        Case{R"("balance":{"credits":913,"currency":"credits"})", 913}, Case{R"("account":{"balance":913})", 913},
        Case{R"("remaining_credits":null,"balance":7)", 7}, Case{R"("allocated_credits":1000)", 913},
        Case{R"("allocated_credits":50)", -37}, Case{R"("allocated_credits":1000,"remaining_credits":5)", 5},
        Case{R"("allocated_credits":null)", std::nullopt}, Case{R"("balance":"plenty")", std::nullopt},
        Case{R"("balance":1e300)", std::nullopt}, Case{R"("credits":{})", std::nullopt},
        Case{R"("x":1)", std::nullopt}}) {
    CAPTURE(fields);
    CHECK(usage_of(std::string(R"({"total_credits_charged":87,)") + fields + "}").balance == balance);
  }
}

TEST_CASE("a total that is missing is the sum of the operations") {
  CHECK(usage_of(R"({"operations":{"a":{"credits_charged":4},"b":{"credits_charged":5}}})").total_credits_charged == 9);
  CHECK(usage_of(R"({"usage":{"total_credits_charged":12}})").total_credits_charged == 12);
}

TEST_CASE("numbers that cannot be are not reckoned with") {
  const auto usage = usage_of(R"({"total_calls":-3,"total_credits_charged":-8,"operations":{
    "a":{"calls":-1,"credits_charged":-4},"b":{"calls":9e18,"credits_charged":9e15},"c":{"calls":2,"credits_charged":5}}})");
  CHECK(usage.total_calls == 0);
  CHECK(usage.total_credits_charged == 5);
  CHECK(usage.operations.at("a").calls == 0);
  CHECK(usage.operations.at("a").credits_charged == 0);
  CHECK(usage.operations.at("b").calls == 1'000'000'000'000);
  CHECK(usage.operations.at("b").credits_charged == 0);
}

TEST_CASE("a balance alone is usage, but says nothing of what was charged") {
  CHECK_FALSE(usage_of(R"({"period":"2026-05","remaining_credits":500})").charges_are_told);
  CHECK(usage_of(R"({"total_credits_charged":0,"remaining_credits":500})").charges_are_told);
  CHECK(usage_of(R"({"operations":{},"remaining_credits":500})").charges_are_told);
}

TEST_CASE("usage that tells nothing is unreadable rather than zero") {
  for (const auto* const data : {"{}", "null", "[]", R"({"period":"2026-05"})"}) {
    CAPTURE(data);
    CHECK(failure(kRead, 200, enveloped(data)).kind == FailureKind::unreadable);
  }
}

}  // namespace
}  // namespace toksync::api
