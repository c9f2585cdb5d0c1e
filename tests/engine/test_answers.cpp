#include <algorithm>

#include <doctest/doctest.h>

#include "engine/answers.hpp"

namespace toksync::engine {
namespace {

using Kind = StartOutcome::Kind;
using Creators = std::vector<std::string>;

const Creators kThree{"c1", "c2", "c3"};

StartedJob job(std::string id, OptionalText creator, bool cached = false) {
  return {std::move(id), std::move(creator), JobStatus::queued, cached};
}

/// A start that made one job for each of the three, in another order.
StartedJobs three_jobs() {
  StartedJobs started;
  started.jobs = {job("j3", "c3"), job("j1", "c1"), job("j2", "c2")};
  return started;
}

std::vector<StartOutcome> outcomes(const StartedJobs& started, std::optional<Credits> header = std::nullopt,
                                   StageName family = StageName::content_match, Credits price = 5) {
  return outcomes_of(started, kThree, family, price, header);
}

std::vector<Credits> charges(const std::vector<StartOutcome>& all) {
  std::vector<Credits> credits;
  for (const auto& one : all) credits.push_back(one.charge.value().credits);
  return credits;
}

std::vector<Kind> kinds(const std::vector<StartOutcome>& all) {
  std::vector<Kind> found;
  for (const auto& one : all) found.push_back(one.kind);
  return found;
}

TEST_CASE("the body's word on the charge wins over the header's, and both over the table") {
  CHECK(charge_of(3, 4, 5).credits == 3);
  CHECK(charge_of(3, 4, 5).source == "body");
  CHECK(charge_of(0, 4, 5).credits == 0);
  CHECK(charge_of(std::nullopt, 4, 5).credits == 4);
  CHECK(charge_of(std::nullopt, 4, 5).source == "header");
  CHECK(charge_of(std::nullopt, 0, 5).credits == 0);
  CHECK(charge_of(std::nullopt, std::nullopt, 5).credits == 5);
  CHECK(charge_of(std::nullopt, std::nullopt, 5).source == "price_table");
}

TEST_CASE("each target gets its own job, whatever the order of the answer") {
  const auto all = outcomes(three_jobs());
  CHECK(kinds(all) == std::vector{Kind::started, Kind::started, Kind::started});
  CHECK(all[0].external_id == "j1");
  CHECK(all[1].external_id == "j2");
  CHECK(all[2].external_id == "j3");
  CHECK(charges(all) == std::vector<Credits>{5, 5, 5});
  CHECK(all[0].charge->source == "price_table");
}

TEST_CASE("jobs without creator ids are taken in order when there are as many as targets") {
  StartedJobs started;
  started.jobs = {job("j1", std::nullopt), job("j2", std::nullopt), job("j3", std::nullopt)};
  const auto all = outcomes(started);
  CHECK(all[0].external_id == "j1");
  CHECK(all[2].external_id == "j3");
  started.jobs.pop_back();
  for (const auto& one : outcomes(started)) {
    CHECK(one.kind == Kind::refused);
    CHECK(one.code == "NO_JOB");
  }
}

TEST_CASE("an answer that names jobs and not whose they are is not gone by") {
  CHECK(tells_whose_jobs(three_jobs(), kThree));
  StartedJobs nameless;
  nameless.jobs = {job("j1", std::nullopt), job("j2", std::nullopt)};
  CHECK_FALSE(tells_whose_jobs(nameless, kThree));
  nameless.jobs.push_back(job("j3", std::nullopt));
  CHECK(tells_whose_jobs(nameless, kThree));  // as many as were asked for: in their order
  StartedJobs strange;
  strange.jobs = {job("j1", "c1"), job("j9", "c9")};
  CHECK_FALSE(tells_whose_jobs(strange, kThree));
  CHECK(tells_whose_jobs({}, kThree));
}

TEST_CASE("a cached job is free, and the others carry the charge") {
  auto started = three_jobs();
  started.jobs[1].cached = true;
  started.jobs_created = 2;
  started.charged = 10;
  const auto all = outcomes(started);
  CHECK(kinds(all) == std::vector{Kind::free, Kind::started, Kind::started});
  CHECK(all[0].external_id == "j1");
  CHECK(charges(all) == std::vector<Credits>{0, 5, 5});
  CHECK(all[1].charge->source == "body");
}

TEST_CASE("a refused creator keeps the API's reason and costs nothing") {
  auto started = three_jobs();
  started.jobs.erase(started.jobs.begin() + 1);
  started.refused = {{"c1", "MISSING_LINKEDIN_PROFILE", "no profile"}};
  const auto all = outcomes(started);
  CHECK(all[0].kind == Kind::refused);
  CHECK(all[0].code == "MISSING_LINKEDIN_PROFILE");
  CHECK(all[0].message == "no profile");
  CHECK(charges(all) == std::vector<Credits>{0, 5, 5});
}

TEST_CASE("a creator in neither list was free where data is all that is bought, and has failed elsewhere") {
  StartedJobs started;
  started.jobs = {job("enrichment:c2", "c2")};
  const auto enriched = outcomes(started, std::nullopt, StageName::enrich, 1);
  CHECK(kinds(enriched) == std::vector{Kind::free, Kind::started, Kind::free});
  CHECK(charges(enriched) == std::vector<Credits>{0, 1, 0});
  const auto analyzed = outcomes(started);
  CHECK(kinds(analyzed) == std::vector{Kind::refused, Kind::started, Kind::refused});
  CHECK(analyzed[0].code == "NO_JOB");
}

TEST_CASE("nobody is charged when everybody was free") {
  StartedJobs started;
  started.jobs_created = 0;
  const auto all = outcomes(started, std::nullopt, StageName::enrich, 1);
  CHECK(kinds(all) == std::vector{Kind::free, Kind::free, Kind::free});
  CHECK(charges(all) == std::vector<Credits>{0, 0, 0});
}

TEST_CASE("fewer jobs created than listed are charged to the first") {
  auto started = three_jobs();
  started.jobs_created = 2;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{5, 5, 0});
  started.jobs_created = 0;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{0, 0, 0});
  started.jobs_created = 99;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{5, 5, 5});
  started.jobs_created = -4;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{0, 0, 0});
}

