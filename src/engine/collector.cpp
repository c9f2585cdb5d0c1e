#include "engine/collector.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/poll_reading.hpp"
#include "engine/retry.hpp"

namespace toksync::engine {
namespace {

constexpr std::size_t kJobsPerPoll = 50;
constexpr std::size_t kThoughtLeaderJobsPerPoll = 20;  // contract: 1 to 20 ids at results:bulk
// Where a question is about one start: more than any start brings.
constexpr std::size_t kAnyNumber = 1'000'000;
constexpr std::chrono::minutes kPatience{30};
// Jobs take minutes: one that is as old as this is waited for no longer than that, which is enough for one that only
// looks old, as the clock was set.
constexpr std::chrono::hours kStuckAfter{24};
constexpr std::chrono::minutes kPatienceWithStuck{10};
// A job younger than this was started by this process.
constexpr Milliseconds kJustNow{2'000};

QuestionSize question_size(const Context& context, StageName family) {
  if (context.ways.reads_by_start) return {kAnyNumber, true};
  const auto usual = family == StageName::thought_leaders ? kThoughtLeaderJobsPerPoll : kJobsPerPoll;
  return {std::min(usual, context.facts.ids_per_read(family).value_or(usual))};
}

template <typename Make>
void push_in_batches(TaskQueue& queue, std::vector<PaidJob> jobs, std::size_t batch, const Make& make) {
  for (std::size_t first = 0; first < jobs.size(); first += batch) {
    const auto last = std::min(jobs.size(), first + batch);
    const auto at = [&](std::size_t i) {
      return std::make_move_iterator(jobs.begin() + static_cast<std::ptrdiff_t>(i));
    };
    queue.push(make(std::vector<PaidJob>(at(first), at(last))));
  }
}

/// By which their results are read.
std::vector<std::string> ids_of(const Context& context, const std::vector<PaidJob>& jobs) {
  std::vector<JobKey> keys(jobs.size());
  std::ranges::transform(jobs, keys.begin(), &PaidJob::job);
  return context.store.result_ids(
      keys, context.ways.reads_by_start ? store::ResultIds::all_by_job : store::ResultIds::enrichments_by_creator);
}

std::vector<PaidJob> jobs_of(const std::vector<AwaitedJob>& awaited) {
  std::vector<PaidJob> jobs(awaited.size());
  std::ranges::transform(awaited, jobs.begin(), &AwaitedJob::job);
  return jobs;
}

std::vector<PaidJob> jobs_of(const Task& task) {
  if (const auto* const poll = std::get_if<PollTask>(&task.kind)) return jobs_of(poll->jobs);
  if (const auto* const cancel = std::get_if<CancelTask>(&task.kind)) return {cancel->job};
  return std::get<DetailsTask>(task.kind).jobs;
}

JobEvent event_of(const store::JobUpdate& update) {
  if (update.status != JobStatus::succeeded) return JobEvent::result_failed;
  return update.details_pending ? JobEvent::result_with_details : JobEvent::result_complete;
}

}  // namespace

Collector::Collector(Context& context) : context_(context), begun_(context.env.clock.steady()) {
  for (const auto family : kAllStages) {
    const bool can_be_held = family != StageName::thought_leaders;
    const auto hold = can_be_held ? context.ways.longest_hold : Seconds{0};
    plans_.emplace(family, PollPlan(family, question_size(context, family), hold, context.facts.job_times(family)));
  }
}

void Collector::remember() {
  for (const auto& [family, plan] : plans_) {
    if (const auto times = plan.times()) context_.facts.remember_job_times(family, *times);
  }
}

PollPlan& Collector::plan_of(StageName family) { return plans_.at(family); }

void Collector::load_outstanding(const std::set<JobKey>& to_cancel) {
  std::map<StageName, std::vector<PaidJob>> polls;
  // What one question can be about: jobs of one family, and perhaps of one start.
  std::map<std::pair<StageName, IntentKey>, std::vector<PaidJob>> details;
  for (auto& job : context_.store.outstanding_jobs()) {
    const WorkId work{job.family, job.criteria, job.creator.value_or(CreatorKey{})};
    auto& known = context_.units.works().add(work, job.details_pending ? JobState::ready : JobState::waiting);
    // What it took before this process began is no part of a chain of this one.
    known.chain = -std::clamp(context_.env.clock.wall() - job.submitted_at, Milliseconds{0}, kJustNow);
    const bool is_charged_later = job.family == StageName::thought_leaders;
    if (is_charged_later) context_.budget.carry_over(job.credits_reserved);
    // What was free was there already: no newer record will come.
    const bool is_old_news = job.family == StageName::enrich && job.is_free;
    const PaidJob paid{job.job,
                       work,
                       is_old_news ? WallTime{} : job.submitted_at,
                       job.credits_reserved,
                       job.units,
                       job.run == context_.run,
                       job.start,
                       is_charged_later};
    if (to_cancel.contains(job.job)) {
      context_.queue.push(Task{CancelTask{paid}});
      continue;
    }
    const auto start = context_.ways.reads_by_start ? job.start : IntentKey{};
    (job.details_pending ? details[{job.family, start}] : polls[job.family]).push_back(paid);
  }
  for (const auto& [family, jobs] : polls) follow(family, jobs);
  for (auto& [of, jobs] : details) {
    const auto family = of.first;
    push_in_batches(context_.queue, std::move(jobs), most_jobs(family), [family](std::vector<PaidJob> batch) {
      return Task{DetailsTask{family, std::move(batch)}};
    });
  }
}

void Collector::follow(StageName family, std::span<const PaidJob> jobs) {
  // What an earlier process started is older than this one.
  std::map<SteadyTime, std::vector<PaidJob>> by_start;
  const auto now = context_.env.clock.steady();
  for (const auto& job : jobs) {
    const auto age = std::max(Milliseconds{0}, context_.env.clock.wall() - job.submitted_at);
    by_start[now - age].push_back(job);
  }
  for (const auto& [started, some] : by_start) plan_of(family).add(some, started, now - started < kJustNow);
}

std::optional<Task> Collector::next_poll(bool eager, bool any_family) {
  for (auto& [family, plan] : plans_) {
    if (!any_family && family != StageName::enrich) continue;
    auto poll = plan.take(context_.env.clock.steady(), eager);
    if (!poll) continue;
    ++polls_out_[family];
    return Task{std::move(*poll)};
  }
  return std::nullopt;
}

bool Collector::is_complete(const DetailsTask& details) const {
  if (context_.ways.reads_by_start || details.jobs.size() >= most_jobs(details.family)) return true;
  if (!plans_.at(details.family).empty()) return false;
  return polls_out(details.family) <= 0;
}

SteadyTime Collector::next_poll_time(bool eager, bool any_family) const {
  auto next = SteadyTime::max();
  for (const auto& [family, plan] : plans_) {
    if (any_family || family == StageName::enrich) next = std::min(next, plan.next_time(eager));
  }
  return next;
}

int Collector::polls_out(StageName family) const {
  const auto polls = polls_out_.find(family);
  return polls == polls_out_.end() ? 0 : polls->second;
}

bool Collector::awaits_nothing() const {
  return std::ranges::all_of(plans_, [](const auto& entry) { return entry.second.empty(); });
}

void Collector::leave_asked() {
  for (auto& [family, plan] : plans_) plan.drop_asked();
  polls_out_.clear();
}

void Collector::trim(Task& task) {
  const auto cut = [&](auto& question) {
    const auto most = most_jobs(question.family);
    if (question.jobs.size() <= most) return false;
    const auto end = question.jobs.begin() + static_cast<std::ptrdiff_t>(most);
    auto rest = question;
    rest.jobs.assign(end, question.jobs.end());
    question.jobs.erase(end, question.jobs.end());
    context_.queue.push(Task{std::move(rest)});
    return true;
  };
  if (auto* const details = std::get_if<DetailsTask>(&task.kind)) cut(*details);
  auto* const poll = std::get_if<PollTask>(&task.kind);
  if (poll != nullptr && cut(*poll)) ++polls_out_[poll->family];
}

void Collector::learn_limit(StageName family, IdLimit limit, std::string_view path) {
  context_.facts.limit(store::Fact::ids_per_read, family, limit, path);
  auto& plan = plan_of(family);
  plan.limit(std::min(plan.most_jobs(), limit.most));
}

std::optional<Call> Collector::call_of(const Task& task) const {
  if (const auto* const poll = std::get_if<PollTask>(&task.kind)) {
    return stages::stage(poll->family).read(ids_of(context_, jobs_of(poll->jobs)), context_.read_options, poll->hold);
  }
  if (const auto* const cancel = std::get_if<CancelTask>(&task.kind)) {
    return CancelThoughtLeaders{ids_of(context_, {cancel->job}).front()};
  }
  const auto& details = std::get<DetailsTask>(task.kind);
  const auto ids = ids_of(context_, details.jobs);
  const auto& stage = stages::stage(details.family);
  auto call = stage.read_details(ids, context_.read_options);
  // The run that paid wanted them, even if this pipeline asks for none.
  return call ? call : stage.read_details(ids, stages::ReadOptions{});
}

void Collector::poll_answered(Answered answered) {
  const auto& poll = std::get<PollTask>(answered.task.kind);
  --polls_out_[poll.family];
  const auto jobs = jobs_of(poll.jobs);
  context_.facts.passed(store::Fact::ids_per_read, poll.family, jobs.size(), answered.log.path);
  const auto ids = ids_of(context_, jobs);
  PollReading reading(context_, jobs, ids);
  std::visit(reading, *answered.answer.payload);
  reading.finish();
  if (reading.settled.empty()) {
    context_.store.record_request(context_.run, answered.log);
  } else {
    context_.store.commit_poll(reading.commit, answered.log);
  }
  context_.needs.read(poll.family, reading.settled.size(), most_in_question(poll.family, reading.settled.size()));
  ask_again(poll, reading.open, answered.log.duration);
  std::vector<PaidJob> with_details;
  for (const auto& [job, update] : reading.settled) {
    if (update.charge) {
      if (job->carried_over) context_.budget.end_carried_over(job->reserved);
      job->own ? context_.budget.settle(job->reserved, update.charge->credits)
               : context_.budget.settle_for_other_run(job->reserved, update.charge->credits);
    }
    if (update.details_pending) with_details.push_back(*job);
    const bool has_failed = update.status == JobStatus::failed || update.status == JobStatus::expired;
    if (context_.collects_everything && has_failed) context_.result.findings.insert(Finding::failures);
    tell(job->work, event_of(update));
  }
  want_details(poll.family, std::move(with_details));
}

void Collector::ask_again(const PollTask& poll, const std::vector<PaidJob>& still_open, Milliseconds took) {
  const auto now = context_.env.clock.steady();
  std::set<JobKey> is_open;
  for (const auto& job : still_open) is_open.insert(job.job);
  std::vector<AwaitedJob> ended;
  std::vector<AwaitedJob> open;
  for (const auto& job : poll.jobs) (is_open.contains(job.job.job) ? open : ended).push_back(job);
  auto& plan = plan_of(poll.family);
  for (const auto& job : ended) context_.units.lengthen_chain(job.job.work, plan.least_time(poll, job, now, took));
  leave_stuck(open);
  plan.answered(poll, ended, std::move(open), now, took);
  const auto forlorn = jobs_of(plan.give_up(now, kPatience));
  if (forlorn.empty()) return;
  give_up(forlorn,
          {ErrorKind::internal, fmt::format("{} {} jobs brought nothing for {}; a later run collects them",
                                            forlorn.size(), to_string(poll.family), describe_duration(kPatience))});
}

void Collector::leave_stuck(std::vector<AwaitedJob>& open) {
  const auto now = context_.env.clock.steady();
  if (now - begun_ < kPatienceWithStuck) return;
  std::vector<AwaitedJob> stuck;
  std::erase_if(open, [&](const AwaitedJob& job) {
    const bool is_dated = job.job.submitted_at != WallTime{};
    const bool is_stuck = is_dated && now - job.started >= kStuckAfter;
    if (is_stuck) stuck.push_back(job);
    return is_stuck;
  });
  for (const auto& job : stuck) {
    context_.env.logger->warn(
        "job {} ({}) has brought nothing since {}, and is not waited for; toksync jobs resolve {} --as charged ends it",
        raw(job.job.job), to_string(job.job.work.family), to_iso8601(job.job.submitted_at), raw(job.job.job));
    tell(job.job.work, JobEvent::result_failed);
  }
  if (!stuck.empty() && context_.collects_everything) context_.result.findings.insert(Finding::failures);
}

void Collector::want_details(StageName family, std::vector<PaidJob> jobs) {
  auto task = Task{DetailsTask{family, {}}};
  auto* const last = context_.queue.newest_like(task);
  if (auto* const waiting = last != nullptr ? std::get_if<DetailsTask>(&last->kind) : nullptr) {
    const bool may_grow = waiting->family == family && last->attempt == 1 && !context_.ways.reads_by_start;
    while (may_grow && !jobs.empty() && waiting->jobs.size() < most_jobs(family)) {
      waiting->jobs.push_back(jobs.back());
      jobs.pop_back();
    }
  }
  if (jobs.empty()) return;
  std::get<DetailsTask>(task.kind).jobs = std::move(jobs);
  context_.queue.push(std::move(task));
}

bool Collector::is_awaited(const WorkId& work) {
  const auto* const known = context_.units.works().find(work);
  return known != nullptr && (known->state == JobState::waiting || known->state == JobState::ready);
}

void Collector::tell(const WorkId& work, JobEvent event) {
  if (!is_awaited(work)) return;
  const bool ends_details = event == JobEvent::details_stored;
  const bool has_details = context_.units.works().find(work)->state == JobState::ready;
  if (ends_details == has_details) context_.units.apply(work, event);
}

void Collector::details_answered(Answered answered) {
  const auto& details = std::get<DetailsTask>(answered.task.kind);
  context_.facts.passed(store::Fact::ids_per_read, details.family, details.jobs.size(), answered.log.path);
  context_.needs.read_details(details.family, details.jobs.size(),
                              most_in_question(details.family, details.jobs.size()));
  for (const auto& job : details.jobs) context_.units.lengthen_chain(job.work, answered.log.duration);
  std::map<std::string_view, const PaidJob*> by_id;
  const auto ids = ids_of(context_, details.jobs);
  for (std::size_t i = 0; i < ids.size(); ++i) by_id.emplace(bare(ids[i]), &details.jobs[i]);
  const auto pair_up = [&](const auto& records, const auto& nothing) {
    std::vector<std::pair<JobKey, decltype(&nothing)>> rows;
    for (const auto& record : records) {
      const auto found = by_id.find(bare(record.job_id));
      if (found == by_id.end()) continue;
      rows.emplace_back(found->second->job, &record);
      by_id.erase(found);
    }
    // What the answer leaves out has no details; asking again would not bring any.
    for (const auto& [id, job] : by_id) rows.emplace_back(job->job, &nothing);
    return rows;
  };
  if (const auto* const posts = std::get_if<ContentPostsResults>(&*answered.answer.payload)) {
    const ContentEvidence nothing;
    context_.store.commit_content_posts(context_.run, pair_up(posts->records, nothing), answered.log);
  } else {
    const AudienceDetails nothing;
    const auto& records = std::get<AudienceDetailsResults>(*answered.answer.payload).records;
    context_.store.commit_audience_details(context_.run, pair_up(records, nothing), answered.log);
  }
  for (const auto& job : details.jobs) tell(job.work, JobEvent::details_stored);
}

void Collector::canceled(Answered answered) {
  context_.store.record_request(context_.run, answered.log);
  const auto& cancellation = std::get<CanceledJob>(*answered.answer.payload);
  const auto& job = std::get<CancelTask>(answered.task.kind).job;
  if (!cancellation.applied) {
    context_.env.logger->warn("job {} is not canceled: {} request_id={}", raw(job.job), cancellation.reason,
                              answered.log.request_id);
  }
  // Its results tell what it had used; the rest comes back.
  follow(job.work.family, {&job, 1});
}

void Collector::failed(Answered answered) {
  context_.store.record_request(context_.run, answered.log);
  switch (answered.failure().kind) {
    case FailureKind::rate_limited:
    case FailureKind::unavailable:
    case FailureKind::not_sent:
    case FailureKind::unreadable: return retry(std::move(answered));
    case FailureKind::unauthorized: context_.must_end = true; [[fallthrough]];
    case FailureKind::forbidden: return give_up(answered, ErrorKind::unauthorized);
    case FailureKind::rejected:
    case FailureKind::no_credits:
      // A part of what one start brought is read by the same question.
      if (jobs_of(answered.task).size() > 1 && !context_.ways.reads_by_start) return ask_for_fewer(answered);
      return give_up(answered, ErrorKind::internal);
  }
}

void Collector::retry(Answered answered) {
  auto& task = answered.task;
  if (task.attempt >= context_.max_attempts) return give_up(answered, ErrorKind::unreachable);
  const auto delay = retry_delay(task.attempt, answered.answer.retry_after, context_.env.random);
  task.not_before = context_.env.clock.steady() + delay;
  ++task.attempt;
  context_.queue.push(std::move(task));
}

void Collector::ask_for_fewer(const Answered& answered) {
  const auto jobs = jobs_of(answered.task);
  const auto limit = id_limit(answered.failure(), answered.log.status, jobs.size());
  if (!limit) return ask_in_halves(answered);
  learn_limit(jobs.front().work.family, *limit, answered.log.path);
  context_.queue.push(Task{answered.task.kind});  // trimmed when it is sent
}

void Collector::ask_in_halves(const Answered& answered) {
  const auto ask = [&](const auto& whole) {
    const auto middle = whole.jobs.begin() + static_cast<std::ptrdiff_t>((whole.jobs.size() + 1) / 2);
    auto first = whole;
    auto second = whole;
    first.jobs.assign(whole.jobs.begin(), middle);
    second.jobs.assign(middle, whole.jobs.end());
    context_.queue.push(Task{std::move(first)});
    context_.queue.push(Task{std::move(second)});
  };
  if (const auto* const poll = std::get_if<PollTask>(&answered.task.kind)) {
    ++polls_out_[poll->family];
    return ask(*poll);
  }
  ask(std::get<DetailsTask>(answered.task.kind));
}

void Collector::give_up(const Answered& answered, ErrorKind kind) {
  if (const auto* const poll = std::get_if<PollTask>(&answered.task.kind)) {
    --polls_out_[poll->family];
    plan_of(poll->family).forget(*poll);
  }
  give_up(jobs_of(answered.task), {kind, describe(answered)});
}

void Collector::give_up(const std::vector<PaidJob>& jobs, const Trouble& trouble) {
  context_.env.logger->warn("{}", trouble.message);
  for (const auto& job : jobs) {
    if (is_awaited(job.work)) context_.units.give_up(job.work, trouble);
  }
  if (!context_.collects_everything) return;
  context_.result.findings.insert(finding_of(trouble.kind));
  context_.result.messages.push_back(trouble.message);
}

}  // namespace toksync::engine
