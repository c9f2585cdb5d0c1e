#include "engine/settler.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/retry.hpp"

namespace toksync::engine {
namespace {

using store::Verdict;

// What arrived mostly shows at once.
constexpr Milliseconds kFirstLook{2'000};
constexpr Milliseconds kNextLook{30'000};
constexpr std::chrono::minutes kPatience{30};
// How far the API's clock and ours may be apart when the age of a record decides.
constexpr std::chrono::minutes kClockSkew{10};
// How many earlier readings of the usage are tried until one is clear enough.
constexpr int kReadings = 20;
// And how much older than the newest of them they may be, in times that settling takes. Results tell something, too,
// but of thought leaders: there every reading helps.
constexpr int kSettlingTimes = 5;
// Times in the database are whole seconds.
constexpr Seconds kRounding{1};
constexpr std::string_view kNotFound = "NOT_FOUND";

void narrow(CreditRange& range, const CreditRange& by) {
  range = {std::max(range.low, by.low), std::min(range.high, by.high)};
}

/// All that wait look again at the same moments, so that one reading of the usage serves them.
SteadyTime next_round(SteadyTime now, Milliseconds step) { return now + step - now.time_since_epoch() % step; }

bool is_wait(const store::Settlement& settlement) { return settlement.jobs.empty(); }

std::int64_t shown_in(const Evidence& evidence) {
  const auto is_shown = [](Trace trace) { return trace == Trace::found || trace == Trace::matched; };
  return std::ranges::count_if(evidence.traces, is_shown);
}

/// What was charged is what the results show, no more and no less.
bool fits_what_is_shown(const store::Settlement& settlement, const Evidence& evidence) {
  const auto count = [&](Verdict verdict) {
    return std::ranges::count(settlement.jobs, verdict, &store::SettledJob::verdict);
  };
  return count(Verdict::adopted) == shown_in(evidence) &&
         count(Verdict::adopted) + count(Verdict::released) == std::ssize(settlement.jobs);
}

bool is_hold(const store::Settlement& settlement) {
  return std::ranges::all_of(settlement.jobs, [](const auto& job) { return job.verdict == Verdict::held; });
}

JobEvent event_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::adopted: return JobEvent::found_arrived;
    case Verdict::released: return JobEvent::found_not_arrived;
    case Verdict::lost: return JobEvent::found_lost;
    case Verdict::held: break;
  }
  return JobEvent::undecided;
}

}  // namespace

WorkId Settler::work_of(const store::LostRequest& request, const store::LostJob& job) {
  return {request.family, request.criteria, job.creator.value_or(CreatorKey{})};
}

bool Settler::is_about_creators(const store::LostRequest& request) {
  return request.family != StageName::search && request.family != StageName::thought_leaders;
}

bool Settler::leaves_traces(const store::LostRequest& request) const {
  return context_.ways.finds_by_creator && is_about_creators(request);
}

bool Settler::is_work(const store::LostRequest& request, const store::LostJob& job) {
  return request.family == StageName::thought_leaders || (is_about_creators(request) && job.creator);
}

void Settler::load_lost() {
  for (auto& request : context_.store.lost_requests()) {
    for (const auto& job : request.jobs) {
      if (is_work(request, job)) context_.units.works().add(work_of(request, job), JobState::ambiguous);
    }
    watch(std::move(request));
  }
}

void Settler::take_over_lost() {
  for (const auto key : std::exchange(context_.lost, {})) {
    for (auto& request : context_.store.lost_requests(key)) watch(std::move(request));
  }
}

void Settler::watch(store::LostRequest request) {
  for (const auto& job : request.jobs) buyer_.count_lost(work_of(request, job), job.credits_reserved);
  const auto now = context_.env.clock.steady();
  const auto settle_after = context_.pipeline.source.settle_after;
  const Milliseconds all = settling_time(request.family, settle_after) + kRounding;
  const auto age = context_.env.clock.wall() - request.sent_at;
  const auto left = std::clamp<Milliseconds>(all - age, Milliseconds{0}, all);
  const auto key = request.key;
  auto& open = open_.insert_or_assign(key, Open{std::move(request), now + left, now + left + kPatience}).first->second;
  look(open, now + std::min(left, leaves_traces(open.request) ? kFirstLook : left));
}

void Settler::look(Open& open, SteadyTime at) {
  open.evidence = {};
  open.looked_at.reset();
  std::vector<std::string> creator_ids;
  for (const auto& job : open.request.jobs) {
    if (!job.creator_id.empty()) creator_ids.push_back(job.creator_id);
  }
  open.evidence.may_be_found = context_.ways.finds_by_creator;
  if (!leaves_traces(open.request) || creator_ids.empty()) {
    open.looked_at = at;
    return want_usage(open, at);
  }
  open.finds_under_way = 1;
  open.evidence.traces.assign(open.request.jobs.size(), Trace::none);
  open.evidence.found_ids.assign(open.request.jobs.size(), "");
  context_.queue.push(Task{FindTask{open.request.key, std::move(creator_ids)}, at});
}

void Settler::trim(Task& task) {
  auto* const find = std::get_if<FindTask>(&task.kind);
  if (find == nullptr) return;
  auto& open = open_.at(find->about);
  const auto ids = find->creator_ids.size();
  const auto most = context_.facts.ids_per_read(open.request.family).value_or(ids);
  if (ids <= most) return;
  const auto end = find->creator_ids.begin() + static_cast<std::ptrdiff_t>(most);
  context_.queue.push(Task{FindTask{find->about, {end, find->creator_ids.end()}}});
  find->creator_ids.erase(end, find->creator_ids.end());
  ++open.finds_under_way;
}

Call Settler::call_of(const FindTask& task) const {
  const auto& request = open_.at(task.about).request;
  return stages::stage(request.family).find(task.creator_ids, request.campaign_id).value();
}

void Settler::want_usage(const Open& open, SteadyTime at) {
  if (usage_is_untold_) at = std::max(at, open.due);
  // The month is named, because it may be over when the task is sent.
  const UsageTask usage{month_of(open.request.sent_at), open.request.key};
  // One reading tells of all requests that wait for one.
  bool is_coming = false;
  const auto look_for = [&](const Task& task) {
    const auto* const other = std::get_if<UsageTask>(&task.kind);
    const bool is_soon = at <= task.not_before && task.not_before <= at + kFirstLook;
    is_coming = is_coming || (other != nullptr && other->about && other->month == usage.month && is_soon);
    return false;
  };
  (void)context_.queue.take_if(look_for);
  if (!is_coming) context_.queue.push(Task{usage, at});
}

// --- what the results show ---

void Settler::found(Answered answered) {
  const auto entry = open_.find(std::get<FindTask>(answered.task.kind).about);
  context_.store.record_request(context_.run, answered.log);
  if (entry == open_.end()) return;
  auto& open = entry->second;
  // Nothing of these creators is there (contracts/toksta.md: 404 is an unknown id). Without the API's code it is a
  // gateway that answers, and knows nothing.
  const bool is_nothing =
      !answered.answer.payload && answered.log.status == 404 && answered.failure().code == kNotFound;
  if (!answered.answer.payload && !is_nothing) return find_failed(std::move(answered), open);
  if (answered.answer.payload) {
    const auto ids = std::get<FindTask>(answered.task.kind).creator_ids.size();
    context_.facts.passed(store::Fact::ids_per_read, open.request.family, ids, answered.log.path);
    read_traces(open, *answered.answer.payload);
  }
  open.evidence.is_denied = open.evidence.is_denied || is_nothing;
  if (--open.finds_under_way > 0) return;
  open.looked_at = context_.env.clock.steady() - answered.log.duration;
  const auto tells = [](Trace trace) { return trace == Trace::matched; };
  if (usage_is_untold_ || std::ranges::any_of(open.evidence.traces, tells)) {
    return decide(open, nullptr, *open.looked_at);
  }
  want_usage(open, context_.env.clock.steady());
}

void Settler::find_failed(Answered answered, Open& open) {
  auto& find = std::get<FindTask>(answered.task.kind);
  const auto kind = answered.failure().kind;
  const auto now = context_.env.clock.steady();
  const bool passes = kind == FailureKind::rate_limited || kind == FailureKind::unavailable ||
                      kind == FailureKind::not_sent || kind == FailureKind::unreadable;
  if (passes && answered.task.attempt < context_.max_attempts) {
    answered.task.not_before =
        now + retry_delay(answered.task.attempt, answered.answer.retry_after, context_.env.random);
    ++answered.task.attempt;
    return context_.queue.push(std::move(answered.task));
  }
  if (kind == FailureKind::rejected && find.creator_ids.size() > 1) {
    if (const auto limit = id_limit(answered.failure(), answered.log.status, find.creator_ids.size())) {
      collector_.learn_limit(open.request.family, *limit, answered.log.path);
      return context_.queue.push(Task{std::move(find)});  // trimmed when it is sent
    }
    const auto middle = find.creator_ids.begin() + static_cast<std::ptrdiff_t>(find.creator_ids.size() / 2);
    context_.queue.push(Task{FindTask{find.about, {find.creator_ids.begin(), middle}}});
    context_.queue.push(Task{FindTask{find.about, {middle, find.creator_ids.end()}}});
    ++open.finds_under_way;
    return;
  }
  const bool refused = kind == FailureKind::unauthorized;
  context_.must_end = context_.must_end || refused;
  const bool denied = refused || kind == FailureKind::forbidden;
  leave_undecided(find.about, {denied ? ErrorKind::unauthorized : ErrorKind::unreachable, describe(answered)});
}

void Settler::read_traces(Open& open, const Payload& payload) {
  const auto note = [&](const std::string& creator_id, Trace trace, const std::string& id) {
    const auto& jobs = open.request.jobs;
    const auto job = std::ranges::find(jobs, creator_id, &store::LostJob::creator_id);
    if (job == jobs.end() || trace == Trace::none) return;
    const auto index = static_cast<std::size_t>(job - jobs.begin());
    open.evidence.traces[index] = trace;
    open.evidence.found_ids[index] = id;
  };
  if (const auto* const enrichments = std::get_if<EnrichmentResults>(&payload)) {
    for (const auto& record : enrichments->records) note(record.creator_id, trace_of(open, record), "");
    open.evidence.pending += enrichments->pending.value_or(0);
  } else if (const auto* const content = std::get_if<ContentMatchResults>(&payload)) {
    for (const auto& record : content->records) note(record.creator_id, trace_of(open, record), record.job_id);
  } else if (const auto* const audience = std::get_if<AudienceMatchResults>(&payload)) {
    for (const auto& record : audience->records) note(record.creator_id, trace_of(open, record), record.job_id);
  }
}

Trace Settler::trace_of(const Open& open, const EnrichmentRecord& record) const {
  const auto at = record.enriched_at ? from_iso8601(*record.enriched_at) : std::nullopt;
  return at && *at < open.request.sent_at - kClockSkew ? Trace::none : Trace::found;
}

template <typename Analysis>
Trace Settler::trace_of(const Open& open, const Analysis& analysis) const {
  const auto completed_at = analysis.completed_at ? from_iso8601(*analysis.completed_at) : std::nullopt;
  if (completed_at && *completed_at < open.request.sent_at - kClockSkew) return Trace::none;
  if (context_.store.knows_analysis(open.request.family, analysis.job_id)) return Trace::none;
  const auto& told = analysis.told;
  const auto& campaign = open.request.campaign_id;
  // Of a campaign we know the id only, not what it asks for.
  const bool is_silent = campaign ? told.campaign_id.empty() : told.texts.empty() && told.campaign_id.empty();
  if (is_silent) return Trace::found;
  const bool fits_depth = told.depth.empty() || told.depth == open.request.depth;
  const bool fits =
      campaign ? told.campaign_id == *campaign : told.campaign_id.empty() && told.texts == open.request.criteria_texts;
  return fits && fits_depth ? Trace::matched : Trace::foreign;
}

// --- what the usage shows ---

void Settler::usage_known(const store::UsageSnapshot& snapshot, Milliseconds took) {
  const auto asked_at = context_.env.clock.steady() - took;
  std::vector<IntentKey> keys;
  for (const auto& [key, open] : open_) {
    if (open.looked_at && *open.looked_at <= asked_at) keys.push_back(key);
  }
  for (const auto key : keys) {
    if (const auto entry = open_.find(key); entry != open_.end()) decide(entry->second, &snapshot, asked_at);
  }
}

void Settler::usage_untold() {
  usage_is_untold_ = true;
  std::vector<IntentKey> keys;
  for (const auto& [key, open] : open_) keys.push_back(key);
  for (const auto key : keys) {
    if (const auto entry = open_.find(key); entry != open_.end() && entry->second.looked_at) {
      decide(entry->second, nullptr, *entry->second.looked_at);
    }
  }
}

void Settler::usage_failed(const Trouble& trouble) {
  std::vector<IntentKey> keys;
  for (const auto& [key, open] : open_) {
    if (open.looked_at) keys.push_back(key);
  }
  for (const auto key : keys) leave_undecided(key, trouble);
}

void Settler::suppose_as_shown(store::UsageMovement& movement) const {
  const auto entry = open_.find(movement.intent);
  if (entry == open_.end() || !movement.ambiguous || !leaves_traces(entry->second.request)) return;
  const auto& other = entry->second;
  if (!other.looked_at || *other.looked_at < other.due) return;
  movement.settled = true;
  movement.ambiguous = false;
  movement.charged = shown_in(other.evidence) * other.request.jobs.front().credits_reserved;
}

store::Settlement Settler::by_usage(const Open& open, const store::UsageSnapshot& after) const {
  auto settlement = by_usage(open, after, false);
  if (is_wait(settlement) || !is_hold(settlement)) return settlement;
  // One lost request blurs another; but when what the results show of all of them adds up to what the usage says,
  // nothing is left to doubt.
  auto together = by_usage(open, after, true);
  return !is_wait(together) && fits_what_is_shown(together, open.evidence) ? std::move(together)
                                                                           : std::move(settlement);
}

store::Settlement Settler::by_usage(const Open& open, const store::UsageSnapshot& after, bool as_shown) const {
  const auto settle_after = context_.pipeline.source.settle_after;
  const auto longest = settling_time(StageName::thought_leaders, settle_after);
  auto evidence = open.evidence;
  std::optional<store::Settlement> newest;
  const auto readings = context_.store.snapshots_before(open.request.key, kReadings);
  const bool has_results = open.request.family == StageName::search || leaves_traces(open.request);
  for (const auto& before : readings) {
    // What others spent between is not told, and the more of it the longer ago.
    const bool is_old = has_results && readings.front().at - before.at > kSettlingTimes * settle_after;
    if (before.period != after.period || is_old) continue;
    auto movements = context_.store.usage_movements(before, longest);
    if (as_shown) {
      for (auto& movement : movements) {
        if (movement.intent != open.request.key) suppose_as_shown(movement);
      }
    }
    const auto family_of = [&](std::string_view name) { return provider_.family_of_operation(name); };
    const auto usage = unexplained_usage(open.request, {before, after, settle_after}, movements, family_of);
    // Every pair of readings says something true, so that together they say more.
    if (!evidence.usage) evidence.usage = usage;
    narrow(evidence.usage->own, usage.own);
    narrow(evidence.usage->rest, usage.rest);
    auto settlement = settle(open.request, evidence);
    if (!is_wait(settlement) && !is_hold(settlement)) return settlement;
    if (!newest) newest = std::move(settlement);
  }
  return newest ? std::move(*newest) : settle(open.request, evidence);
}

void Settler::decide(Open& open, const store::UsageSnapshot* after, SteadyTime asked_at) {
  const auto sent_at = open.request.sent_at;
  const bool comparable = after != nullptr && is_clear_of_month_end(sent_at) && after->period == month_of(sent_at);
  if (after != nullptr && is_clear_of_month_end(sent_at) && !comparable) return;  // of another month
  open.evidence.is_due = std::min(*open.looked_at, asked_at) >= open.due;
  open.evidence.is_last = asked_at >= open.last;
  auto settlement = comparable ? by_usage(open, *after) : settle(open.request, open.evidence);
  if (!is_wait(settlement)) return carry_out(open, std::move(settlement));
  const auto now = context_.env.clock.steady();
  const Milliseconds settle_after = context_.pipeline.source.settle_after;
  look(open, now < open.due ? open.due : next_round(now, std::min(kNextLook, settle_after)));
}

// --- decisions ---

void Settler::carry_out(Open& open, store::Settlement settlement) {
  const auto key = open.request.key;
  // Nobody may have the result of a creator who was forgotten; it is paid for all the same.
  for (auto& settled : settlement.jobs) {
    const auto job = std::ranges::find(open.request.jobs, settled.job, &store::LostJob::job);
    const bool is_gone = is_about_creators(open.request) && !job->creator;
    if (is_gone && settled.verdict == Verdict::adopted) settled.verdict = Verdict::lost;
  }
  context_.store.record_settlement(settlement, context_.env.clock.wall());
  context_.env.logger->info("{} request of {}: {}", to_string(open.request.family), to_iso8601(open.request.sent_at),
                            settlement.finding);
  std::vector<WorkId> to_buy;
  std::vector<PaidJob> arrived;
  for (const auto& settled : settlement.jobs) {
    const auto job = std::ranges::find(open.request.jobs, settled.job, &store::LostJob::job);
    if (auto paid = carry_out(open, *job, settled)) arrived.push_back(std::move(*paid));
    const bool is_wanted = settled.verdict == Verdict::released && is_work(open.request, *job);
    if (is_wanted) to_buy.push_back(work_of(open.request, *job));
    open.request.jobs.erase(job);
  }
  collector_.follow(open.request.family, arrived);
  buy_again(to_buy);
  if (open.request.jobs.empty()) {
    open_.erase(key);
    return drop_needless_tasks();
  }
  look(open, std::max(context_.env.clock.steady(), std::min(open.due, context_.env.clock.steady() + kFirstLook)));
}

std::optional<PaidJob> Settler::carry_out(const Open& open, const store::LostJob& job,
                                          const store::SettledJob& settled) {
  const auto work = work_of(open.request, job);
  const bool own = open.request.run == context_.run;
  buyer_.settled(work, job.credits_reserved);
  if (settled.verdict != Verdict::held) {
    const auto charged = settled.charge ? settled.charge->credits : 0;
    own ? context_.budget.settle(job.credits_reserved, charged)
        : context_.budget.settle_for_other_run(job.credits_reserved, charged);
  }
  if (!is_work(open.request, job)) return std::nullopt;
  context_.units.apply(work, event_of(settled.verdict));
  if (settled.verdict != Verdict::adopted) return std::nullopt;
  return PaidJob{job.job, work, open.request.sent_at, 0, job.units, own, open.request.key};
}

void Settler::buy_again(const std::vector<WorkId>& works) {
  auto& units = context_.units;
  std::map<plan::UnitIndex, Step> steps;
  for (const auto& work : works) {
    const auto waiters = units.works().find(work)->waiters.all();
    const auto buyer = std::ranges::find_if(waiters, [&](auto index) { return units.graph().unit(index).buys; });
    if (buyer == waiters.end()) {
      units.leave_out(work);
      continue;
    }
    const auto index = *buyer;
    if (++bought_again_[work] >= context_.max_attempts) {
      units.give_up(work, {ErrorKind::unreachable, units.name(index) + ": requests were lost again and again"});
      continue;
    }
    if (const auto trouble = units.at(index).trouble) {
      units.give_up(work, *trouble);
      continue;
    }
    auto& step =
        steps.try_emplace(index, Step{index, {}, context_.store.selection(units.at(index).key), 0}).first->second;
    Chooser::add_work(step, units, work);
  }
  for (auto& [index, step] : steps) buyer_.buy(std::move(step));
}

void Settler::drop_needless_tasks() {
  const auto is_needless = [this](const Task& task) {
    if (const auto* const find = std::get_if<FindTask>(&task.kind)) return !open_.contains(find->about);
    const auto* const usage = std::get_if<UsageTask>(&task.kind);
    return usage != nullptr && usage->about && open_.empty();
  };
  (void)context_.queue.take_if(is_needless);
}

void Settler::leave_undecided(IntentKey key, const Trouble& trouble) {
  const auto node = open_.extract(key);
  if (node.empty()) return;
  drop_needless_tasks();
  const auto& request = node.mapped().request;
  context_.env.logger->warn("{} request of {} stays undecided: {}", to_string(request.family),
                            to_iso8601(request.sent_at), trouble.message);
  context_.result.findings.insert(finding_of(trouble.kind));
  bool is_told = false;
  for (const auto& job : request.jobs) {
    const auto work = work_of(request, job);
    buyer_.settled(work, 0);
    if (!is_work(request, job)) continue;
    const auto* const known = context_.units.works().find(work);
    is_told = is_told || (known != nullptr && !known->waiters.empty());
    // Not held: a unit that waits for it fails for now, and is begun again when the run is picked up.
    context_.units.give_up(work, trouble);
  }
  if (!is_told) context_.result.messages.push_back(trouble.message);
}

}  // namespace toksync::engine
