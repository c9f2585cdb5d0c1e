#include <doctest/doctest.h>

#include "night.hpp"
#include "store/spending.hpp"

namespace toksync::store {

namespace {

/// Two days, two pipelines: 3 + 3 credits for content, 1 of 2 for profiles, 10 reserved and open.
struct TwoNights : Night {
  std::vector<CreatorKey> creators = find_creators(2);
  TwoNights() {
    match(creators[0], "a1");
    clock.advance(std::chrono::days{1});
    run = begin_run("run-2", "weekly");
    match(creators[1], "a2");
    const auto enrich = send(StageName::enrich, creators, 1);
    accept(enrich);
    poll({.job = enrich.jobs[0], .status = JobStatus::succeeded, .charge = Charge{1, "body"}});
    poll({.job = enrich.jobs[1], .status = JobStatus::failed, .charge = Charge{0, "body"}});
    send(StageName::audience_match, {creators[0]}, 10);
  }
  void match(CreatorKey creator, const std::string& analysis) {
    const auto intent = send(StageName::content_match, {creator}, 3);
    accept(intent, Charge{3, "price_table"}, "content-fit:");
    poll(intent.jobs[0], content_match(analysis, 80));
  }
  /// "day pipeline stage run: charged reserved released", a line each.
  std::string spent(SpendBy by, std::string_view since = "2000-01-01") {
    std::string text;
    for (const auto& row : spending(store, by, since)) {
      for (const auto& name : {row.day, row.pipeline, row.stage, row.run_id}) text += name ? *name + " " : "";
      text +=
          std::to_string(row.charged) + "/" + std::to_string(row.reserved) + "/" + std::to_string(row.released) + "\n";
    }
    return text;
  }
};

}  // namespace

TEST_CASE_FIXTURE(TwoNights, "credits are summed by what is asked") {
  CHECK(spent(SpendBy::everything) ==
        "2026-06-01 nightly search 1/1/0\n2026-06-01 nightly content_match 3/3/0\n2026-06-02 weekly enrich 1/2/1\n"
        "2026-06-02 weekly content_match 3/3/0\n2026-06-02 weekly audience_match 0/10/0\n");
  CHECK(spent(SpendBy::day) == "2026-06-01 4/4/0\n2026-06-02 4/15/1\n");
  CHECK(spent(SpendBy::pipeline) == "nightly 4/4/0\nweekly 4/15/1\n");
  CHECK(spent(SpendBy::stage) == "search 1/1/0\nenrich 1/2/1\ncontent_match 6/6/0\naudience_match 0/10/0\n");
  CHECK(spent(SpendBy::run) == "nightly run-1 4/4/0\nweekly run-2 4/15/1\n");
}

TEST_CASE_FIXTURE(TwoNights, "credits are summed from a day on, that day included") {
  CHECK(spent(SpendBy::pipeline, "2026-06-02") == "weekly 4/15/1\n");
  CHECK(spent(SpendBy::pipeline, "2026-06-03").empty());
}

TEST_CASE_FIXTURE(TwoNights, "what is open is what is reserved and not settled") {
  CHECK(open_credits(store) == 10);
  CHECK(open_credits(store) + 8 == store.spent_in_month("2026-06"));
}

TEST_CASE_FIXTURE(TwoNights, "the newest reading of the account counts") {
  CHECK_FALSE(last_usage_reading(store).has_value());
  store.record_usage(run.key, {.period = "2026-06", .total_credits_charged = 7, .balance = 93}, answer());
  store.record_usage(run.key, {.period = "2026-06", .charges_are_told = false}, answer());
  auto reading = last_usage_reading(store).value();
  CHECK(reading.run_id == "run-2");
  CHECK_FALSE(reading.charged.has_value());
  CHECK_FALSE(reading.balance.has_value());
  store.record_usage(run.key, {.period = "2026-06", .total_credits_charged = 8, .balance = 92}, answer());
  reading = last_usage_reading(store).value();
  CHECK(reading.period == "2026-06");
  CHECK(reading.charged == 8);
  CHECK(reading.balance == 92);
}

}  // namespace toksync::store
