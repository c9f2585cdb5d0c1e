#include <algorithm>
#include <array>
#include <tuple>

#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const char* const kTopics = R"({"posts_to_analyze":20,"topic_keywords":["saas","abm"]})";
const char* const kAudience = R"({"analysis_depth":"deep_dive","criteria":["VP Marketing","CMO"]})";
const char* const kLeaders = R"({"mode":"balanced","topic_keywords":["saas"]})";

void lose(Night& night, const Intent& intent) {
  auto lost = night.answer();
  lost.status = 0;
  lost.request_id.clear();
  night.store.record_ambiguous(intent, night.run.key, {FailureKind::unavailable, "TIMEOUT", "no answer", true}, lost);
}

UsageSnapshot read_usage(Night& night, Credits total, const std::map<std::string, Credits>& operations = {}) {
  Usage usage{.period = "2026-06", .total_credits_charged = total};
  for (const auto& [name, credits] : operations) usage.operations[name] = {1, credits};
  return night.store.record_usage(night.run.key, usage, {.at = night.now()});
}

std::vector<std::string> ledger_of(Night& night, JobKey job) {
  std::vector<std::string> entries;
  SQLite::Statement rows(night.store.database(),
                         "SELECT kind || ' ' || credits || ' ' || source FROM credit_ledger WHERE job_key = ?"
                         " ORDER BY entry_id");
  rows.bind(1, raw(job));
  while (rows.executeStep()) entries.push_back(rows.getColumn(0).getString());
  return entries;
}

std::string column(Night& night, JobKey job, const std::string& name) {
  return night.value("SELECT " + name + " FROM jobs WHERE job_key = " + std::to_string(raw(job)));
}

std::int64_t evidence_count(Night& night) { return night.count("SELECT count(*) FROM job_evidence"); }

using Entries = std::vector<std::string>;

TEST_CASE("requests whose answers were lost are told with their ambiguous jobs and what they were about") {
  Night night;
  const auto creators = night.find_creators(3);
  const auto content = night.send(StageName::content_match, {creators[0], creators[1]}, 5, kTopics);
  const auto sent_at = night.now();
  lose(night, content);
  const auto audience = night.send(StageName::audience_match, {creators[2]}, 20, kAudience);
  lose(night, audience);
  const auto leaders = night.send(StageName::thought_leaders, {}, 200, kLeaders);
  lose(night, leaders);
  const auto enrich = night.send(StageName::enrich, {creators[0]}, 1);
  lose(night, enrich);
  const auto answered = night.send(StageName::enrich, {creators[1]}, 1);
  night.accept(answered);

  const auto lost = night.store.lost_requests();
  REQUIRE(lost.size() == 4);
  CHECK(lost[0].key == content.key);
  CHECK(lost[0].run == night.run.key);
  CHECK(lost[0].family == StageName::content_match);
  CHECK(lost[0].sent_at == sent_at);
  CHECK(lost[0].criteria_texts == std::vector<std::string>{"abm", "saas"});
  CHECK(lost[0].depth == "20");
  REQUIRE(lost[0].jobs.size() == 2);
  CHECK(lost[0].jobs[0].job == content.jobs[0]);
  CHECK(lost[0].jobs[0].creator == creators[0]);
  CHECK(lost[0].jobs[1].creator_id == "c2");
  CHECK(lost[0].jobs[1].credits_reserved == 5);
  CHECK(lost[1].criteria_texts == std::vector<std::string>{"CMO", "VP Marketing"});
  CHECK(lost[1].depth == "deep_dive");
  CHECK_FALSE(lost[2].jobs.at(0).creator.has_value());
  CHECK(lost[2].jobs.at(0).creator_id.empty());
  CHECK(lost[3].criteria_texts.empty());
  CHECK(lost[3].depth.empty());

  const auto only = night.store.lost_requests(audience.key);
  REQUIRE(only.size() == 1);
  CHECK(only[0].key == audience.key);
  CHECK(only[0].depth == "deep_dive");
  CHECK(night.store.lost_requests(answered.key).empty());
}

