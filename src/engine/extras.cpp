#include "engine/extras.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/answers.hpp"
#include "engine/retry.hpp"
#include "stages/stage.hpp"

namespace toksync::engine {
namespace {

using plan::UnitIndex;
using plan::UnitState;

constexpr int kNotFound = 404;

std::string why(const Answered& answered) {
  const auto& failure = answered.failure();
  return fmt::format("{} {}: {}", answered.log.status, failure.code, failure.message);
}

}  // namespace

Extras::Extras(Context& context) : context_(context), looked_at_(context.units.all().size()) {}

void Extras::load_outstanding() {
  want_pages(std::nullopt);
  // Those who were found may have been forgotten since.
  std::erase_if(pages_, [&](const store::HitPage& page) {
    const bool is_empty = context_.store.wanted_hit_posts(page, 1).creators.empty();
    if (is_empty) context_.store.record_hit_posts_done(page);
    return is_empty;
  });
}

void Extras::look_at_units() {
  const auto& units = context_.units;
  for (UnitIndex index = 0; index < looked_at_.size(); ++index) {
    const bool has_begun = units.graph().unit(index).state != UnitState::waiting;
    if (looked_at_[index] || !has_begun) continue;
    if (units.graph().unit(index).stage == StageName::search) {
      if (units.graph().unit(index).state != UnitState::finished) continue;
      want_posts_of(index);
    } else if (!units.at(index).fed && units.graph().unit(index).state != UnitState::finished) {
      continue;
    }
    looked_at_[index] = true;
    want_records_of(index);
  }
}

void Extras::page_stored(UnitIndex unit) {
  if (context_.units.keyword_set(unit).search->evidence_posts > 0) want_pages(context_.units.at(unit).key);
}

void Extras::want_posts_of(UnitIndex unit) {
  const auto posts = context_.units.keyword_set(unit).search->evidence_posts;
  if (posts == 0) return;
  const auto search = context_.units.at(unit).key;
  // Hits may come from a search that wanted fewer, or none.
  if (context_.store.count_more_hit_posts(search, posts) > 0) context_.store.want_hit_posts(search, posts);
  want_pages(search);
}

void Extras::want_pages(std::optional<StageKey> search) {
  if (no_posts_) return;
  for (const auto page : context_.store.pages_without_posts(search)) {
    if (!pages_out_.contains(page)) pages_.insert(page);
  }
}

bool Extras::is_last_choice(UnitIndex unit) const {
  const auto& graph = context_.units.graph();
  const auto set = graph.unit(unit).keyword_set;
  std::optional<UnitIndex> last;
  for (const auto stage : kAllStages) {
    if (stage == StageName::thought_leaders) continue;
    if (const auto found = graph.find(set, stage)) last = found;
  }
  return last == unit;
}

std::vector<CreatorKey> Extras::chosen_by(UnitIndex unit) const {
  const auto& units = context_.units;
  if (units.graph().unit(unit).stage == StageName::search) return context_.store.hits_after(units.at(unit).key, 0);
  std::vector<CreatorKey> chosen;
  for (const auto& [creator, decision] : context_.store.selection(units.at(unit).key)) {
    if (decision != store::Decision::unaffordable) chosen.push_back(creator);
  }
  return chosen;
}

void Extras::want_records_of(UnitIndex unit) {
  const auto& set = context_.units.keyword_set(unit);
  if (no_records_ || !set.search || !set.search->detail || !is_last_choice(unit)) return;
  const auto age = stages::refresh_of_details(set);
  const auto since = age ? std::optional(context_.env.clock.wall() - *age) : std::nullopt;
  for (const auto creator : context_.store.without_detail(chosen_by(unit), context_.run, since)) {
    if (known_.insert(creator).second) creators_.push_back(creator);
  }
}

std::size_t Extras::most_hits() const {
  return std::min<std::size_t>(stages::kHitsPerRead,
                               context_.facts.ids_per_read(StageName::search).value_or(stages::kHitsPerRead));
}

Task Extras::next() {
  if (pages_.empty()) {
    const auto creator = creators_.front();
    creators_.pop_front();
    return Task{CreatorTask{creator}};
  }
  const auto page = *pages_.begin();
  pages_.erase(pages_.begin());
  pages_out_.insert(page);
  auto wanted = context_.store.wanted_hit_posts(page, most_hits());
  return Task{HitPostsTask{page, std::move(wanted)}};
}

Call Extras::call_of(const Task& task) const {
  if (const auto* const record = std::get_if<CreatorTask>(&task.kind)) {
    return ReadCreator{context_.store.creator_ids({&record->creator, 1}).front(), context_.pipeline.source.platform};
  }
  const auto& wanted = std::get<HitPostsTask>(task.kind).wanted;
  return ReadHitPosts{context_.store.creator_ids(wanted.creators), wanted.keywords, wanted.posts};
}

void Extras::hit_posts_answered(Answered answered) {
  const auto& [page, wanted] = std::get<HitPostsTask>(answered.task.kind);
  const auto& records = std::get<HitPostsResults>(*answered.answer.payload).records;
  pages_out_.erase(page);
  context_.facts.passed(store::Fact::ids_per_read, StageName::search, wanted.creators.size(), answered.log.path);
  const bool is_done =
      context_.store.commit_hit_posts(context_.run, {page, wanted.posts, wanted.creators, records}, answered.log);
  context_.needs.read_hit_posts(page.stage, wanted.creators.size(), most_hits());
  if (!is_done && !no_posts_) pages_.insert(page);
}

void Extras::record_answered(Answered answered) {
  const auto creator = std::get<CreatorTask>(answered.task.kind).creator;
  context_.store.commit_creator_detail(context_.run, creator, std::get<CreatorDetail>(*answered.answer.payload),
                                       answered.log);
  context_.needs.record_read();
}

void Extras::failed(Answered answered) {
  const auto kind = answered.failure().kind;
  if (kind == FailureKind::rejected) return refused(std::move(answered));
  context_.store.record_request(context_.run, answered.log);
  switch (kind) {
    case FailureKind::unauthorized: context_.must_end = true; [[fallthrough]];
    case FailureKind::forbidden: return give_up(answered, ErrorKind::unauthorized);
    case FailureKind::no_credits: return give_up(answered, ErrorKind::no_credits);
    default: return retry(std::move(answered));
  }
}

void Extras::retry(Answered answered) {
  auto& task = answered.task;
  if (task.attempt >= context_.max_attempts) return give_up(answered, ErrorKind::unreachable);
  task.not_before =
      context_.env.clock.steady() + retry_delay(task.attempt, answered.answer.retry_after, context_.env.random);
  ++task.attempt;
  context_.queue.push(std::move(task));
}

void Extras::refused(Answered answered) {
  const auto* const hits = std::get_if<HitPostsTask>(&answered.task.kind);
  const auto ids = hits == nullptr ? 1 : hits->wanted.creators.size();
  if (const auto limit = ids > 1 ? id_limit(answered.failure(), answered.log.status, ids) : std::nullopt) {
    context_.store.record_request(context_.run, answered.log);
    context_.facts.limit(store::Fact::ids_per_read, StageName::search, *limit, answered.log.path);
    pages_out_.erase(hits->page);
    pages_.insert(hits->page);
    return;
  }
  if (hits != nullptr) {
    pages_out_.erase(hits->page);
    context_.store.record_no_hit_posts(context_.run, hits->page, why(answered), answered.log);
  } else {
    const auto creator = std::get<CreatorTask>(answered.task.kind).creator;
    context_.store.record_no_detail(context_.run, creator, why(answered), answered.log);
  }
  context_.env.logger->warn("{}; it is not asked for again", describe(answered));
  if (answered.log.status != kNotFound) context_.result.findings.insert(Finding::failures);
}

void Extras::give_up(const Answered& answered, ErrorKind kind) {
  if (std::holds_alternative<HitPostsTask>(answered.task.kind)) {
    no_posts_ = true;
    pages_.clear();
  } else {
    no_records_ = true;
    creators_.clear();
  }
  const auto message = describe(answered);
  context_.env.logger->warn("{}; a later run asks again", message);
  context_.result.findings.insert(finding_of(kind));
  context_.result.messages.push_back(message);
}

}  // namespace toksync::engine
