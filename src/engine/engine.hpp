// Runs a plan: one thread, one loop. Starts what may leave, waits for answers, applies them, starts again
// at once. Everything that must survive a crash is committed by the store before the next step.
// Used by `cli` for run and resume, and by tests on a manual clock.
#pragma once

#include <functional>
#include <map>

#include "engine/buyer.hpp"
#include "engine/collector.hpp"
#include "engine/extras.hpp"
#include "engine/progress.hpp"
#include "engine/publisher.hpp"
#include "engine/rate_limiter.hpp"
#include "engine/runner.hpp"
#include "engine/settler.hpp"
#include "http/transport.hpp"

namespace toksync::engine {

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
  RequestNumbers* numbers = nullptr;  ///< shared with other runners of the transport
};

class Engine final : public Runner {
 public:
  Engine(Env& env, const pipeline::Pipeline& pipeline, const api::Provider& provider, http::Transport& transport,
         store::Store& store, const store::RunRow& run, Options options, Observer& observer);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs until everything asked for is done or cannot go on, and ends the run in the store.
  RunResult run();

  bool advance() override;
  [[nodiscard]] SteadyTime next_wake() const override;
  void apply(const http::Completion& completion) override;
  RunResult conclude() override;

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
  void dispatch(Answered answered);
  void page_found(Answered answered);
  void usage_answered(Answered answered);
  void usage_failed(Answered answered);
  [[nodiscard]] bool finished();
  [[nodiscard]] bool nothing_left_to_ask();
  /// Reads the usage once more at the end of a run that bought something; false when there is no need.
  bool read_usage_at_the_end();
  void compare_usage(const store::UsageSnapshot& last);
  [[nodiscard]] bool stopping();
  /// Sends nothing more, and gives up what is free.
  void begin_to_end();
  /// What it took, and what it took at least.
  [[nodiscard]] store::Pace pace() const;
  [[nodiscard]] std::optional<Call> call_of(const Task& task) const;
  [[nodiscard]] bool may_poll() const;
  /// How many requests the window has left beyond those that will be needed before it ends.
  [[nodiscard]] int spare_requests() const;
  /// False while the window has no more requests than the enrichments asked about may bring purchases: those first.
  [[nodiscard]] bool may_ask_all() const;
  /// What nobody waits for leaves when a window ends that has requests left, and when nothing else is to be done.
  [[nodiscard]] bool may_send_extras(int spare) const;
  [[nodiscard]] TaskQueue::MayLeave may_leave() const;
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
  Extras extras_;
  Settler settler_;
  Publisher publisher_;
  RateLimiter limiter_;
  std::string run_id_;
  std::map<http::RequestId, InFlight> in_flight_;
  RequestNumbers own_numbers_;
  std::int64_t requests_ = 0;
  std::optional<SteadyTime> ends_by_;                  ///< once it sends nothing more
  std::optional<store::UsageSnapshot> first_reading_;  ///< of the usage, by this process
  bool bought_since_reading_ = false;
  bool is_last_reading_ = false;
  SteadyTime started_;
};

}  // namespace toksync::engine
