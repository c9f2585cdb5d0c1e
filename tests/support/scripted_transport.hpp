// A transport that never leaves the process: a test's handler answers each request, and waiting moves
// the manual clock instead of taking time. With it the real engine plays a night in milliseconds.
#pragma once

#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "http/transport.hpp"
#include "support/manual_clock.hpp"

namespace toksync::test {

/// What comes back for a request, and how long after its start.
struct ScriptedOutcome {
  std::variant<http::Response, http::TransportFailure> outcome;
  Milliseconds latency{0};
};

/// One request as it was started, in the order of the starts.
struct LoggedRequest {
  http::RequestId id{};
  http::Request request;
  WallTime started_at;
  SteadyTime started_at_steady;
  bool canceled = false;
};

class ScriptedTransport final : public http::Transport {
 public:
  /// Called once a request, at its start, with the true time of that moment, to which a jump of the clock does nothing.
  using Handler = std::function<ScriptedOutcome(const http::Request&, WallTime now)>;

  /// The clock must outlive the transport.
  ScriptedTransport(ManualClock& clock, Handler handler);

  /// A latency beyond the request's timeout becomes the failure TIMEOUT at that timeout.
  void start(http::RequestId id, http::Request request) override;
  /// Advances the clock to the next completion, the next wake-up or `until`, whichever is first; throws
  /// std::logic_error when that would be never (nothing in flight, and `until` more than a century away).
  [[nodiscard]] std::vector<http::Completion> wait(SteadyTime until) override;
  void cancel(http::RequestId id) override;

  /// Lets one wait() return at that moment, as a signal would.
  void wake_at(SteadyTime moment) { wake_ups_.push_back(moment); }

  [[nodiscard]] const std::vector<LoggedRequest>& log() const { return log_; }
  [[nodiscard]] std::size_t in_flight() const { return pending_.size(); }
  [[nodiscard]] std::size_t most_in_flight() const { return most_in_flight_; }

 private:
  struct Pending {
    SteadyTime due;
    http::Completion completion;
  };

  [[nodiscard]] SteadyTime next_event(SteadyTime until) const;
  [[nodiscard]] std::vector<http::Completion> take_due();

  ManualClock& clock_;
  Handler handler_;
  std::vector<LoggedRequest> log_;
  std::vector<Pending> pending_;
  std::vector<SteadyTime> wake_ups_;
  std::size_t most_in_flight_ = 0;
};

/// A response with that status and body, as JSON.
[[nodiscard]] http::Response json_response(int status, std::string body);

}  // namespace toksync::test