TEST_CASE("what is settled of a lost request is no longer told") {
  Night night;
  const auto intent = night.send(StageName::content_match, night.find_creators(2), 3, kTopics);
  lose(night, intent);
  night.store.record_settlement(
      {intent.key, EvidenceSource::usage, "one", {{intent.jobs[0], Verdict::released, {}, {}}}}, night.now());
  REQUIRE(night.store.lost_requests().size() == 1);
  CHECK(night.store.lost_requests()[0].jobs.size() == 1);
  night.store.record_settlement(
      {intent.key, EvidenceSource::usage, "two", {{intent.jobs[1], Verdict::released, {}, {}}}}, night.now());
  CHECK(night.store.lost_requests().empty());
  CHECK(night.store.lost_requests(intent.key).empty());
}

TEST_CASE("an analysis is known while its job runs and once its result is here, with a prefix or without") {
  Night night;
  const auto creators = night.find_creators(2);
  const auto running = night.send(StageName::content_match, {creators[0]}, 3, kTopics);
  night.accept(running, Charge{3, "body"}, "content-fit:run-");
  const auto bare_id = "run-" + std::to_string(raw(running.jobs[0]));
  const auto knows = [&](StageName family, const std::string& id) { return night.store.knows_analysis(family, id); };
  CHECK(knows(StageName::content_match, bare_id));
  CHECK(knows(StageName::content_match, "content-fit:" + bare_id));
  CHECK_FALSE(knows(StageName::audience_match, bare_id));
  CHECK_FALSE(knows(StageName::content_match, "run-999"));

  const auto done = night.send(StageName::content_match, {creators[1]}, 3, kTopics);
  night.accept(done, Charge{3, "body"}, "content-fit:");
  night.poll(done.jobs[0], content_match("a1", 80));
  night.poll({.job = done.jobs[0], .status = JobStatus::succeeded});
  CHECK(knows(StageName::content_match, "a1"));
  CHECK(knows(StageName::content_match, "content-fit:a1"));
  CHECK_FALSE(knows(StageName::audience_match, "audience-fit:a1"));
}

TEST_CASE("readings before a request are told newest first, with their operations") {
  Night night;
  const auto creators = night.find_creators(1);
  read_usage(night, 10, {{"content_match", 7}, {"odd \"name\"", 3}});
  night.clock.advance(minutes{1});
  const auto second = read_usage(night, 20);
  const auto intent = night.send(StageName::enrich, creators, 1);
  read_usage(night, 30);
  const auto snapshots = night.store.snapshots_before(intent.key, 20);
  REQUIRE(snapshots.size() == 2);
  CHECK(snapshots[0].key == second.key);
  CHECK(snapshots[0].total_credits_charged == 20);
  CHECK(snapshots[0].at == night.now());
  CHECK(snapshots[0].period == "2026-06");
  CHECK(snapshots[0].operations.empty());
  CHECK(snapshots[1].operations == std::map<std::string, Credits>{{"content_match", 7}, {"odd \"name\"", 3}});
  CHECK(night.store.snapshots_before(intent.key, 1).size() == 1);
}

TEST_CASE("a reading that tells no charges is kept, and is no evidence") {
  Night night;
  const Usage balance_only{.period = "2026-06", .charges_are_told = false, .balance = 500};
  std::ignore = night.store.record_usage(night.run.key, balance_only, {.at = night.now()});
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 1);
  CHECK(night.store.snapshots_before(intent.key, 20).empty());
  CHECK(night.value("SELECT total_credits_charged FROM usage_snapshots") == "NULL");
  CHECK(night.value("SELECT balance FROM usage_snapshots") == "500");
}

TEST_CASE("before the first reading there is none") {
  Night night;
  const auto intent = night.send(StageName::enrich, night.find_creators(1), 1);
  read_usage(night, 5);
  CHECK(night.store.snapshots_before(intent.key, 20).empty());
}

