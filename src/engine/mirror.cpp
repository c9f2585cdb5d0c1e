#include "engine/mirror.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "api/headers.hpp"
#include "base/fault_point.hpp"
#include "engine/retry.hpp"

namespace toksync::engine {
namespace {

std::optional<int> lower(std::optional<int> left, std::optional<int> right) {
  return left && right ? std::min(*left, *right) : left ? left : right;
}

std::string describe(const store::RequestLog& log, const Failure& failure) {
  const auto status = log.status == 0 ? std::string{} : std::to_string(log.status) + " ";
  const auto request = log.request_id.empty() ? std::string{} : " (request " + log.request_id + ")";
  return fmt::format("{} {}: {}{}: {}{}", log.method, log.path, status, failure.code, failure.message, request);
}

std::string about(const MirrorResource& resource, const store::WalkSlice& slice) {
  return slice.slice.empty() ? std::string(resource.name) : fmt::format("{} of {}", resource.name, slice.slice);
}

/// The days of a window that ends today, oldest first.
std::vector<std::string> days_until(WallTime now, Seconds window) {
  std::vector<std::string> days;
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto count = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::days>(window).count());
  for (auto back = count - 1; back >= 0; --back) {
    days.push_back(day_of(WallTime{today - std::chrono::days{back}}));
  }
  return days;
}

}  // namespace

Mirror::Mirror(Env& env, const pipeline::Pipeline& pipeline, api::MirrorProvider& provider, http::Transport& transport,
               store::Store& store, const store::RunRow& run, MirrorOptions options, Observer& observer)
    : env_(env),
      pipeline_(pipeline),
      provider_(provider),
      transport_(transport),
      store_(store),
      mirrors_(store),
      run_(run.key),
      source_(pipeline.source.name.value_or(pipeline.name)),
      options_(std::move(options)),
      observer_(observer),
      pacer_(provider.rate_limit(), lower(pipeline.source.requests_per_minute, provider.ceiling())),
      started_(env.clock.steady()) {
  for (const auto& resource : provider.resources()) {
    const auto config = std::ranges::find(pipeline.mirrors, resource.name, &MirrorConfig::resource);
    if (config != pipeline.mirrors.end()) walks_.push_back({.resource = &resource, .config = *config});
  }
}

RunResult Mirror::run() {
  Runner* const self = this;
  return run_side_by_side({&self, 1}, transport_).front();
}

bool Mirror::advance() {
  if (stopping()) return false;
  begin_ready_walks();
  send_what_may_leave();
  show_progress();
  return std::ranges::any_of(walks_, [](const Walk& walk) { return walk.state != State::ended; });
}

bool Mirror::stopping() {
  if (must_end_) return true;
  if (const int signal = options_.signal(); signal != 0) {
    result_.signal = signal;
    return true;
  }
  if (options_.max_duration && env_.clock.steady() - started_ >= *options_.max_duration) {
    result_.findings.insert(Finding::budget);
    result_.messages.emplace_back("stopped after --max-duration");
    return true;
  }
  return false;
}

const Mirror::Walk* Mirror::parent_of(const Walk& walk) const {
  const auto is_parent = [&](const Walk& other) { return other.resource->name == walk.resource->parent; };
  const auto parent = std::ranges::find_if(walks_, is_parent);
  return parent == walks_.end() ? nullptr : &*parent;
}

bool Mirror::is_ready(const Walk& walk) const {
  if (walk.state != State::waiting) return false;
  const auto* const parent = parent_of(walk);
  return parent == nullptr || parent->state == State::ended;
}

void Mirror::begin_ready_walks() {
  for (auto& walk : walks_) {
    if (!is_ready(walk)) continue;
    // Whoever goes on with a list that was cut off asks for each of its rows, not for those of yesterday.
    const auto* const parent = parent_of(walk);
    const bool is_left = parent != nullptr && parent->row.status == store::WalkStatus::running;
    is_left ? stop_asking(walk) : begin_walk(walk);
  }
}