TEST_CASE("a charge is spread to the last credit") {
  auto started = three_jobs();
  started.charged = 16;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{6, 5, 5});
  started.charged = 2;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{1, 1, 0});
  started.charged.reset();
  CHECK(charges(outcomes(started, 17)) == std::vector<Credits>{6, 6, 5});
  CHECK(outcomes(started, 17)[0].charge->source == "header");
}

TEST_CASE("what was taken is booked even when no paid job explains it") {
  auto started = three_jobs();
  started.jobs_created = 0;
  started.charged = 9;
  CHECK(charges(outcomes(started)) == std::vector<Credits>{3, 3, 3});
  StartedJobs nothing;
  nothing.charged = 4;
  CHECK(charges(outcomes(nothing, std::nullopt, StageName::enrich, 1)) == std::vector<Credits>{4, 0, 0});
}

TEST_CASE("whatever the answer says, the charges add up to it") {
  for (int jobs = 0; jobs <= 3; ++jobs) {
    for (int cached = 0; cached <= jobs; ++cached) {
      for (int created = 0; created <= 4; ++created) {
        for (Credits charged = 0; charged <= 20; charged += 4) {
          CAPTURE(jobs);
          CAPTURE(cached);
          CAPTURE(created);
          CAPTURE(charged);
          auto started = three_jobs();
          started.jobs.resize(static_cast<std::size_t>(jobs));
          for (int i = 0; i < cached; ++i) started.jobs[static_cast<std::size_t>(i)].cached = true;
          started.jobs_created = created;
          started.charged = charged;
          Credits sum = 0;
          for (const auto credits : charges(outcomes(started))) {
            CHECK(credits >= 0);
            sum += credits;
          }
          CHECK(sum == charged);
        }
      }
    }
  }
}

TEST_CASE("a topic job is charged when it ends") {
  StartedJobs started;
  started.jobs = {job("a1b2", std::nullopt)};
  const auto outcome = started_topic_job(started);
  CHECK(outcome.kind == Kind::started);
  CHECK(outcome.external_id == "a1b2");
  CHECK_FALSE(outcome.charge.has_value());
}

TEST_CASE("an outcome becomes the row of its job") {
  StartOutcome outcome{Kind::started, "j1", store::Charge{5, "body"}, {}, {}};
  auto row = accepted_job(JobKey{7}, outcome);
  CHECK(row.job == JobKey{7});
  CHECK(row.external_id == "j1");
  CHECK(row.status == JobStatus::queued);
  CHECK(row.charge->credits == 5);
  CHECK_FALSE(row.error_code.has_value());
  outcome = {Kind::refused, {}, store::Charge{0, "price_table"}, "CODE", "why"};
  row = accepted_job(JobKey{7}, outcome);
  CHECK(row.status == JobStatus::failed);
  CHECK_FALSE(row.external_id.has_value());
  CHECK(row.error_code == "CODE");
  CHECK(row.error_message == "why");
  // What was free is there already, but still has to be fetched.
  CHECK(accepted_job(JobKey{7}, {Kind::free, {}, store::Charge{0, "body"}, {}, {}}).status == JobStatus::queued);
}

TEST_CASE("a failure names the request, what came back, and its id") {
  Answered answered{Task{UsageTask{}}, {}, {}};
  answered.answer.payload =
      tl::unexpected<Failure>({FailureKind::no_credits, "INSUFFICIENT_CREDITS", "out of credits"});
  answered.log.method = "POST";
  answered.log.path = "/v1/creators/enrich";
  answered.log.status = 402;
  answered.log.request_id = "req_1";
  CHECK(describe(answered) == "POST /v1/creators/enrich: 402 INSUFFICIENT_CREDITS: out of credits (request req_1)");
  answered.log.status = 0;
  answered.log.request_id.clear();
  CHECK(describe(answered) == "POST /v1/creators/enrich: INSUFFICIENT_CREDITS: out of credits");
}

}  // namespace
}  // namespace toksync::engine