/// The intents of the movements since a reading, by their keys.
std::vector<IntentKey> movers(Night& night, const UsageSnapshot& since, Seconds earlier = minutes{30}) {
  std::vector<IntentKey> keys;
  for (const auto& movement : night.store.usage_movements(since, earlier)) keys.push_back(movement.intent);
  return keys;
}

bool has(const std::vector<IntentKey>& keys, const Intent& intent) { return std::ranges::count(keys, intent.key) > 0; }

TEST_CASE("movements are what was sent since a reading, shortly before it, or is not finished") {
  Night night;
  const auto creators = night.find_creators(4);
  const auto send = [&](StageName family, CreatorKey creator) {
    const auto intent = night.send(family, {creator}, 3, family == StageName::enrich ? "{}" : kTopics);
    night.clock.advance(minutes{1});
    return intent;
  };
  read_usage(night, 0);
  const auto old = send(StageName::enrich, creators[0]);
  night.accept(old, Charge{3, "body"});
  const auto old_lost = send(StageName::content_match, creators[0]);
  lose(night, old_lost);
  const auto old_leaders = night.send(StageName::thought_leaders, {}, 200, kLeaders);
  night.accept(old_leaders);
  const auto over = night.send(StageName::thought_leaders, {}, 200, R"({"mode":"strict"})");
  night.accept(over);
  night.poll({.job = over.jobs[0], .status = JobStatus::succeeded, .charge = Charge{50, "body"}});
  const auto last_old = send(StageName::enrich, creators[1]);
  night.accept(last_old, Charge{3, "body"});
  night.clock.advance(hours{2});
  const auto shortly_before = send(StageName::enrich, creators[2]);
  night.accept(shortly_before, Charge{1, "body"});
  const auto since = read_usage(night, 9);
  const auto later = send(StageName::enrich, creators[3]);
  const auto unsent = night.intend(StageName::content_match, {creators[3]}, 3, kTopics);

  auto keys = movers(night, since);
  CHECK_FALSE(has(keys, old));
  CHECK_FALSE(has(keys, last_old));
  CHECK_FALSE(has(keys, over));
  CHECK(has(keys, old_lost));
  CHECK(has(keys, old_leaders));
  CHECK(has(keys, shortly_before));
  CHECK(has(keys, later));
  CHECK_FALSE(has(keys, unsent));

  // A job that ran through the reading moved the usage at its end.
  night.poll({.job = old_leaders.jobs[0], .status = JobStatus::succeeded, .charge = Charge{50, "body"}});
  keys = movers(night, since);
  CHECK(has(keys, old_leaders));
}

TEST_CASE("a movement tells what was reserved and charged, and when it was settled") {
  Night night;
  const auto creators = night.find_creators(3);
  const auto reading = read_usage(night, 0);
  const auto intent = night.send(StageName::content_match, creators, 3, kTopics);
  const auto sent_at = night.now();
  lose(night, intent);
  const Settlement part{
      intent.key,
      EvidenceSource::usage,
      "two of three",
      {{intent.jobs[0], Verdict::released, {}, {}}, {intent.jobs[1], Verdict::lost, {}, Charge{3, "usage"}}}};
  night.store.record_settlement(part, night.now());
  auto movements = night.store.usage_movements(reading, minutes{30});
  std::erase_if(movements, [&](const UsageMovement& movement) { return movement.intent != intent.key; });
  REQUIRE(movements.size() == 2);
  const auto settled = std::ranges::find(movements, true, &UsageMovement::settled);
  const auto open = std::ranges::find(movements, false, &UsageMovement::settled);
  CHECK(settled->reserved == 6);
  CHECK(settled->charged == 3);
  CHECK_FALSE(settled->ambiguous);
  CHECK(settled->finished_at == night.now());
  CHECK(settled->sent_at == sent_at);
  CHECK(settled->snapshot == reading.key);
  CHECK(settled->family == StageName::content_match);
  CHECK(open->reserved == 3);
  CHECK(open->charged == 0);
  CHECK(open->ambiguous);
  CHECK_FALSE(open->finished_at.has_value());
}

