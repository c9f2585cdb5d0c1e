#include <sstream>

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "engine/api_facts.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::engine {
namespace {

using store::Fact;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;

struct Runs {
  Runs() : store(store::Store::open(folder.file("facts.db"), store::OpenMode::read_write).value()) {}
  [[nodiscard]] ApiFacts next(const std::string& url = "https://api.example.com") { return {store, url, env}; }

  toksync::test::TemporaryFolder folder;
  toksync::test::ManualClock clock;
  Random random{1};
  std::ostringstream log;
  Env env{clock, random,
          std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(log))};
  store::Store store;
};

TEST_CASE_FIXTURE(Runs, "nothing is known of an API before anything is learned") {
  const auto facts = next();
  CHECK_FALSE(facts.ids_per_start(kEnrich).has_value());
  CHECK_FALSE(facts.ids_per_read(kEnrich).has_value());
  CHECK_FALSE(facts.job_times(kEnrich).has_value());
}

TEST_CASE_FIXTURE(Runs, "a limit that was told is recorded at once, said once, and known for 30 days") {
  auto facts = next();
  facts.limit(Fact::ids_per_start, kEnrich, {20, true}, "/v1/creators/enrich");
  facts.limit(Fact::ids_per_start, kEnrich, {20, true}, "/v1/creators/enrich");
  CHECK(facts.ids_per_start(kEnrich) == 20);
  CHECK_FALSE(facts.ids_per_read(kEnrich).has_value());
  CHECK_FALSE(facts.ids_per_start(kContent).has_value());
  const std::string line = "/v1/creators/enrich takes at most 20 ids in one request; remembered for 30 days";
  CHECK(log.str().find(line) != std::string::npos);
  CHECK(log.str().find(line) == log.str().rfind(line));

  CHECK(next().ids_per_start(kEnrich) == 20);
  CHECK(next("https://api.example.com/").ids_per_start(kEnrich) == 20);
  CHECK_FALSE(next("http://127.0.0.1:8787").ids_per_start(kEnrich).has_value());
  clock.advance(std::chrono::hours{24 * 30});
  CHECK(next().ids_per_start(kEnrich) == 20);
  clock.advance(std::chrono::hours{1});
  CHECK_FALSE(next().ids_per_start(kEnrich).has_value());
}

TEST_CASE_FIXTURE(Runs, "a limit that is supposed holds for the run, and is recorded once so many passed") {
  auto facts = next();
  facts.limit(Fact::ids_per_read, kContent, {25, false}, "/v1/content-match/results");
  CHECK(facts.ids_per_read(kContent) == 25);
  CHECK_FALSE(next().ids_per_read(kContent).has_value());
  facts.passed(Fact::ids_per_read, kContent, 3, "/v1/content-match/results");
  facts.passed(Fact::ids_per_start, kContent, 25, "/v1/creators/content-match");
  CHECK_FALSE(next().ids_per_read(kContent).has_value());
  facts.limit(Fact::ids_per_read, kContent, {12, false}, "/v1/content-match/results");
  facts.passed(Fact::ids_per_read, kContent, 12, "/v1/content-match/results");
  CHECK(next().ids_per_read(kContent) == 12);
}

TEST_CASE_FIXTURE(Runs, "the lower limit holds, and what is told counts for more than what is supposed") {
  auto facts = next();
  facts.limit(Fact::ids_per_start, kEnrich, {25, false}, "/v1/creators/enrich");
  facts.limit(Fact::ids_per_start, kEnrich, {40, true}, "/v1/creators/enrich");
  CHECK(facts.ids_per_start(kEnrich) == 40);
  facts.limit(Fact::ids_per_start, kEnrich, {45, true}, "/v1/creators/enrich");
  CHECK(facts.ids_per_start(kEnrich) == 40);
  facts.limit(Fact::ids_per_start, kEnrich, {20, false}, "/v1/creators/enrich");
  CHECK(facts.ids_per_start(kEnrich) == 20);
  CHECK(next().ids_per_start(kEnrich) == 40);
}

TEST_CASE_FIXTURE(Runs, "how long jobs took is known to the next run") {
  using namespace std::chrono_literals;
  const JobTimes times{4s, 19s};
  auto facts = next();
  facts.remember_job_times(kEnrich, times);
  CHECK(facts.job_times(kEnrich) == times);
  CHECK(next().job_times(kEnrich) == times);
  CHECK_FALSE(next().job_times(kContent).has_value());
  next().remember_job_times(kEnrich, {5s, 6s});
  CHECK(next().job_times(kEnrich) == JobTimes{5s, 6s});
  clock.advance(std::chrono::hours{24 * 31});
  CHECK_FALSE(next().job_times(kEnrich).has_value());
}

TEST_CASE_FIXTURE(Runs, "half of what there is to know about job times is nothing, and no limit is zero") {
  const std::vector<store::ApiFact> odd{{kEnrich, Fact::longest_job_ms, 9'000},
                                        {kContent, Fact::shortest_job_ms, 9'000},
                                        {kContent, Fact::longest_job_ms, 8'000},
                                        {kContent, Fact::ids_per_start, 0}};
  store.record_api_facts("https://api.example.com", odd, clock.wall());
  const auto facts = next();
  CHECK_FALSE(facts.job_times(kEnrich).has_value());
  CHECK_FALSE(facts.job_times(kContent).has_value());
  CHECK_FALSE(facts.ids_per_start(kContent).has_value());
}

}  // namespace
}  // namespace toksync::engine
