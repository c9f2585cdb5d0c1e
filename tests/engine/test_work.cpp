#include <algorithm>

#include <doctest/doctest.h>

#include "engine/work.hpp"

namespace toksync::engine {

TEST_CASE("every unit that needs a work is told of it") {
  Waiters waiters;
  CHECK(waiters.empty());
  CHECK(waiters.all().empty());
  for (const plan::UnitIndex unit : {7, 0, 4}) waiters.add(unit);
  CHECK_FALSE(waiters.empty());
  auto units = waiters.all();
  CHECK(units.front() == 7);
  std::ranges::sort(units);
  CHECK(units == std::vector<plan::UnitIndex>{0, 4, 7});
}

TEST_CASE("what is settled leaves the registry, and may be wanted anew") {
  const WorkId id{StageName::enrich, CriteriaKey{1}, CreatorKey{2}};
  WorkRegistry works;
  works.add(id, JobState::sent).waiters.add(3);
  works.remove(id);
  CHECK(works.find(id) == nullptr);
  CHECK(works.add(id, JobState::planned).waiters.empty());
  REQUIRE(works.find(id) != nullptr);
  CHECK(works.find(id)->state == JobState::planned);
}

}  // namespace toksync::engine
