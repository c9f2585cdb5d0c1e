// One run in steps, so that several can share a thread: each sends what may leave, then all wait together. Engine and
// Mirror are runners; `cli` runs them.
#pragma once

#include <span>

#include "engine/outcome.hpp"
#include "http/transport.hpp"

namespace toksync::engine {

/// Numbers requests, so that runners which share a transport tell their own apart.
class RequestNumbers {
 public:
  [[nodiscard]] http::RequestId next() { return http::RequestId{++last_}; }

 private:
  std::uint64_t last_ = 0;
};

class Runner {
 public:
  virtual ~Runner() = default;
  /// Sends what may leave now. False when there is nothing left to do, or the run has to end.
  virtual bool advance() = 0;
  /// Until when nothing happens unless an answer comes.
  [[nodiscard]] virtual SteadyTime next_wake() const = 0;
  /// Takes an answer; one to somebody else's request is no news.
  virtual void apply(const http::Completion& completion) = 0;
  /// Ends the run in the store, after what is still on its way was given up or awaited.
  virtual RunResult conclude() = 0;
};

/// Runs them side by side until each has come to its end; the results are in their order.
[[nodiscard]] std::vector<RunResult> run_side_by_side(std::span<Runner* const> runners, http::Transport& transport);

}  // namespace toksync::engine
