#include <doctest/doctest.h>

#include "pipelines.hpp"
#include "plan/picking_up.hpp"

namespace toksync::plan {
namespace {

using test::full_set;
using test::pipeline_of;

TEST_CASE("a run goes on until its file changes, or a day after it spent its own limit") {
  const WallTime now{std::chrono::days{20'000} + std::chrono::hours{2}};
  const auto yesterday = to_iso8601(now - std::chrono::days{1});
  const auto pipeline = pipeline_of({full_set("saas")});
  store::RunRow run;
  run.pipeline_sha256 = pipeline.sha256;
  run.status = store::RunStatus::stopped;
  run.started_at = yesterday;
  CHECK_FALSE(why_begin_anew(run, pipeline, now).has_value());
  for (const auto* const limit : {"max_credits_per_month", "keep_credits", "the account's balance"}) {
    run.error = std::string{"saas/enrich needs 9 credits, and "} + limit + " leaves 7";
    CHECK_FALSE(why_begin_anew(run, pipeline, now).has_value());
  }
  run.error = "saas/enrich needs 9 credits, and max_credits_per_run leaves 7";
  CHECK(why_begin_anew(run, pipeline, now).has_value());
  run.started_at = to_iso8601(now);
  CHECK_FALSE(why_begin_anew(run, pipeline, now).has_value());
  run.pipeline_sha256 = "another";
  CHECK(why_begin_anew(run, pipeline, now).has_value());
}

TEST_CASE("mirrors are read anew each day") {
  const WallTime now{std::chrono::days{20'000} + std::chrono::hours{2}};
  auto pipeline = pipeline_of({});
  pipeline.mirrors.emplace_back();
  store::RunRow run;
  run.pipeline_sha256 = pipeline.sha256;
  run.started_at = to_iso8601(now);
  CHECK_FALSE(why_begin_anew(run, pipeline, now).has_value());
  run.started_at = to_iso8601(now - std::chrono::days{1});
  CHECK(why_begin_anew(run, pipeline, now).has_value());
}

}  // namespace
}  // namespace toksync::plan
