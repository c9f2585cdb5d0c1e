#include "engine/collector.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/retry.hpp"

namespace toksync::engine {
namespace {

constexpr std::size_t kJobsPerPoll = 50;
constexpr std::size_t kThoughtLeaderJobsPerPoll = 20;  // contract: 1 to 20 ids at results:bulk
constexpr Seconds kHeld{30};                           // contract: wait_seconds 0 to 30
// A held read that came back sooner than this without news was not held.
constexpr Milliseconds kNotHeld{1'000};
constexpr std::chrono::minutes kPatience{30};
constexpr std::chrono::minutes kLateStart{10};
// How far the API's clock and ours may be apart when the age of a record decides.
constexpr std::chrono::minutes kClockSkew{10};

std::size_t jobs_per_poll(StageName family) {
  return family == StageName::thought_leaders ? kThoughtLeaderJobsPerPoll : kJobsPerPoll;
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

std::vector<std::string> ids_of(const std::vector<PaidJob>& jobs) {
  std::vector<std::string> ids(jobs.size());
  std::ranges::transform(jobs, ids.begin(), &PaidJob::id);
  return ids;
}

std::vector<PaidJob> jobs_of(const Task& task) {
  if (const auto* const poll = std::get_if<PollTask>(&task.kind)) return poll->jobs;
  if (const auto* const cancel = std::get_if<CancelTask>(&task.kind)) return {cancel->job};
  return std::get<DetailsTask>(task.kind).jobs;
}

/// The part after "content-fit:", or the whole id: answers may use either form.
std::string_view bare(std::string_view id) {
  const auto colon = id.rfind(':');
  return colon == std::string_view::npos ? id : id.substr(colon + 1);
}

/// Everything one poll's answer means, gathered before any of it is stored.
class PollReading {
 public:
  PollReading(const Context& context, const std::vector<PaidJob>& jobs) : context_(context) {
    commit.run = context.run;
    for (const auto& job : jobs) by_id_.emplace(bare(job.id), &job);
  }

  void operator()(const EnrichmentResults& results) {
    for (const auto& record : results.records) {
      const auto* const job = take(record.creator_id);
      if (job == nullptr) continue;
      if (!is_new(record, *job, results.pending)) {
        by_id_.emplace(bare(job->id), job);
        continue;
      }
      commit.enrichments.emplace_back(job->job, &record);
      settle(*job,
             {job->job, record.status, std::nullopt, record.error_code, record.error_message, std::nullopt, false});
    }
    if (results.pending == 0) end_without_result();
  }

  void operator()(const ContentMatchResults& results) {
    const auto wanted = context_.read_options.evidence_posts > 0;
    read_analyses(results, commit.content_matches,
                  [&](const ContentMatchRecord& record) { return wanted && record.matching_posts_count != 0; });
  }

  void operator()(const AudienceMatchResults& results) {
    const auto wanted = context_.read_options.engagers > 0;
    read_analyses(results, commit.audience_matches, [&](const AudienceMatchRecord&) { return wanted; });
  }

  void operator()(const ThoughtLeadersResults& results) {
    for (const auto& record : results.jobs) {
      const auto* const job = take(record.job_id);
      if (job == nullptr) continue;
      if (!record.found) {
        missing(*job);
        continue;
      }
      if (!is_final(record.status)) {
        open.push_back(*job);
        continue;
      }
      commit.thought_leaders.emplace_back(job->job, &record);
      settle(*job, {job->job, record.status, charge_for(*job, record), error_code_of(record.status),
                    record.error_message, record.result_expires_at, false});
    }
  }

  template <typename Other>
  void operator()(const Other&) {}

  /// What no record spoke of is still open.
  void finish() {
    for (const auto& [id, job] : by_id_) open.push_back(*job);
  }

  store::PollCommit commit;
  std::vector<std::pair<const PaidJob*, store::JobUpdate>> settled;
  std::vector<PaidJob> open;

 private:
  const PaidJob* take(std::string_view id) {
    const auto found = by_id_.find(bare(id));
    if (found == by_id_.end()) return nullptr;
    const auto* const job = found->second;
    by_id_.erase(found);
    return job;
  }

  /// A creator enriched before shows its old record until the new one is there.
  static bool is_new(const EnrichmentRecord& record, const PaidJob& job, std::optional<int> pending) {
    if (pending == 0 || !record.enriched_at) return true;
    const auto at = from_iso8601(*record.enriched_at);
    return !at || *at >= job.submitted_at - kClockSkew;
  }

  static OptionalText error_code_of(JobStatus status) {
    if (status == JobStatus::succeeded) return std::nullopt;
    return "JOB_" + std::string(status == JobStatus::expired    ? "EXPIRED"
                                : status == JobStatus::canceled ? "CANCELED"
                                                                : "FAILED");
  }

  static store::Charge charge_for(const PaidJob& job, const ThoughtLeadersJob& record) {
    if (!record.analyzed_creators || job.units <= 0) return {job.reserved, "price_table"};
    return {*record.analyzed_creators * (job.reserved / job.units), "body"};
  }

  template <typename Results, typename Rows, typename HasDetails>
  void read_analyses(const Results& results, Rows& rows, const HasDetails& has_details) {
    for (const auto& record : results.records) {
      const auto* const job = take(record.job_id.empty() ? record.analysis_id : record.job_id);
      if (job == nullptr) continue;
      if (!is_final(record.status)) {
        open.push_back(*job);
        continue;
      }
      rows.emplace_back(job->job, &record);
      const bool details = record.status == JobStatus::succeeded && has_details(record);
      settle(*job, {job->job, record.status, std::nullopt, error_code_of(record.status), record.error_message,
                    record.result_expires_at, details});
    }
    for (const auto& id : results.expired_ids) {
      if (const auto* const job = take(id)) fail(*job, JobStatus::expired, "the result is past its retention");
    }
    for (const auto& id : results.not_found_ids) {
      if (const auto* const job = take(id)) missing(*job);
    }
  }

  /// Nothing is pending, and there is no record: the API has nothing more to bring.
  void end_without_result() {
    for (const auto& [id, job] : std::exchange(by_id_, {})) missing(*job);
  }

  /// Unknown to the API: perhaps not yet, soon for good.
  void missing(const PaidJob& job) {
    if (context_.env.clock.wall() - job.submitted_at < kLateStart) return open.push_back(job);
    fail(job, JobStatus::failed, "the API has neither this job nor its result");
  }

  void fail(const PaidJob& job, JobStatus status, std::string message) {
    const auto charge = job.reserved > 0 ? std::optional(store::Charge{job.reserved, "price_table"}) : std::nullopt;
    settle(job, {job.job, status, charge, "NOT_FOUND", std::move(message), std::nullopt, false});
  }

  void settle(const PaidJob& job, store::JobUpdate update) {
    commit.jobs.push_back(update);
    settled.emplace_back(&job, std::move(update));
  }

  const Context& context_;
  std::map<std::string_view, const PaidJob*, std::less<>> by_id_;
};

JobEvent event_of(const store::JobUpdate& update) {
  if (update.status != JobStatus::succeeded) return JobEvent::result_failed;
  return update.details_pending ? JobEvent::result_with_details : JobEvent::result_complete;
}

}  // namespace

void Collector::load_outstanding(const std::set<JobKey>& to_cancel) {
  std::map<StageName, std::vector<PaidJob>> polls;
  std::map<StageName, std::vector<PaidJob>> details;
  for (auto& job : context_.store.outstanding_jobs()) {
    const WorkId work{job.family, job.criteria, job.creator.value_or(CreatorKey{})};
    context_.units.works().add(work, job.details_pending ? JobState::ready : JobState::waiting);
    const auto id = job.family == StageName::enrich ? job.creator_id : job.external_id;
    PaidJob paid{job.job, work, id, job.submitted_at, job.credits_reserved, job.units, job.run == context_.run};
    if (to_cancel.contains(job.job)) {
      context_.queue.push(Task{CancelTask{std::move(paid)}});
      continue;
    }
    (job.details_pending ? details : polls)[job.family].push_back(std::move(paid));
  }
  for (auto& [family, jobs] : polls) follow(family, std::move(jobs));
  for (auto& [family, jobs] : details) {
    push_in_batches(context_.queue, std::move(jobs), kJobsPerPoll, [name = family](std::vector<PaidJob> batch) {
      return Task{DetailsTask{name, std::move(batch)}};
    });
  }
}

void Collector::follow(StageName family, std::vector<PaidJob> jobs) {
  push_in_batches(context_.queue, std::move(jobs), jobs_per_poll(family), [&](std::vector<PaidJob> batch) {
    return Task{PollTask{family, std::move(batch)}};
  });
}

std::optional<Call> Collector::call_of(const Task& task) const {
  if (const auto* const poll = std::get_if<PollTask>(&task.kind)) {
    return stages::stage(poll->family).read(ids_of(poll->jobs), context_.read_options, kHeld);
  }
  if (const auto* const cancel = std::get_if<CancelTask>(&task.kind)) return CancelThoughtLeaders{cancel->job.id};
  const auto& details = std::get<DetailsTask>(task.kind);
  const auto& stage = stages::stage(details.family);
  auto call = stage.read_details(ids_of(details.jobs), context_.read_options);
  // The run that paid wanted them, even if this pipeline asks for none.
  return call ? call : stage.read_details(ids_of(details.jobs), stages::ReadOptions{});
}

void Collector::poll_answered(Answered answered) {
  auto& poll = std::get<PollTask>(answered.task.kind);
  PollReading reading(context_, poll.jobs);
  std::visit(reading, *answered.answer.payload);
  reading.finish();
  if (reading.settled.empty()) {
    context_.store.record_request(context_.run, answered.log);
  } else {
    context_.store.commit_poll(reading.commit, answered.log);
  }
  std::vector<PaidJob> with_details;
  for (const auto& [job, update] : reading.settled) {
    if (update.charge) {
      job->own ? context_.budget.settle(job->reserved, update.charge->credits)
               : context_.budget.settle_for_other_run(job->reserved, update.charge->credits);
    }
    if (update.details_pending) with_details.push_back(*job);
    const bool has_failed = update.status == JobStatus::failed || update.status == JobStatus::expired;
    if (context_.collects_everything && has_failed) context_.result.findings.insert(Finding::failures);
    tell(job->work, event_of(update));
  }
  if (!with_details.empty()) context_.queue.push(Task{DetailsTask{poll.family, std::move(with_details)}});
  const bool news = !reading.settled.empty();
  if (!reading.open.empty()) poll_again(std::move(poll), std::move(reading.open), news, answered.log.duration);
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

void Collector::poll_again(PollTask poll, std::vector<PaidJob> open, bool news, Milliseconds took) {
  const auto now = context_.env.clock.steady();
  if (news || !poll.last_news) poll.last_news = now;
  if (now - *poll.last_news > kPatience) {
    return give_up(
        open, {ErrorKind::internal, fmt::format("{} {} jobs brought nothing for {}; a later run collects them",
                                                open.size(), to_string(poll.family), describe_duration(kPatience))});
  }
  poll.jobs = std::move(open);
  poll.answered = true;
  const bool held = poll.family != StageName::thought_leaders && took >= kNotHeld;
  poll.idle_rounds = news || held ? 0 : poll.idle_rounds + 1;
  const bool at_once = poll.family != StageName::thought_leaders && poll.idle_rounds == 0;
  const auto delay =
      at_once ? Milliseconds{0} : retry_delay(std::max(1, poll.idle_rounds), std::nullopt, context_.env.random);
  context_.queue.push(Task{std::move(poll), now + delay});
}

void Collector::details_answered(Answered answered) {
  const auto& details = std::get<DetailsTask>(answered.task.kind);
  std::map<std::string_view, const PaidJob*> by_id;
  for (const auto& job : details.jobs) by_id.emplace(bare(job.id), &job);
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
    context_.env.logger->warn("job {} is not canceled: {}", raw(job.job), cancellation.reason);
  }
  // Its results tell what it had used; the rest comes back.
  follow(job.work.family, {job});
}

void Collector::failed(Answered answered) {
  context_.store.record_request(context_.run, answered.log);
  const auto jobs = jobs_of(answered.task);
  switch (answered.failure().kind) {
    case FailureKind::rate_limited:
    case FailureKind::unavailable:
    case FailureKind::not_sent:
    case FailureKind::unreadable: return retry(std::move(answered));
    case FailureKind::unauthorized: context_.must_end = true; [[fallthrough]];
    case FailureKind::forbidden: return give_up(jobs, {ErrorKind::unauthorized, describe(answered)});
    case FailureKind::rejected:
    case FailureKind::no_credits:
      if (jobs.size() > 1) return ask_in_halves(answered);
      return give_up(jobs, {ErrorKind::internal, describe(answered)});
  }
}

void Collector::retry(Answered answered) {
  auto& task = answered.task;
  if (task.attempt >= context_.max_attempts) {
    return give_up(jobs_of(task), {ErrorKind::unreachable, describe(answered)});
  }
  const auto delay = retry_delay(task.attempt, answered.answer.retry_after, context_.env.random);
  task.not_before = context_.env.clock.steady() + delay;
  ++task.attempt;
  context_.queue.push(std::move(task));
}

void Collector::ask_in_halves(const Answered& answered) {
  const auto* const poll = std::get_if<PollTask>(&answered.task.kind);
  const auto jobs = jobs_of(answered.task);
  const auto half = (jobs.size() + 1) / 2;
  push_in_batches(context_.queue, jobs, half, [&](std::vector<PaidJob> batch) {
    if (poll != nullptr) return Task{PollTask{poll->family, std::move(batch)}};
    return Task{DetailsTask{std::get<DetailsTask>(answered.task.kind).family, std::move(batch)}};
  });
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
