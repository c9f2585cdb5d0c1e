#include "engine/poll_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace toksync::engine {
namespace {

// An answer that came sooner than this was not held.
constexpr Milliseconds kNotHeld{1'000};
// How much before the end of the slowest job a question leaves: sparing the wait for it, or sparing connections.
constexpr Milliseconds kEagerLead{10'000};
constexpr Milliseconds kLead{2'000};
// The part by which the time of the slowest job is taken to be shorter, when results were there before they were due.
constexpr int kShortening = 8;
// What is due so soon after a question is asked about in the same one.
constexpr Milliseconds kSoon{1'000};
// The first question about jobs that the server cannot hold one for, with requests to spare and without.
constexpr Milliseconds kEagerQuestion{2'000}, kFirstQuestion{5'000};
// So many jobs that ended tell how long all take; fewer tell a half of it.
constexpr std::size_t kManyJobs = 10;
// Jobs whose times differ by more than this are worth several questions, when requests are to spare.
constexpr Milliseconds kSpread{20'000};
constexpr Seconds kShortestHold{3};
// Between two questions about the same job, unless the server holds them.
constexpr Milliseconds kShortestPause{2'000}, kLongestPause{30'000};
constexpr int kPauseShare = 8;  // of the job's age

Milliseconds age(const AwaitedJob& job, SteadyTime now) { return std::max(Milliseconds{0}, now - job.started); }

}  // namespace

PollPlan::PollPlan(StageName family, QuestionSize size, Seconds longest_hold, std::optional<JobTimes> known)
    : family_(family), size_(size), longest_hold_(longest_hold), times_(known), settled_(known.has_value()) {}

void PollPlan::add(std::span<const PaidJob> jobs, SteadyTime started, bool tells_time) {
  const auto later = [](SteadyTime time, const AwaitedJob& job) { return time < job.started; };
  const auto place = std::upper_bound(fresh_.begin(), fresh_.end(), started, later);
  std::vector<AwaitedJob> awaited;
  for (const auto& job : jobs) awaited.push_back({.job = job, .started = started, .tells_time = tells_time});
  fresh_.insert(place, awaited.begin(), awaited.end());
  if (news_) news_ = std::max(*news_, started);
}

bool PollPlan::is_spread() const { return times_ && times_->longest - times_->shortest > kSpread; }

SteadyTime PollPlan::due(const AwaitedJob& job, bool eager) const {
  if (!times_) {
    const auto unheld = eager ? kEagerQuestion : kFirstQuestion;
    return std::max(job.not_before, job.started + (longest_hold_ > Seconds{0} ? Milliseconds{0} : unheld));
  }
  const auto lead = longest_hold_ > Seconds{0} && eager ? kEagerLead : kLead;
  auto wait = std::max(Milliseconds{0}, times_->longest - lead);
  if (eager && is_spread()) wait = std::min(wait, times_->shortest);
  return std::max(job.not_before, job.started + wait);
}

Seconds PollPlan::hold(bool eager) const {
  if (!times_ || (eager && !is_spread())) return longest_hold_;
  // Waiting for the last is cheap where all end together; early news come in pieces.
  const auto wait = eager ? (times_->longest - times_->shortest) / 6 : times_->longest / 8;
  return std::clamp(std::chrono::ceil<Seconds>(wait), std::min(kShortestHold, longest_hold_), longest_hold_);
}

SteadyTime PollPlan::next_time(bool eager) const {
  auto next = SteadyTime::max();
  if (!settled_ && !probing_) {
    for (const auto& job : again_) next = std::min(next, job.not_before);
    if (again_.empty() && !fresh_.empty()) next = due(fresh_.front(), eager);
  }
  if (!times_) return next;
  if (!fresh_.empty()) next = std::min(next, due(fresh_.front(), eager));
  for (const auto& job : again_) next = std::min(next, due(job, eager));
  return next;
}

std::size_t PollPlan::polls_by(SteadyTime then) const {
  const auto is_due = [&](const AwaitedJob& job) {
    if (!times_) return true;
    return settled_ ? due(job, false) <= then : job.started + times_->shortest <= then;
  };
  const auto end = std::ranges::partition_point(fresh_, is_due);
  if (size_.one_start) {
    std::set<IntentKey> starts;
    for (auto job = fresh_.begin(); job != end; ++job) starts.insert(job->job.start);
    for (const auto& job : again_) {
      if (is_due(job)) starts.insert(job.job.start);
    }
    return starts.size();
  }
  const auto jobs = static_cast<std::size_t>(end - fresh_.begin() + std::ranges::count_if(again_, is_due));
  return (jobs + size_.most - 1) / size_.most;
}

bool PollPlan::fits(const PollTask& poll, const AwaitedJob& job) const {
  if (poll.jobs.size() >= size_.most) return false;
  return !size_.one_start || poll.jobs.empty() || poll.jobs.front().job.start == job.job.start;
}

void PollPlan::take_due(PollTask& poll, SteadyTime now, bool eager) {
  const auto is_due = [&](const AwaitedJob& job) {
    return (poll.probes ? job.not_before : due(job, eager)) <= now + kSoon;
  };
  // Whoever started first is due first.
  const auto take_fresh = [&] {
    while (!fresh_.empty() && fits(poll, fresh_.front()) && is_due(fresh_.front())) {
      poll.jobs.push_back(fresh_.front());
      fresh_.pop_front();
    }
  };
  const auto take_again = [&] {
    std::erase_if(again_, [&](AwaitedJob& job) {
      const bool goes = fits(poll, job) && is_due(job);
      if (goes) poll.jobs.push_back(job);
      return goes;
    });
  };
  if (!poll.probes) take_fresh();
  take_again();
  if (poll.probes && poll.jobs.empty()) take_fresh();
}

std::optional<PollTask> PollPlan::take(SteadyTime now, bool eager) {
  if (next_time(eager) > now) return std::nullopt;
  const bool probes = !settled_ && !probing_;
  PollTask poll{family_, {}, probes ? longest_hold_ : hold(eager), probes};
  take_due(poll, now, eager);
  probing_ = probing_ || probes;
  return poll;
}

Milliseconds PollPlan::pause(const AwaitedJob& job, SteadyTime now, bool was_held) const {
  const bool is_late = times_ && age(job, now) > 2 * times_->longest;
  if (was_held && !is_late) return Milliseconds{0};
  return std::clamp(age(job, now) / kPauseShare, kShortestPause, kLongestPause);
}

void PollPlan::learn_end(const JobTimes& seen, std::size_t jobs, bool at_once, SteadyTime now) {
  settled_ = settled_ || seen_jobs_ >= kManyJobs;
  if (!times_) {
    times_ = seen;
    return;
  }
  times_->shortest = std::min(times_->shortest, seen.shortest);
  if (!at_once) {
    const bool is_sure = jobs >= kManyJobs || seen.longest > times_->longest;
    times_->longest = is_sure ? seen.longest : (times_->longest + seen.longest) / 2;
    return;
  }
  // An answer that was there at once tells that jobs took no longer, and not how long. Asking sooner will tell.
  const bool was_in_time = seen.longest <= times_->longest + kLead;
  if (seen.longest < times_->longest) times_->longest = seen.longest;
  const bool is_on_trial = shortened_ && now - *shortened_ < times_->longest;
  if (!was_in_time || times_->longest <= kLead || is_on_trial) return;
  times_->longest -= times_->longest / kShortening;
  times_->shortest = std::min(times_->shortest, times_->longest);
  shortened_ = now;
}

void PollPlan::learn(const std::vector<AwaitedJob>& ended, const std::vector<AwaitedJob>& open, SteadyTime now,
                     Milliseconds took) {
  const auto tells = [](const AwaitedJob& job) { return job.tells_time; };
  const auto known_ended = static_cast<std::size_t>(std::ranges::count_if(ended, tells));
  const auto known_open = static_cast<std::size_t>(std::ranges::count_if(open, tells));
  if (known_ended == 0) return;
  seen_jobs_ += known_ended;
  JobTimes seen{Milliseconds::max(), Milliseconds{0}};
  auto open_for = Milliseconds::max();
  for (const auto& job : ended) {
    if (!tells(job)) continue;
    const auto at_most = age(job, took >= kNotHeld ? now : now - took);
    seen = {std::min(seen.shortest, at_most), std::max(seen.longest, at_most)};
    open_for = std::min(open_for, job.open_for);
  }
  if (known_open == 0) return learn_end(seen, known_ended, took < kNotHeld, now);
  // Ends go on as they came since the jobs were last seen open.
  const auto since = times_ ? std::max(open_for, std::min(times_->shortest, seen.longest)) : open_for;
  const auto all = static_cast<std::int64_t>(known_ended + known_open);
  const auto extrapolated = since + (seen.longest - since) * all / static_cast<std::int64_t>(known_ended);
  if (!times_) {
    times_ = JobTimes{seen.shortest, extrapolated};
  } else {
    times_->shortest = std::min(times_->shortest, seen.shortest);
    times_->longest = std::max(seen.longest, settled_ ? times_->longest : extrapolated);
  }
}

void PollPlan::answered(const PollTask& poll, const std::vector<AwaitedJob>& ended, std::vector<AwaitedJob> open,
                        SteadyTime now, Milliseconds took) {
  forget(poll);
  learn(ended, open, now, took);
  if (!ended.empty() || !news_) news_ = now;
  for (auto& job : open) {
    job.asked = true;
    job.open_for = age(job, now);
    job.not_before = now + pause(job, now, took >= kNotHeld);
    again_.push_back(job);
  }
}

Milliseconds PollPlan::least_time(const PollTask& poll, const AwaitedJob& job, SteadyTime now,
                                  Milliseconds took) const {
  if (!job.tells_time) return Milliseconds{0};
  const bool ended_while_held = took >= kNotHeld && took < poll.hold;
  if (ended_while_held) {
    // One of them ended just now, and nobody knows which: the youngest says how long it took at least.
    auto least = age(job, now);
    for (const auto& other : poll.jobs) least = other.tells_time ? std::min(least, age(other, now)) : least;
    return std::max(job.open_for, least);
  }
  // It may have ended at any moment since it was last seen open.
  return job.open_for;
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
