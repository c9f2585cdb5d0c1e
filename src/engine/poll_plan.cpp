#include "engine/poll_plan.hpp"

#include <algorithm>
#include <utility>

namespace toksync::engine {
namespace {

// An answer that came sooner than this was not held.
constexpr Milliseconds kNotHeld{1'000};
// How much before the end of the slowest job a question leaves: sparing the wait for it, or sparing connections.
constexpr Milliseconds kEagerLead{10'000};
constexpr Milliseconds kLead{2'000};
// Jobs whose times differ by more than this are worth several questions, when requests are to spare.
constexpr Milliseconds kSpread{20'000};
constexpr Seconds kShortestHold{2};
// Between two questions about the same job, unless the server holds them.
constexpr Milliseconds kShortestPause{2'000}, kLongestPause{30'000};
constexpr int kPauseShare = 8;  // of the job's age

Milliseconds age(const AwaitedJob& job, SteadyTime now) { return std::max(Milliseconds{0}, now - job.started); }

}  // namespace

PollPlan::PollPlan(StageName family, std::size_t most_jobs, Seconds longest_hold, std::optional<JobTimes> known)
    : family_(family), most_jobs_(most_jobs), longest_hold_(longest_hold), times_(known) {}

void PollPlan::add(std::vector<PaidJob> jobs, SteadyTime started, bool tells_time) {
  const auto later = [](SteadyTime time, const AwaitedJob& job) { return time < job.started; };
  const auto place = std::upper_bound(fresh_.begin(), fresh_.end(), started, later);
  std::vector<AwaitedJob> awaited;
  for (auto& job : jobs) awaited.push_back({.job = std::move(job), .started = started, .tells_time = tells_time});
  fresh_.insert(place, std::make_move_iterator(awaited.begin()), std::make_move_iterator(awaited.end()));
}

bool PollPlan::is_spread() const { return times_ && times_->longest - times_->shortest > kSpread; }

SteadyTime PollPlan::due(const AwaitedJob& job, bool eager) const {
  if (!times_) return job.not_before;
  const auto lead = longest_hold_ > Seconds{0} && eager ? kEagerLead : kLead;
  auto wait = std::max(Milliseconds{0}, times_->longest - lead);
  if (eager && is_spread()) wait = std::min(wait, times_->shortest);
  return std::max(job.not_before, job.started + wait);
}

Seconds PollPlan::hold(bool eager) const {
  if (!times_ || (eager && !is_spread())) return longest_hold_;
  const auto share = (times_->longest - times_->shortest) / (eager ? 6 : 2);
  return std::clamp(std::chrono::ceil<Seconds>(share), std::min(kShortestHold, longest_hold_), longest_hold_);
}

SteadyTime PollPlan::next_time(bool eager) const {
  if (probing_) return SteadyTime::max();
  auto next = fresh_.empty() ? SteadyTime::max() : due(fresh_.front(), eager);
  for (const auto& job : again_) next = std::min(next, due(job, eager));
  return next;
}

std::size_t PollPlan::polls_by(SteadyTime then) const {
  const auto is_due = [&](const AwaitedJob& job) { return !times_ || due(job, false) <= then; };
  const auto end = std::ranges::partition_point(fresh_, is_due);
  const auto jobs = static_cast<std::size_t>(end - fresh_.begin() + std::ranges::count_if(again_, is_due));
  return (jobs + most_jobs_ - 1) / most_jobs_;
}

std::optional<PollTask> PollPlan::take(SteadyTime now, bool eager) {
  if (next_time(eager) > now) return std::nullopt;
  PollTask poll{family_, {}, hold(eager), !times_.has_value()};
  for (auto job = again_.begin(); job != again_.end() && poll.jobs.size() < most_jobs_;) {
    if (due(*job, eager) > now) {
      ++job;
      continue;
    }
    poll.jobs.push_back(std::move(*job));
    job = again_.erase(job);
  }
  while (!fresh_.empty() && poll.jobs.size() < most_jobs_ && due(fresh_.front(), eager) <= now) {
    poll.jobs.push_back(std::move(fresh_.front()));
    fresh_.pop_front();
  }
  probing_ = poll.probes;
  return poll;
}

Milliseconds PollPlan::pause(const AwaitedJob& job, SteadyTime now, bool was_held) const {
  const bool is_late = times_ && age(job, now) > 2 * times_->longest;
  if (was_held && !is_late) return Milliseconds{0};
  return std::clamp(age(job, now) / kPauseShare, kShortestPause, kLongestPause);
}

void PollPlan::learn_ended(const std::vector<AwaitedJob>& ended, SteadyTime now, Milliseconds took) {
  std::optional<JobTimes> seen;
  for (const auto& job : ended) {
    if (!job.tells_time) continue;
    const auto took_at_most = age(job, took >= kNotHeld ? now : now - took);
    seen = seen ? JobTimes{std::min(seen->shortest, took_at_most), std::max(seen->longest, took_at_most)}
                : JobTimes{took_at_most, took_at_most};
  }
  if (!seen) return;
  if (!times_) {
    times_ = seen;
    return;
  }
  times_->shortest = std::min(times_->shortest, seen->shortest);
  // An answer that was there at once tells only that the jobs took no longer.
  const bool is_news = took >= kNotHeld && seen->longest > times_->longest;
  if (is_news) times_->longest = seen->longest;
  if (seen->longest < times_->longest) times_->longest -= (times_->longest - seen->longest) / 2;
}

void PollPlan::learn_open(const std::vector<AwaitedJob>& open, SteadyTime now) {
  if (!times_) return;
  for (const auto& job : open) {
    // One that hangs says nothing of the others.
    if (job.tells_time && age(job, now) < 2 * times_->longest + kEagerLead) {
      times_->longest = std::max(times_->longest, age(job, now));
    }
  }
}

void PollPlan::answered(const PollTask& poll, const std::vector<AwaitedJob>& ended, std::vector<AwaitedJob> open,
                        SteadyTime now, Milliseconds took) {
  forget(poll);
  learn_ended(ended, now, took);
  learn_open(open, now);
  if (!ended.empty() || !news_) news_ = now;
  for (auto& job : open) {
    job.asked = true;
    job.open_for = age(job, now);
    job.not_before = now + pause(job, now, took >= kNotHeld);
    again_.push_back(std::move(job));
  }
}

Milliseconds PollPlan::least_time(const PollTask& poll, const AwaitedJob& job, SteadyTime now,
                                  Milliseconds took) const {
  if (!job.tells_time) return Milliseconds{0};
  const bool ended_while_held = took >= kNotHeld && took < poll.hold;
  if (ended_while_held) return age(job, now);
  const auto usual = times_ ? times_->shortest : Milliseconds{0};
  return std::max(job.open_for, std::min(age(job, now - took), usual));
}

std::vector<AwaitedJob> PollPlan::give_up(SteadyTime now, Milliseconds patience) {
  if (!news_ || now - *news_ <= patience) return {};
  return std::exchange(again_, {});
}

void PollPlan::drop_asked() {
  again_.clear();
  std::erase_if(fresh_, [](const AwaitedJob& job) { return job.asked; });
}

}  // namespace toksync::engine
