#include <chrono>
#include <set>

#include <doctest/doctest.h>

#include "engine/poll_plan.hpp"

namespace toksync::engine {
namespace {

using std::chrono::minutes;

constexpr SteadyTime kStart{Milliseconds{5'000'000}};
constexpr Milliseconds kAtOnce{100};

SteadyTime at(Milliseconds after_start) { return kStart + after_start; }

std::vector<PaidJob> jobs(int first, int last) {
  std::vector<PaidJob> jobs;
  for (int i = first; i <= last; ++i) {
    jobs.push_back({JobKey{i}, {StageName::content_match, CriteriaKey{1}, CreatorKey{i}}, {}});
  }
  return jobs;
}

std::set<std::int64_t> keys(const PollTask& poll) {
  std::set<std::int64_t> keys;
  for (const auto& job : poll.jobs) keys.insert(raw(job.job.job));
  return keys;
}

std::set<std::int64_t> range(int first, int last) {
  std::set<std::int64_t> all;
  for (int i = first; i <= last; ++i) all.insert(i);
  return all;
}

PollPlan plan(std::optional<JobTimes> known = std::nullopt, Seconds hold = Seconds{30}) {
  return {StageName::content_match, {.most = 50}, hold, known};
}

constexpr JobTimes kMinute{Seconds{55}, Seconds{60}};

/// All of them ended, at that moment.
void all_ended(PollPlan& plan, const PollTask& poll, SteadyTime now, Milliseconds took) {
  plan.answered(poll, poll.jobs, {}, now, took);
}
void all_open(PollPlan& plan, const PollTask& poll, SteadyTime now, Milliseconds took) {
  plan.answered(poll, {}, poll.jobs, now, took);
}

TEST_CASE("an empty plan asks nothing, ever") {
  auto empty = plan();
  CHECK(empty.empty());
  CHECK(empty.next_time(true) == SteadyTime::max());
  CHECK_FALSE(empty.take(at(minutes{60}), true).has_value());
}

TEST_CASE("one held question follows the first jobs until it is known how long they take") {
  auto unknown = plan();
  unknown.add(jobs(1, 50), kStart, true);
  unknown.add(jobs(51, 100), at(Seconds{1}), true);
  const auto first = unknown.take(at(Seconds{1}), false);
  REQUIRE(first.has_value());
  CHECK(first->probes);
  CHECK(first->hold == Seconds{30});
  CHECK(keys(*first) == range(1, 50));
  CHECK_MESSAGE(!unknown.take(at(Seconds{20}), true).has_value(), "the others wait for what it learns");

  all_open(unknown, *first, at(Seconds{31}), Seconds{30});
  const auto second = unknown.take(at(Seconds{31}), false);
  REQUIRE(second.has_value());
  CHECK_MESSAGE(keys(*second) == range(1, 50), "the same jobs, not the next ones");
  all_ended(unknown, *second, at(Seconds{60}), Seconds{29});
  REQUIRE(unknown.times().has_value());
  CHECK(unknown.times()->longest == Seconds{60});

  CHECK_MESSAGE(!unknown.take(at(Seconds{50}), false).has_value(), "the second batch is as old a second later");
  const auto rest = unknown.take(at(Seconds{61}), false);
  REQUIRE(rest.has_value());
  CHECK(keys(*rest) == range(51, 100));
}

TEST_CASE("without being held, the first question waits until an answer is likely") {
  auto unknown = plan(std::nullopt, Seconds{0});
  unknown.add(jobs(1, 1), kStart, true);
  CHECK_FALSE(unknown.take(kStart, true).has_value());
  const auto first = unknown.take(unknown.next_time(true), true);
  REQUIRE(first.has_value());
  CHECK(first->hold == Seconds{0});
  auto now = unknown.next_time(true);
  all_open(unknown, *first, at(Seconds{2}), kAtOnce);
  // The pauses grow with the job's age, so that a job of half an hour costs no more than a few dozen questions.
  int questions = 1;
  for (now = unknown.next_time(true); now < at(minutes{30}); now = unknown.next_time(true)) {
    const auto next = unknown.take(now, true);
    REQUIRE(next.has_value());
    all_open(unknown, *next, now, kAtOnce);
    ++questions;
  }
  CHECK(questions < 90);
  CHECK(questions > 30);
}

TEST_CASE("what cannot be ready yet is not asked about") {
  auto known = plan(kMinute);
  known.add(jobs(1, 50), kStart, true);
  CHECK_FALSE(known.take(at(Seconds{40}), false).has_value());
  CHECK_FALSE(known.take(at(Seconds{40}), true).has_value());
  const auto poll = known.take(at(Seconds{58}), false);
  REQUIRE(poll.has_value());
  CHECK(keys(*poll) == range(1, 50));
  CHECK_FALSE(poll->probes);
}

TEST_CASE("requests to spare buy an earlier question, which the server holds") {
  auto known = plan(kMinute);
  known.add(jobs(1, 50), kStart, true);
  CHECK(known.next_time(true) < known.next_time(false));
  const auto poll = known.take(known.next_time(true), true);
  REQUIRE(poll.has_value());
  CHECK(poll->hold == Seconds{30});
}

TEST_CASE("a question takes as many jobs as the API allows, those that started first") {
  auto known = plan(kMinute);
  known.add(jobs(51, 120), at(Seconds{1}), true);
  known.add(jobs(1, 50), kStart, true);
  known.limit(20);
  const auto now = at(minutes{2});
  CHECK(known.polls_by(now) == 6);
  CHECK(keys(known.take(now, false).value()) == range(1, 20));
  CHECK(keys(known.take(now, false).value()) == range(21, 40));
  CHECK(known.polls_by(now) == 4);
}

TEST_CASE("what is asked about is not asked about again before the answer") {
  auto known = plan(kMinute);
  known.add(jobs(1, 10), kStart, true);
  const auto poll = known.take(at(minutes{1}), false);
  REQUIRE(poll.has_value());
  CHECK(known.empty());
  CHECK(known.next_time(true) == SteadyTime::max());
  all_open(known, *poll, at(minutes{1}), kAtOnce);
  CHECK_FALSE(known.empty());
  CHECK(known.next_time(true) > at(minutes{1}));
}

TEST_CASE("answers that were there at once make the next question come sooner, little by little") {
  auto slow = plan(kMinute);
  slow.add(jobs(1, 50), kStart, true);
  const auto poll = slow.take(at(Seconds{58}), false).value();
  all_ended(slow, poll, at(Seconds{58}), kAtOnce);
  const auto first = slow.times().value().longest;
  CHECK(first < Seconds{58});
  CHECK(first > Seconds{45});
  // Not again before it is known what the trial brought.
  slow.add(jobs(51, 100), at(Seconds{5}), true);
  const auto next = slow.take(at(Seconds{65}), false).value();
  all_ended(slow, next, at(Seconds{65}), kAtOnce);
  CHECK(slow.times().value().longest <= first);
  CHECK(slow.times().value().longest > first - Seconds{5});
}

TEST_CASE("a job's least time is what a held question proves, and no more") {
  auto known = plan(kMinute);
  known.add(jobs(1, 1), kStart, true);
  const auto poll = known.take(at(Seconds{58}), false).value();
  const auto& job = poll.jobs.front();
  CHECK(known.least_time(poll, job, at(Seconds{60}), Seconds{2}) == Seconds{60});
  // Ready at once: it may have been ready for long.
  CHECK(known.least_time(poll, job, at(Seconds{58}), kAtOnce) == Milliseconds{0});
}

TEST_CASE("jobs for which nothing comes are given up, those that started since are not") {
  auto patient = plan(kMinute, Seconds{0});
  patient.add(jobs(1, 5), kStart, true);
  const auto first = patient.take(at(minutes{1}), false).value();
  all_open(patient, first, at(minutes{1}), kAtOnce);
  CHECK(patient.give_up(at(minutes{31}), minutes{30}).empty());
  CHECK(patient.give_up(at(minutes{32}), minutes{30}).size() == 5);
  CHECK(patient.empty());

  // Another one starts half an hour after the last news.
  patient.add(jobs(6, 6), at(minutes{40}), true);
  const auto second = patient.take(at(minutes{41}), false).value();
  all_open(patient, second, at(minutes{41}), kAtOnce);
  CHECK(patient.give_up(at(minutes{42}), minutes{30}).empty());
  CHECK(patient.give_up(at(minutes{71}), minutes{30}).size() == 1);
}

TEST_CASE("jobs of an earlier process tell nothing of how long jobs take") {
  auto unknown = plan();
  unknown.add(jobs(1, 20), at(-minutes{60}), false);
  const auto poll = unknown.take(kStart, false).value();
  all_ended(unknown, poll, kStart, kAtOnce);
  CHECK_FALSE(unknown.times().has_value());
}

TEST_CASE("a question that failed lets another one find out how long jobs take") {
  auto unknown = plan();
  unknown.add(jobs(1, 10), kStart, true);
  unknown.add(jobs(11, 20), kStart, true);
  const auto poll = unknown.take(kStart, false).value();
  CHECK(poll.probes);
  unknown.forget(poll);
  CHECK(unknown.take(kStart, false).has_value() == false);
  unknown.add(jobs(21, 30), at(Seconds{1}), true);
  CHECK(unknown.take(at(Seconds{1}), false).value().probes);
}

TEST_CASE("what was asked about can be dropped, and the rest stays") {
  auto known = plan(kMinute);
  known.add(jobs(1, 5), kStart, true);
  all_open(known, known.take(at(minutes{1}), false).value(), at(minutes{1}), kAtOnce);
  known.add(jobs(6, 9), at(minutes{1}), true);
  known.drop_asked();
  CHECK(keys(known.take(at(minutes{3}), false).value()) == range(6, 9));
  CHECK(known.empty());
}

/// The jobs of a start of its own.
std::vector<PaidJob> started_by(int start, int first, int last) {
  auto all = jobs(first, last);
  for (auto& job : all) job.start = IntentKey{start};
  return all;
}

PollPlan by_start(std::optional<JobTimes> known = std::nullopt) {
  return {StageName::content_match, {.most = 1'000, .one_start = true}, Seconds{0}, known};
}

TEST_CASE("where results come by start, a question is about all jobs of one start") {
  auto plan = by_start(kMinute);
  plan.add(started_by(1, 1, 60), at(minutes{0}), true);
  plan.add(started_by(2, 61, 70), at(minutes{0}), true);
  CHECK(plan.polls_by(at(minutes{10})) == 2);
  const auto first = plan.take(at(minutes{2}), false).value();
  CHECK(keys(first) == range(1, 60));
  const auto second = plan.take(at(minutes{2}), false).value();
  CHECK(keys(second) == range(61, 70));
  CHECK_FALSE(plan.take(at(minutes{2}), false).has_value());
  CHECK(first.hold == Seconds{0});
}

TEST_CASE("where results come by start, open jobs are asked about again start by start") {
  auto plan = by_start(kMinute);
  plan.add(started_by(1, 1, 3), at(minutes{0}), true);
  plan.add(started_by(2, 4, 6), at(minutes{0}), true);
  for (int i = 0; i < 2; ++i) all_open(plan, plan.take(at(minutes{2}), false).value(), at(minutes{2}), Seconds{0});
  CHECK(plan.polls_by(at(minutes{9})) == 2);
  const auto again = plan.take(at(minutes{3}), false).value();
  CHECK(keys(again) == range(1, 3));
  // A new start does not join the question.
  plan.add(started_by(3, 7, 9), at(minutes{1}), true);
  CHECK(keys(plan.take(at(minutes{5}), false).value()) == range(7, 9));
  CHECK(keys(plan.take(at(minutes{5}), false).value()) == range(4, 6));
}

}  // namespace
}  // namespace toksync::engine
