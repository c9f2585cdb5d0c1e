#include <doctest/doctest.h>

#include "pipeline_texts.hpp"

namespace toksync::pipeline::test {
namespace {

using Problems = std::vector<std::string>;

TEST_CASE("a pipeline of mirrors says which lists are kept, and how") {
  const auto pipeline = parsed(R"(version = 1
name = "usage"
[source]
api = "toktra"
name = "eu"
client_id_env = "ID"
client_secret_env = "SECRET"
redact = ["email"]
[mirror.usage]
window = "10d"
first_window = "400d"
[mirror.budgets]
history = "none"
[mirror.alerts]
enabled = false
)");
  CHECK(pipeline.source.base_url == "https://api.toktra.io/v1");
  CHECK(pipeline.source.name == "eu");
  CHECK(pipeline.source.client_id_env == "ID");
  CHECK(pipeline.source.client_secret_env == "SECRET");
  CHECK(pipeline.source.redact == std::set<std::string>{"email"});
  CHECK(pipeline.source.redact_key_env == "TOKSYNC_REDACT_KEY");
  const std::vector<MirrorConfig> expected{
      {.resource = "usage", .window = std::chrono::days{10}, .first_window = std::chrono::days{400}},
      {.resource = "budgets", .history = false}};
  CHECK(pipeline.mirrors == expected);
  CHECK(pipeline.keyword_sets.empty());
}

TEST_CASE("each API has an address and a variable of its own") {
  const auto tokportal = parsed("version = 1\nname = \"t\"\n[source]\napi = \"tokportal\"\n[mirror.accounts]\n");
  CHECK(tokportal.source.base_url == "https://app.tokportal.com/api/ext");
  CHECK(tokportal.source.api_key_env == "TOKPORTAL_API_KEY");
  CHECK(tokportal.mirrors == std::vector<MirrorConfig>{{.resource = "accounts"}});
  CHECK(parsed(kSmallest).source.api_key_env == "TOKSTA_API_KEY");
}

TEST_CASE("what an API does not use is told") {
  constexpr std::string_view kHead = "version = 1\nname = \"t\"\n[source]\napi = \"tokportal\"\n";
  const auto told = [&](std::string_view rest) { return problems_of(std::string{kHead} + std::string{rest}); };
  CHECK(told("") == Problems{"p:1:1: mirror: missing, at least one table [mirror.NAME] is needed"});
  CHECK(told("[mirror.accounts]\nenabled = false\n") ==
        Problems{"p:1:1: mirror: every list is switched off by enabled = false"});
  CHECK(told("[mirror.videos]\n") ==
        Problems{"p:5:9: mirror.videos: needs [mirror.accounts], whose rows it asks for one by one"});
  CHECK(told("[mirror.accounts]\n[mirror.users]\n") ==
        Problems{"p:6:9: mirror.users: not used by api = \"tokportal\", only by \"toktra\""});
  CHECK(told("platform = \"linkedin\"\n[mirror.accounts]\n[search]\n") ==
        Problems{"p:5:1: source.platform: not used by api = \"tokportal\", only by \"toksta\" and \"toksta-partner\"",
                 "p:7:2: search: not used by api = \"tokportal\", only by \"toksta\" and \"toksta-partner\""});
  CHECK(told("[mirror.accounts]\nhistory = \"daily\"\n") ==
        Problems{"p:6:1: mirror.accounts.history: unknown key, it belongs in [mirror.videos] (allowed here: enabled)"});
  // The lists of a workspace are v1's.
  CHECK(problems_of(std::string{kSmallest} + "[publish]\n[source]\napi = \"toksta-partner\"\n") ==
        Problems{"p:8:2: publish: not used by api = \"toksta-partner\", only by \"toksta\""});
  CHECK(problems_of(std::string{kSmallest} + "[mirror.accounts]\n") ==
        Problems{"p:8:2: mirror: not used by api = \"toksta\", only by \"tokportal\" and \"toktra\""});
}

TEST_CASE("a client signs in with an id and a secret, and without a key") {
  constexpr std::string_view kHead = "version = 1\nname = \"t\"\n[source]\napi = \"toktra\"\n";
  const auto told = [&](std::string_view rest) {
    return problems_of(std::string{kHead} + std::string{rest} + "[mirror.users]\n");
  };
  CHECK(told("client_id_env = \"ID\"\n") ==
        Problems{"p:5:1: source.client_id_env: client_id_env and client_secret_env belong together"});
  CHECK(told("client_id_env = \"ID\"\nclient_secret_env = \"S\"\napi_key_file = \"k\"\n") ==
        Problems{"p:7:1: source.api_key_file: a client signs in without a key: it excludes client_id_env"});
  CHECK(told("redact = [\"emails\"]\n").size() == 1);
}

}  // namespace
}  // namespace toksync::pipeline::test
