// What happens to a request: it is logged, admitted (key, rate limit), perhaps failed on purpose, checked
// against the contract, answered by its handler. The only place that locks.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "sandbox/connection.hpp"
#include "sandbox/operations.hpp"
#include "sandbox/reply.hpp"
#include "sandbox/stand_in.hpp"
#include "sandbox/state.hpp"
#include "sandbox/wire.hpp"

namespace toksync::sandbox {

class Service final : public StandIn {
 public:
  /// `refuse`: closes the port for a while, see Listener::refuse_for.
  Service(const Options& options, std::function<void(Milliseconds)> refuse);

  void answer(const HttpRequest& request, HttpResponse& response, Connection& connection) override;
  void stop() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// One request on its way through.
  struct Exchange {
    const HttpRequest& request;
    HttpResponse& response;
    Connection& connection;
    std::size_t number = 0;  ///< in the log
    std::string request_id;
    std::string trace_id;
    bool workspace = false;
    std::optional<RateState> rate;
  };

  void answer_api(Exchange& exchange);
  [[nodiscard]] Exchange begin(const HttpRequest& request, HttpResponse& response, Connection& connection);
  [[nodiscard]] std::optional<Reply> admit(Exchange& exchange);
  [[nodiscard]] Reply work(Exchange& exchange, Lock& lock);
  /// Both tell whether the exchange is over.
  [[nodiscard]] bool fail_before(const Fault& fault, Exchange& exchange, Lock& lock);
  [[nodiscard]] bool fail_after(const Fault& fault, Exchange& exchange, Reply& reply, Lock& lock);
  /// False when the client went away meanwhile.
  [[nodiscard]] bool hold(Exchange& exchange, Lock& lock);

  [[nodiscard]] Wire render(const Exchange& exchange, const Reply& reply) const;
  void send(Exchange& exchange, const Reply& reply);
  void send(Exchange& exchange, const Wire& wire);
  void truncate(Exchange& exchange, const Wire& wire);
  /// Both write until the client has enough, and end its connection.
  void trickle(Exchange& exchange, const Wire& wire, Lock& lock);
  void pour(Exchange& exchange, const Wire& wire, Lock& lock);
  void lose(Exchange& exchange);
  void note_status(const Exchange& exchange, int status);

  void answer_control(const HttpRequest& request, HttpResponse& response);
  [[nodiscard]] Reply control(const std::string& route, const nlohmann::json& body);
  [[nodiscard]] Reply change_faults(const nlohmann::json& body);
  void close_port_if_due();

  Options options_;
  std::function<void(Milliseconds)> refuse_;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_;
  std::size_t held_ = 0;
  std::uint64_t releases_ = 0;
  std::uint64_t odd_turn_ = 0;
  bool stopping_ = false;
};

}  // namespace toksync::sandbox
