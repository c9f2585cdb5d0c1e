#include <doctest/doctest.h>

#include "night.hpp"
#include "store/forget.hpp"

namespace toksync::store {
namespace {

const WantedList kByName{"https://api.example.com", "Voices", std::nullopt};
const WantedList kById{"https://api.example.com", "", "l1"};

struct PublishingNight : Night {
  PublishingNight() {
    const auto keys = find_creators(3);
    const auto ids = store.creator_ids(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) creators.push_back({keys[i], ids[i]});
  }
  std::vector<Publishable> creators;
};

TEST_CASE_FIXTURE(PublishingNight, "a list is the same as long as its name is") {
  const auto list = store.begin_publication(run.key, kByName, 3);
  CHECK_FALSE(list.list_id.has_value());
  CHECK(store.begin_publication(run.key, kByName, 3).key == list.key);
  CHECK(store.begin_publication(run.key, {"http://localhost:9", "Voices", std::nullopt}, 3).key != list.key);
  const auto log = answer();
  CHECK(store.record_list_found(list.key, {"l1", "Voices", 0}, run.key, &log) == list.key);
  CHECK(find_list(store, kByName)->list_id == "l1");
  CHECK(find_list(store, kById)->key == list.key);
}

TEST_CASE_FIXTURE(PublishingNight, "a list that was asked for is remembered until it is found, or surely not made") {
  const auto list = store.begin_publication(run.key, kByName, 3);
  store.record_list_asked_for(list.key, now());
  CHECK(find_list(store, kByName)->creation_sent_at.has_value());
  store.record_list_not_made(list.key, run.key, answer());
  CHECK_FALSE(find_list(store, kByName)->creation_sent_at.has_value());
  store.record_list_asked_for(list.key, now());
  store.record_list_found(list.key, {"l1", "Voices", std::nullopt}, run.key, nullptr);
  CHECK_FALSE(find_list(store, kByName)->creation_sent_at.has_value());
}

TEST_CASE_FIXTURE(PublishingNight, "a list known by its id is no other when it is found by its name") {
  const auto by_id = store.begin_publication(run.key, kById, 3);
  const auto addition = store.record_addition(by_id.key, run.key, creators, 0, now());
  const auto log = answer();
  store.record_added(addition.key, 3, run.key, &log, now());
  const auto by_name = store.begin_publication(run.key, kByName, 3);
  CHECK(by_name.key != by_id.key);
  CHECK(store.record_list_found(by_name.key, {"l1", "Voices", 3}, run.key, nullptr) == by_id.key);
  CHECK(not_published(store, by_id.key, creators).empty());
  CHECK(value("SELECT name || ' ' || list_id || ' ' || total FROM creator_lists") == "Voices l1 3");
  CHECK(publication_of(store, run.key)->list == "Voices");
}

TEST_CASE_FIXTURE(PublishingNight, "whoever was sent is not published again, unless that surely came to nothing") {
  const auto list = store.begin_publication(run.key, kByName, 3);
  const auto sent = std::vector(creators.begin(), creators.begin() + 2);
  const auto addition = store.record_addition(list.key, run.key, sent, 7, now());
  CHECK(not_published(store, list.key, creators) == std::vector{creators[2]});
  const auto open = store.open_addition(list.key);
  REQUIRE(open.has_value());
  CHECK(open->creators == sent);
  CHECK(open->sent == 2);
  CHECK(open->total_before == 7);
  SUBCASE("added") {
    const auto log = answer();
    store.record_added(addition.key, 9, run.key, &log, now());
    CHECK(not_published(store, list.key, creators).size() == 1);
    CHECK(value("SELECT total FROM creator_lists") == "9");
    CHECK(publication_of(store, run.key)->added == 2);
  }
  SUBCASE("not added") {
    const auto log = answer();
    store.record_not_added(addition.key, run.key, &log);
    CHECK(not_published(store, list.key, creators).size() == 3);
    CHECK(count("SELECT count(*) FROM list_addition_rows") == 0);
  }
  SUBCASE("unclear") {
    store.record_addition_unclear(addition.key, now());
    CHECK(not_published(store, list.key, creators).size() == 1);
    CHECK(publication_of(store, run.key)->unclear == 2);
    CHECK(value("SELECT DISTINCT status FROM published_creators") == "unclear");
  }
  CHECK_FALSE(store.open_addition(list.key).has_value());
}

TEST_CASE_FIXTURE(PublishingNight, "a list that is gone makes room for another of its name") {
  const auto list = store.begin_publication(run.key, kByName, 3);
  store.record_list_found(list.key, {"l1", "Voices", 0}, run.key, nullptr);
  (void)store.record_addition(list.key, run.key, creators, 0, now());
  store.record_list_gone(list.key, now());
  const auto other = store.begin_publication(run.key, kByName, 3);
  CHECK(other.key != list.key);
  CHECK(not_published(store, other.key, creators).size() == 3);
}

TEST_CASE_FIXTURE(PublishingNight, "trouble is of the run, until it begins to publish again") {
  CHECK_FALSE(publication_of(store, run.key).has_value());
  (void)store.begin_publication(run.key, kByName, 3);
  store.record_publication_trouble(run.key, "403");
  CHECK(publication_of(store, run.key)->error == "403");
  (void)store.begin_publication(run.key, kByName, 3);
  CHECK_FALSE(publication_of(store, run.key)->error.has_value());
}

TEST_CASE_FIXTURE(PublishingNight, "somebody who is forgotten is forgotten as published, too") {
  const auto list = store.begin_publication(run.key, kByName, 3);
  (void)store.record_addition(list.key, run.key, creators, 0, now());
  CHECK(store.forget(creators[0].creator_id, now(), false).has_value());
  CHECK(count("SELECT count(*) FROM published_creators") == 2);
  CHECK(store.open_addition(list.key)->sent == 3);
}

TEST_CASE_FIXTURE(PublishingNight,
                  "the part of the shortlist that is published: without scores by rank, each set by itself") {
  search(stage(StageName::search, "{}", "ads"), found(3, 3));
  const auto names = [&](const ShortlistPart& part) {
    std::string text;
    for (const auto& one : shortlisted(store, part)) text += one.creator_id + " ";
    return text;
  };
  CHECK(names({"nightly", {"saas", "ads"}, 2, std::nullopt}) == "c1 c3 c2 c4 ");
  CHECK(names({"nightly", {"saas"}, 2, std::nullopt}) == "c1 c2 ");
  CHECK(names({"other", {"saas"}, 2, std::nullopt}).empty());
  CHECK(names({"nightly", {"saas"}, 2, 1.0}).empty());
}

}  // namespace
}  // namespace toksync::store
