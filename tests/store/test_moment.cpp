#include <doctest/doctest.h>

#include "night.hpp"
#include "store/moment.hpp"

namespace toksync::store {

TEST_CASE("in a moment the store is as it was, whatever a run writes meanwhile") {
  Night night;
  night.find_creators(3);
  auto reader = Store::open(night.folder.file("night.db"), OpenMode::read_only).value();
  const auto search = night.stage(StageName::search);
  {
    const Moment moment(reader);
    CHECK(reader.count_hits(search) == 3);
    const auto other = night.stage(StageName::search, "{\"other\":1}", "other");
    night.search(other, Night::found(10, 2));
    CHECK(reader.count_hits(other) == 0);
    const Moment inner(reader);
    CHECK(reader.count_hits(other) == 0);
  }
  CHECK(reader.count_hits(night.stage(StageName::search, "{\"other\":1}", "other")) == 2);
}

TEST_CASE("a moment may stand where one writes before and after") {
  Night night;
  const auto creators = night.find_creators(2);
  {
    const Moment moment(night.store);
    CHECK(night.store.work_states(StageName::enrich, night.criteria(StageName::search), {}, creators).size() == 2);
  }
  night.send(StageName::enrich, creators, 1);
  CHECK(night.count("SELECT count(*) FROM jobs WHERE family = 'enrich'") == 2);
}

}  // namespace toksync::store