TEST_CASE("where the clock was set back, what came after a reading is still told") {
  Night night;
  const auto creators = night.find_creators(2);
  night.clock.advance(hours{5});
  const auto before = night.send(StageName::enrich, {creators[0]}, 1);
  night.accept(before, Charge{1, "body"});
  const auto since = read_usage(night, 1);
  NewIntent late;
  late.run = night.run.key;
  late.stage = night.stage(StageName::enrich);
  late.family = StageName::enrich;
  late.criteria = night.criteria(StageName::enrich);
  late.request_json = "{}";
  late.jobs = {{creators[1], 1, 1}};
  const auto set_back = night.now() - hours{4};
  const auto after = night.store.record_intent(late, set_back);
  night.store.record_sent(after, set_back);
  const auto keys = movers(night, since);
  CHECK(has(keys, after));
  CHECK(has(keys, before));
}

// --- decisions ---

struct Lost : Night {
  explicit Lost(StageName family = StageName::content_match) : intent(send(family, find_creators(1), 3, kTopics)) {
    lose(*this, intent);
  }
  void settle(Verdict verdict, std::optional<Charge> charge = {}, OptionalText id = {},
              const std::string& finding = "because") {
    store.record_settlement({intent.key, EvidenceSource::usage, finding, {{job(), verdict, id, charge}}}, now());
  }
  [[nodiscard]] JobKey job() const { return intent.jobs[0]; }
  Intent intent;
};

TEST_CASE("a job that arrived is outstanding, with its charge") {
  Lost night;
  night.settle(Verdict::adopted, Charge{3, "usage"}, "content-fit:a1");
  CHECK(column(night, night.job(), "status") == "queued");
  CHECK(column(night, night.job(), "external_id") == "content-fit:a1");
  CHECK(column(night, night.job(), "error_code") == "NULL");
  CHECK(column(night, night.job(), "finished_at") == "NULL");
  CHECK(ledger_of(night, night.job()) == Entries{"reserve 3 price_table", "charge 3 usage"});
  REQUIRE(night.store.outstanding_jobs().size() == 1);
  CHECK(night.store.result_ids(std::array{night.job()}) == std::vector<std::string>{"content-fit:a1"});
  night.check_ledger();
}

TEST_CASE("a job that arrived may have cost less, nothing or more than was reserved") {
  for (const Credits credits : {0, 2, 7}) {
    CAPTURE(credits);
    Lost night;
    night.settle(Verdict::adopted, Charge{credits, "usage"}, "content-fit:a1");
    CHECK(night.store.ledger_totals().open() == 0);
    CHECK(column(night, night.job(), "credits_charged") == std::to_string(credits));
    night.check_ledger();
  }
}

TEST_CASE("a job that never arrived is canceled, and its reservation comes back") {
  Lost night;
  night.settle(Verdict::released);
  CHECK(column(night, night.job(), "status") == "canceled");
  CHECK(column(night, night.job(), "error_code") == "NOT_ARRIVED");
  CHECK(column(night, night.job(), "error_message") == "because");
  CHECK(column(night, night.job(), "finished_at") != "NULL");
  CHECK(ledger_of(night, night.job()) == Entries{"reserve 3 price_table", "release 3 not_arrived"});
  CHECK(night.store.ledger_totals().open() == 0);
  // What never arrived is no part of what the stage was estimated at.
  CHECK(night.value("SELECT credits_estimated FROM stage_rows WHERE stage = 'content_match'") == "0");
  night.check_ledger();
}

