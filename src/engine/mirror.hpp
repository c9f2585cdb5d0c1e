// Runs the mirrors of one pipeline: walks each list page by page, as many side by side as the rate limit and the order
// of parents and children allow. Each page is committed with the place behind it. Nothing here costs credits. Used by
// `cli` for pipelines whose API has mirrors, and by tests on a manual clock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>

#include "api/mirror.hpp"
#include "base/env.hpp"
#include "engine/pacer.hpp"
#include "engine/progress.hpp"
#include "engine/runner.hpp"
#include "pipeline/pipeline.hpp"
#include "store/mirrors.hpp"

namespace toksync::engine {

struct MirrorOptions {
  std::optional<Seconds> max_duration{};
  int max_attempts = 6;                            ///< of one request
  Milliseconds longest_wait{60'000};               ///< between two calls of the observer
  std::function<int()> signal = [] { return 0; };  ///< the signal that asks to stop, 0: none
  RequestNumbers* numbers = nullptr;               ///< shared with other runners of the transport
};

class Mirror final : public Runner {
 public:
  Mirror(Env& env, const pipeline::Pipeline& pipeline, api::MirrorProvider& provider, http::Transport& transport,
         store::Store& store, const store::RunRow& run, MirrorOptions options, Observer& observer);
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  /// Runs until every list is read or cannot be, and ends the run in the store.
  RunResult run();

  bool advance() override;
  [[nodiscard]] SteadyTime next_wake() const override;
  void apply(const http::Completion& completion) override;
  RunResult conclude() override;

 private:
  enum class State { waiting, running, ended };
  /// A list, and how far this run has read it.
  struct Walk {
    const MirrorResource* resource = nullptr;
    MirrorConfig config;
    State state = State::waiting;
    store::WalkRow row{};
    std::deque<store::WalkSlice> slices{};                    ///< to ask for, in this order
    std::size_t total = 0, open = 0;                          ///< slices: of the walk, and not done
    bool is_partly_read = false;                              ///< a page of it was stored
    std::int64_t failed = 0;                                  ///< slices that cannot be read
    std::string trouble{};                                    ///< the first reason
    std::map<std::int64_t, std::set<std::string>> cursors{};  ///< of slices that are being read: those that were told
    std::map<std::int64_t, std::vector<MirrorRow>> held{};    ///< rows of slices that are replaced as a whole
  };
  using WalkIndex = std::size_t;
  /// A question, before it is sent and while it is under way. Without a walk it is the signing in.
  struct Question {
    std::optional<WalkIndex> walk{};
    store::WalkSlice slice{};
    int attempt = 1;
    SteadyTime not_before = SteadyTime::min();
  };
  struct InFlight {
    Question question;
    MirrorCall call;
    WallTime at;
    std::string method, path;
    int sign_in = 0;  ///< after which signing in anew it left
  };

  [[nodiscard]] bool stopping();
  void begin_ready_walks();
  void begin_walk(Walk& walk);
  [[nodiscard]] std::vector<std::string> slices_of(const Walk& walk);
  [[nodiscard]] const Walk* parent_of(const Walk& walk) const;
  [[nodiscard]] bool is_ready(const Walk& walk) const;
  void send_what_may_leave();
  [[nodiscard]] std::optional<Question> next_question(SteadyTime now);
  void send(Question question, http::Request request);
  [[nodiscard]] MirrorCall call_of(const Question& question) const;
  void signed_in(InFlight flight, const http::Completion& completion);
  void page_came(InFlight flight, MirrorPage page, const store::RequestLog& log);
  /// True when that page was named before: the API leads in a circle.
  [[nodiscard]] static bool is_circle(Walk& walk, const store::WalkSlice& slice, const MirrorPage& page);
  void failed(InFlight flight, const Answer& answer, const store::RequestLog& log);
  /// Asks again later, unless that was tried often enough; then the walk is left to another process.
  void try_again(InFlight flight, const std::optional<Seconds>& retry_after, const std::string& reason);
  /// Keeps what a page brought after which the slice cannot go on.
  void keep_rows(const InFlight& flight, MirrorPage page, const store::RequestLog& log);
  store::PageCommitted commit(Walk& walk, const store::WalkSlice& slice, const MirrorPage& page,
                              const store::RequestLog& log);
  void slice_failed(Walk& walk, const store::WalkSlice& slice, const std::string& reason);
  void suspend(Walk& walk, ErrorKind kind, const std::string& reason);
  void stop_asking(Walk& walk);
  void end_if_done(Walk& walk);
  void end(Walk& walk, store::WalkStatus status, const OptionalText& error);
  void complain(ErrorKind kind, const std::string& message);
  void show_progress();

  Env& env_;
  const pipeline::Pipeline& pipeline_;
  api::MirrorProvider& provider_;
  http::Transport& transport_;
  store::Store& store_;
  store::Mirrors mirrors_;
  RunKey run_;
  std::string source_;
  MirrorOptions options_;
  Observer& observer_;
  Pacer pacer_;
  std::vector<Walk> walks_;
  std::deque<Question> again_;  ///< questions that are asked another time, in no order
  std::map<http::RequestId, InFlight> in_flight_;
  RequestNumbers own_numbers_;
  RunResult result_;
  bool must_end_ = false;
  int sign_ins_ = 0;  ///< how often a refused call made it sign in anew
  std::int64_t requests_ = 0, pages_ = 0;
  SteadyTime started_;
};

}  // namespace toksync::engine
