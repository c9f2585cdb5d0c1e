#include <chrono>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {
namespace {

using Facts = std::vector<ApiFact>;
constexpr std::string_view kUrl = "https://api.example.com";

TEST_CASE_FIXTURE(Night, "what was learned of an API is known to later runs, the newest word of it") {
  const WallTime now{std::chrono::days{20'000}};
  CHECK(store.api_facts(kUrl, now).empty());
  const Facts first{{StageName::enrich, Fact::ids_per_start, 50}, {StageName::enrich, Fact::longest_job_ms, 9'000}};
  store.record_api_facts(kUrl, first, now);
  const Facts second{{StageName::enrich, Fact::ids_per_start, 20}};
  store.record_api_facts(kUrl, second, now);
  CHECK(store.api_facts(kUrl, now) ==
        Facts{{StageName::enrich, Fact::ids_per_start, 20}, {StageName::enrich, Fact::longest_job_ms, 9'000}});
  CHECK(store.api_facts("http://localhost:9", now).empty());
}

TEST_CASE_FIXTURE(Night, "what is old is not known any longer, until it is learned again") {
  const WallTime then{std::chrono::days{20'000}};
  const auto now = then + std::chrono::days{40};
  const Facts fact{{StageName::content_match, Fact::ids_per_read, 10}};
  store.record_api_facts(kUrl, fact, then);
  CHECK(store.api_facts(kUrl, now - std::chrono::days{30}).empty());
  store.record_api_facts(kUrl, fact, now);
  CHECK(store.api_facts(kUrl, now - std::chrono::days{30}) == fact);
}

}  // namespace
}  // namespace toksync::store
