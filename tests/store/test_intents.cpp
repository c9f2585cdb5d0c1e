#include <array>
#include <stdexcept>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

TEST_CASE("an intent reserves before anything is sent, and its jobs follow the answer") {
  Night night;
  const auto creators = night.find_creators(2);
  const auto intent = night.intend(StageName::enrich, creators, 3);
  REQUIRE(intent.jobs.size() == 2);
  CHECK(night.value("SELECT status FROM jobs WHERE family = 'enrich'") == "intent");
  CHECK(night.value("SELECT submitted_at FROM jobs WHERE family = 'enrich'") == "NULL");
  CHECK(night.store.ledger_totals().open() == 6);
  night.check_ledger();

  night.store.record_sent(intent, night.now());
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'sent' AND submitted_at = '" + to_iso8601(night.now()) +
                    "'") == 2);
  night.accept(intent, Charge{3, "body"});
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'queued' AND external_id LIKE 'job-%'") == 2);
  CHECK(night.value("SELECT request_id FROM jobs WHERE family = 'enrich'") == "req-2");
  CHECK(night.value("SELECT source FROM credit_ledger ORDER BY entry_id DESC") == "body");
  CHECK(night.store.ledger_totals().open() == 0);
  CHECK(night.store.ledger_totals().charged == 7);
  night.check_ledger();
}

TEST_CASE("what is not waiting to be sent is never sent") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 1);
  CHECK_THROWS_AS(night.store.record_sent(intent, night.now()), std::logic_error);
  night.store.record_given_up(intent, {FailureKind::rate_limited, "RATE_LIMITED", "later", false}, night.now());
  CHECK_THROWS_AS(night.store.record_sent(intent, night.now()), std::logic_error);
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'sent'") == 0);
}

TEST_CASE("a postponed intent keeps its reservation and may be sent again") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 5);
  auto refused = night.answer();
  refused.status = 429;
  refused.error_code = "RATE_LIMITED";
  night.store.record_postponed(intent, night.run.key, refused);
  CHECK(night.value("SELECT status FROM jobs WHERE family = 'enrich'") == "intent");
  CHECK(night.value("SELECT submitted_at FROM jobs WHERE family = 'enrich'") == "NULL");
  CHECK(night.store.ledger_totals().open() == 5);
  night.store.record_sent(intent, night.now());
  CHECK(night.value("SELECT status FROM jobs WHERE family = 'enrich'") == "sent");
  CHECK(night.value("SELECT error_code FROM api_requests WHERE status = 429") == "RATE_LIMITED");
  night.check_ledger();
}

TEST_CASE("a refused intent costs nothing and says why") {
  Night night;
  const auto intent = night.send(StageName::content_match, night.find_creators(2), 3, R"({"topic_keywords":["a"]})");
  night.store.record_refused(intent, night.run.key, JobStatus::failed,
                             {FailureKind::rejected, "VALIDATION_ERROR", "too many ids", false}, night.answer());
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'failed' AND error_code = 'VALIDATION_ERROR'"
                    " AND error_message = 'too many ids' AND finished_at IS NOT NULL") == 2);
  CHECK(night.count("SELECT sum(credits) FROM credit_ledger WHERE kind = 'release' AND source = 'refused'") == 6);
  CHECK(night.store.ledger_totals().open() == 0);
  night.check_ledger();
}

TEST_CASE("what was given up before it was sent costs nothing") {
  Night night;
  const auto intent = night.intend(StageName::enrich, night.find_creators(2), 1);
  night.store.record_given_up(intent, {FailureKind::not_sent, "INTERRUPTED", "stopped", false}, night.now());
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'canceled' AND error_code = 'INTERRUPTED'") == 2);
  CHECK(night.count("SELECT sum(credits) FROM credit_ledger WHERE source = 'not_sent'") == 2);
  night.check_ledger();
}

TEST_CASE("an ambiguous intent stays reserved and counts as spent") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(2), 4);
  auto lost = night.answer();
  lost.status = 0;
  lost.request_id.clear();
  night.store.record_ambiguous(intent, night.run.key, {FailureKind::unavailable, "TIMEOUT", "no answer", true}, lost);
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'ambiguous' AND finished_at IS NULL") == 2);
  CHECK(night.value("SELECT status FROM api_requests ORDER BY rowid DESC") == "200");
  CHECK(night.count("SELECT count(*) FROM api_requests WHERE status IS NULL AND request_id IS NULL") == 1);
  CHECK(night.store.spent_in_run(night.run.key) == 9);
  const auto counts = count_jobs(night.store, night.now());
  CHECK(counts.ambiguous == 2);
  CHECK(counts.ambiguous_credits == 8);
  night.check_ledger();
}

