#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "engine/budget.hpp"

namespace toksync::engine {
namespace {

pipeline::BudgetConfig limits(std::optional<Credits> run, std::optional<Credits> month,
                              std::optional<Credits> keep = std::nullopt) {
  pipeline::BudgetConfig config;
  config.max_credits_per_run = run;
  config.max_credits_per_month = month;
  config.keep_credits = keep;
  return config;
}

void check_available(const Budget& budget, Credits credits, Limit limit) {
  CHECK(budget.available().credits == credits);
  CHECK(budget.available().limit == limit);
}

TEST_CASE("without any limit everything is allowed") {
  const Budget budget(limits({}, {}), 0, 0);
  check_available(budget, std::numeric_limits<Credits>::max(), Limit::none);
  CHECK_FALSE(budget.balance().has_value());
}

TEST_CASE("each limit holds alone, less what was spent before") {
  check_available(Budget(limits(100, {}), 30, 500), 70, Limit::run);
  check_available(Budget(limits({}, 1000), 30, 500), 500, Limit::month);
  Budget account(limits({}, {}, 50), 0, 0);
  account.observe_balance(80, 0);
  check_available(account, 30, Limit::keep_credits);
  Budget empty(limits({}, {}), 0, 0);
  empty.observe_balance(80, 0);
  check_available(empty, 80, Limit::account);
}

TEST_CASE("an account covers what it holds, whatever we mean to keep in it") {
  Budget budget(limits({}, {}, 50), 0, 0);
  CHECK(budget.account_covers(1'000'000));
  budget.observe_balance(80, 10);
  CHECK(budget.account_covers(70));
  CHECK_FALSE(budget.account_covers(71));
  budget.set_aside(30);
  CHECK(budget.account_covers(40));
  CHECK_FALSE(budget.account_covers(41));
}

TEST_CASE("the tightest limit is the one that is named") {
  Budget budget(limits(100, 1000, 10), 0, 950);
  check_available(budget, 50, Limit::month);
  budget.observe_balance(40, 0);
  check_available(budget, 30, Limit::keep_credits);
  check_available(Budget(limits(20, 1000), 0, 950), 20, Limit::run);
}

TEST_CASE("what is spent beyond a limit leaves nothing, never less") {
  check_available(Budget(limits(100, {}), 130, 130), 0, Limit::run);
  Budget account(limits({}, {}, 500), 0, 0);
  account.observe_balance(20, 0);
  check_available(account, 0, Limit::keep_credits);
}

TEST_CASE("a balance that the API no longer reports no longer limits") {
  Budget budget(limits({}, {}), 0, 0);
  budget.observe_balance(5, 0);
  CHECK(budget.balance() == 5);
  budget.observe_balance(std::nullopt, 0);
  check_available(budget, std::numeric_limits<Credits>::max(), Limit::none);
}

TEST_CASE("what is on its way is taken off the balance, which may not know of it") {
  Budget budget(limits({}, {}), 0, 0);
  budget.observe_balance(100, 30);
  check_available(budget, 70, Limit::account);
}

TEST_CASE("a balance above what our purchases should have left changes nothing, one below does") {
  Budget budget(limits({}, {}), 0, 0);
  budget.observe_balance(100, 0);
  budget.set_aside(30);
  budget.reserve(30);
  budget.settle(30, 30);
  budget.observe_balance(100, 0);  // it does not know of the charge yet
  check_available(budget, 70, Limit::account);
  budget.observe_balance(40, 0);  // somebody else spends, too
  check_available(budget, 40, Limit::account);
  budget.observe_balance(65, 0);
  check_available(budget, 65, Limit::account);
}

TEST_CASE("an admitted step keeps its credits aside until it reserves them") {
  Budget budget(limits(100, {}), 0, 0);
  budget.set_aside(60);
  check_available(budget, 40, Limit::run);
  budget.reserve(50);
  check_available(budget, 40, Limit::run);
  CHECK(budget.spent_in_run() == 50);
  budget.give_back(10);
  check_available(budget, 50, Limit::run);
}

TEST_CASE("a settlement at another price moves every limit by the difference") {
  Budget budget(limits(100, 200, 0), 0, 0);
  budget.observe_balance(300, 0);
  budget.set_aside(60);
  budget.reserve(60);
  CHECK(budget.balance() == 240);
  budget.settle(60, 15);
  CHECK(budget.spent_in_run() == 15);
  CHECK(budget.balance() == 285);
  check_available(budget, 85, Limit::run);
  budget.set_aside(10);
  budget.reserve(10);
  budget.settle(10, 25);
  CHECK(budget.spent_in_run() == 40);
  CHECK(budget.balance() == 260);
}

TEST_CASE("what an earlier run bought counts for the month and the account, not for this run") {
  Budget budget(limits(100, 200), 10, 110);
  budget.observe_balance(500, 0);
  budget.settle_for_other_run(80, 20);
  CHECK(budget.spent_in_run() == 10);
  CHECK(budget.balance() == 560);
  check_available(budget, 90, Limit::run);
  Budget month(limits({}, 200), 10, 190);
  month.settle_for_other_run(80, 20);
  check_available(month, 70, Limit::month);
}

TEST_CASE("limits have names") {
  CHECK(to_string(Limit::run) == "max_credits_per_run");
  CHECK(to_string(Limit::month) == "max_credits_per_month");
  CHECK(to_string(Limit::account) == "the account's balance");
  CHECK(to_string(Limit::keep_credits) == "keep_credits");
  CHECK(to_string(Limit::none) == "no limit");
}

TEST_CASE("no interleaving of steps that ask first passes a limit") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto up_to = [&](Credits most) { return std::uniform_int_distribution<Credits>(0, most)(random); };
    const Credits run_limit = 50 + up_to(400);
    const Credits month_limit = 50 + up_to(600);
    const Credits keep = up_to(50);
    Credits truth = 100 + up_to(800);
    const Credits spent_before = up_to(40);
    Budget budget(limits(run_limit, month_limit, keep), 0, spent_before);
    budget.observe_balance(truth, 0);
    Credits aside = 0;
    std::vector<Credits> reserved;
    Credits spent = 0;
    for (int step = 0; step < 300; ++step) {
      const auto allowance = budget.available();
      REQUIRE(allowance.credits >= 0);
      const auto dice = up_to(3);
      if (dice == 0) {
        const auto wanted = up_to(40);
        if (wanted <= allowance.credits) {
          budget.set_aside(wanted);
          aside += wanted;
        }
      } else if (dice == 1 && aside > 0) {
        const auto part = up_to(aside);
        budget.reserve(part);
        reserved.push_back(part);
        aside -= part;
      } else if (dice == 2 && !reserved.empty()) {
        // Never dearer than the price table said.
        const auto charged = up_to(reserved.back());
        budget.settle(reserved.back(), charged);
        reserved.pop_back();
        spent += charged;
        truth -= charged;
      } else if (dice == 3) {
        Credits open = 0;
        for (const auto credits : reserved) open += credits;
        budget.observe_balance(truth, open);
      }
      REQUIRE(spent <= run_limit);
      REQUIRE(spent_before + spent <= std::max(month_limit, spent_before));
      REQUIRE(truth >= keep);
    }
  }
}

}  // namespace
}  // namespace toksync::engine
