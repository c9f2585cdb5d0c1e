// Shortlists in the account's workspace, by the real binary and the sandbox: published once, also by runs that are
// killed at any point of it; and campaigns in place of keywords.
#include <csignal>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

using nlohmann::json;

constexpr int kKilled = 128 + SIGKILL;
const std::string kAddition = "POST /v1/creator-lists/*";

/// Four creators have a score; twelve are published.
std::string publishing_pipeline() { return matching_pipeline() + "\n[publish]\nlist = \"Voices\"\ntop = 12\n"; }

struct Workspace : Scene {
  explicit Workspace(Texts flags = {}, const std::string& pipeline = publishing_pipeline())
      : Scene(quick(with_key(std::move(flags))), pipeline) {}

  static Texts with_key(Texts flags) {
    flags.insert(flags.end(), {"--workspace-key", toksync::test::sandbox_key()});
    return flags;
  }
  void check_list(std::size_t creators) const {
    const auto lists = sandbox.lists();
    REQUIRE(lists.size() == 1);
    CHECK(lists[0]["name"] == "Voices");
    CHECK(lists[0]["creator_ids"].size() == creators);
    CHECK(lists[0]["added_again"] == 0);
    Reader reader(database());
    CHECK(reader.number("SELECT count(*) FROM published_creators WHERE status = 'added'") ==
          static_cast<std::int64_t>(creators));
    CHECK(reader.number("SELECT count(*) FROM list_addition_rows WHERE status <> 'added'") == 0);
  }
};

/// The points that an undisturbed run passes while it publishes, each with its passage.
Texts points_of_publishing() {
  const Workspace scene;
  const auto log = scene.folder.file("points");
  REQUIRE(scene.run({}, {{"TOKSYNC_FAULT_LOG", log}}).exit_code == 0);
  std::map<std::string, int> passages;
  std::ifstream points(log);
  Texts found;
  bool publishes = false;
  for (std::string point; std::getline(points, point);) {
    const auto passage = ++passages[point];
    publishes = publishes || point == "store.begin_publication.before_commit";
    if (publishes) found.push_back(fmt::format("{}:{}", point, passage));
  }
  return found;
}

}  // namespace

TEST_CASE("a run publishes its shortlist, and the next one has nothing to add") {
  const Workspace scene;
  const auto result = scene.run();
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("List:     Voices: 12 creators chosen, 12 added") != std::string::npos);
  scene.check_list(12);
  const auto requests = scene.sandbox.requests().size();
  const auto again = scene.run({"--new"});
  CHECK(again.exit_code == 0);
  CHECK(again.out.find("List:     Voices: 12 creators chosen, 0 added") != std::string::npos);
  for (std::size_t i = requests; i < scene.sandbox.requests().size(); ++i) {
    CHECK(scene.sandbox.requests()[i]["path"].get<std::string>().find("creator-lists") == std::string::npos);
  }
  const auto status = json::parse(scene.toksync({"status", "--json"}).out).at("run");
  CHECK(status["publication"]["list"] == "Voices");
  CHECK(status["publication"]["error"].is_null());
}

TEST_CASE("a plan counts the requests of publishing, and sends none") {
  const Workspace scene;
  const auto before = json::parse(scene.run({"--dry-run", "--json"}).out);
  CHECK(before["publish_requests"] == 3);
  CHECK(scene.run({"--dry-run"}).out.find("(publish)") != std::string::npos);
  CHECK(scene.sandbox.lists().empty());
  CHECK(scene.run().exit_code == 0);
  const auto after = json::parse(scene.run({"--dry-run", "--json"}).out);
  CHECK(after["publish_requests"] == 0);
}

TEST_CASE("a run that dies at any point of publishing goes on, and neither makes nor adds anything twice") {
  std::vector<Case> cases;
  const auto points = points_of_publishing();
  REQUIRE(points.size() > 10);
  for (const auto& point : points) {
    cases.push_back({point, [point] {
                       const Workspace scene;
                       CHECK(scene.run({}, {{"TOKSYNC_DIE_AT", point}}).exit_code == kKilled);
                       CHECK(scene.run().exit_code == 0);
                       scene.check_list(12);
                     }});
  }
  run_side_by_side(cases);
}

