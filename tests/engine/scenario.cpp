// Making, describing and simplifying scenarios; playing them is in scenario_play.cpp.
#include "scenario.hpp"

#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toksync::engine::test {
namespace {

using Kind = Fault::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] bool chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }
  [[nodiscard]] int between(int least, int most) { return std::uniform_int_distribution(least, most)(engine_); }
  template <typename Value>
  [[nodiscard]] Value one_of(std::initializer_list<Value> values) {
    return *(values.begin() + between(0, static_cast<int>(values.size()) - 1));
  }
  template <typename Duration>
  [[nodiscard]] Milliseconds duration(Duration least, Duration most) {
    return Milliseconds{
        std::uniform_int_distribution<std::int64_t>(Milliseconds{least}.count(), Milliseconds{most}.count())(engine_)};
  }

 private:
  std::mt19937_64 engine_;
};

// --- the pipeline ---

RefreshAfter refresh(Dice& dice) {
  return dice.one_of<RefreshAfter>({Seconds{0}, Seconds{600}, days{7}, days{30}, std::nullopt});
}

Select select(Dice& dice) {
  Select select;
  if (dice.chance(0.4)) select.top = dice.between(1, 6);
  if (dice.chance(0.2)) select.bounds[Measure::followers].minimum = 1000 * dice.between(1, 6);
  if (dice.chance(0.2)) select.order_by = dice.one_of({OrderBy::followers, OrderBy::score, OrderBy::engagement_rate});
  return select;
}

KeywordSet keyword_set(Dice& dice, const std::string& name) {
  std::set<StageName> stages{StageName::search};
  for (const auto stage : kAllStages) {
    if (dice.chance(0.6)) stages.insert(stage);
  }
  auto set = set_with(name, stages);
  // Another set's keywords: the same analyses.
  if (dice.chance(0.2)) set.keywords.front() = "a";
  set.search->max_creators = dice.between(1, 15);
  set.search->refresh_after = dice.chance(0.7) ? Seconds{0} : refresh(dice);
  if (dice.chance(0.4)) {
    set.search->kind = SearchKind::database;
    set.search->query = set.keywords.front();
  }
  if (set.enrich) set.enrich = EnrichConfig{refresh(dice), dice.chance(0.7), dice.between(1, 6), select(dice)};
  if (set.content_match) {
    const auto posts = dice.one_of({10, 20});
    set.content_match = {posts, refresh(dice), dice.between(0, 2), dice.between(1, 6), select(dice)};
  }
  if (set.audience_match) {
    set.audience_match = {AnalysisDepth::quick_scan, refresh(dice), dice.between(0, 2), dice.between(1, 6),
                          select(dice)};
    if (dice.chance(0.3)) set.audience_match->select.bounds[Measure::content_score].minimum = 45;
  }
  if (set.thought_leaders) {
    if (dice.chance(0.5)) set.thought_leaders->modes = {"broad", "strict"};
    set.thought_leaders->max_candidates_to_analyze = dice.between(1, 20);
    set.thought_leaders->refresh_after = refresh(dice);
  }
  return set;
}

pipeline::Pipeline random_pipeline(Dice& dice) {
  std::vector<KeywordSet> sets;
  const int count = dice.between(1, 3);
  for (int i = 0; i < count; ++i) sets.push_back(keyword_set(dice, std::string(1, static_cast<char>('a' + i))));
  auto pipeline = pipeline_of(std::move(sets));
  pipeline.source.max_in_flight = dice.between(1, 8);
  auto& budget = pipeline.budget;
  if (dice.chance(0.3)) budget.max_credits_per_run = dice.between(1, 250);
  if (dice.chance(0.2)) budget.max_credits_per_month = dice.between(1, 300);
  if (dice.chance(0.3)) budget.keep_credits = dice.between(0, 60);
  if (dice.chance(0.4)) budget.on_shortfall = pipeline::OnShortfall::fit;
  return pipeline;
}

// --- the world ---

std::set<int> some_creators(Dice& dice, double probability, int first = 1) {
  std::set<int> creators;
  for (int i = first; i <= 12; ++i) {
    if (dice.chance(probability)) creators.insert(i);
  }
  return creators;
}