std::vector<std::string> Mirror::slices_of(const Walk& walk) {
  const auto& resource = *walk.resource;
  switch (resource.slicing) {
    case Slicing::whole: return {""};
    case Slicing::variants: return {resource.variants.begin(), resource.variants.end()};
    case Slicing::parents: return mirrors_.parents(resource, source_);
    case Slicing::days: break;
  }
  const bool is_first = !mirrors_.last_complete_walk(source_, resource.name);
  return days_until(env_.clock.wall(),
                    is_first ? std::max(walk.config.first_window, walk.config.window) : walk.config.window);
}

void Mirror::begin_walk(Walk& walk) {
  const auto& resource = *walk.resource;
  walk.state = State::running;
  auto row = mirrors_.walk_of_run(run_, source_, resource.name);
  if (row && row->status != store::WalkStatus::running) {
    walk.row = std::move(*row);
    walk.state = State::ended;
    return;
  }
  // The cursors of a walk that was cut off are not valid any more, unless it has slices that it did not begin.
  if (!row || (resource.paging == Paging::cursors && resource.slicing == Slicing::whole)) {
    const auto last = mirrors_.last_complete_walk(source_, resource.name);
    const auto since = last && !resource.watermark.empty() ? last->watermark : std::nullopt;
    row = mirrors_.begin_walk(run_, source_, resource.name, since, slices_of(walk), env_.clock.wall());
  }
  walk.row = std::move(*row);
  for (auto& slice : mirrors_.open_slices(walk.row.key)) {
    if (resource.paging == Paging::cursors) slice.page.clear();
    walk.slices.push_back(std::move(slice));
  }
  walk.open = walk.total = walk.slices.size();
  end_if_done(walk);
}

std::optional<Mirror::Question> Mirror::next_question(SteadyTime now) {
  const auto due = std::ranges::find_if(again_, [&](const Question& question) { return question.not_before <= now; });
  if (due != again_.end()) {
    auto question = std::move(*due);
    again_.erase(due);
    return question;
  }
  for (WalkIndex index = 0; index < walks_.size(); ++index) {
    auto& walk = walks_[index];
    if (walk.state != State::running || walk.slices.empty()) continue;
    Question question{.walk = index, .slice = std::move(walk.slices.front())};
    walk.slices.pop_front();
    return question;
  }
  return std::nullopt;
}

MirrorCall Mirror::call_of(const Question& question) const {
  if (!question.walk) return {};
  const auto& walk = walks_[*question.walk];
  return {walk.resource, question.slice.slice, question.slice.page, walk.row.since.value_or("")};
}

void Mirror::send_what_may_leave() {
  const auto most = static_cast<std::size_t>(pipeline_.source.max_in_flight);
  const auto signs_in = [](const auto& entry) { return !entry.second.question.walk; };
  while (in_flight_.size() < most) {
    const auto now = env_.clock.steady();
    if (pacer_.next_slot(now) > now || std::ranges::any_of(in_flight_, signs_in)) return;
    const auto asks_to_sign_in = [](const Question& question) { return !question.walk; };
    if (auto request = provider_.sign_in(now)) {
      // One that is to be asked again has its time.
      const auto again = std::ranges::find_if(again_, asks_to_sign_in);
      if (again != again_.end() && again->not_before > now) return;
      const auto question = again == again_.end() ? Question{} : *again;
      if (again != again_.end()) again_.erase(again);
      send(question, std::move(*request));
      return;
    }
    auto question = next_question(now);
    if (!question) return;
    auto read = provider_.to_request(call_of(*question));
    send(std::move(*question), std::move(read));
  }
}

void Mirror::send(Question question, http::Request request) {
  const auto id = (options_.numbers != nullptr ? *options_.numbers : own_numbers_).next();
  auto call = call_of(question);
  const std::string method = request.method == http::Method::get ? "GET" : "POST";
  in_flight_.emplace(
      id, InFlight{std::move(question), std::move(call), env_.clock.wall(), method, request.path, sign_ins_});
  pacer_.sent(env_.clock.steady());
  ++requests_;
  fault_point("mirror.before_send");
  transport_.start(id, std::move(request));
}