TEST_CASE("a job that was charged and lost has failed, and is not bought again soon") {
  Lost night;
  const auto sent_at = night.store.lost_requests()[0].sent_at;
  night.settle(Verdict::lost, Charge{3, "usage"});
  CHECK(column(night, night.job(), "status") == "failed");
  CHECK(column(night, night.job(), "error_code") == "RESULT_LOST");
  CHECK(column(night, night.job(), "finished_at") != "NULL");
  CHECK(ledger_of(night, night.job()) == Entries{"reserve 3 price_table", "charge 3 usage"});
  const auto other_run = night.begin_run("run-2");
  const std::vector creators{night.creator("c1")};
  const auto states = night.store.work_states(
      StageName::content_match, night.criteria(StageName::content_match, kTopics), other_run.key, creators);
  CHECK(states.at(0).lost_at == sent_at);
  CHECK_FALSE(states.at(0).ambiguous);
  CHECK_FALSE(states.at(0).failed_in_run);
  night.check_ledger();
}

TEST_CASE("a job that nobody can decide stays as it is, with the evidence") {
  Lost night;
  night.settle(Verdict::held, {}, {}, "others use this account");
  CHECK(column(night, night.job(), "status") == "ambiguous");
  CHECK(column(night, night.job(), "error_code") == "TIMEOUT");
  CHECK(column(night, night.job(), "evidence") == "others use this account");
  CHECK(night.store.ledger_totals().open() == 3);
  CHECK(night.store.lost_requests().size() == 1);
}

TEST_CASE("the same finding is written once, another one again") {
  Lost night;
  CHECK(evidence_count(night) == 1);
  CHECK(night.value("SELECT source || ' ' || finding FROM job_evidence") == "request TIMEOUT: no answer");
  for (int i = 0; i < 3; ++i) night.settle(Verdict::held, {}, {}, "nothing to compare");
  CHECK(evidence_count(night) == 2);
  night.settle(Verdict::held, {}, {}, "others use this account");
  CHECK(evidence_count(night) == 3);
  night.settle(Verdict::held, {}, {}, "nothing to compare");
  CHECK(evidence_count(night) == 4);
  CHECK(night.value("SELECT group_concat(coalesce(decision, '-')) FROM job_evidence") == "-,held,held,held");
}

TEST_CASE("what is settled is settled: a second decision changes nothing") {
  for (const auto first : {Verdict::adopted, Verdict::released, Verdict::lost}) {
    for (const auto second : {Verdict::adopted, Verdict::released, Verdict::lost, Verdict::held}) {
      CAPTURE(to_string(first));
      CAPTURE(to_string(second));
      Lost night;
      const auto charge_of = [](Verdict verdict, Credits credits) {
        const bool charges = verdict == Verdict::adopted || verdict == Verdict::lost;
        return charges ? std::optional(Charge{credits, "usage"}) : std::nullopt;
      };
      night.settle(first, charge_of(first, 3), "content-fit:a1", "first");
      const auto ledger = ledger_of(night, night.job());
      const auto status = column(night, night.job(), "status");
      const auto evidence = evidence_count(night);
      night.settle(second, charge_of(second, 7), "content-fit:b2", "second");
      CHECK(column(night, night.job(), "status") == status);
      CHECK(column(night, night.job(), "external_id") != "content-fit:b2");
      CHECK(ledger_of(night, night.job()) == ledger);
      CHECK(evidence_count(night) == evidence);
      night.check_ledger();
    }
  }
}

TEST_CASE("a crash is noted as the first evidence of what it left in doubt, once for each request") {
  Night night;
  const auto intent = night.send(StageName::content_match, night.find_creators(2), 3, kTopics);
  night.store.recover_intents(night.now());
  night.store.recover_intents(night.now());
  CHECK(night.count("SELECT count(*) FROM evidence_rows") == 1);
  CHECK(evidence_count(night) == 2);
  CHECK(column(night, intent.jobs[1], "evidence").find("before the answer arrived") != std::string::npos);
}

}  // namespace
}  // namespace toksync::store