void shape_jobs(Dice& dice, FakeToksta& world) {
  world.job_time = dice.duration(Seconds{1}, Seconds{300});
  world.job_time_spread = dice.duration(Seconds{0}, Seconds{120});
  if (dice.chance(0.2)) world.without_profile = some_creators(dice, 0.2);
  if (dice.chance(0.2)) world.failing = some_creators(dice, 0.2, 0);
  if (dice.chance(0.05)) world.never_ending = some_creators(dice, 0.1, 0);
  if (dice.chance(0.05)) world.unknown_jobs = some_creators(dice, 0.1, 0);
  if (dice.chance(0.05)) world.expired_jobs = some_creators(dice, 0.1);
  if (dice.chance(0.5)) world.analyzed = dice.between(0, 20);
  if (dice.chance(0.2)) world.most_ids = dice.between(1, 3);
  if (dice.chance(0.2)) world.most_read_ids = dice.between(1, 3);
  world.most_ids_is_told = dice.chance(0.5);
  if (dice.chance(0.3)) world.enriched_for = minutes{5};
  world.pending_is_told = dice.chance(0.8);
  world.criteria_are_told = dice.chance(0.3);
}

void shape_account(Dice& dice, FakeToksta& world) {
  if (dice.chance(0.5)) world.balance = dice.between(0, 400);
  world.balance_counts_reservations = dice.chance(0.6);
  // An API that denies what it charged for, or calls it expired at once, and does not tell its charges either, leaves
  // nothing to find out by.
  if (dice.chance(0.1)) world.usage_is_allowed = !world.unknown_jobs.empty() || !world.expired_jobs.empty();
  // An answer without either would be none.
  world.operations_are_told = dice.chance(0.9);
  world.total_is_told = !world.operations_are_told || dice.chance(0.9);
  // Together with a late start within settle_after.
  if (dice.chance(0.2)) world.usage_lag = dice.duration(Seconds{1}, Seconds{70});
  if (dice.chance(0.2)) world.charges_are_told = false;
  if (!dice.chance(0.15)) return;
  const auto* const operation =
      // Not thought_leaders: nothing tells their price, and two jobs at a wrong one can look like a single one.
      dice.one_of({"profile_enrichment", "content_match", "audience_match", "creator_search"});
  world.price_factors[operation] = dice.one_of({0.5, 2.0});
}

FakeToksta random_world(Dice& dice) {
  FakeToksta world;
  for (const auto* const name : {"a", "b", "c"}) {
    const int first = dice.between(1, 5);
    world.found_by[name] = numbers(first, first + dice.between(-1, 7));
  }
  if (dice.chance(0.4)) world.largest_page = dice.between(1, 5);
  world.latency = dice.duration(Milliseconds{10}, Milliseconds{400});
  world.latency_spread = dice.duration(Milliseconds{0}, Milliseconds{3000});
  world.requests_per_minute = dice.one_of({6, 20, 60, 1000});
  world.limits_are_told = dice.chance(0.8);
  if (dice.chance(0.25)) world.start_delay = dice.duration(Seconds{1}, Seconds{100});
  shape_jobs(dice, world);
  shape_account(dice, world);
  return world;
}

Happening happening(Dice& dice) {
  const auto after = dice.duration(minutes{0}, minutes{60});
  const int credits = dice.between(1, 100);
  if (dice.chance(0.6)) {
    return {fmt::format("a top-up of {} credits", credits), after,
            [credits](FakeToksta& api, WallTime at) { api.top_up(at, credits); }};
  }
  if (dice.chance(0.5)) {
    return {fmt::format("others spend {} credits", credits), after,
            [credits](FakeToksta& api, WallTime at) { api.others_spend(at, "content_match", credits); }};
  }
  const auto id = FakeToksta::creator_id(dice.between(1, 8));
  return {"others enrich " + id, after, [id](FakeToksta& api, WallTime at) {
            api.others_send(at, "/v1/creators/enrich", {{"creator_ids", {id}}});
          }};
}

// --- faults ---

bool is_start(const http::Request& request) { return request.path.starts_with("/v1/creators/"); }
bool is_not_usage(const http::Request& request) { return request.path != "/v1/account/usage"; }

NamedFault answer(Dice& dice) {
  struct Said {
    int status;
    const char* code;
  };
  const auto said = dice.one_of<Said>({{429, "RATE_LIMITED"},
                                       {503, "UNAVAILABLE"},
                                       {500, "INTERNAL_ERROR"},
                                       {400, "VALIDATION_ERROR"},
                                       {401, "UNAUTHORIZED"},
                                       {402, "INSUFFICIENT_CREDITS"},
                                       {403, "FORBIDDEN"},
                                       {404, "NOT_FOUND"}});
  Fault fault{.kind = Kind::answer, .status = said.status, .code = said.code};
  if (said.status == 429) fault.retry_after = dice.between(0, 90);
  return {fmt::format("answers {} {}", said.status, said.code), fault};
}

