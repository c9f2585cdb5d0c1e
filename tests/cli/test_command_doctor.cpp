// What a user meets with toksync doctor, on a machine where all is well and on others: the key, the API, the
// account, the clock, the database.
#include <filesystem>

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "binary.hpp"
#include "support.hpp"
#include "support/raw_server.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;

struct Examination {
  int exit_code = 0;
  nlohmann::json checks;

  [[nodiscard]] nlohmann::json of(const std::string& check) const {
    for (const auto& one : checks) {
      if (one.at("check") == check) return one;
    }
    return nullptr;
  }
  [[nodiscard]] std::string result(const std::string& check) const {
    const auto found = of(check);
    return found.is_null() ? "none" : found.at("result").get<std::string>();
  }
};

Examination examine(const Scene& scene, Texts flags = {}, const Variables& variables = {}) {
  flags.insert(flags.begin(), {"doctor", "--json"});
  if (std::ranges::find(flags, "--base-url") == flags.end()) {
    flags.insert(flags.end(), {"--base-url", scene.sandbox.base_url()});
  }
  const auto result = toksync::test::run_process(TOKSYNC_BINARY, scene.options(flags, variables));
  const auto document = nlohmann::json::parse(result.out);
  CHECK(document.at("exit_code") == result.exit_code);
  return {result.exit_code, document.at("checks")};
}

TEST_CASE("a machine where all is well gets a clean bill, costs nothing and is left as it was") {
  const Scene scene;
  REQUIRE(scene.run().exit_code == 0);
  const auto bill = scene.sandbox.credits_charged();
  const auto requests = scene.sandbox.requests().size();
  const auto seen = examine(scene, {"pipeline.toml"});
  CHECK(seen.exit_code == 0);
  for (const auto& check : {"pipeline", "api key", "connection", "clock", "key accepted", "entitlement", "balance",
                            "database", "pages", "journal", "open jobs", "lock", "writable"}) {
    CHECK_MESSAGE(seen.result(check) == "ok", check);
  }
  CHECK(scene.sandbox.credits_charged() == bill);
  CHECK(scene.sandbox.requests().size() == requests + 6);
  CHECK(contains_text(seen.of("balance").at("text").get<std::string>(), std::to_string(bill)));
  const auto text = scene.toksync({"doctor", "--base-url", scene.sandbox.base_url(), "--quiet"});
  CHECK(text.exit_code == 0);
  CHECK(!contains_text(text.out, "ok "));
}

TEST_CASE("without a pipeline and a database, the key and the API are looked at, and no database is made") {
  const Scene scene;
  const auto seen = examine(scene);
  CHECK(seen.exit_code == 0);
  CHECK(contains_text(seen.of("database").at("text").get<std::string>(), "not there yet"));
  CHECK(!fs::exists(scene.database()));
  CHECK(!fs::exists(scene.database() + ".lock"));
}

TEST_CASE("a key that is missing, odd, refused or open to others is told, and never shown") {
  const Scene scene;
  SUBCASE("missing") {
    const auto seen = examine(scene, {}, {{"TOKSTA_API_KEY", ""}});
    CHECK(seen.exit_code == 4);
    CHECK(seen.result("api key") == "failure");
    CHECK(seen.result("connection") == "ok");
    CHECK(seen.result("key accepted") == "none");
  }
  SUBCASE("refused") {
    const auto key = "tk_live_" + std::string(48, 'a');
    const auto seen = examine(scene, {}, {{"TOKSTA_API_KEY", key}});
    CHECK(seen.exit_code == 4);
    CHECK(seen.result("api key") == "ok");
    CHECK(seen.result("key accepted") == "failure");
    CHECK(!contains_text(seen.checks.dump(), key));
  }
  SUBCASE("odd") {
    const auto seen = examine(scene, {}, {{"TOKSTA_API_KEY", "password"}});
    CHECK(seen.exit_code == 4);
    CHECK(seen.result("api key") == "warning");
    CHECK(!contains_text(seen.checks.dump(), "password"));
  }
  SUBCASE("in a file that others may read") {
    scene.folder.write("key", toksync::test::sandbox_key() + "\n");
    REQUIRE(::chmod(scene.folder.file("key").c_str(), 0644) == 0);
    scene.write_pipeline(replaced(small_pipeline(), "api = \"toksta\"", "api = \"toksta\"\napi_key_file = \"key\""));
    const auto seen = examine(scene, {"pipeline.toml"});
    CHECK(seen.exit_code == 0);
    CHECK(seen.result("api key") == "warning");
    CHECK(contains_text(seen.of("api key").at("remedy").get<std::string>(), "chmod 600 key"));
  }
}