void Mirror::apply(const http::Completion& completion) {
  auto node = in_flight_.extract(completion.id);
  if (node.empty()) return;
  fault_point("mirror.after_receive");
  auto& flight = node.mapped();
  if (!flight.question.walk) return signed_in(std::move(flight), completion);
  auto answer = provider_.decode(flight.call, completion.outcome, env_.clock.wall());
  pacer_.answered(answer.rate_limit, env_.clock.steady(), completion.duration);
  store::RequestLog log{flight.at,   flight.method,     flight.path,         answer.http_status,
                        {},          answer.request_id, completion.duration, flight.question.attempt,
                        std::nullopt};
  if (!answer.payload) log.error_code = answer.payload.error().code;
  env_.logger->debug("{} {} {} request_id={} {} {}", log.method, log.path, log.status, log.request_id,
                     describe_duration(log.duration), log.error_code);
  if (!answer.payload) return failed(std::move(flight), answer, log);
  page_came(std::move(flight), std::get<MirrorPage>(std::move(*answer.payload)), log);
}

void Mirror::signed_in(InFlight flight, const http::Completion& completion) {
  const auto now = env_.clock.steady();
  const auto outcome = provider_.signed_in(completion.outcome, now);
  const auto* const response = std::get_if<http::Response>(&completion.outcome);
  pacer_.answered({}, now, completion.duration);
  store::RequestLog log{flight.at, flight.method, flight.path, response == nullptr ? 0 : response->status};
  log.duration = completion.duration;
  log.attempt = flight.question.attempt;
  if (!outcome) log.error_code = outcome.error().code;
  store_.record_request(run_, log);
  if (outcome) return;
  const auto reason = describe(log, outcome.error());
  const auto kind = outcome.error().kind;
  if (kind == FailureKind::unauthorized || kind == FailureKind::forbidden || kind == FailureKind::rejected) {
    must_end_ = true;
    return complain(ErrorKind::unauthorized, reason);
  }
  if (flight.question.attempt >= options_.max_attempts) {
    must_end_ = true;
    return complain(ErrorKind::unreachable, reason);
  }
  const auto retry_after = response == nullptr ? std::nullopt : api::retry_after_of(*response, env_.clock.wall());
  flight.question.not_before = now + retry_delay(flight.question.attempt, retry_after, env_.random);
  ++flight.question.attempt;
  again_.push_back(std::move(flight.question));
}

