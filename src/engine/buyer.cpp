#include "engine/buyer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/collector.hpp"
#include "engine/retry.hpp"
#include "plan/choice.hpp"
#include "stages/search.hpp"

namespace toksync::engine {
namespace {

using plan::UnitIndex;
using store::Decision;

// How old a reading of the usage may be: what a lost request can have cost is told by the last one before it, and
// others may spend from the same account.
constexpr std::chrono::minutes kReadingAge{5};

}  // namespace

// --- admission ---

void Buyer::buy(Step step) {
  if (no_more_purchases_) return turn_away(step, *no_more_purchases_);
  if (const auto trouble = context_.units.at(step.unit).trouble) return turn_away(step, *trouble);
  if (steps_.empty() && !needs_reading(step)) return admit(std::move(step));
  if (steps_.empty()) context_.queue.push(Task{UsageTask{}});
  steps_.push_back(std::move(step));
}

bool Buyer::needs_reading(const Step& step) const {
  if (!reading_ || reading_->month != month_of(context_.env.clock.wall())) return true;
  if (context_.env.clock.steady() - reading_->at > kReadingAge) return true;
  // What becomes of a lost job of thought leaders is told by the usage alone.
  if (context_.units.graph().unit(step.unit).stage == StageName::thought_leaders) return true;
  return context_.budget.is_tight_for(price_of(step));
}

void Buyer::usage_known(const Usage& usage) {
  context_.budget.observe_balance(usage.balance, in_flight_);
  admit_all();
}

void Buyer::usage_forbidden() { admit_all(); }

void Buyer::admit_all() {
  reading_ = Reading{context_.env.clock.steady(), month_of(context_.env.clock.wall())};
  if (!covers_whole_run_) covers_whole_run_ = price_of_whole_run() <= context_.budget.available().credits;
  for (auto& step : std::exchange(steps_, {})) admit(std::move(step));
}

Credits Buyer::price_of_whole_run() const {
  const auto& units = context_.units;
  const auto listed = static_cast<Credits>(context_.store.backfill_creators(context_.run).size());
  Credits sum = 0;
  for (UnitIndex index = 0; index < units.all().size(); ++index) {
    const auto& unit = units.graph().unit(index);
    if (!unit.buys || unit.state == plan::UnitState::finished) continue;
    const auto& set = units.keyword_set(index);
    const Credits creators = set.search ? set.search->max_creators : listed;
    const auto choice = units.stage(index).choice(set);
    for (const auto& purchase : units.stage(index).purchases(set)) {
      const auto times = unit.stage == StageName::search ? pages_for(creators)
                         : choice ? std::min<Credits>(choice->select.top.value_or(creators), creators)
                                  : 1;
      sum += context_.prices.at(purchase.price_item) * purchase.units * times;
    }
  }
  return sum;
}

void Buyer::usage_failed(const Trouble& trouble) {
  // Some only stood behind one that cannot do without.
  for (auto& step : std::exchange(steps_, {})) {
    needs_reading(step) ? turn_away(step, trouble) : admit(std::move(step));
  }
}

void Buyer::turn_away(const Step& step, const Trouble& trouble) {
  for (const auto& task : step.tasks) abandon(task, trouble);
  stop(step.unit, trouble);
}

Credits Buyer::price_of(const Task& task) const {
  const auto& unit = context_.units.at(unit_of(task));
  if (const auto* const start = std::get_if<StartTask>(&task.kind)) {
    const auto& purchase = unit.purchases.at(start->purchase);
    const auto jobs = std::max<std::size_t>(1, start->creators.size());
    return context_.prices.at(purchase.price_item) * purchase.units * static_cast<Credits>(jobs);
  }
  return context_.prices.at(unit.purchases.front().price_item);
}

Credits Buyer::price_of(const Step& step) const {
  if (step.pages > 0) return step.pages * price_of(step.tasks.front());
  Credits sum = 0;
  for (const auto& task : step.tasks) sum += price_of(task);
  return sum;
}

void Buyer::admit(Step step) {
  auto& unit = context_.units.at(step.unit);
  const auto allowance = context_.budget.available();
  const auto wanted = price_of(step);
  if (wanted > allowance.credits && context_.pipeline.budget.on_shortfall == pipeline::OnShortfall::fit) {
    fit(step, allowance);
  }
  const auto price = price_of(step);
  if (price > allowance.credits || step.tasks.empty()) {
    const auto trouble = shortfall(step.unit, wanted);
    return turn_away(step, trouble);
  }
  unit.set_aside += price;
  context_.budget.set_aside(price);
  for (auto& task : step.tasks) enqueue(std::move(task));
}

void Buyer::enqueue(Task task) {
  auto* const start = std::get_if<StartTask>(&task.kind);
  auto* const last = start != nullptr ? context_.queue.newest_like(task) : nullptr;
  if (last == nullptr || start->creators.empty() || last->intent || std::get<StartTask>(last->kind).half_of) {
    return context_.queue.push(std::move(task));
  }
  auto& waiting = std::get<StartTask>(last->kind).creators;
  const auto most = context_.units.at(start->unit).batch_size;
  const auto room = std::min(start->creators.size(), most - std::min(most, waiting.size()));
  const auto moved = start->creators.begin() + static_cast<std::ptrdiff_t>(room);
  waiting.insert(waiting.end(), start->creators.begin(), moved);
  start->creators.erase(start->creators.begin(), moved);
  if (!start->creators.empty()) context_.queue.push(std::move(task));
}

Trouble Buyer::shortfall(UnitIndex index, Credits wanted) const {
  const auto& budget = context_.budget;
  const auto allowance = budget.available();
  return {budget.account_covers(wanted) ? ErrorKind::budget : ErrorKind::no_credits,
          fmt::format("{} needs {} {}, and {} leaves {}", context_.units.name(index), wanted,
                      wanted == 1 ? "credit" : "credits", to_string(allowance.limit), allowance.credits)};
}

void Buyer::finish_walk(UnitIndex index) {
  context_.budget.give_back(std::exchange(context_.units.at(index).set_aside, 0));
  context_.units.finish_walk(index);
}

void Buyer::fit(Step& step, const Allowance& allowance) {
  if (step.pages > 0) {
    step.pages = allowance.credits / std::max<Credits>(1, price_of(step.tasks.front()));
    return;
  }
  Credits left = allowance.credits;
  std::vector<Task> affordable;
  for (auto& task : step.tasks) {
    const auto works = works_of(task);
    const auto each = price_of(task) / static_cast<Credits>(works.size());
    const auto keep = each == 0 ? works.size() : std::min(works.size(), static_cast<std::size_t>(left / each));
    for (auto i = keep; i < works.size(); ++i) leave_out(step, works[i]);
    left -= each * static_cast<Credits>(keep);
    if (keep == 0) continue;
    auto& creators = std::get<StartTask>(task.kind).creators;
    if (!creators.empty()) creators.resize(keep);
    affordable.push_back(std::move(task));
  }
  step.tasks = std::move(affordable);
  context_.store.record_selection(context_.units.at(step.unit).key, step.selection, context_.env.clock.wall());
}

void Buyer::leave_out(Step& step, const WorkId& work) {
  for (auto& selected : step.selection) {
    if (selected.creator == work.creator) selected.decision = Decision::unaffordable;
  }
  context_.units.leave_out(work);
}

// --- sending ---

UnitIndex Buyer::unit_of(const Task& task) const {
  if (const auto* const start = std::get_if<StartTask>(&task.kind)) return start->unit;
  return std::get<SearchTask>(task.kind).unit;
}

std::vector<WorkId> Buyer::works_of(const Task& task) const {
  const auto* const start = std::get_if<StartTask>(&task.kind);
  if (start == nullptr) return {};
  const auto family = context_.units.graph().unit(start->unit).stage;
  const auto criteria = context_.units.at(start->unit).criteria.at(start->purchase);
  if (start->creators.empty()) return {WorkId{family, criteria, CreatorKey{}}};
  std::vector<WorkId> works;
  for (const auto creator : start->creators) works.push_back({family, criteria, creator});
  return works;
}

PriceItem Buyer::price_item_of(const Task& task) const {
  const auto& unit = context_.units.at(unit_of(task));
  const auto* const start = std::get_if<StartTask>(&task.kind);
  return unit.purchases.at(start != nullptr ? start->purchase : 0).price_item;
}

bool Buyer::may_leave(const Task& task, bool spare_requests) const {
  if (!is_billable(task)) return true;
  const auto* const start = std::get_if<StartTask>(&task.kind);
  if (start != nullptr && !task.intent && !spare_requests) {
    const auto& unit = context_.units.at(start->unit);
    if (!unit.fed && !start->half_of && start->creators.size() < unit.batch_size) return false;
  }
  // What a job of thought leaders costs is known at its end only.
  if (start != nullptr && start->creators.empty()) return gate_.admits_thought_leaders();
  if (!gate_.admits(price_item_of(task))) return false;
  if (start == nullptr) return true;
  const auto family = context_.units.graph().unit(start->unit).stage;
  return std::ranges::all_of(start->creators, [&](CreatorKey creator) {
    return gate_.admits({family, CriteriaKey{}, creator});
  });
}

void Buyer::begin_answer(const Task& task) { gate_.begin(price_item_of(task), works_of(task)); }
void Buyer::end_answer(const Task& task) { gate_.end(price_item_of(task), works_of(task)); }

void Buyer::count_lost(const WorkId& work, Credits reserved) {
  in_flight_ += reserved;
  gate_.begin(work);
}

void Buyer::settled(const WorkId& work, Credits reserved) {
  in_flight_ -= reserved;
  gate_.end(work);
}

void Buyer::learn_price(const Answered& answered, std::span<const store::AcceptedJob> accepted) {
  Credits most = 0;
  for (const auto& job : accepted) most = std::max(most, job.charge ? job.charge->credits : 0);
  learn_price(answered, most);
}

void Buyer::learn_price(const Answered& answered, Credits each) {
  const auto item = price_item_of(answered.task);
  gate_.confirm(item);
  if (each <= context_.prices.at(item)) return;
  context_.env.logger->warn(
      "{} costs {} credits and not {}, as the price table says; the rest of the run reckons so request_id={}",
      to_string(item), each, context_.prices.at(item), answered.log.request_id);
  context_.prices.set(item, each);
}

void Buyer::apply(const Task& task, JobEvent event) {
  for (const auto& work : works_of(task)) context_.units.apply(work, event);
}

void Buyer::trim(Task& task) {
  auto* const start = std::get_if<StartTask>(&task.kind);
  if (start == nullptr || task.intent) return;
  const auto most = context_.units.at(start->unit).batch_size;
  if (start->creators.size() <= most) return;
  const auto end = start->creators.begin() + static_cast<std::ptrdiff_t>(most);
  Task rest{StartTask{start->unit, start->family, start->purchase, {end, start->creators.end()}}};
  start->creators.resize(most);
  start->half_of.reset();
  enqueue(std::move(rest));
}

Call Buyer::call_of(const Task& task) const {
  const auto index = unit_of(task);
  const auto& unit = context_.units.at(index);
  const auto& set = context_.units.keyword_set(index);
  stages::StartInput input;
  if (const auto* const search = std::get_if<SearchTask>(&task.kind)) {
    input.cursor = search->cursor;
    input.limit = search->limit;
    return context_.units.stage(index).start(set, unit.purchases.front(), std::move(input));
  }
  const auto& start = std::get<StartTask>(task.kind);
  input.creator_ids = context_.store.creator_ids(start.creators);
  return context_.units.stage(index).start(set, unit.purchases.at(start.purchase), std::move(input));
}

bool Buyer::afford(const Task& task) {
  auto& unit = context_.units.at(unit_of(task));
  const auto missing = price_of(task) - unit.set_aside;
  if (missing <= 0) return true;
  const auto allowance = context_.budget.available();
  if (missing > allowance.credits) return false;
  unit.set_aside += missing;
  context_.budget.set_aside(missing);
  return true;
}

void Buyer::record_intent(Task& task, const std::string& request_json) {
  const auto index = unit_of(task);
  auto& unit = context_.units.at(index);
  const auto price = price_of(task);
  store::NewIntent intent{context_.run,          unit.key,     context_.units.graph().unit(index).stage,
                          unit.criteria.front(), request_json, {}};
  if (const auto* const start = std::get_if<StartTask>(&task.kind)) {
    const auto& purchase = unit.purchases.at(start->purchase);
    intent.criteria = unit.criteria.at(start->purchase);
    const auto each = context_.prices.at(purchase.price_item) * purchase.units;
    for (const auto creator : start->creators) intent.jobs.push_back({creator, each, purchase.units});
    if (start->creators.empty()) intent.jobs.push_back({std::nullopt, each, purchase.units});
  } else {
    intent.jobs.push_back({std::nullopt, price, 1});
  }
  task.intent = context_.store.record_intent(intent, context_.env.clock.wall());
  task.reserved = price;
  in_flight_ += price;
  unit.set_aside -= price;
  context_.budget.reserve(price);
  apply(task, JobEvent::intent_committed);
}

bool Buyer::intend(Task& task, const std::string& request_json) {
  const auto index = unit_of(task);
  if (no_more_purchases_) {
    abandon(task, *no_more_purchases_);
    stop(index, *no_more_purchases_);
    return false;
  }
  // A reservation from before the price rose is too small to send anything on.
  if (task.intent && task.reserved < price_of(task)) {
    give_back(task, "reserved anew at a dearer price");
    apply(task, JobEvent::given_back);
  }
  if (!task.intent) {
    if (!afford(task)) {
      stop_for_budget(index, task);
      return false;
    }
    record_intent(task, request_json);
  }
  context_.store.record_sent(*task.intent, context_.env.clock.wall());
  begin_answer(task);
  apply(task, JobEvent::request_leaves);
  return true;
}

void Buyer::stop_for_budget(UnitIndex index, const Task& task) {
  const bool enough = context_.pipeline.budget.on_shortfall == pipeline::OnShortfall::fit &&
                      std::holds_alternative<SearchTask>(task.kind) && context_.units.at(index).done > 0;
  if (enough) return finish_walk(index);
  const auto trouble = shortfall(index, price_of(task));
  abandon(task, trouble);
  stop(index, trouble);
}

// --- answers ---

void Buyer::search_answered(Answered answered) {
  const auto& search = std::get<SearchTask>(answered.task.kind);
  const auto& page = std::get<SearchPage>(*answered.answer.payload);
  auto& unit = context_.units.at(search.unit);
  const auto& config = context_.units.keyword_set(search.unit).search.value();
  const auto reserved = answered.task.reserved;
  in_flight_ -= reserved;
  stages::WalkStep step;
  store::SearchPageCommit commit;
  commit.intent = *answered.task.intent;
  commit.stage = unit.key;
  commit.creators = page.creators;
  commit.keep_at_most = config.max_creators - unit.done;
  commit.search_mode = page.search_mode;
  commit.meta_json = page.meta_json;
  commit.charge = charge_of(std::nullopt, answered.answer.credit_cost, reserved);
  commit.evidence_posts = config.evidence_posts;
  end_answer(answered.task);
  learn_price(answered, commit.charge.credits);
  commit.cursor_after = [&](std::int64_t new_creators) {
    step = stages::next_step(config, {search.cursor, search.limit, unit.done}, page, new_creators);
    return step.cursor;
  };
  const auto before = unit.done;
  unit.done += context_.store.commit_search_page(commit, context_.run, answered.log);
  context_.needs.page_found();
  unit.chain += answered.log.duration;
  for (const auto creator : context_.store.hits_after(unit.key, before)) {
    context_.units.pass_on(search.unit, {creator, unit.chain});
  }
  context_.budget.settle(reserved, commit.charge.credits);
  context_.units.touch(search.unit);
  if (step.finished) return finish_walk(search.unit);
  if (unit.trouble) {
    unit.pending = 0;
    return;
  }
  const auto limit = stages::page_limit(config, unit.done);
  context_.queue.push(Task{SearchTask{search.unit, step.cursor, limit}});
}

void Buyer::start_answered(Answered answered) {
  const auto& start = std::get<StartTask>(answered.task.kind);
  const auto& started = std::get<StartedJobs>(*answered.answer.payload);
  const auto family = context_.units.graph().unit(start.unit).stage;
  if (family == StageName::thought_leaders && started.jobs.empty()) {
    answered.answer.payload = tl::unexpected<Failure>(
        {FailureKind::unreadable, "NO_JOB_ID", "the job was accepted, but the answer names no job id", true});
    return lose(answered);
  }
  const auto creator_ids = context_.store.creator_ids(start.creators);
  if (!creator_ids.empty() && !tells_whose_jobs(started, creator_ids)) {
    answered.answer.payload = tl::unexpected<Failure>(
        {FailureKind::unreadable, "WHOSE_JOBS", "the answer names jobs, but not whose they are", true});
    return lose(answered);
  }
  const auto reserved = answered.task.reserved;
  in_flight_ -= reserved;
  end_answer(answered.task);
  const auto works = works_of(answered.task);
  const auto each = reserved / static_cast<Credits>(works.size());
  const auto outcomes = start.creators.empty()
                            ? std::vector{started_topic_job(started)}
                            : outcomes_of(started, creator_ids, family, each, answered.answer.credit_cost);
  std::vector<store::AcceptedJob> accepted;
  std::vector<PaidJob> paid;
  const auto& purchase = context_.units.at(start.unit).purchases.at(start.purchase);
  for (std::size_t i = 0; i < works.size(); ++i) {
    const auto job = answered.task.intent->jobs.at(i);
    accepted.push_back(accepted_job(job, outcomes[i]));
    if (accepted.back().charge) context_.budget.settle(each, accepted.back().charge->credits);
    if (outcomes[i].kind == StartOutcome::Kind::refused) continue;
    const auto open = accepted.back().charge ? Credits{0} : each;
    // What was free is there already, however old: no newer record will come.
    const bool awaits_news = outcomes[i].kind == StartOutcome::Kind::started || family != StageName::enrich;
    const auto since = awaits_news ? context_.env.clock.wall() : WallTime{};
    paid.push_back({job, works[i], since, open, purchase.units, true, answered.task.intent->key});
  }
  context_.store.record_accepted(*answered.task.intent, context_.run, accepted, answered.log);
  context_.needs.started(family, works.front().criteria, works.size(), context_.units.at(start.unit).batch_size);
  if (family != StageName::thought_leaders) learn_price(answered, accepted);
  if (family != StageName::thought_leaders) learn_size(answered);
  for (std::size_t i = 0; i < works.size(); ++i) {
    const bool refused = outcomes[i].kind == StartOutcome::Kind::refused;
    context_.units.apply(works[i], refused ? JobEvent::refused_for_good : JobEvent::accepted);
  }
  for (const auto& work : works) context_.units.lengthen_chain(work, answered.log.duration);
  collector_.follow(family, paid);
}

}  // namespace toksync::engine