NamedFault loss(Dice& dice) {
  const auto losing = [](Kind kind, std::string name) { return NamedFault{std::move(name), {.kind = kind}}; };
  switch (dice.between(0, 7)) {
    case 0: return losing(Kind::refuse_connection, "refuses the connection");
    case 1: return losing(Kind::lose_request, "loses the request");
    case 2: return losing(Kind::truncate_after_work, "works, truncates the answer");
    case 3: return losing(Kind::kill_before, "kills the client before the request arrives");
    case 4: return losing(Kind::kill_after, "works, kills the client");
    case 5: return {"works, answers 502 with HTML", {.kind = Kind::answer_after_work, .status = 502, .body = "<p>"}};
    case 6: return {"works, answers after the timeout", {.kind = Kind::slow, .late = minutes{3}}};
    default: return losing(Kind::lose_answer, "works, loses the answer");
  }
}

NamedFault random_fault(Dice& dice) {
  auto named = dice.chance(0.35) ? answer(dice) : loss(dice);
  auto& fault = named.fault;
  const bool start = dice.chance(0.7);
  // An account that hides its usage is another switch.
  fault.strikes = start ? is_start : is_not_usage;
  fault.skip = dice.between(0, start ? 12 : 40);
  fault.times = dice.chance(0.8) ? 1 : dice.between(2, 8);
  if (start && dice.chance(0.3)) fault.landed = dice.between(0, 3);
  named.name +=
      fmt::format(" ({}, {} times from number {}{})", start ? "searches and starts" : "all but usage", fault.times,
                  fault.skip + 1, fault.landed ? fmt::format(", {} creators land", *fault.landed) : "");
  return named;
}

ProcessPlan random_process(Dice& dice) {
  ProcessPlan process;
  process.pause = dice.chance(0.8)   ? dice.duration(Seconds{0}, Seconds{900})
                  : dice.chance(0.5) ? dice.duration(hours{1}, hours{30})
                                     : dice.duration(days{5}, days{40});
  if (dice.chance(0.35)) process.dies_at = static_cast<std::size_t>(dice.between(1, 250));
  if (dice.chance(0.1)) process.max_duration = Seconds{dice.between(1, 200)};
  if (dice.chance(0.1)) process.signal_after = dice.between(1, 60);
  process.new_run = dice.chance(0.1);
  process.changed_pipeline = dice.chance(0.1);
  const int faults = dice.chance(0.5) ? dice.between(0, 4) : 0;
  for (int i = 0; i < faults; ++i) process.faults.push_back(random_fault(dice));
  return process;
}

std::string describe(const ProcessPlan& process) {
  auto text = fmt::format("  after {}", describe_duration(process.pause));
  if (process.new_run) text += ", a new run";
  if (process.changed_pipeline) text += ", a changed pipeline";
  if (process.max_duration) text += fmt::format(", --max-duration {}", format_duration(*process.max_duration));
  if (process.signal_after) text += fmt::format(", SIGTERM after {} rounds", *process.signal_after);
  if (process.dies_at) text += fmt::format(", dies at fault point {}", *process.dies_at);
  for (const auto& fault : process.faults) text += "\n    " + fault.name;
  return text + "\n";
}

std::string stages_of(const KeywordSet& set) {
  std::string text = set.name + "(" + set.keywords.front() + "): search";
  if (set.enrich) text += fmt::format(", enrich by {}", set.enrich->batch_size);
  if (set.content_match) text += fmt::format(", content match by {}", set.content_match->batch_size);
  if (set.audience_match) text += fmt::format(", audience match by {}", set.audience_match->batch_size);
  if (set.thought_leaders) text += fmt::format(", thought leaders {}", fmt::join(set.thought_leaders->modes, "+"));
  return text + "\n";
}

std::string optional_number(std::string_view name, const std::optional<Credits>& value) {
  return value ? fmt::format(" {}={}", name, *value) : "";
}

std::string optional_number(std::string_view name, const std::optional<int>& value) {
  return value ? fmt::format(" {}={}", name, *value) : "";
}

std::string creators(std::string_view name, const std::set<int>& some) {
  return some.empty() ? "" : fmt::format(" {}={}", name, fmt::join(some, ","));
}