void Mirror::page_came(InFlight flight, MirrorPage page, const store::RequestLog& log) {
  const auto index = *flight.question.walk;
  auto& walk = walks_[index];
  auto& slice = flight.question.slice;
  if (walk.state == State::ended) return store_.record_request(run_, log);
  ++pages_;
  if (is_circle(walk, slice, page)) page.broken = "the API says that a page follows that was read already";
  // What replaces must be whole, else it would take away what the record was before.
  if (walk.resource->keeping == Keeping::replaced && page.broken.empty()) page.broken = page.unreadable;
  if (!page.broken.empty()) {
    slice_failed(walk, slice, fmt::format("{}: {}", about(*walk.resource, slice), page.broken));
    keep_rows(flight, std::move(page), log);
    return end_if_done(walk);
  }
  auto& rows = page.rows;
  if (walk.resource->keeping == Keeping::replaced) {
    auto& held = walk.held[slice.position];
    held.insert(held.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    rows = page.next_page ? std::vector<MirrorRow>{} : std::exchange(held, {});
  }
  const auto committed = commit(walk, slice, page, log);
  if (!page.next_page) walk.cursors.erase(slice.position);
  if (page.next_page || committed == store::PageCommitted::read_again) {
    slice.page = page.next_page.value_or("");
    walk.slices.push_front(std::move(slice));
    return;
  }
  walk.held.erase(slice.position);
  --walk.open;
  end_if_done(walk);
}

bool Mirror::is_circle(Walk& walk, const store::WalkSlice& slice, const MirrorPage& page) {
  if (walk.resource->paging != Paging::cursors || !page.next_page) return false;
  return !walk.cursors[slice.position].insert(*page.next_page).second;
}

void Mirror::keep_rows(const InFlight& flight, MirrorPage page, const store::RequestLog& log) {
  auto& walk = walks_[*flight.question.walk];
  if (walk.resource->keeping == Keeping::replaced || page.rows.empty()) return store_.record_request(run_, log);
  page.next_page = flight.question.slice.page;
  page.total.reset();
  (void)commit(walk, flight.question.slice, page, log);
}

store::PageCommitted Mirror::commit(Walk& walk, const store::WalkSlice& slice, const MirrorPage& page,
                                    const store::RequestLog& log) {
  walk.is_partly_read = true;
  OptionalText doubt;
  if (!page.unreadable.empty()) {
    doubt = fmt::format("{}: nothing was marked as missing; the other records are kept", page.unreadable);
  }
  return mirrors_.commit_page({.walk = walk.row.key,
                               .resource = walk.resource,
                               .source = source_,
                               .slice = slice,
                               .day = day_of(log.at),
                               .history = walk.config.history,
                               .rows = page.rows,
                               .next_page = page.next_page,
                               .total = page.total,
                               .doubt = doubt},
                              run_, log);
}

void Mirror::failed(InFlight flight, const Answer& answer, const store::RequestLog& log) {
  const auto& failure = answer.payload.error();
  auto& walk = walks_[*flight.question.walk];
  store_.record_request(run_, log);
  if (walk.state == State::ended) return;
  const auto reason = describe(log, failure);
  switch (failure.kind) {
    case FailureKind::rate_limited:
      pacer_.refused(answer.retry_after.value_or(Seconds{1}), env_.clock.steady());
      return try_again(std::move(flight), answer.retry_after, reason);
    case FailureKind::unavailable:
    case FailureKind::unreadable:
    case FailureKind::not_sent: return try_again(std::move(flight), answer.retry_after, reason);
    case FailureKind::unauthorized:
      // Calls that left with the token that was refused already are told the same, and say nothing about the next one.
      if (flight.sign_in == sign_ins_ && provider_.sign_in_again()) ++sign_ins_;
      if (flight.sign_in != sign_ins_) return again_.push_back(std::move(flight.question));
      must_end_ = true;
      return complain(ErrorKind::unauthorized, reason);
    case FailureKind::forbidden:
    case FailureKind::no_credits:
      complain(ErrorKind::internal, fmt::format("{} cannot be mirrored: {}", walk.resource->name, reason));
      return end(walk, store::WalkStatus::not_entitled, reason);
    case FailureKind::rejected: break;
  }
  slice_failed(walk, flight.question.slice, reason);
  end_if_done(walk);
}

void Mirror::try_again(InFlight flight, const std::optional<Seconds>& retry_after, const std::string& reason) {
  auto& question = flight.question;
  if (question.attempt >= options_.max_attempts) return suspend(walks_[*question.walk], ErrorKind::unreachable, reason);
  question.not_before = env_.clock.steady() + retry_delay(question.attempt, retry_after, env_.random);
  ++question.attempt;
  again_.push_back(std::move(question));
}

void Mirror::slice_failed(Walk& walk, const store::WalkSlice& slice, const std::string& reason) {
  walk.held.erase(slice.position);
  walk.cursors.erase(slice.position);
  ++walk.failed;
  --walk.open;
  if (walk.trouble.empty()) walk.trouble = reason;
}

// The walk stays as it is in the database: another process goes on with it.
void Mirror::suspend(Walk& walk, ErrorKind kind, const std::string& reason) {
  stop_asking(walk);
  complain(kind, reason);
}

void Mirror::stop_asking(Walk& walk) {
  walk.state = State::ended;
  walk.slices.clear();
  const auto is_of_walk = [&](const Question& question) { return question.walk && &walks_[*question.walk] == &walk; };
  std::erase_if(again_, is_of_walk);
}

void Mirror::end_if_done(Walk& walk) {
  if (walk.state != State::running || walk.open > 0) return;
  if (walk.failed == 0) return end(walk, store::WalkStatus::succeeded, std::nullopt);
  const auto how_many = walk.total > 1 ? fmt::format("{} of {} could not be read: ", walk.failed, walk.total) : "";
  const auto reason = how_many + walk.trouble;
  complain(ErrorKind::internal, fmt::format("{}: {}", walk.resource->name, reason));
  const bool has_something = walk.total > 1 || walk.is_partly_read;
  end(walk, has_something ? store::WalkStatus::incomplete : store::WalkStatus::failed, reason);
}

void Mirror::end(Walk& walk, store::WalkStatus status, const OptionalText& error) {
  stop_asking(walk);
  walk.row = mirrors_.finish_walk(walk.row.key, *walk.resource, source_, status, error, env_.clock.wall());
  if (walk.row.status != store::WalkStatus::incomplete || status == store::WalkStatus::incomplete) return;
  complain(ErrorKind::internal, fmt::format("{}: {}", walk.resource->name, walk.row.error.value_or("")));
}

void Mirror::complain(ErrorKind kind, const std::string& message) {
  result_.findings.insert(finding_of(kind));
  if (std::ranges::find(result_.messages, message) == result_.messages.end()) result_.messages.push_back(message);
}

SteadyTime Mirror::next_wake() const {
  const auto now = env_.clock.steady();
  auto wake = now + options_.longest_wait;
  if (options_.max_duration) wake = std::min(wake, started_ + *options_.max_duration);
  if (in_flight_.size() >= static_cast<std::size_t>(pipeline_.source.max_in_flight)) return wake;
  if (std::ranges::any_of(in_flight_, [](const auto& entry) { return !entry.second.question.walk; })) return wake;
  // Nothing else leaves before a signing in that is to be tried again.
  const auto signs_in = std::ranges::find_if(again_, [](const Question& question) { return !question.walk; });
  if (signs_in != again_.end()) return std::min(wake, std::max(signs_in->not_before, pacer_.next_slot(now)));
  auto due = SteadyTime::max();
  for (const auto& question : again_) due = std::min(due, question.not_before);
  const auto waits = [](const Walk& walk) { return walk.state == State::running && !walk.slices.empty(); };
  if (std::ranges::any_of(walks_, waits)) due = std::min(due, now);
  if (std::ranges::any_of(walks_, [this](const Walk& walk) { return is_ready(walk); })) return now;
  if (due == SteadyTime::max()) return wake;
  return std::min(wake, std::max(due, pacer_.next_slot(now)));
}

RunResult Mirror::conclude() {
  for (const auto& [id, flight] : in_flight_) transport_.cancel(id);
  in_flight_.clear();
  const auto error = result_.messages.empty() ? std::nullopt : OptionalText(result_.messages.front());
  store::Pace pace;
  pace.active = env_.clock.steady() - started_;
  pace.requests_needed = pages_;
  pace.requests_per_minute = pacer_.limit();
  pace.by_rate_limit = pacer_.least_time(pages_, started_);
  store_.finish_run(run_, {result_.status(), result_.exit_code(), error, pace}, env_.clock.wall());
  show_progress();
  return result_;
}

void Mirror::show_progress() {
  Progress progress;
  for (const auto& walk : walks_) {
    UnitProgress unit{.name = std::string(walk.resource->name)};
    unit.status = walk.state == State::waiting                    ? store::StageStatus::waiting
                  : walk.state == State::running                  ? store::StageStatus::running
                  : walk.row.status == store::WalkStatus::running ? store::StageStatus::stopped
                                                                  : store::StageStatus::succeeded;
    unit.total = static_cast<std::int64_t>(walk.total);
    unit.done = static_cast<std::int64_t>(walk.total - walk.open) - walk.failed;
    unit.failed = walk.failed;
    progress.units.push_back(std::move(unit));
  }
  progress.requests = requests_;
  progress.in_flight = in_flight_.size();
  const auto now = env_.clock.steady();
  if (const auto slot = pacer_.next_slot(now); slot > now && slot != SteadyTime::max()) {
    progress.rate_limit_wait = slot - now;
  }
  observer_.observe(progress);
}

}  // namespace toksync::engine