TEST_CASE("a run that is killed while the server works on its list goes on likewise") {
  std::vector<Case> cases;
  for (const std::string kind : {"hold_before", "hold_after"}) {
    for (const std::string request : {"GET /v1/creator-lists", "POST /v1/creator-lists", kAddition.c_str()}) {
      cases.push_back({kind + " " + request, [kind, request] {
                         const Workspace scene({"--fault", request + " " + kind});
                         const auto process = scene.start_run();
                         CHECK(scene.sandbox.wait_until_held(1, Milliseconds{60'000}));
                         process->send_signal(SIGKILL);
                         CHECK(process->wait_for(Milliseconds{10'000}).has_value());
                         scene.sandbox.clear_faults();
                         scene.sandbox.release();
                         CHECK(scene.run().exit_code == 0);
                         scene.check_list(12);
                       }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("answers about the list that get lost are found out about") {
  for (const std::string fault : {"lost_answer", "lost_request"}) {
    for (const std::string request : {"POST /v1/creator-lists", kAddition.c_str()}) {
      CAPTURE(fault);
      CAPTURE(request);
      const Workspace scene({"--fault", request + " " + fault + " count=1"});
      CHECK(scene.run().exit_code == 0);
      scene.check_list(12);
    }
  }
}

TEST_CASE("a dedicated key: the run is done, exit code 3, and says what to do") {
  const Scene scene(quick(), publishing_pipeline());
  const auto result = scene.run();
  CHECK(result.exit_code == 3);
  CHECK(result.out.find("publish: POST /v1/creator-lists: 403 FORBIDDEN") != std::string::npos);
  CHECK(result.out.find("take a key of a user whose plan has a workspace") != std::string::npos);
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(*) FROM content_matches") == 4);
  CHECK(reader.lines("SELECT status, exit_code FROM runs") == Texts{"partial|3"});
}

TEST_CASE("a list that was deleted by hand is told, and made anew by the next run") {
  const Workspace scene;
  CHECK(scene.run().exit_code == 0);
  scene.sandbox.delete_lists();
  scene.write_pipeline(replaced(publishing_pipeline(), "top = 12", "top = 14"));
  const auto result = scene.run();
  CHECK(result.exit_code == 3);
  CHECK(result.out.find("the list is no more") != std::string::npos);
  CHECK(scene.run().exit_code == 0);
  CHECK(scene.sandbox.lists()[0]["creator_ids"].size() == 14);
}

TEST_CASE("matches take their criteria from a campaign, and a dedicated key is told that it has none") {
  const json campaign = {
      {"name", "Launch"}, {"content_keywords", {"growth", "b2b"}}, {"target_audience_criteria", {"CMO"}}};
  const Workspace scene;
  const std::string id = scene.sandbox.post("/v1/campaigns", campaign).body()["data"]["campaign"]["id"];
  const auto pipeline =
      replaced(matching_pipeline(), "posts_to_analyze = 10", "posts_to_analyze = 10\ncampaign_id = \"" + id + "\"");
  scene.write_pipeline(pipeline);
  CHECK(scene.run().exit_code == 0);
  Reader reader(scene.database());
  CHECK(reader.lines("SELECT DISTINCT campaign_id, topic_keywords IS NULL FROM content_matches") == Texts{id + "|1"});
  CHECK(reader.number("SELECT count(*) FROM shortlist WHERE content_score IS NOT NULL") == 4);
  const Scene dedicated(quick(), pipeline);
  const auto refused = dedicated.run();
  CHECK(refused.exit_code == 4);
  CHECK(refused.out.find("lists and campaigns belong to a Toksta workspace") != std::string::npos);
}

}  // namespace toksync::cli::test
