#include "engine/engine.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/fault_point.hpp"
#include "engine/answers.hpp"
#include "engine/retry.hpp"
#include "plan/estimate.hpp"
#include "store/reports.hpp"

namespace toksync::engine {
namespace {

// How long a stopping run waits for answers to what may have been charged.
constexpr Milliseconds kGrace{10'000};
// How long a run that is done waits for a last reading of the usage.
constexpr Milliseconds kWorthComparing{2'000};
constexpr Milliseconds kWindow{60'000};
constexpr std::int64_t kMany = 1'000'000;
// What a batch of creators takes from its poll after enrichment to the end: that poll, and for two analyses a start, a
// poll and the evidence.
constexpr std::int64_t kWholeChain = 7;
// How many requests have to be to spare before a batch leaves that is not full: its start, a poll, the evidence. And
// before anybody asks for early news, which brings such batches.
constexpr int kForBatch = 3, kForEarlyPoll = kWholeChain + 1;

}  // namespace

Engine::Engine(Env& env, const pipeline::Pipeline& pipeline, const api::Provider& provider, http::Transport& transport,
               store::Store& store, const store::RunRow& run, Options options, Observer& observer)
    : env_(env),
      provider_(provider),
      transport_(transport),
      options_(std::move(options)),
      observer_(observer),
      context_{env,
               pipeline,
               store,
               run.key,
               plan::effective_prices(provider.prices(), pipeline),
               options_.read_options.value_or(stages::read_options(pipeline.keyword_sets)),
               options_.max_attempts,
               options_.collect_everything,
               Budget(pipeline.budget, store.spent_in_run(run.key), store.spent_in_month(month_of(env.clock.wall()))),
               Units(pipeline, options_.collect_only ? plan::Graph{} : plan::Graph::of(pipeline, options_.scope), store,
                     env.clock, run.key, options_.most_works),
               ApiFacts(store, pipeline.source.base_url, env),
               provider.ways()},
      chooser_(context_),
      collector_(context_),
      buyer_(context_, collector_),
      extras_(context_),
      settler_(context_, buyer_, collector_, provider),
      // A part of a run, or one that only collects, has no shortlist of its own.
      publisher_(context_,
                 !options_.collect_only && options_.scope.stages.empty() && options_.scope.keyword_sets.empty()),
      limiter_(pipeline.source.requests_per_minute),
      run_id_(run.run_id),
      started_(env.clock.steady()) {
  collector_.load_outstanding(options_.cancel);
  settler_.load_lost();
  extras_.load_outstanding();
}

RunResult Engine::run() {
  Runner* const self = this;
  return run_side_by_side({&self, 1}, transport_).front();
}

bool Engine::advance() {
  if (!ends_by_ && stopping()) begin_to_end();
  if (!ends_by_) {
    begin_ready_units();
    extras_.look_at_units();
  }
  if (!ends_by_ && finished()) begin_to_end();
  if (!ends_by_) send_what_may_leave();
  show_progress();
  // An answer that is on its way tells what was charged: worth a moment.
  return !ends_by_ || (!in_flight_.empty() && env_.clock.steady() < *ends_by_);
}

void Engine::begin_ready_units() {
  auto& units = context_.units;
  const auto ready = [&] { return units.graph().ready(buyer_.covers_whole_run()); };
  do {
    for (const auto index : ready()) {
      if (auto step = chooser_.begin(index)) buyer_.buy(std::move(*step));
    }
    for (const auto index : units.arrivals()) {
      if (auto step = chooser_.go_on(index)) buyer_.buy(std::move(*step));
    }
    units.checkpoint();
    units.finish_starved();
  } while (!ready().empty() || !units.arrivals().empty());
}

bool Engine::may_poll() const {
  const auto polls = std::ranges::count_if(
      in_flight_, [](const auto& entry) { return std::holds_alternative<PollTask>(entry.second.task.kind); });
  const auto most = std::max(1, context_.pipeline.source.max_in_flight * 3 / 4);
  return polls < most;
}

int Engine::spare_requests() const {
  const auto& units = context_.units;
  const auto now = env_.clock.steady();
  auto needed = static_cast<std::int64_t>(context_.queue.size() - context_.queue.extras());
  std::map<StageName, std::int64_t> per_batch;  // requests for as many creators as one poll is about, the poll included
  for (const auto stage : {StageName::audience_match, StageName::content_match, StageName::enrich}) {
    per_batch[stage] = 2;  // the poll, and the evidence behind its results
  }
  for (plan::UnitIndex index = 0; index < units.all().size(); ++index) {
    const auto& unit = units.graph().unit(index);
    // A walk goes on at once, and brings whole batches.
    if (unit.stage == StageName::search && unit.state == plan::UnitState::running) return 0;
    const bool follows = unit.feeder && units.graph().unit(*unit.feeder).stage == StageName::enrich;
    if (follows && unit.state != plan::UnitState::finished) per_batch[StageName::enrich] = kWholeChain;
  }
  const auto end = limiter_.window_end().value_or(now + kWindow);
  for (const auto family : kAllStages) {
    needed += per_batch[family] * static_cast<std::int64_t>(collector_.polls_by(family, end));
  }
  return static_cast<int>(std::clamp<std::int64_t>(limiter_.left(now) - needed, 0, kMany));
}

bool Engine::may_ask_all() const {
  const auto& units = context_.units;
  int starts = 0;
  for (plan::UnitIndex index = 0; index < units.all().size(); ++index) {
    const auto& unit = units.graph().unit(index);
    const bool is_fed = unit.feeder && units.graph().unit(*unit.feeder).stage == StageName::enrich;
    if (is_fed && unit.state == plan::UnitState::running && !units.at(index).fed) ++starts;
  }
  const auto to_come = starts * collector_.polls_out(StageName::enrich);
  return to_come == 0 || limiter_.left(env_.clock.steady()) > to_come;
}

bool Engine::may_send_extras(int spare) const {
  if (context_.units.graph().finished()) return true;
  const auto now = env_.clock.steady();
  const auto rest = limiter_.last_stretch();
  if (!rest || now < rest->begin || now >= rest->end || spare < kForBatch) return false;
  const auto out = std::ranges::count_if(in_flight_, [](const auto& entry) { return is_extra(entry.second.task); });
  return out < std::max(1, context_.pipeline.source.max_in_flight / 2);
}

TaskQueue::MayLeave Engine::may_leave() const {
  return [this, polls = may_poll(), spare = spare_requests()](const Task& task) {
    if (std::holds_alternative<PollTask>(task.kind)) return polls;
    if (is_extra(task)) return may_send_extras(spare);
    const auto* const details = std::get_if<DetailsTask>(&task.kind);
    if (details == nullptr) return buyer_.may_leave(task, spare >= kForBatch);
    return spare >= kForEarlyPoll || collector_.is_complete(*details);
  };
}

std::optional<Task> Engine::next_task() {
  const auto now = env_.clock.steady();
  const auto leaves = may_leave();
  const auto is_urgent = [&](const Task& task) { return priority(task) <= kPollPriority && leaves(task); };
  if (auto task = context_.queue.pop(now, is_urgent)) return task;
  if (may_poll()) {
    if (auto poll = collector_.next_poll(spare_requests() >= kForEarlyPoll, may_ask_all())) return poll;
  }
  if (auto task = context_.queue.pop(now, leaves)) return task;
  if (extras_.empty() || !may_send_extras(spare_requests())) return std::nullopt;
  return extras_.next();
}

void Engine::send_what_may_leave() {
  const auto most = static_cast<std::size_t>(context_.pipeline.source.max_in_flight);
  while (in_flight_.size() < most && limiter_.next_slot(env_.clock.steady()) <= env_.clock.steady()) {
    auto task = next_task();
    if (!task) return;
    send(std::move(*task));
  }
}

std::optional<Call> Engine::call_of(const Task& task) const {
  if (const auto* const usage = std::get_if<UsageTask>(&task.kind)) {
    return ReadUsage{usage->month.value_or(month_of(env_.clock.wall()))};
  }
  if (const auto* const find = std::get_if<FindTask>(&task.kind)) return settler_.call_of(*find);
  if (is_extra(task)) return extras_.call_of(task);
  if (const auto* const publish = std::get_if<PublishTask>(&task.kind)) return publisher_.call_of(*publish);
  return is_billable(task) ? buyer_.call_of(task) : collector_.call_of(task);
}

void Engine::send(Task task) {
  buyer_.trim(task);
  collector_.trim(task);
  settler_.trim(task);
  const auto call = call_of(task);
  auto request = provider_.to_request(call.value());
  fault_point("engine.before_intent");
  if (is_billable(task) && !buyer_.intend(task, request.body)) return;
  if (const auto* const publish = std::get_if<PublishTask>(&task.kind)) publisher_.intend(*publish);
  const auto id = (options_.numbers != nullptr ? *options_.numbers : own_numbers_).next();
  ++requests_;
  const std::string method = request.method == http::Method::get ? "GET" : "POST";
  in_flight_.emplace(id, InFlight{std::move(task), *call, env_.clock.wall(), method, request.path});
  limiter_.sent(env_.clock.steady());
  fault_point("engine.before_send");
  transport_.start(id, std::move(request));
  fault_point("engine.after_send");
}

void Engine::apply(const http::Completion& completion) {
  auto node = in_flight_.extract(completion.id);
  if (node.empty()) return;
  fault_point("engine.after_receive");
  auto& flight = node.mapped();
  auto answer = provider_.decode(flight.call, completion.outcome, env_.clock.wall());
  limiter_.answered(answer.rate_limit, env_.clock.steady(), completion.duration);
  bought_since_reading_ = bought_since_reading_ || is_billable(flight.task);
  store::RequestLog log{flight.at,         flight.method,       flight.path,         answer.http_status, {},
                        answer.request_id, completion.duration, flight.task.attempt, answer.credit_cost};
  if (!answer.payload) {
    log.error_code = answer.payload.error().code;
    if (answer.payload.error().kind == FailureKind::rate_limited) {
      limiter_.refused(answer.retry_after.value_or(Seconds{2}), env_.clock.steady());
    }
  }
  env_.logger->debug("{} {} {} request_id={} {} {}", flight.method, flight.path, answer.http_status, answer.request_id,
                     describe_duration(completion.duration), log.error_code);
  if (auto* const usage = answer.payload ? std::get_if<Usage>(&*answer.payload) : nullptr) {
    usage->period = std::get<ReadUsage>(flight.call).month;
  }
  dispatch({std::move(flight.task), std::move(answer), std::move(log)});
  settler_.take_over_lost();
  context_.units.checkpoint();
}

void Engine::dispatch(Answered answered) {
  const bool good = answered.answer.payload.has_value();
  switch (answered.task.kind.index()) {
    case 0: return good ? usage_answered(std::move(answered)) : usage_failed(std::move(answered));
    case 1: return good ? page_found(std::move(answered)) : buyer_.failed(std::move(answered));
    case 2: return good ? buyer_.start_answered(std::move(answered)) : buyer_.failed(std::move(answered));
    case 3: return good ? collector_.poll_answered(std::move(answered)) : collector_.failed(std::move(answered));
    case 4: return good ? collector_.details_answered(std::move(answered)) : collector_.failed(std::move(answered));
    case 5: return settler_.found(std::move(answered));
    case 6: return good ? collector_.canceled(std::move(answered)) : collector_.failed(std::move(answered));
    case 7: return good ? extras_.hit_posts_answered(std::move(answered)) : extras_.failed(std::move(answered));
    case 8: return good ? extras_.record_answered(std::move(answered)) : extras_.failed(std::move(answered));
    default: return publisher_.answered(std::move(answered));
  }
}

void Engine::page_found(Answered answered) {
  const auto unit = std::get<SearchTask>(answered.task.kind).unit;
  buyer_.search_answered(std::move(answered));
  extras_.page_stored(unit);
}

void Engine::usage_answered(Answered answered) {
  const auto& usage = std::get<Usage>(*answered.answer.payload);
  const auto snapshot = context_.store.record_usage(context_.run, usage, answered.log);
  context_.needs.usage_read();
  if (!first_reading_ && usage.charges_are_told) first_reading_ = snapshot;
  if (is_last_reading_ && usage.charges_are_told) compare_usage(snapshot);
  // Purchases must not wait for a reading that the month's end made one of the month before.
  const bool is_for_purchases = !std::get<UsageTask>(answered.task.kind).about;
  if (is_for_purchases || usage.period == month_of(env_.clock.wall())) buyer_.usage_known(usage);
  usage.charges_are_told ? settler_.usage_known(snapshot, answered.log.duration) : settler_.usage_untold();
}

void Engine::usage_failed(Answered answered) {
  context_.store.record_request(context_.run, answered.log);
  const auto kind = answered.failure().kind;
  // A key that may not read usage can still buy within our own limits (contracts/toksta.md, "Credits").
  if (kind == FailureKind::forbidden || kind == FailureKind::rejected || kind == FailureKind::no_credits) {
    buyer_.usage_forbidden();
    return settler_.usage_untold();
  }
  auto& task = answered.task;
  const bool refused = kind == FailureKind::unauthorized;
  if (is_last_reading_ && !std::get<UsageTask>(task.kind).about) return;
  if (!refused && task.attempt < context_.max_attempts) {
    task.not_before = env_.clock.steady() + retry_delay(task.attempt, answered.answer.retry_after, env_.random);
    ++task.attempt;
    return context_.queue.push(std::move(task));
  }
  context_.must_end = context_.must_end || refused;
  const Trouble trouble{refused ? ErrorKind::unauthorized : ErrorKind::unreachable, describe(answered)};
  buyer_.usage_failed(trouble);
  settler_.usage_failed(trouble);
}

bool Engine::finished() {
  const bool idle = context_.queue.empty() && in_flight_.empty() && collector_.awaits_nothing() && extras_.empty();
  if (!context_.units.graph().finished()) {
    if (idle) throw std::logic_error("a run waits for nothing");
    return false;
  }
  return nothing_left_to_ask() && !read_usage_at_the_end() && !publisher_.is_at_work();
}

bool Engine::nothing_left_to_ask() {
  if (!extras_.empty()) return false;
  if (options_.collect_everything) {
    return context_.queue.empty() && in_flight_.empty() && collector_.awaits_nothing();
  }
  // Jobs that no unit of this run needs are asked for once; what is not ready is left to a later run.
  collector_.leave_asked();
  const auto asked = [](const Task& task) {
    const auto* const poll = std::get_if<PollTask>(&task.kind);
    return poll != nullptr && std::ranges::all_of(poll->jobs, &AwaitedJob::asked);
  };
  (void)context_.queue.take_if(asked);
  const auto needed = [&](const auto& entry) { return !asked(entry.second.task); };
  return context_.queue.empty() && collector_.awaits_nothing() && std::ranges::none_of(in_flight_, needed);
}

bool Engine::read_usage_at_the_end() {
  if (!first_reading_ || !bought_since_reading_ || is_last_reading_) return false;
  // The comparison is not worth waiting for another window.
  if (limiter_.next_slot(env_.clock.steady()) > env_.clock.steady() + kWorthComparing) return false;
  is_last_reading_ = true;
  context_.queue.push(Task{UsageTask{}});
  return true;
}

void Engine::compare_usage(const store::UsageSnapshot& last) {
  const auto settle_after = context_.pipeline.source.settle_after;
  if (!first_reading_ || first_reading_->period != last.period) return;
  const auto earlier = settling_time(StageName::thought_leaders, settle_after);
  const auto drift =
      usage_drift({*first_reading_, last, settle_after}, context_.store.usage_movements(*first_reading_, earlier));
  if (drift.contains(0)) return;
  const auto credits = drift.low > 0 ? drift.low : drift.high;
  context_.store.record_usage_drift(context_.run, credits);
  env_.logger->warn("the account's usage moved by {} credits {} than the ledger knows of: {}", std::abs(credits),
                    credits > 0 ? "more" : "less",
                    credits > 0 ? "somebody else uses the account too, or something costs more than its answer says"
                                : "something costs less than its answer or the price table says");
}

bool Engine::stopping() {
  if (context_.must_end) return true;
  if (const int signal = options_.signal(); signal != 0) {
    context_.result.signal = signal;
    return true;
  }
  if (options_.max_duration && env_.clock.steady() - started_ >= *options_.max_duration) {
    context_.result.findings.insert(Finding::budget);
    context_.result.messages.emplace_back("stopped after --max-duration");
    return true;
  }
  return false;
}

SteadyTime Engine::next_wake() const {
  if (ends_by_) return *ends_by_;
  const auto now = env_.clock.steady();
  // A purchase that was turned away just before sending may have been the last thing its unit waited for.
  if (context_.units.awaits_checkpoint()) return now;
  auto wake = now + options_.longest_wait;
  if (options_.max_duration) wake = std::min(wake, started_ + *options_.max_duration);
  auto task = context_.queue.next_time(may_leave());
  if (may_poll()) task = std::min(task, collector_.next_poll_time(spare_requests() >= kForEarlyPoll, may_ask_all()));
  if (!extras_.empty() && may_send_extras(spare_requests())) task = now;
  if (const auto rest = limiter_.last_stretch(); rest && !extras_.empty() && rest->begin > now) {
    wake = std::min(wake, rest->begin);
  }
  // A new window may have requests to spare.
  if (const auto end = limiter_.window_end(); end && *end > now) wake = std::min(wake, *end);
  const bool full = in_flight_.size() >= static_cast<std::size_t>(context_.pipeline.source.max_in_flight);
  if (task == SteadyTime::max() || full) return wake;
  return std::min(wake, std::max(task, limiter_.next_slot(now)));
}

void Engine::begin_to_end() {
  ends_by_ = env_.clock.steady() + kGrace;
  std::erase_if(in_flight_, [this](const auto& entry) {
    if (is_to_happen_once(entry.second.task)) return false;
    transport_.cancel(entry.first);
    return true;
  });
}

RunResult Engine::conclude() {
  if (!context_.units.graph().finished()) {
    context_.units.suspend(context_.result.signal != 0 ? "interrupted" : "the run was stopped");
  }
  collector_.remember();
  auto& result = context_.result;
  std::set<std::string> seen;
  for (const auto& unit : context_.units.all()) {
    if (unit.held > 0) result.findings.insert(Finding::ambiguous);
    if (unit.failed > 0) result.findings.insert(Finding::failures);
    if (!unit.trouble) continue;
    result.findings.insert(finding_of(unit.trouble->kind));
    if (seen.insert(unit.trouble->message).second) result.messages.push_back(unit.trouble->message);
  }
  // Also what a crash left in doubt, and what was held before the run was picked up.
  const auto whose = options_.collect_everything ? std::nullopt : std::optional(run_id_);
  const store::JobFilter in_doubt{.run_id = whose, .status = JobStatus::ambiguous, .limit = 1};
  if (!store::list_jobs(context_.store, in_doubt).empty()) result.findings.insert(Finding::ambiguous);
  const auto error = result.messages.empty() ? std::nullopt : OptionalText(result.messages.front());
  context_.store.finish_run(context_.run, {result.status(), result.exit_code(), error, pace()}, env_.clock.wall());
  show_progress();
  return result;
}

store::Pace Engine::pace() const {
  store::Pace pace;
  pace.active = env_.clock.steady() - started_;
  pace.requests_needed = context_.needs.total();
  pace.requests_per_minute = limiter_.limit();
  pace.by_rate_limit = least_time(pace.requests_needed, limiter_, started_);
  pace.by_job_times = context_.units.longest_chain();
  return pace;
}

void Engine::show_progress() {
  Progress progress;
  const auto& units = context_.units;
  for (plan::UnitIndex index = 0; index < units.all().size(); ++index) {
    const auto& unit = units.all()[index];
    progress.units.push_back({std::string(to_string(units.graph().unit(index).stage)), unit.status, unit.total,
                              unit.done, unit.failed, unit.held});
  }
  progress.credits_spent = context_.budget.spent_in_run();
  progress.requests = requests_;
  progress.in_flight = in_flight_.size();
  const auto now = env_.clock.steady();
  const auto slot = limiter_.next_slot(now);
  if (!context_.queue.empty() && slot > now && slot != SteadyTime::max()) progress.rate_limit_wait = slot - now;
  observer_.observe(progress);
}

}  // namespace toksync::engine