std::string describe(const FakeToksta& world) {
  const FakeToksta plain;
  std::string text =
      fmt::format("  world: {} requests a minute, answers in {} to {}, jobs in {} to {};", world.requests_per_minute,
                  describe_duration(world.latency), describe_duration(world.latency + world.latency_spread),
                  describe_duration(world.job_time), describe_duration(world.job_time + world.job_time_spread));
  for (const auto& [name, found] : world.found_by) text += fmt::format(" {} finds {}", name, fmt::join(found, ","));
  text += ";" + optional_number("balance", world.balance) + optional_number("analyzed", world.analyzed) +
          optional_number("most_ids", world.most_ids) + optional_number("most_read_ids", world.most_read_ids);
  text += creators("without_profile", world.without_profile) + creators("failing", world.failing) +
          creators("never_ending", world.never_ending) + creators("unknown", world.unknown_jobs) +
          creators("expired", world.expired_jobs);
  if (world.largest_page != plain.largest_page) text += fmt::format(" largest_page={}", world.largest_page);
  if (world.enriched_for) text += " enriched_for=" + describe_duration(*world.enriched_for);
  if (world.start_delay != plain.start_delay) text += " start_delay=" + describe_duration(world.start_delay);
  if (world.usage_lag != plain.usage_lag) text += " usage_lag=" + describe_duration(world.usage_lag);
  for (const auto& [operation, factor] : world.price_factors) text += fmt::format(" {}x{}", operation, factor);
  if (!world.charges_are_told) text += " charges_are_told=false";
  if (!world.balance_counts_reservations) text += " balance_counts_reservations=false";
  if (!world.pending_is_told) text += " pending_is_told=false";
  if (!world.limits_are_told) text += " limits_are_told=false";
  if (!world.usage_is_allowed) text += " usage_is_allowed=false";
  if (!world.operations_are_told) text += " operations_are_told=false";
  if (!world.total_is_told) text += " total_is_told=false";
  if (world.criteria_are_told) text += " criteria_are_told=true";
  return text + "\n";
}

/// What can be taken away without making another night of it.
using Change = std::function<void(Scenario&)>;

std::vector<Change> changes_of(const Scenario& scenario) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < scenario.processes.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    changes.emplace_back([at](Scenario& s) { s.processes.erase(s.processes.begin() + at); });
    for (std::size_t j = 0; j < scenario.processes[i].faults.size(); ++j) {
      changes.emplace_back([i, j](Scenario& s) {
        auto& faults = s.processes[i].faults;
        faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(j));
      });
    }
    changes.emplace_back([i](Scenario& s) { s.processes[i].dies_at.reset(); });
    changes.emplace_back([i](Scenario& s) { s.processes[i].max_duration.reset(); });
    changes.emplace_back([i](Scenario& s) { s.processes[i].signal_after.reset(); });
    changes.emplace_back([i](Scenario& s) { s.processes[i].new_run = false; });
    changes.emplace_back([i](Scenario& s) { s.processes[i].changed_pipeline = false; });
    changes.emplace_back([i](Scenario& s) { s.processes[i].pause = Milliseconds{0}; });
  }
  for (std::size_t i = 0; i < scenario.happenings.size(); ++i) {
    changes.emplace_back(
        [i](Scenario& s) { s.happenings.erase(s.happenings.begin() + static_cast<std::ptrdiff_t>(i)); });
  }
  for (std::size_t i = 0; i < scenario.pipeline.keyword_sets.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    if (scenario.pipeline.keyword_sets.size() > 1) {
      changes.emplace_back([at](Scenario& s) { s.pipeline.keyword_sets.erase(s.pipeline.keyword_sets.begin() + at); });
    }
    changes.emplace_back([i](Scenario& s) { s.pipeline.keyword_sets[i].enrich.reset(); });
    changes.emplace_back([i](Scenario& s) { s.pipeline.keyword_sets[i].content_match.reset(); });
    changes.emplace_back([i](Scenario& s) { s.pipeline.keyword_sets[i].audience_match.reset(); });
    changes.emplace_back([i](Scenario& s) { s.pipeline.keyword_sets[i].thought_leaders.reset(); });
  }
  return changes;
}

