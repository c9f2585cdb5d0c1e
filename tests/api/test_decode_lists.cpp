#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kRead = ReadCreatorLists{};
const Call kCreate = CreateCreatorList{"Voices", "", Platform::linkedin};
const Call kSave = SaveToCreatorList{"l1", {"c1"}};

TEST_CASE("lists come with what is known of them; those without an id are left out") {
  const auto page = payload<CreatorListPage>(
      kRead, R"({"creator_lists":[{"id":"l1","name":"Voices","creator_counts":{"public_creators":3,"total":4}},
                 {"id":"l2","name":null},{"name":"nobody"},7]})",
      R"({"request_id":"r","total":120})");
  CHECK(page.lists == std::vector<CreatorList>{{"l1", "Voices", 4}, {"l2", "", std::nullopt}});
  CHECK(page.total == 120);
  CHECK(payload<CreatorListPage>(kRead, R"({"creator_lists":[]})").lists.empty());
  CHECK_FALSE(payload<CreatorListPage>(kRead, R"({"creator_lists":[]})").total.has_value());
}

TEST_CASE("a list that was made, and an addition, as the contract shows them") {
  CHECK(payload<CreatorList>(kCreate, R"({"creator_list":{"id":"l1","name":"Voices","creator_counts":{"total":0}}})") ==
        CreatorList{"l1", "Voices", 0});
  const auto saved =
      payload<SavedToList>(kSave, R"({"list_id":"l1","requested_count":2,"added_count":1,"total_items":9})");
  CHECK(saved.added == 1);
  CHECK(saved.total == 9);
  CHECK_FALSE(payload<SavedToList>(kSave, "{}").total.has_value());
}

TEST_CASE("an answer that does not say what was done leaves open whether it was") {
  for (const auto* const data : {"{}", "null", R"({"creator_list":{"name":"Voices"}})"}) {
    const auto failed = failure(kCreate, 201, enveloped(data));
    CHECK(failed.kind == FailureKind::unreadable);
    CHECK(failed.may_be_charged);
  }
  CHECK(failure(kSave, 200, "<html>").may_be_charged);
  CHECK(failure(kSave, 502, "<html>").may_be_charged);
  CHECK_FALSE(failure(kSave, 503, R"({"success":false,"error":{"code":"X","message":"m"}})").may_be_charged);
  CHECK_FALSE(failure(kSave, 403, R"({"success":false,"error":{"code":"FORBIDDEN","message":"m"}})").may_be_charged);
  CHECK_FALSE(failure(kRead, 500, "<html>").may_be_charged);
}

TEST_CASE("an analysis tells the campaign that it was made for") {
  const auto results = payload<ContentMatchResults>(ReadContentMatches{{"content-fit:1"}},
                                                    R"({"results":[{"job_id":"content-fit:1","campaign_id":"k1"}]})");
  CHECK(results.records.at(0).told.campaign_id == "k1");
}

}  // namespace
}  // namespace toksync::api
