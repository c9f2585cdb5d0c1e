// Whole nights of mirrors: the real engine, provider and store against FakeToktra on a manual clock.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/fault_point.hpp"
#include "engine/mirror.hpp"
#include "fake_toktra.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::engine::test {

struct Killed {};

struct Silent final : Observer {
  void observe(const Progress& /*progress*/) override {}
};

inline std::string user(const std::string& id, const std::string& department = "Engineering") {
  return fmt::format(R"({{"id":"{}","email":"{}@acme.com","name":"Name {}","department":"{}"}})", id, id, id,
                     department);
}
inline std::string usage(const std::string& day, const std::string& user_id, double cost) {
  return fmt::format(R"({{"user_id":"{}","user_email":"{}@acme.com","model":"gpt-4","provider":"openai",)"
                     R"("period":"{}","total_requests":1,"estimated_cost_usd":{}}})",
                     user_id, user_id, day, cost);
}
inline std::string budget(const std::string& id, double spent) {
  return fmt::format(R"({{"id":"{}","amount":100,"spent":{}}})", id, spent);
}
inline std::string alert(const std::string& id) {
  return fmt::format(R"({{"id":"{}","status":"open","message":"u1@acme.com used gpt-4"}})", id);
}

/// What several processes do over one database.
class MirrorNight {
 public:
  explicit MirrorNight(const std::vector<std::string>& resources = {"users", "budgets", "policies", "alerts",
                                                                    "usage"}) {
    pipeline.name = "toktra";
    pipeline.text = "version = 1";
    pipeline.source.api = "toktra";
    pipeline.source.name = "acme";
    for (const auto& name : resources) {
      pipeline.mirrors.push_back(
          {.resource = name, .history = true, .window = std::chrono::days{2}, .first_window = std::chrono::days{3}});
    }
    provider_options.base_url = "https://api.toktra.io/v1";
    provider_options.client_id = Secret("client-1");
    provider_options.client_secret = Secret("s3cret");
    clock.advance(std::chrono::hours{2});
  }

  /// One process: goes on with an unfinished run or begins one.
  RunResult play() {
    auto run = store.unfinished_run(pipeline.name);
    if (run) {
      store.resume_run(run->key, clock.wall());
    } else {
      run =
          store.begin_run({fmt::format("run-{}", ++runs_), pipeline.name, pipeline.text, "0f", "0.1.0"}, clock.wall());
    }
    auto provider = api::make_mirror_provider("toktra", provider_options).value();
    toksync::test::ScriptedTransport transport(
        clock, [this](const http::Request& request, WallTime now) { return api.answer(request, now); });
    Silent observer;
    Mirror mirror(env_, pipeline, *provider, transport, store, *run, options, observer);
    auto result = mirror.run();
    most_in_flight = transport.most_in_flight();
    CHECK(api.forbidden_requests() == 0);
    return result;
  }

#ifdef TOKSYNC_FAULT_POINTS
  /// The same, but the process dies at that passage (from 1) of any fault point; false when it came to its end before.
  bool play_and_die(std::size_t at) {
    std::size_t passed = 0;
    const FaultPointHook hook([&](std::string_view /*name*/) {
      if (++passed == at) throw Killed{};
    });
    try {
      (void)play();
    } catch (const Killed&) {
      return true;
    }
    return false;
  }
#endif

  [[nodiscard]] std::string ask(const std::string& sql) {
    SQLite::Statement statement(store.database(), sql);
    if (!statement.executeStep()) return "";
    return statement.getColumn(0).isNull() ? "NULL" : statement.getColumn(0).getString();
  }
  [[nodiscard]] std::string ids(const std::string& table, const std::string& column) {
    return ask("SELECT group_concat(x, ' ') FROM (SELECT " + column + " AS x FROM " + table + " ORDER BY 1)");
  }
  [[nodiscard]] std::string status_of(const std::string& resource) {
    return ask("SELECT status FROM mirror_walk_rows WHERE resource = '" + resource +
               "' ORDER BY walk_key DESC LIMIT 1");
  }

  FakeToktra api;
  toksync::test::ManualClock clock;
  pipeline::Pipeline pipeline;
  api::MirrorOptions provider_options;
  MirrorOptions options;
  store::Store store = store::Store::open({}, store::OpenMode::memory).value();
  std::size_t most_in_flight = 0;

 private:
  Random random_{1};
  Env env_{clock, random_, make_silent_logger()};
  int runs_ = 0;
};

/// Something in each list, several pages in most.
inline void fill(FakeToktra& api) {
  for (int i = 1; i <= 5; ++i) api.lists["users"].push_back(user(fmt::format("u{}", i)));
  for (int i = 1; i <= 3; ++i) api.lists["budgets"].push_back(budget(fmt::format("b{}", i), i));
  api.lists["policies"] = {R"({"id":"p1","name":"No gpt-4"})"};
  for (int i = 1; i <= 4; ++i) api.lists["alerts"].push_back(alert(fmt::format("a{}", i)));
  for (const auto* const day : {"2026-05-30", "2026-05-31", "2026-06-01"}) {
    for (int i = 1; i <= 3; ++i) api.lists[std::string("usage ") + day].push_back(usage(day, fmt::format("u{}", i), i));
  }
}

}  // namespace toksync::engine::test