TEST_CASE("an API that cannot be reached is told with what to look at") {
  const Scene scene;
  const auto seen = examine(scene, {"--base-url", "http://127.0.0.1:1"});
  CHECK(seen.exit_code == 5);
  CHECK(seen.result("connection") == "failure");
  CHECK(seen.result("database") == "ok");
}

TEST_CASE("a scope that the key lacks is a failure where a pipeline needs it, and a warning elsewhere") {
  const Scene scene;
  scene.sandbox.fault("* /v1/content-match/results error status=403 code=FORBIDDEN message=not in your plan count=all");
  SUBCASE("needed") {
    const auto seen = examine(scene, {"pipeline.toml"});
    CHECK(seen.exit_code == 4);
    CHECK(contains_text(seen.of("entitlement").at("text").get<std::string>(), "content_match: FORBIDDEN"));
  }
  SUBCASE("not needed") {
    scene.write_pipeline(searching_pipeline());
    const auto seen = examine(scene, {"pipeline.toml"});
    CHECK(seen.exit_code == 0);
    CHECK(seen.result("entitlement") == "warning");
  }
}

TEST_CASE("an account without credits, and a month without budget, are failures of their own") {
  const Scene scene;
  SUBCASE("no credits") {
    scene.sandbox.set_credits(0);
    CHECK(examine(scene).exit_code == 7);
  }
  SUBCASE("all of them are to be kept") {
    scene.sandbox.set_credits(50);
    scene.write_pipeline(replaced(small_pipeline(), "[budget]\n", "[budget]\nkeep_credits = 50\n"));
    CHECK(examine(scene, {"pipeline.toml"}).exit_code == 7);
  }
  SUBCASE("the month is spent") {
    REQUIRE(scene.run().exit_code == 0);
    scene.write_pipeline(replaced(small_pipeline(), "[budget]\n", "[budget]\nmax_credits_per_month = 10\n"));
    const auto seen = examine(scene, {"pipeline.toml"});
    CHECK(seen.exit_code == 8);
    CHECK(seen.result("month budget") == "failure");
  }
}

TEST_CASE("a clock that is wrong is a warning") {
  const Scene scene;
  const toksync::test::RawServer server([](toksync::test::RawConnection& connection) {
    while (!connection.read_request().empty()) {
      connection.send("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\n{}");
    }
  });
  const auto seen = examine(scene, {"--base-url", server.url("")});
  CHECK(seen.result("clock") == "warning");
  CHECK(contains_text(seen.of("clock").at("text").get<std::string>(), "ahead"));
}

TEST_CASE("a database in a bad state is told first, whatever else is wrong") {
  const Scene scene;
  SUBCASE("damaged") {
    REQUIRE(scene.run().exit_code == 0);
    auto bytes = scene.folder.read("e2e.db");
    bytes.replace(8192 * 3, 4096, std::string(4096, 'x'));
    scene.folder.write("e2e.db", bytes);
  }
  SUBCASE("no database") { scene.folder.write("e2e.db", "something else"); }
  const auto seen = examine(scene, {}, {{"TOKSTA_API_KEY", ""}});
  CHECK(seen.exit_code == 12);
}

TEST_CASE("a pipeline file that is not valid is told with its line, and the rest is looked at") {
  const Scene scene;
  scene.write_pipeline(replaced(small_pipeline(), "max_creators = 120", "max_creator = 120"));
  const auto seen = examine(scene, {"pipeline.toml"});
  CHECK(seen.exit_code == 2);
  CHECK(contains_text(seen.of("pipeline").at("text").get<std::string>(), "max_creators"));
  CHECK(seen.result("key accepted") == "ok");
}

}  // namespace
}  // namespace toksync::cli::test
