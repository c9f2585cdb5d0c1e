// Runs a plan: one thread, one loop. Starts what may leave, waits for answers, applies them, starts again
// at once. Everything that must survive a crash is committed by the store before the next step.
// Used by `cli` for run and resume, and by tests on a manual clock.
#pragma once

#include <functional>
#include <map>

#include "engine/buyer.hpp"
#include "engine/collector.hpp"
#include "engine/publisher.hpp"
#include "engine/rate_limiter.hpp"
#include "engine/settler.hpp"
#include "http/transport.hpp"

namespace toksync::engine {

struct UnitProgress {
  std::string keyword_set;
  StageName stage{};
  store::StageStatus status{};
  std::int64_t total = 0, done = 0, failed = 0, held = 0;
};

/// A moment of a run, for whoever shows it.
struct Progress {
  std::vector<UnitProgress> units;
  Credits credits_spent = 0;
  std::int64_t requests = 0;
  std::size_t in_flight = 0;
  Milliseconds rate_limit_wait{0};  ///< until the next request may leave
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void observe(const Progress& progress) = 0;
};

struct Options {
  plan::Scope scope;
  std::optional<Seconds> max_duration;
  int max_attempts = 6;
  bool collect_only = false;        ///< runs no stage: only fetches what is paid for
  bool collect_everything = false;  ///< waits for every job that is paid for, not only for those the run needs
  std::optional<stages::ReadOptions> read_options{};  ///< instead of what the pipeline says
  std::set<JobKey> cancel{};                          ///< thought-leader jobs to end before they are read
  Milliseconds longest_wait{60'000};                  ///< between two calls of the observer
  std::function<int()> signal = [] { return 0; };     ///< the signal that asks to stop, 0: none
  /// Works that are not settled, which the units hold together at most; others wait where it takes less memory.
  std::size_t most_works = 30'000;
};

class Engine {
 public:
  Engine(Env& env, const pipeline::Pipeline& pipeline, const api::Provider& provider, http::Transport& transport,
         store::Store& store, const store::RunRow& run, Options options, Observer& observer);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs until everything asked for is done or cannot go on, and ends the run in the store.
  RunResult run();

 private:
  struct InFlight {
    Task task;
    Call call;
    WallTime at;
    std::string method, path;
  };

  void begin_ready_units();
  void send_what_may_leave();
  [[nodiscard]] std::optional<Task> next_task();
  void send(Task task);
  void apply(const http::Completion& completion);
  void dispatch(Answered answered);
  void usage_answered(Answered answered);
  void usage_failed(Answered answered);
  [[nodiscard]] bool finished();
  [[nodiscard]] bool nothing_left_to_ask();
  /// Reads the usage once more at the end of a run that bought something; false when there is no need.
  bool read_usage_at_the_end();
  void compare_usage(const store::UsageSnapshot& last);
  [[nodiscard]] bool stopping();
  void wind_down();
  RunResult conclude();
  /// What it took, and what it took at least.
  [[nodiscard]] store::Pace pace() const;
  [[nodiscard]] std::optional<Call> call_of(const Task& task) const;
  [[nodiscard]] bool may_poll() const;
  /// How many requests the window has left beyond those that will be needed before it ends.
  [[nodiscard]] int spare_requests() const;
  /// False while the window has no more requests than the enrichments asked about may bring purchases: those first.
  [[nodiscard]] bool may_ask_all() const;
  [[nodiscard]] TaskQueue::MayLeave may_leave() const;
  [[nodiscard]] SteadyTime next_wake() const;
  void show_progress();

  Env& env_;
  const api::Provider& provider_;
  http::Transport& transport_;
  Options options_;
  Observer& observer_;
  Context context_;
  Chooser chooser_;
  Collector collector_;
  Buyer buyer_;
  Settler settler_;
  Publisher publisher_;
  RateLimiter limiter_;
  std::string run_id_;
  std::map<http::RequestId, InFlight> in_flight_;
  std::uint64_t last_request_ = 0;
  std::optional<store::UsageSnapshot> first_reading_;  ///< of the usage, by this process
  bool bought_since_reading_ = false;
  bool is_last_reading_ = false;
  SteadyTime started_;
};

}  // namespace toksync::engine
