#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

namespace {

JobUpdate settled(JobKey job, Credits credits) {
  return {.job = job, .status = JobStatus::succeeded, .charge = Charge{credits, "body"}};
}

}  // namespace

TEST_CASE("what was reserved and not charged is released") {
  Night night;
  const auto intent = night.send(StageName::thought_leaders, {}, 200, R"({"mode":"balanced"})");
  night.accept(intent);
  CHECK(night.store.spent_in_run(night.run.key) == 200);
  night.poll(settled(intent.jobs[0], 84));
  const auto totals = night.store.ledger_totals();
  CHECK(totals.reserved == 200);
  CHECK(totals.charged == 84);
  CHECK(totals.released == 116);
  CHECK(night.store.spent_in_run(night.run.key) == 84);
  CHECK(night.value("SELECT source FROM credit_ledger WHERE kind = 'release'") == "settled");
  night.check_ledger();
}

TEST_CASE("a charge above the reservation is reserved first") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 1);
  night.accept(intent, Charge{3, "header"});
  CHECK(night.count("SELECT credits FROM credit_ledger WHERE kind = 'reserve' AND source = 'answer'") == 2);
  CHECK(night.count("SELECT credits_reserved FROM jobs WHERE family = 'enrich'") == 3);
  CHECK(night.count("SELECT credits_charged FROM jobs WHERE family = 'enrich'") == 3);
  CHECK(night.store.ledger_totals().open() == 0);
  night.check_ledger();
}

TEST_CASE("a free job that costs something after all is booked, and one for nothing leaves no entry") {
  Night night;
  const auto creators = night.find_creators(2);
  const auto before = night.count("SELECT count(*) FROM credit_ledger");
  const auto free = night.send(StageName::enrich, {creators[0]}, 0);
  night.accept(free, Charge{0, "body"});
  CHECK(night.count("SELECT count(*) FROM credit_ledger") == before);
  const auto surprise = night.send(StageName::enrich, {creators[1]}, 0);
  night.accept(surprise, Charge{2, "body"});
  CHECK(night.store.spent_in_run(night.run.key) == 3);
  night.check_ledger();
}

TEST_CASE("a job is settled once, however often its answer is stored") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 1);
  night.accept(intent, Charge{1, "body"});
  for (int times = 0; times < 3; ++times) {
    night.poll(settled(intent.jobs[0], 1));
    night.check_ledger();
  }
  night.poll(settled(intent.jobs[0], 50));
  CHECK(night.count("SELECT sum(credits_charged) FROM jobs WHERE family = 'enrich'") == 1);
  CHECK(night.store.spent_in_run(night.run.key) == 2);
  night.check_ledger();
}

TEST_CASE("an update without a charge books nothing") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 7);
  night.accept(intent);
  night.poll({.job = intent.jobs[0], .status = JobStatus::failed});
  CHECK(night.store.ledger_totals().open() == 7);
  night.check_ledger();
}

TEST_CASE("the run that paid bears the cost, whichever run settles it") {
  Night night;
  const auto intent = night.send(StageName::thought_leaders, {}, 100, R"({"mode":"broad"})");
  night.accept(intent);
  const auto first = night.run.key;
  night.run = night.begin_run("run-2");
  night.poll(settled(intent.jobs[0], 40));
  CHECK(night.store.spent_in_run(first) == 40);
  CHECK(night.store.spent_in_run(night.run.key) == 0);
  CHECK(night.value("SELECT run_id FROM credit_ledger WHERE kind = 'charge'") == "run-1");
}

TEST_CASE("a month's spending is its charges and whatever is open") {
  Night night;
  const auto creators = night.find_creators(3);
  const auto old = night.send(StageName::enrich, {creators[0]}, 5);
  const auto open = night.send(StageName::enrich, {creators[1]}, 11);
  night.store.record_ambiguous(open, night.run.key, {FailureKind::unavailable, "TIMEOUT", "", true}, night.answer());
  night.accept(old, Charge{5, "body"});
  CHECK(night.store.spent_in_month("2026-06") == 1 + 5 + 11);
  night.clock.advance(std::chrono::days{30});
  const auto next = night.send(StageName::enrich, {creators[2]}, 2);
  night.accept(next, Charge{2, "body"});
  CHECK(night.store.spent_in_month("2026-07") == 2 + 11);
  CHECK(night.store.spent_in_month("2026-06") == 6 + 11);
  CHECK(night.store.spent_in_month("2026-0") == 11);
  night.check_ledger();
}

TEST_CASE("what the estimate says is the price table's word on what was sent") {
  Night night;
  const auto creators = night.find_creators(3);
  night.accept(night.send(StageName::enrich, {creators[0]}, 10), Charge{12, "body"});
  night.intend(StageName::enrich, {creators[1]}, 10);
  night.store.recover_intents(night.now());
  const auto run = find_run(night.store, "run-1").value();
  CHECK(run.credits_estimated == 11);
  CHECK(run.credits_charged == 13);
}

}  // namespace toksync::store
