#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::store {

TEST_CASE("a run begins, ends and is found") {
  Night night;
  CHECK(night.run.run_id == "run-1");
  CHECK(night.run.status == RunStatus::running);
  CHECK(night.run.pipeline_sha256 == "sha-of-it");
  CHECK(night.run.toksync_version == "0.1.0");
  CHECK(night.run.started_at == "2026-06-01T00:00:00Z");
  CHECK_FALSE(night.run.exit_code.has_value());
  night.clock.advance(Milliseconds{90'000});
  night.store.finish_run(night.run.key, {RunStatus::partial, 3, "2 jobs failed"}, night.now());
  const auto run = find_run(night.store, "run-1").value();
  CHECK(run.status == RunStatus::partial);
  CHECK(run.exit_code == 3);
  CHECK(run.error == "2 jobs failed");
  CHECK(run.finished_at == "2026-06-01T00:01:30Z");
  CHECK(pipeline_toml_of(night.store, run.key) == "version = 1");
  CHECK_FALSE(find_run(night.store, "run-2").has_value());
  CHECK_THROWS_AS(night.begin_run("run-1"), SQLite::Exception);
}

TEST_CASE("a resumed run is running again and forgets how it ended") {
  Night night;
  night.store.finish_run(night.run.key, {RunStatus::stopped, 8, "budget"}, night.now());
  night.store.resume_run(night.run.key, night.now());
  const auto run = find_run(night.store, "run-1").value();
  CHECK(run.status == RunStatus::running);
  CHECK_FALSE(run.finished_at.has_value());
  CHECK_FALSE(run.exit_code.has_value());
  CHECK_FALSE(run.error.has_value());
}

TEST_CASE("how long a run took and how long it takes at least add up over its processes") {
  Night night;
  const auto row = [&] { return find_run(night.store, "run-1").value(); };
  CHECK(row().pace.active == Milliseconds{0});
  CHECK(night.value("SELECT active_seconds FROM runs") == "NULL");
  CHECK(night.value("SELECT least_by FROM runs") == "NULL");
  const auto end = [&](const Pace& pace) {
    night.store.finish_run(night.run.key, {RunStatus::stopped, 8, "budget", pace}, night.now());
  };
  end({Milliseconds{90'000}, Milliseconds{60'001}, Milliseconds{20'000}, 21, 20});
  CHECK(row().least_time == Milliseconds{60'001});
  CHECK(night.value("SELECT least_by FROM runs") == "rate_limit");
  night.store.resume_run(night.run.key, night.now());
  CHECK(row().pace.active == Milliseconds{90'000});
  end({Milliseconds{60'000}, Milliseconds{0}, Milliseconds{50'000}, 5, std::nullopt});
  CHECK(row().pace.active == Milliseconds{150'000});
  CHECK(row().least_time == Milliseconds{110'001});
  CHECK(row().pace.by_rate_limit == Milliseconds{60'001});
  CHECK(row().pace.by_job_times == Milliseconds{70'000});
  CHECK(row().pace.requests_needed == 26);
  CHECK(row().pace.requests_per_minute == 20);
  CHECK(night.value("SELECT time_ratio FROM runs") == "1.364");
  CHECK(night.value("SELECT least_by FROM runs") == "job_times");
  CHECK(night.value("SELECT active_seconds FROM run_summary") == "150.0");
}

TEST_CASE("the creators that a run found are counted while it runs, and kept when it ends") {
  Night night;
  const auto found = [&] { return night.count("SELECT creators_found FROM run_summary WHERE run_id = 'run-1'"); };
  const auto kept = [&] { return night.value("SELECT creators_found FROM run_rows WHERE run_id = 'run-1'"); };
  night.search(night.stage(StageName::search), Night::found(1, 3));
  CHECK(found() == 3);
  CHECK(kept() == "NULL");
  // One of them in another keyword set as well.
  const auto other = night.stage(StageName::search, "{\"other\":1}", "other");
  night.search(other, Night::found(3, 2), "more");
  night.store.finish_run(night.run.key, {RunStatus::interrupted, 130, {}}, night.now());
  CHECK(found() == 4);
  CHECK(kept() == "4");
  night.store.resume_run(night.run.key, night.now());
  CHECK(kept() == "NULL");
  night.search(other, Night::found(5, 1));
  CHECK(found() == 5);
  night.store.abandon_other_runs("nightly", std::nullopt, night.now());
  CHECK(kept() == "5");
}

TEST_CASE("only the newest run of a pipeline can be unfinished") {
  Night night;
  CHECK(night.store.unfinished_run("nightly")->run_id == "run-1");
  CHECK_FALSE(night.store.unfinished_run("weekly").has_value());
  for (const auto status : {RunStatus::failed, RunStatus::stopped, RunStatus::interrupted}) {
    night.store.finish_run(night.run.key, {status, 5, {}}, night.now());
    CHECK(night.store.unfinished_run("nightly")->status == status);
  }
  const auto second = night.begin_run("run-2");
  for (const auto status : {RunStatus::succeeded, RunStatus::partial, RunStatus::abandoned}) {
    night.store.finish_run(second.key, {status, 0, {}}, night.now());
    CHECK_FALSE(night.store.unfinished_run("nightly").has_value());
  }
}

TEST_CASE("other unfinished runs of the pipeline are abandoned, finished ones stay") {
  Night night;
  night.store.finish_run(night.run.key, {RunStatus::succeeded, 0, {}}, night.now());
  night.begin_run("run-2");
  const auto stopped = night.begin_run("run-3");
  night.store.finish_run(stopped.key, {RunStatus::stopped, 8, "budget"}, night.now());
  const auto stopped_at = to_iso8601(night.now());
  const auto kept = night.begin_run("run-4");
  night.begin_run("other-1", "weekly");
  night.clock.advance(Milliseconds{60'000});
  night.store.abandon_other_runs("nightly", kept.key, night.now());
  const auto status = [&night](const std::string& id) { return find_run(night.store, id)->status; };
  CHECK(status("run-1") == RunStatus::succeeded);
  CHECK(status("run-2") == RunStatus::abandoned);
  CHECK(status("run-3") == RunStatus::abandoned);
  CHECK(status("run-4") == RunStatus::running);
  CHECK(status("other-1") == RunStatus::running);
  CHECK(find_run(night.store, "run-2")->finished_at == to_iso8601(night.now()));
  CHECK(find_run(night.store, "run-3")->finished_at == stopped_at);
  night.store.abandon_other_runs("nightly", std::nullopt, night.now());
  CHECK(status("run-4") == RunStatus::abandoned);
}

TEST_CASE("runs are listed newest first, with what they cost and asked") {
  Night night;
  night.find_creators(2);
  night.store.record_request(night.run.key, night.answer());
  night.run = night.begin_run("run-2");
  night.accept(night.send(StageName::enrich, {night.creator("c1")}, 3), Charge{3, "body"});
  const auto runs = list_runs(night.store, 10);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].run_id == "run-2");
  CHECK(runs[0].credits_charged == 3);
  CHECK(runs[0].requests == 1);
  CHECK(runs[1].credits_charged == 1);
  CHECK(runs[1].credits_estimated == 1);
  CHECK(runs[1].requests == 2);
  CHECK(list_runs(night.store, 1).size() == 1);
}

TEST_CASE("a request is kept with everything a support ticket needs") {
  Night night;
  auto log = night.answer();
  log.credit_cost = 4;
  log.attempt = 3;
  log.error_code = "INTERNAL_ERROR";
  log.status = 500;
  night.store.record_request(night.run.key, log);
  CHECK(night.count("SELECT count(*) FROM api_requests WHERE run_id = 'run-1' AND method = 'POST'"
                    " AND path = '/v1/something' AND status = 500 AND error_code = 'INTERNAL_ERROR'"
                    " AND request_id = 'req-1' AND duration_ms = 120 AND attempt = 3 AND credit_cost = 4"
                    " AND at = '2026-06-01T00:00:01Z'") == 1);
}

}  // namespace toksync::store
