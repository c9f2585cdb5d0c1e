#include <doctest/doctest.h>

#include "engine/task.hpp"

namespace toksync::engine {
namespace {

constexpr SteadyTime kNow{Milliseconds{1'000'000}};

Task search(plan::UnitIndex unit, SteadyTime not_before = SteadyTime::min()) {
  return Task{SearchTask{unit, std::nullopt, 100}, not_before};
}
Task start(plan::UnitIndex unit, StageName family = StageName::enrich) { return Task{StartTask{unit, family, 0, {}}}; }
Task poll() { return Task{PollTask{StageName::enrich, {}}}; }
Task details() { return Task{DetailsTask{StageName::content_match, {}}}; }

bool always(const Task& /*task*/) { return true; }
bool not_polls(const Task& task) { return !std::holds_alternative<PollTask>(task.kind); }

std::size_t kind(const std::optional<Task>& task) { return task.value().kind.index(); }

TEST_CASE("usage goes first, then what costs credits, then polls, then details") {
  TaskQueue queue;
  queue.push(details());
  queue.push(poll());
  queue.push(start(0));
  queue.push(Task{UsageTask{}});
  for (const std::size_t expected : {0U, 2U, 3U, 4U}) CHECK(kind(queue.pop(kNow, always)) == expected);
  CHECK(queue.empty());
  CHECK_FALSE(queue.pop(kNow, always).has_value());
}

TEST_CASE("searches leave before starts, and starts in the order of the stages") {
  TaskQueue queue;
  queue.push(start(1, StageName::audience_match));
  queue.push(start(2, StageName::enrich));
  queue.push(search(3));
  queue.push(start(4, StageName::content_match));
  CHECK(std::get<SearchTask>(queue.pop(kNow, always)->kind).unit == 3);
  for (const plan::UnitIndex unit : {2U, 4U, 1U}) {
    CHECK(std::get<StartTask>(queue.pop(kNow, always)->kind).unit == unit);
  }
}

TEST_CASE("units take turns, and within a unit the first that came leaves first") {
  TaskQueue queue;
  for (int i = 0; i < 3; ++i) {
    auto one = start(7);
    one.attempt = i;
    queue.push(one);
  }
  queue.push(start(8));
  std::vector<std::pair<plan::UnitIndex, int>> order;
  while (auto task = queue.pop(kNow, always)) order.emplace_back(std::get<StartTask>(task->kind).unit, task->attempt);
  CHECK(order == std::vector<std::pair<plan::UnitIndex, int>>{{7, 0}, {8, 1}, {7, 1}, {7, 2}});
}

TEST_CASE("the newest task of a unit can be found, and grow") {
  TaskQueue queue;
  CHECK(queue.newest_like(start(1)) == nullptr);
  queue.push(start(1));
  queue.push(start(2));
  REQUIRE(queue.newest_like(start(1)) != nullptr);
  std::get<StartTask>(queue.newest_like(start(1))->kind).creators.push_back(CreatorKey{5});
  CHECK(queue.size() == 2);
  CHECK(std::get<StartTask>(queue.pop(kNow, always)->kind).creators.size() == 1);
  CHECK(queue.newest_like(start(1)) == nullptr);
}

TEST_CASE("a task that has to wait lets others pass") {
  TaskQueue queue;
  queue.push(search(1, kNow + Milliseconds{1}));
  queue.push(search(2, kNow));
  CHECK(queue.next_time(always) == kNow);
  CHECK(std::get<SearchTask>(queue.pop(kNow, always)->kind).unit == 2);
  CHECK_FALSE(queue.pop(kNow, always).has_value());
  CHECK(queue.next_time(always) == kNow + Milliseconds{1});
  CHECK(std::get<SearchTask>(queue.pop(kNow + Milliseconds{1}, always)->kind).unit == 1);
  CHECK(queue.next_time(always) == SteadyTime::max());
}

TEST_CASE("polls wait while they may not leave, details do not") {
  TaskQueue queue;
  queue.push(poll());
  CHECK_FALSE(queue.pop(kNow, not_polls).has_value());
  CHECK(queue.next_time(not_polls) == SteadyTime::max());
  CHECK(queue.next_time(always) <= kNow);
  queue.push(details());
  CHECK(kind(queue.pop(kNow, not_polls)) == 4);
  CHECK_FALSE(queue.empty());
  CHECK(kind(queue.pop(kNow, always)) == 3);
}

TEST_CASE("what may not leave neither leaves nor wakes anybody, and keeps its place") {
  TaskQueue queue;
  queue.push(start(1));
  queue.push(start(2));
  queue.push(search(3, kNow + Milliseconds{5}));
  const auto not_first = [](const Task& task) {
    const auto* const one = std::get_if<StartTask>(&task.kind);
    return one == nullptr || one->unit != 1;
  };
  CHECK(std::get<StartTask>(queue.pop(kNow, not_first)->kind).unit == 2);
  CHECK_FALSE(queue.pop(kNow, not_first).has_value());
  CHECK(queue.next_time(not_first) == kNow + Milliseconds{5});
  CHECK(std::get<StartTask>(queue.pop(kNow, always)->kind).unit == 1);
}

TEST_CASE("taking out takes all that match, of every kind, and leaves the rest in order") {
  TaskQueue queue;
  queue.push(search(1));
  queue.push(search(2));
  queue.push(search(1));
  queue.push(poll());
  const auto of_unit_1 = [](const Task& task) {
    const auto* const one = std::get_if<SearchTask>(&task.kind);
    return one != nullptr && one->unit == 1;
  };
  CHECK(queue.take_if(of_unit_1).size() == 2);
  CHECK(queue.take_if(of_unit_1).empty());
  CHECK(std::get<SearchTask>(queue.pop(kNow, always)->kind).unit == 2);
  CHECK(kind(queue.pop(kNow, always)) == 3);
}

TEST_CASE("only searches and starts are billable") {
  CHECK(is_billable(search(0)));
  CHECK(is_billable(start(0)));
  CHECK_FALSE(is_billable(poll()));
  CHECK_FALSE(is_billable(details()));
  CHECK_FALSE(is_billable(Task{UsageTask{}}));
}

}  // namespace
}  // namespace toksync::engine
