// toksync credits after real runs: sums, budgets, and what the account says when it is asked.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

using nlohmann::json;

struct CreditScene : Scene {
  CreditScene() : Scene(quick({"--credits", "5000"}), matching_pipeline()) { REQUIRE(run({"--quiet"}).exit_code <= 3); }
  [[nodiscard]] ProcessResult credits(Texts flags, const Variables& variables = {}) const {
    flags.insert(flags.begin(), "credits");
    return toksync::test::run_process(TOKSYNC_BINARY, options(std::move(flags), variables));
  }
  [[nodiscard]] json document(Texts flags, const Variables& variables = {}) const {
    flags.emplace_back("--json");
    return json::parse(credits(std::move(flags), variables).out);
  }
};

std::int64_t sum_of(const json& rows, const char* column) {
  std::int64_t sum = 0;
  for (const auto& row : rows) sum += row[column].get<std::int64_t>();
  return sum;
}

}  // namespace

TEST_CASE_FIXTURE(CreditScene, "every grouping adds up to the bill") {
  const auto billed = sandbox.bill()["credits_charged"].get<std::int64_t>();
  REQUIRE(billed > 0);
  for (const Texts& flags : {Texts{}, {"--by", "day"}, {"--by", "pipeline"}, {"--by", "stage"}, {"--by", "run"}}) {
    const auto spent = document(flags);
    CHECK(sum_of(spent["rows"], "charged") == billed);
    CHECK(spent["total"]["charged"] == billed);
    CHECK(sum_of(spent["rows"], "reserved") == billed + sum_of(spent["rows"], "released"));
    CHECK(spent["month"]["spent"] == billed);
    CHECK(spent["open"] == 0);
  }
  CHECK(document({"--by", "stage"})["rows"].size() == 3);
  CHECK(document({"--by", "pipeline"})["rows"][0]["pipeline"] == "small");
  const auto text = credits({"--by", "stage"}).out;
  CHECK(contains_text(text, "stage          charged  reserved  released\nsearch "));
  CHECK(contains_text(text, "\ntotal "));
  CHECK(contains_text(text, "Month:    " + std::to_string(billed) + " spent in "));
  CHECK(contains_text(credits({"--since", "9999-01-01"}).out, "has moved no credits since 9999-01-01"));
  CHECK(document({"--since", "9999-01-01"})["rows"].empty());
}

TEST_CASE_FIXTURE(CreditScene, "offline, what the last run heard of the account is shown") {
  const auto before = sandbox.requests().size();
  const auto account = document({})["account"];
  CHECK(account["asked_now"] == false);
  CHECK(account["balance"] == 5000 - sandbox.credits_charged());
  CHECK(contains_text(credits({}).out, "as run "));
  const Variables no_key{{"TOKSTA_API_KEY", ""}};
  const auto without_key = credits({"pipeline.toml"}, no_key);
  CHECK(without_key.exit_code == 0);
  CHECK(contains_text(without_key.out, "not asked now: the variable TOKSTA_API_KEY is empty"));
  CHECK(sandbox.requests().size() == before);
}

TEST_CASE_FIXTURE(CreditScene, "with a pipeline or --online the account is asked, once and for free") {
  const auto charged = sandbox.credits_charged();
  sandbox.post("/v1/creators/search", {{"query", "somebody else's search"}, {"platform", "linkedin"}});
  const auto left = 5000 - sandbox.credits_charged();
  REQUIRE(left < 5000 - charged);
  const auto before = sandbox.request_count("GET", "/v1/account/usage");
  const auto asked = document({"pipeline.toml", "--base-url", sandbox.base_url()});
  CHECK(sandbox.request_count("GET", "/v1/account/usage") == before + 1);
  CHECK(asked["account"]["asked_now"] == true);
  CHECK(asked["account"]["balance"] == left);
  CHECK(asked["budgets"]["max_credits_per_run"]["limit"] == 1000);
  CHECK(asked["budgets"]["max_credits_per_month"].is_null());
  CHECK(document({"--online", "--base-url", sandbox.base_url()})["account"]["balance"] == left);
  CHECK(contains_text(credits({"--online", "--base-url", sandbox.base_url()}).out,
                      "Account:  " + std::to_string(left) + " credits left"));
  CHECK(sandbox.credits_charged() == 5000 - left);
}

TEST_CASE_FIXTURE(CreditScene, "budgets are compared with what was spent") {
  write_pipeline(replaced(matching_pipeline(), "max_credits_per_run = 1000",
                          "max_credits_per_run = 1000\nmax_credits_per_month = 2000\nkeep_credits = 50"));
  const auto spent = sandbox.credits_charged();
  const auto budgets = document({"pipeline.toml", "--base-url", sandbox.base_url()})["budgets"];
  CHECK(budgets["max_credits_per_run"] == json{{"limit", 1000}, {"left", 1000}});
  CHECK(budgets["max_credits_per_month"] == json{{"limit", 2000}, {"left", 2000 - spent}});
  CHECK(budgets["keep_credits"] == json{{"limit", 50}, {"left", 4950 - spent}});
  // A run that is not finished has a part of its budget left.
  write_pipeline(
      replaced(replaced(matching_pipeline(), "top = 8", "top = 12"), "posts_to_analyze = 10", "posts_to_analyze = 20"));
  REQUIRE(run({"--quiet", "--max-credits", "6", "--new"}).exit_code == 8);
  const auto unfinished = document({"pipeline.toml", "--base-url", sandbox.base_url()})["budgets"];
  CHECK(unfinished["unfinished_run"].is_string());
  CHECK(unfinished["max_credits_per_run"]["left"] < 1000);
  CHECK(contains_text(credits({"pipeline.toml", "--base-url", sandbox.base_url()}).out, "which is not finished"));
}

TEST_CASE_FIXTURE(CreditScene, "an account that cannot be asked is an error, after everything else is shown") {
  const auto unreachable = credits({"--online", "--base-url", "http://127.0.0.1:1", "--json"});
  CHECK(unreachable.exit_code == 5);
  CHECK(contains_text(unreachable.err, "CONNECT_FAILED"));
  const auto told = json::parse(unreachable.out);
  CHECK(told["account_error"]["kind"] == "unreachable");
  CHECK(told["account"]["asked_now"] == false);
  CHECK(told["total"]["charged"] == sandbox.credits_charged());
  const auto refused =
      credits({"--online", "--base-url", sandbox.base_url()}, {{"TOKSTA_API_KEY", "tk_test_" + std::string(48, '1')}});
  CHECK(refused.exit_code == 4);
  CHECK(contains_text(refused.out, "\ntotal "));
  CHECK(contains_text(refused.err, "check the key"));
  CHECK_FALSE(contains_text(refused.err + refused.out, std::string(48, '1')));
  CHECK(credits({"--online"}, {{"TOKSTA_API_KEY", ""}}).exit_code == 4);
}

TEST_CASE_FIXTURE(CreditScene, "bad input to credits is told before anything is asked") {
  CHECK(contains_text(credits({"--by", "pipline"}).err, "did you mean pipeline?"));
  CHECK(contains_text(credits({"--since", "yesterday"}).err, "no duration, such as 30d, and no day"));
  CHECK(contains_text(credits({"--since", "2026-13-01"}).err, "no day"));
  CHECK(credits({"none.toml"}).exit_code == 2);
  write_pipeline("version = 2");
  CHECK(credits({"pipeline.toml"}).exit_code == 2);
}

}  // namespace toksync::cli::test