std::vector<Change> changes_of_world() {
  const FakeToksta plain;
  return {[=](Scenario& s) { s.world.start_delay = plain.start_delay; },
          [=](Scenario& s) { s.world.usage_lag = plain.usage_lag; },
          [=](Scenario& s) { s.world.latency_spread = plain.latency_spread; },
          [=](Scenario& s) { s.world.job_time_spread = plain.job_time_spread; },
          [=](Scenario& s) { s.world.price_factors.clear(); },
          [=](Scenario& s) { s.world.balance.reset(); },
          [=](Scenario& s) { s.world.balance_counts_reservations = plain.balance_counts_reservations; },
          [=](Scenario& s) { s.world.analyzed.reset(); },
          [=](Scenario& s) { s.world.most_ids.reset(); },
          [=](Scenario& s) { s.world.most_read_ids.reset(); },
          [=](Scenario& s) { s.world.enriched_for.reset(); },
          [=](Scenario& s) { s.world.without_profile.clear(); },
          [=](Scenario& s) { s.world.failing.clear(); },
          [=](Scenario& s) { s.world.never_ending.clear(); },
          [=](Scenario& s) { s.world.unknown_jobs.clear(); },
          [=](Scenario& s) { s.world.expired_jobs.clear(); },
          [=](Scenario& s) { s.world.requests_per_minute = plain.requests_per_minute; },
          [=](Scenario& s) { s.world.largest_page = plain.largest_page; },
          [=](Scenario& s) { s.world.usage_is_allowed = s.world.operations_are_told = s.world.total_is_told = true; },
          [=](Scenario& s) { s.world.limits_are_told = true; },
          [=](Scenario& s) { s.world.criteria_are_told = false; },
          [=](Scenario& s) { s.world.charges_are_told = true; },
          [=](Scenario& s) { s.world.pending_is_told = true; },
          [=](Scenario& s) { s.pipeline.budget = {}; },
          [=](Scenario& s) { s.pipeline.budget.max_credits_per_run.reset(); },
          [=](Scenario& s) { s.pipeline.budget.max_credits_per_month.reset(); },
          [=](Scenario& s) { s.pipeline.budget.on_shortfall = pipeline::OnShortfall::stop; },
          [=](Scenario& s) { s.pipeline.source.max_in_flight = 1; },
          [=](Scenario& s) { s.starts_after = Milliseconds{0}; }};
}

}  // namespace

Scenario scenario_of(std::uint64_t seed) {
  Dice dice(seed);
  Scenario scenario{.seed = seed, .pipeline = random_pipeline(dice), .world = random_world(dice)};
  if (dice.chance(0.2)) {
    // Little more in the account than is to stay there.
    scenario.pipeline.budget.keep_credits = 20;
    scenario.pipeline.budget.on_shortfall = pipeline::OnShortfall::fit;
    scenario.world.balance = 20 + dice.between(0, 60);
  }
  // Most nights of these begin minutes before the month ends.
  if (dice.chance(0.3)) scenario.starts_after = days{30} - dice.duration(Seconds{0}, Seconds{900});
  const int happenings = dice.chance(0.3) ? dice.between(1, 3) : 0;
  for (int i = 0; i < happenings; ++i) scenario.happenings.push_back(happening(dice));
  const int processes = dice.between(0, 4);
  for (int i = 0; i < processes; ++i) scenario.processes.push_back(random_process(dice));
  return scenario;
}

std::vector<Scenario> simpler(const Scenario& scenario) {
  auto changes = changes_of(scenario);
  for (auto& change : changes_of_world()) changes.push_back(std::move(change));
  std::vector<Scenario> all;
  for (const auto& change : changes) change(all.emplace_back(scenario));
  return all;
}

std::string describe(const Scenario& scenario) {
  std::string text = fmt::format("night {}, begun after {}\n", scenario.seed, describe_duration(scenario.starts_after));
  for (const auto& set : scenario.pipeline.keyword_sets) text += "  " + stages_of(set);
  const auto& budget = scenario.pipeline.budget;
  text += "  limits:" + optional_number("run", budget.max_credits_per_run) +
          optional_number("month", budget.max_credits_per_month) + optional_number("keep", budget.keep_credits) +
          (budget.on_shortfall == pipeline::OnShortfall::fit ? " fit" : "") +
          fmt::format(" in_flight={}\n", scenario.pipeline.source.max_in_flight);
  text += describe(scenario.world);
  for (const auto& happening : scenario.happenings) {
    text += fmt::format("  after {}: {}\n", describe_duration(happening.after), happening.name);
  }
  for (const auto& process : scenario.processes) text += describe(process);
  return text;
}

}  // namespace toksync::engine::test