TEST_CASE("after a crash, what never left is given back and what may have arrived is ambiguous") {
  Night night;
  const auto creators = night.find_creators(4);
  night.intend(StageName::enrich, {creators[0], creators[1]}, 1);
  night.send(StageName::enrich, {creators[2]}, 1);
  const auto accepted = night.send(StageName::enrich, {creators[3]}, 1);
  night.accept(accepted);
  const auto recovered = night.store.recover_intents(night.now());
  CHECK(recovered.never_sent == 2);
  CHECK(recovered.ambiguous == 1);
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'canceled' AND finished_at IS NOT NULL") == 2);
  CHECK(night.count("SELECT count(*) FROM jobs WHERE status = 'ambiguous' AND error_code = 'NO_ANSWER'") == 1);
  CHECK(night.value("SELECT status FROM jobs WHERE job_key = " + std::to_string(raw(accepted.jobs[0]))) == "queued");
  CHECK(night.store.ledger_totals().open() == 2);
  night.check_ledger();
  const auto again = night.store.recover_intents(night.now());
  CHECK(again.never_sent == 0);
  CHECK(again.ambiguous == 0);
}

TEST_CASE("some jobs of an answer are refused, the others go on") {
  Night night;
  const auto intent = night.send(StageName::content_match, night.find_creators(2), 3);
  const std::vector<AcceptedJob> accepted{
      {intent.jobs[0], "content-fit:1", JobStatus::running, {}, {}, {}},
      {intent.jobs[1], {}, JobStatus::failed, Charge{0, "body"}, "NO_POSTS", "nothing to analyze"}};
  night.store.record_accepted(intent, night.run.key, accepted, night.answer());
  CHECK(night.value("SELECT status FROM jobs WHERE external_id = 'content-fit:1'") == "running");
  CHECK(night.value("SELECT error_code FROM jobs WHERE status = 'failed'") == "NO_POSTS");
  CHECK(night.store.ledger_totals().open() == 3);
  CHECK(night.store.ledger_totals().released == 3);
  night.check_ledger();
}

TEST_CASE("outstanding jobs are those paid for and not finished here, of any run") {
  Night night;
  const auto creators = night.find_creators(4);
  const auto enrich = night.send(StageName::enrich, {creators[0]}, 1);
  night.accept(enrich, Charge{1, "body"});
  const auto content = night.send(StageName::content_match, {creators[1]}, 3, R"({"posts_to_analyze":10})");
  night.accept(content, Charge{3, "price_table"}, "content-fit:");
  night.poll(content.jobs[0], content_match("a1", 80));
  night.send(StageName::enrich, {creators[2]}, 1);
  const auto leaders = night.send(StageName::thought_leaders, {}, 200, R"({"mode":"balanced"})");
  const auto sent_at = night.now();
  night.accept(leaders);
  const auto done = night.send(StageName::enrich, {creators[3]}, 1);
  night.accept(done, Charge{1, "body"});
  night.poll({.job = done.jobs[0], .status = JobStatus::succeeded});
  night.begin_run("run-2");

  const auto jobs = night.store.outstanding_jobs();
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0].job == enrich.jobs[0]);
  CHECK(jobs[0].status == JobStatus::queued);
  CHECK(jobs[1].family == StageName::content_match);
  CHECK(jobs[1].details_pending);
  CHECK(jobs[2].family == StageName::thought_leaders);
  CHECK_FALSE(jobs[2].creator.has_value());
  CHECK(jobs[2].credits_reserved == 200);
  CHECK(jobs[2].run == night.run.key);
  CHECK(jobs[2].submitted_at == sent_at);
}

TEST_CASE("the API is asked for profiles by creator and for analyses by job") {
  Night night;
  const auto creators = night.find_creators(2);
  const auto enrich = night.send(StageName::enrich, creators, 1);
  night.accept(enrich, Charge{1, "body"});
  const auto content = night.send(StageName::content_match, {creators[0]}, 3, R"({"topic_keywords":["a"]})");
  night.accept(content, Charge{3, "price_table"}, "content-fit:");
  CHECK(night.store.result_ids(std::array{content.jobs[0], enrich.jobs[1], enrich.jobs[0]}) ==
        std::vector<std::string>{"content-fit:" + std::to_string(raw(content.jobs[0])), "c2", "c1"});
  const auto by_job = night.store.result_ids(enrich.jobs, ResultIds::all_by_job);
  CHECK(by_job[0].ends_with(std::to_string(raw(enrich.jobs[0]))));
  const auto unanswered = night.send(StageName::content_match, {creators[1]}, 3, R"({"topic_keywords":["a"]})");
  CHECK(night.store.result_ids(unanswered.jobs) == std::vector<std::string>{""});
}

TEST_CASE("the units of a reservation are kept") {
  Night night;
  NewIntent intent;
  intent.run = night.run.key;
  intent.stage = night.stage(StageName::thought_leaders, R"({"mode":"strict"})");
  intent.family = StageName::thought_leaders;
  intent.criteria = night.criteria(StageName::thought_leaders, R"({"mode":"strict"})");
  intent.request_json = "{}";
  const Usage usage{.period = "2026-06", .total_credits_charged = 7};
  const auto snapshot = night.store.record_usage(night.run.key, usage, {.at = night.now()});
  intent.jobs = {{std::nullopt, 300, 100}};
  const auto recorded = night.store.record_intent(intent, night.now());
  night.store.record_sent(recorded, night.now());
  night.accept(recorded);
  CHECK(night.store.outstanding_jobs().at(0).units == 100);
  CHECK(night.value("SELECT snapshot_key FROM intents WHERE family = 'thought_leaders'") ==
        std::to_string(raw(snapshot.key)));
}

}  // namespace toksync::store
