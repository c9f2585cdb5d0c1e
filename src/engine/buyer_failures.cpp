// What becomes of a purchase that failed: it is tried again, sent in smaller parts, refused for good, denied with all
// that is like it, or lost.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/buyer.hpp"
#include "engine/retry.hpp"

namespace toksync::engine {

using plan::UnitIndex;

namespace {

/// Whether a refusal may be about one of the creators: 400, 404 (contracts/toksta.md, "Calling it").
bool may_be_one_creator(int http_status) { return http_status == 400 || http_status == 404; }

}  // namespace

void Buyer::failed(Answered answered) {
  const auto& failure = answered.failure();
  if (failure.may_be_charged) return lose(answered);
  switch (failure.kind) {
    case FailureKind::rate_limited:
    case FailureKind::unavailable:
    case FailureKind::not_sent:
    case FailureKind::unreadable: return postpone(std::move(answered));
    case FailureKind::rejected:
      if (split(answered)) return;
      return refuse(answered);
    case FailureKind::unauthorized:
    case FailureKind::forbidden:
    case FailureKind::no_credits: return deny(std::move(answered));
  }
}

void Buyer::postpone(Answered answered) {
  auto& task = answered.task;
  end_answer(task);
  context_.store.record_postponed(*task.intent, context_.run, answered.log);
  apply(task, JobEvent::refused_for_now);
  if (task.attempt >= context_.max_attempts) {
    const Trouble trouble{ErrorKind::unreachable, describe(answered)};
    const auto index = unit_of(task);
    abandon(task, trouble);
    return stop(index, trouble);
  }
  const auto delay = retry_delay(task.attempt, answered.answer.retry_after, context_.env.random);
  task.not_before = context_.env.clock.steady() + delay;
  ++task.attempt;
  context_.queue.push(std::move(task));
}

bool Buyer::split(const Answered& answered) {
  const auto* const start = std::get_if<StartTask>(&answered.task.kind);
  if (start == nullptr || start->creators.size() < 2) return false;
  const auto& [unit, family, purchase, creators, whole] = *start;
  if (const auto limit = id_limit(answered.failure(), answered.log.status, creators.size())) {
    withdraw(answered);
    learn_limit(family, *limit, answered.log.path);
    context_.queue.push_first(Task{StartTask{unit, family, purchase, creators}});  // trimmed when it is sent
    return true;
  }
  if (!may_be_one_creator(answered.log.status)) return false;
  const auto halving = refused_batches_.halve(unit, creators.size());
  if (!halving) return false;
  withdraw(answered);
  const auto middle = creators.begin() + static_cast<std::ptrdiff_t>(creators.size() / 2);
  for (const auto& half : {std::vector(middle, creators.end()), std::vector(creators.begin(), middle)}) {
    context_.queue.push_first(Task{StartTask{unit, family, purchase, half, halving}});
  }
  return true;
}

void Buyer::withdraw(const Answered& answered) {
  const auto price = answered.task.reserved;
  end_answer(answered.task);
  context_.store.record_refused(*answered.task.intent, context_.run, JobStatus::canceled, answered.failure(),
                                answered.log);
  in_flight_ -= price;
  context_.budget.settle(price, 0);
  context_.budget.set_aside(price);
  context_.units.at(unit_of(answered.task)).set_aside += price;
  apply(answered.task, JobEvent::split);
}

void Buyer::learn_limit(StageName family, IdLimit limit, std::string_view path) {
  auto& units = context_.units;
  context_.facts.limit(store::Fact::ids_per_start, family, limit, path);
  for (UnitIndex index = 0; index < units.all().size(); ++index) {
    if (units.graph().unit(index).stage != family) continue;
    auto& batch_size = units.at(index).batch_size;
    batch_size = std::min(batch_size, limit.most);
  }
}

void Buyer::learn_size(const Answered& answered) {
  const auto& start = std::get<StartTask>(answered.task.kind);
  const auto& path = answered.log.path;
  context_.facts.passed(store::Fact::ids_per_start, start.family, start.creators.size(), path);
  const auto size = refused_batches_.accepted(start.unit, start.half_of);
  if (size) learn_limit(start.family, {*size, true}, path);
}

void Buyer::refuse(const Answered& answered) {
  const auto& task = answered.task;
  const auto index = unit_of(task);
  const auto price = task.reserved;
  end_answer(task);
  context_.store.record_refused(*task.intent, context_.run, JobStatus::failed, answered.failure(), answered.log);
  in_flight_ -= price;
  context_.budget.settle(price, 0);
  apply(task, JobEvent::refused_for_good);
  context_.units.touch(index);
  if (!std::holds_alternative<SearchTask>(task.kind)) return;
  context_.units.at(index).pending = 0;
  stop(index, {ErrorKind::internal, describe(answered)});
}

bool Buyer::uses_campaign(UnitIndex index) const {
  const auto& set = context_.units.keyword_set(index);
  switch (context_.units.graph().unit(index).stage) {
    case StageName::content_match: return set.content_match && set.content_match->campaign_id;
    case StageName::audience_match: return set.audience_match && set.audience_match->campaign_id;
    default: return false;
  }
}

void Buyer::deny(Answered answered) {
  auto& task = answered.task;
  const auto index = unit_of(task);
  const auto kind = answered.failure().kind;
  const bool broke = kind == FailureKind::no_credits;
  auto why = describe(answered);
  if (kind == FailureKind::forbidden) why += fmt::format(" ({})", explain_forbidden(uses_campaign(index)));
  const Trouble trouble{broke ? ErrorKind::no_credits : ErrorKind::unauthorized, std::move(why)};
  end_answer(task);
  // Canceled and not failed: what was wanted is right, and a run that is picked up buys it.
  context_.store.record_refused(*task.intent, context_.run, JobStatus::canceled, answered.failure(), answered.log);
  in_flight_ -= task.reserved;
  context_.budget.settle(task.reserved, 0);
  apply(task, JobEvent::refused_for_now);
  task.intent.reset();
  abandon(task, trouble);
  context_.must_end = context_.must_end || kind == FailureKind::unauthorized;
  broke ? stop_all_purchases(index, trouble) : stop(index, trouble);
}

void Buyer::lose(const Answered& answered) {
  const auto& task = answered.task;
  end_answer(task);
  in_flight_ -= task.reserved;  // Settler counts it from here on
  context_.store.record_ambiguous(*task.intent, context_.run, answered.failure(), answered.log);
  context_.lost.push_back(task.intent->key);
  context_.units.touch(unit_of(task));
  context_.env.logger->warn("{}: {}", context_.units.name(unit_of(task)), describe(answered));
  const auto* const search = std::get_if<SearchTask>(&task.kind);
  if (search == nullptr) return apply(task, JobEvent::answer_lost);
  if (task.attempt >= context_.max_attempts) {
    context_.units.at(search->unit).pending = 0;
    return stop(search->unit, {ErrorKind::unreachable, describe(answered)});
  }
  Task again{*search};
  again.attempt = task.attempt + 1;
  again.not_before = context_.env.clock.steady() + retry_delay(task.attempt, std::nullopt, context_.env.random);
  context_.queue.push(std::move(again));
}

void Buyer::give_back(Task& task, const std::string& why) {
  if (!task.intent) return;
  const Failure failure{FailureKind::not_sent, "NOT_SENT", why, false};
  context_.store.record_given_up(*task.intent, failure, context_.env.clock.wall());
  in_flight_ -= task.reserved;
  context_.budget.settle(task.reserved, 0);
  task.intent.reset();
}

void Buyer::abandon(Task task, const Trouble& trouble) {
  give_back(task, trouble.message);
  for (const auto& work : works_of(task)) context_.units.give_up(work, trouble);
  if (const auto* const search = std::get_if<SearchTask>(&task.kind)) context_.units.at(search->unit).pending = 0;
}

void Buyer::stop(UnitIndex index, const Trouble& trouble) {
  auto& unit = context_.units.at(index);
  if (!unit.trouble) unit.trouble = trouble;
  const auto belongs = [&](const Task& task) { return is_billable(task) && unit_of(task) == index; };
  for (const auto& task : context_.queue.take_if(belongs)) abandon(task, trouble);
  context_.budget.give_back(std::exchange(unit.set_aside, 0));
  context_.units.touch(index);
}

void Buyer::stop_all_purchases(UnitIndex first, const Trouble& trouble) {
  no_more_purchases_ = trouble;
  stop(first, trouble);
  std::set<UnitIndex> others;
  const auto collect = [&](const Task& task) {
    if (is_billable(task)) others.insert(unit_of(task));
    return false;
  };
  (void)context_.queue.take_if(collect);
  for (const auto index : others) stop(index, trouble);
  for (const auto& step : std::exchange(steps_, {})) turn_away(step, trouble);
}

}  // namespace toksync::engine
