#include "engine/publisher.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/retry.hpp"
#include "plan/publishing.hpp"

namespace toksync::engine {
namespace {

constexpr int kListsOnPage = 100;  // the most that the contract allows
// What arrived mostly shows at once.
constexpr Milliseconds kFirstLook{2'000};
constexpr Milliseconds kNextLook{30'000};
// Times in the database are whole seconds.
constexpr Seconds kRounding{1};

bool passes(FailureKind kind) {
  return kind == FailureKind::rate_limited || kind == FailureKind::unavailable || kind == FailureKind::not_sent ||
         kind == FailureKind::unreadable;
}

}  // namespace

bool Publisher::is_at_work() {
  if (!std::exchange(has_begun_, true)) begin();
  return !is_done_;
}

bool Publisher::is_shortlist_final() const {
  return std::ranges::none_of(context_.units.all(), [](const auto& unit) {
    const auto& trouble = unit.trouble;
    return trouble && (trouble->kind == ErrorKind::budget || trouble->kind == ErrorKind::no_credits ||
                       trouble->kind == ErrorKind::unreachable);
  });
}

void Publisher::begin() {
  const auto& pipeline = context_.pipeline;
  is_done_ = !is_wanted_ || !pipeline.publish;
  if (is_done_) return;
  if (!is_shortlist_final()) {
    context_.env.logger->info("the shortlist is published when the run is done");
    is_done_ = true;
    return;
  }
  auto chosen = store::shortlisted(context_.store, plan::published_part(pipeline));
  list_ = context_.store.begin_publication(context_.run, plan::wanted_list(pipeline),
                                           static_cast<std::int64_t>(chosen.size()));
  take_up(std::move(chosen));
  if (batches_.empty() && !addition_) return finish();
  look(SteadyTime::min());
}

void Publisher::take_up(std::vector<store::Publishable> chosen) {
  batches_.clear();
  addition_ = context_.store.open_addition(list_.key);
  const auto waiting = store::not_published(context_.store, list_.key, std::move(chosen));
  for (std::size_t first = 0; first < waiting.size(); first += plan::kMostInAddition) {
    const auto begin = waiting.begin() + static_cast<std::ptrdiff_t>(first);
    const auto size = std::min(plan::kMostInAddition, waiting.size() - first);
    batches_.push_back({{begin, begin + static_cast<std::ptrdiff_t>(size)}});
  }
}

void Publisher::send(PublishTask task, SteadyTime at, int attempt) {
  context_.queue.push(Task{std::move(task), at, attempt});
}

Call Publisher::call_of(const PublishTask& task) const {
  const auto& pipeline = context_.pipeline;
  switch (task.step) {
    case Step::look: return ReadCreatorLists{kListsOnPage, task.offset};
    case Step::create:
      return CreateCreatorList{pipeline.publish.value().list, "Shortlist of the toksync pipeline " + pipeline.name,
                               pipeline.source.platform};
    case Step::add: break;
  }
  SaveToCreatorList save{list_.list_id.value(), {}};
  for (const auto& one : task.creators) save.creator_ids.push_back(one.creator_id);
  return save;
}

void Publisher::intend(const PublishTask& task) {
  const auto now = context_.env.clock.wall();
  if (task.step == Step::create) {
    context_.store.record_list_asked_for(list_.key, now);
    list_.creation_sent_at = now;
  } else if (task.step == Step::add) {
    addition_ = context_.store.record_addition(list_.key, context_.run, task.creators, total_, now);
    half_of_ = task.half_of;
  }
}

void Publisher::answered(Answered answered) {
  if (is_done_) return context_.store.record_request(context_.run, answered.log);
  if (!answered.answer.payload) return failed(std::move(answered));
  switch (std::get<PublishTask>(answered.task.kind).step) {
    case Step::look: return looked(std::move(answered));
    case Step::create: return list_made(answered);
    case Step::add: return added(answered);
  }
}

// --- looking ---

void Publisher::look(SteadyTime at) {
  seen_.clear();
  send({Step::look}, at);
}

WallTime Publisher::due(WallTime sent_at) const { return sent_at + context_.pipeline.source.settle_after + kRounding; }

void Publisher::look_again(WallTime sent_at) {
  const Milliseconds left = due(sent_at) - context_.env.clock.wall();
  look(context_.env.clock.steady() + std::clamp(left, Milliseconds{0}, kNextLook));
}

void Publisher::looked(Answered answered) {
  context_.store.record_request(context_.run, answered.log);
  const auto& page = std::get<CreatorListPage>(*answered.answer.payload);
  const auto before = seen_.size();
  for (const auto& list : page.lists) {
    if (std::ranges::find(seen_, list.id, &CreatorList::id) == seen_.end()) seen_.push_back(list);
  }
  const int offset = std::get<PublishTask>(answered.task.kind).offset + static_cast<int>(page.lists.size());
  // The contract says that there are pages, and not how the last one is told from the others.
  const bool is_last = seen_.size() == before || (page.total && offset >= *page.total) ||
                       (!page.total && page.lists.size() < kListsOnPage);
  if (!is_last) return send({Step::look, offset});
  decide(answered.log.at);
}

std::vector<CreatorList> Publisher::lists_meant() const {
  std::vector<CreatorList> lists;
  std::ranges::copy_if(seen_, std::back_inserter(lists), [&](const CreatorList& list) {
    return list_.list_id ? list.id == *list_.list_id : list.name == context_.pipeline.publish.value().list;
  });
  return lists;
}

void Publisher::decide(WallTime looked_at) {
  const auto lists = lists_meant();
  if (lists.size() > 1) {
    return give_up(
        fmt::format("publish: the account has {} lists named \"{}\": say which one by list_id = \"{}\" in"
                    " place of list, or rename the others",
                    lists.size(), name(), lists.front().id));
  }
  is_seen_ = !lists.empty();
  if (!is_seen_ && !list_.list_id) return list_missing(looked_at);
  total_ = is_seen_ ? lists.front().total : std::nullopt;
  if (is_seen_) list_is(lists.front(), nullptr);
  if (settle_addition(looked_at)) add_next();
}

void Publisher::list_is(const CreatorList& list, const store::RequestLog* log) {
  const auto key = context_.store.record_list_found(list_.key, list, context_.run, log);
  list_.list_id = list.id;
  list_.creation_sent_at.reset();
  if (key == std::exchange(list_.key, key)) return;
  // Known by its id already, and with it who is in it.
  std::vector<store::Publishable> chosen;
  for (const auto& batch : batches_) chosen.insert(chosen.end(), batch.creators.begin(), batch.creators.end());
  take_up(std::move(chosen));
}

void Publisher::list_missing(WallTime looked_at) {
  if (list_.creation_sent_at && looked_at < due(*list_.creation_sent_at)) return look_again(*list_.creation_sent_at);
  send({Step::create});
}

bool Publisher::settle_addition(WallTime looked_at) {
  if (!addition_) return true;
  const auto grown =
      total_ && addition_->total_before ? OptionalCount(*total_ - *addition_->total_before) : std::nullopt;
  const auto now = context_.env.clock.wall();
  if (grown == addition_->sent) {
    context_.store.record_added(addition_->key, total_, context_.run, nullptr, now);
  } else if (looked_at < due(addition_->sent_at)) {
    look_again(addition_->sent_at);
    return false;
  } else if (grown == 0) {
    context_.store.record_not_added(addition_->key, context_.run, nullptr);
    if (!addition_->creators.empty()) batches_.push_front({std::move(addition_->creators), half_of_});
  } else {
    // Somebody else changed the list meanwhile. That the contract counts those added apart from those requested
    // suggests that it knows who is in a list; as it does not say so, nobody is sent again.
    context_.store.record_addition_unclear(addition_->key, now);
    unclear_ += addition_->sent;
  }
  addition_.reset();
  half_of_.reset();
  return true;
}

// --- making and adding ---

void Publisher::list_made(const Answered& answered) {
  const auto& made = std::get<CreatorList>(*answered.answer.payload);
  list_is(made, &answered.log);
  context_.needs.list_changed();
  is_seen_ = true;
  total_ = made.total.value_or(0);
  add_next();
}

void Publisher::add_next() {
  if (batches_.empty()) return finish();
  auto batch = std::move(batches_.front());
  batches_.pop_front();
  send({Step::add, 0, std::move(batch.creators), batch.half_of});
}

void Publisher::added(const Answered& answered) {
  const auto& saved = std::get<SavedToList>(*answered.answer.payload);
  if (saved.total) {
    total_ = saved.total;
  } else if (total_) {
    total_ = *total_ + saved.added.value_or(addition_->sent);
  }
  context_.store.record_added(addition_->key, total_, context_.run, &answered.log, context_.env.clock.wall());
  context_.needs.list_changed();
  (void)refused_batches_.accepted(0, half_of_);
  addition_.reset();
  half_of_.reset();
  add_next();
}

// --- failures ---

void Publisher::failed(Answered answered) {
  const auto kind = answered.failure().kind;
  const bool is_look = std::get<PublishTask>(answered.task.kind).step == Step::look;
  if (answered.failure().may_be_charged) return lost(answered);
  is_look ? context_.store.record_request(context_.run, answered.log) : take_back(answered);
  if (passes(kind) && answered.task.attempt < context_.max_attempts) {
    const auto delay = retry_delay(answered.task.attempt, answered.answer.retry_after, context_.env.random);
    return send(std::get<PublishTask>(std::move(answered.task.kind)), context_.env.clock.steady() + delay,
                answered.task.attempt + 1);
  }
  if (kind == FailureKind::rejected && !is_look) return rejected(answered);
  if (kind == FailureKind::unauthorized) {
    context_.must_end = true;
    return give_up("publish: " + describe(answered), Finding::unauthorized);
  }
  const auto why = kind == FailureKind::forbidden ? fmt::format(" ({})", explain_forbidden(true)) : std::string();
  give_up(fmt::format("publish: {}{}", describe(answered), why));
}

void Publisher::lost(const Answered& answered) {
  context_.store.record_request(context_.run, answered.log);
  context_.env.logger->warn("publish: {}", describe(answered));
  if (++losses_ >= context_.max_attempts) {
    return give_up("publish: " + describe(answered) + ": answers were lost again and again, the next run finds out");
  }
  look(context_.env.clock.steady() + kFirstLook);
}

void Publisher::take_back(const Answered& answered) {
  if (std::get<PublishTask>(answered.task.kind).step == Step::create) {
    context_.store.record_list_not_made(list_.key, context_.run, answered.log);
    list_.creation_sent_at.reset();
    return;
  }
  context_.store.record_not_added(addition_->key, context_.run, &answered.log);
  addition_.reset();
  half_of_.reset();
}

void Publisher::rejected(const Answered& answered) {
  auto task = std::get<PublishTask>(answered.task.kind);
  if (task.step == Step::create) return give_up("publish: " + describe(answered));
  if (answered.log.status == 404 && !is_seen_) return list_gone(answered);
  // It may be one of the creators, who is not to keep the others away.
  if (const auto halving = refused_batches_.halve(0, task.creators.size())) {
    const auto middle = task.creators.begin() + static_cast<std::ptrdiff_t>(task.creators.size() / 2);
    batches_.push_front({{middle, task.creators.end()}, halving});
    batches_.push_front({{task.creators.begin(), middle}, halving});
    return add_next();
  }
  if (task.creators.size() > 1) return give_up("publish: " + describe(answered));
  if (refused_++ == 0) refusal_ = describe(answered);
  add_next();
}

void Publisher::list_gone(const Answered& answered) {
  context_.store.record_list_gone(list_.key, context_.env.clock.wall());
  const bool is_named_by_id = context_.pipeline.publish.value().list_id.has_value();
  give_up(fmt::format("publish: {}: the list is no more, or belongs to another account; {}", describe(answered),
                      is_named_by_id ? "name one that exists by list_id, or have one made by list = \"a name\""
                                     : "the next run makes it anew, unless [publish] is taken out"));
}

void Publisher::give_up(std::string why, Finding finding) {
  is_done_ = true;
  context_.env.logger->warn("{}", why);
  context_.store.record_publication_trouble(context_.run, why);
  context_.result.findings.insert(finding);
  context_.result.messages.push_back(std::move(why));
}

void Publisher::finish() {
  is_done_ = true;
  if (refused_ > 0) {
    return give_up(fmt::format("publish: {} of the shortlist refused by the API, the first by {}", refused_, refusal_));
  }
  if (unclear_ == 0) return;
  give_up(
      fmt::format("publish: nobody knows whether {} creators were added to \"{}\": the answer was lost, and the list"
                  " changed by other hands, too; they are in published_creators with the status unclear",
                  unclear_, name()));
}

std::string Publisher::name() const {
  const auto& publish = context_.pipeline.publish.value();
  return publish.list_id ? *publish.list_id : publish.list;
}

}  // namespace toksync::engine
