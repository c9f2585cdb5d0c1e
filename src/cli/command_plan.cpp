// toksync plan: what a run would do and cost. Reads the pipeline and the database; sends nothing.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/mirror_plan.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/table.hpp"
#include "plan/estimate.hpp"
#include "store/reports.hpp"

namespace toksync::cli {
namespace {

// Keys without an entitlement of their own get this (contracts/toksta.md, "Calling it").
constexpr int kUsualRequestsPerMinute = 60;

using plan::Estimate;

/// Warnings about what may not be bought in full.
std::vector<std::string> warnings(World& world, const pipeline::Pipeline& pipeline, store::Store& store,
                                  const Estimate& estimate) {
  std::vector<std::string> texts;
  const auto& budget = pipeline.budget;
  const auto warn = [&](std::string_view name, const std::optional<Credits>& limit, Credits spent) {
    if (!limit || spent + estimate.credits_at_most <= *limit) return;
    const auto what = budget.on_shortfall == pipeline::OnShortfall::fit ? "takes fewer creators" : "stops there";
    texts.push_back(fmt::format("{} is {}, {} of it spent: a run that needs more {}", name, *limit, spent, what));
  };
  const auto resumed = estimate.resumes ? store::find_run(store, *estimate.resumes) : std::nullopt;
  warn("max_credits_per_run", budget.max_credits_per_run, resumed ? store.spent_in_run(resumed->key) : 0);
  warn("max_credits_per_month", budget.max_credits_per_month, store.spent_in_month(month_of(world.clock.wall())));
  return texts;
}

std::string stage_table(const Estimate& estimate, const Terminal& terminal) {
  Table table({{"keyword set"},
               {"stage"},
               {"units", Align::right},
               {"done", Align::right},
               {"fresh", Align::right},
               {"paid for", Align::right},
               {"held", Align::right},
               {"price", Align::right},
               {"expected", Align::right},
               {"at most", Align::right},
               {"requests", Align::right}});
  for (const auto& line : estimate.stages) {
    table.add({line.keyword_set, std::string{to_string(line.stage)}, std::to_string(line.units),
               std::to_string(line.done), std::to_string(line.fresh), std::to_string(line.outstanding),
               std::to_string(line.held), std::to_string(line.price), std::to_string(line.credits_expected),
               std::to_string(line.credits_at_most), std::to_string(line.requests)});
  }
  for (const auto& line : estimate.extras) {
    const auto name = line.kind == plan::ExtraEstimate::Kind::hit_posts ? "(posts of hits)" : "(full records)";
    table.add({line.keyword_set.empty() ? "(earlier runs)" : line.keyword_set, name, std::to_string(line.units), "",
               line.fresh > 0 ? std::to_string(line.fresh) : "", "", "", "", "", "", std::to_string(line.requests)});
  }
  if (estimate.usage_requests > 0) {
    table.add({"", "(usage)", "", "", "", "", "", "", "", "", std::to_string(estimate.usage_requests)});
  }
  if (estimate.publish_requests > 0) {
    table.add({"", "(publish)", "", "", "", "", "", "", "", "", std::to_string(estimate.publish_requests)});
  }
  table.add({"total", "", "", "", "", "", "", "", std::to_string(estimate.credits_expected),
             std::to_string(estimate.credits_at_most), std::to_string(estimate.requests)});
  return table.text(terminal);
}

std::string reason_table(const Estimate& estimate, const Terminal& terminal) {
  if (estimate.reasons.empty() && estimate.resumes)
    return "\nThe run that is picked up has chosen its creators already.\n";
  if (estimate.reasons.empty()) return "\nNo creator is known yet: the searches come first.\n";
  Table table({{"keyword set"}, {"stage"}, {"rank", Align::right}, {"creator"}, {"why"}, {"creator_id"}});
  for (const auto& reason : estimate.reasons) {
    table.add({reason.keyword_set, std::string{to_string(reason.stage)}, std::to_string(reason.rank), reason.name,
               reason.text, reason.creator_id});
  }
  return "\n" + table.text(terminal);
}

/// What bounds the time from below: the rate limit, and jobs that wait for each other.
std::string time_line(const Estimate& estimate, int per_minute) {
  if (estimate.requests == 0) return {};
  std::string text = "\nTime:     ";
  if (estimate.least_time > Milliseconds{0}) {
    text +=
        fmt::format("{} or more by the rate limit of {} a minute", describe_duration(estimate.least_time), per_minute);
  } else {
    text += fmt::format("no wait for the rate limit of {} a minute", per_minute);
  }
  if (const auto& jobs = estimate.jobs) {
    text += fmt::format("; jobs, each after those it waits for, took {} to {} so far",
                        describe_duration(jobs->shortest), describe_duration(jobs->longest));
  }
  if (estimate.unknown_jobs.empty()) return text;
  if (!estimate.jobs) return text + "; how long jobs take is not known yet";
  std::vector<std::string_view> names;
  for (const auto stage : estimate.unknown_jobs) names.push_back(to_string(stage));
  return text + fmt::format(", without {}: not known yet", fmt::join(names, " and "));
}

std::string to_text(const Estimate& estimate, const pipeline::Pipeline& pipeline, int per_minute,
                    const Terminal& terminal) {
  auto text = fmt::format("Plan of pipeline {}, by what {} knows", pipeline.name, printable(pipeline.database_path));
  if (estimate.resumes) text += fmt::format("; a run picks up {}", *estimate.resumes);
  text += "\n\n" + stage_table(estimate, terminal);
  text += fmt::format("\nCredits:  {} expected, {} at most\nRequests: {} or more", estimate.credits_expected,
                      estimate.credits_at_most, estimate.requests);
  return text + time_line(estimate, per_minute) + "\nNothing was sent.\n";
}

Json to_json(const plan::StageEstimate& line) {
  return {{"keyword_set", line.keyword_set},
          {"stage", to_string(line.stage)},
          {"price_item", to_string(line.price_item)},
          {"price", line.price},
          {"units", line.units},
          {"done", line.done},
          {"fresh", line.fresh},
          {"outstanding", line.outstanding},
          {"held", line.held},
          {"credits_expected", line.credits_expected},
          {"credits_at_most", line.credits_at_most},
          {"requests", line.requests}};
}

Json extras_to_json(const Estimate& estimate) {
  auto list = Json::array();
  for (const auto& line : estimate.extras) {
    list.push_back({{"kind", plan::to_string(line.kind)},
                    {"keyword_set", line.keyword_set.empty() ? Json(nullptr) : Json(line.keyword_set)},
                    {"units", line.units},
                    {"fresh", line.fresh},
                    {"requests", line.requests}});
  }
  return list;
}

Json reasons_to_json(const Estimate& estimate) {
  auto list = Json::array();
  for (const auto& reason : estimate.reasons) {
    list.push_back({{"keyword_set", reason.keyword_set},
                    {"stage", to_string(reason.stage)},
                    {"creator_id", reason.creator_id},
                    {"name", reason.name},
                    {"rank", reason.rank},
                    {"chosen", reason.chosen},
                    {"decision", reason.chosen ? Json(to_string(reason.decision)) : Json(nullptr)},
                    {"reason", reason.text}});
  }
  return list;
}

Json to_json(const Estimate& estimate, const pipeline::Pipeline& pipeline, int per_minute) {
  auto stages = Json::array();
  for (const auto& line : estimate.stages) stages.push_back(to_json(line));
  const auto seconds = [](Milliseconds time) { return static_cast<double>(time.count()) / 1000; };
  const auto jobs = estimate.jobs.value_or(plan::JobChain{});
  Json chain = {{"shortest", seconds(jobs.shortest)}, {"longest", seconds(jobs.longest)}};
  auto unknown = Json::array();
  for (const auto stage : estimate.unknown_jobs) unknown.push_back(to_string(stage));
  return {{"pipeline", pipeline.name},
          {"database", pipeline.database_path},
          {"resumes", json_of(estimate.resumes)},
          {"stages", std::move(stages)},
          {"credits_expected", estimate.credits_expected},
          {"credits_at_most", estimate.credits_at_most},
          {"requests", estimate.requests},
          {"requests_per_minute", per_minute},
          {"extras", extras_to_json(estimate)},
          {"usage_requests", estimate.usage_requests},
          {"publish_requests", estimate.publish_requests},
          {"least_time_seconds", seconds(std::max(estimate.least_time, jobs.shortest))},
          {"rate_limit_seconds", seconds(estimate.least_time)},
          {"job_chain_seconds", estimate.jobs ? std::move(chain) : Json(nullptr)},
          {"job_times_unknown", std::move(unknown)}};
}

}  // namespace

int print_plan(World& world, const Options& options, const pipeline::Pipeline& pipeline,
               std::optional<plan::BackfillPlan> backfill) {
  const auto scope = options.scope();
  if (const auto checked = plan::check_scope(pipeline, scope); !checked) return fail(world, options, checked.error());
  if (!pipeline.mirrors.empty()) return print_mirror_plan(world, options, pipeline);
  const auto provider = connect(pipeline.source, Secret{});
  if (!provider) return fail(world, options, provider.error());
  auto store = open_for_plan(world, pipeline.database_path);
  if (!store) return fail(world, options, store.error());
  const auto per_minute = pipeline.source.requests_per_minute.value_or(kUsualRequestsPerMinute);
  const auto prices = plan::effective_prices((*provider)->prices(), pipeline);
  const auto estimate = plan::estimate(
      pipeline, prices, *store, world.clock.wall(),
      {scope, per_minute, options.start_new_run, options.explain, backfill, (*provider)->ways().reads_by_start});
  const auto texts = warnings(world, pipeline, *store, estimate);
  if (options.json) {
    auto document = to_json(estimate, pipeline, per_minute);
    document["warnings"] = texts;
    if (backfill) document["creators"] = backfill->creators.size();
    if (options.explain) document["reasons"] = reasons_to_json(estimate);
    print_json(document);
    return kExitDone;
  }
  if (backfill) {
    fmt::print("A backfill of {}.\n", count(static_cast<std::int64_t>(backfill->creators.size()), "creator"));
  }
  fmt::print("{}", to_text(estimate, pipeline, per_minute, world.out));
  for (const auto& text : texts) fmt::print("Warning: {}\n", text);
  if (options.explain) fmt::print("{}", reason_table(estimate, world.out));
  return kExitDone;
}

int plan(World& world, const Options& options) {
  auto loaded = pipeline::load_pipeline(options.pipelines.front(), process_environment());
  if (!loaded) return fail(world, options, loaded.error());
  return print_plan(world, options, with_overrides(std::move(*loaded), options));
}

}  // namespace toksync::cli
