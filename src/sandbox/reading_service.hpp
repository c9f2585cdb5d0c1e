// The stand-in of an API that is only read: logs and counts the requests, fails on purpose, changes the world when a
// test asks, and leaves the answers to the API. The only place there that locks.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "sandbox/options.hpp"
#include "sandbox/reading.hpp"
#include "sandbox/stand_in.hpp"

namespace toksync::sandbox {

class ReadingService final : public StandIn {
 public:
  /// `refuse`: closes the port for a while, see Listener::refuse_for.
  ReadingService(const Options& options, std::unique_ptr<ReadingApi> api, std::function<void(Milliseconds)> refuse);

  void answer(const HttpRequest& request, HttpResponse& response, Connection& connection) override;
  void stop() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// One line of GET /sandbox/requests; status 0 when no answer was given.
  struct Line {
    nlohmann::json told;
    int status = 0;
    std::string fault;
  };

  struct Exchange {
    Visit visit;
    HttpResponse& response;
    Connection& connection;
    std::uint64_t number = 0;  ///< of its line since the start of the program
  };

  [[nodiscard]] Exchange begin(const HttpRequest& request, HttpResponse& response, Connection& connection);
  void answer_api(Exchange& exchange, Lock& lock);
  /// Both tell whether the exchange is over.
  [[nodiscard]] bool fail_before(const Fault& fault, Exchange& exchange, Lock& lock);
  [[nodiscard]] bool fail_after(const Fault& fault, Exchange& exchange, Answer& answer, Lock& lock);
  /// What a fault answers in the API's words; nothing for a kind that does not.
  [[nodiscard]] std::optional<Answer> failed_answer(const Fault& fault) const;
  /// False when the client went away meanwhile.
  [[nodiscard]] bool hold(Exchange& exchange, Lock& lock);
  void wait(double seconds, Lock& lock);

  [[nodiscard]] Wire render(const Exchange& exchange, Answer answer) const;
  void send(Exchange& exchange, Answer answer) { send(exchange, render(exchange, std::move(answer))); }
  void send(Exchange& exchange, const Wire& wire);
  void truncate(Exchange& exchange, const Wire& wire);
  void lose(Exchange& exchange);
  [[nodiscard]] Line* line_of(const Exchange& exchange);

  void answer_control(const HttpRequest& request, HttpResponse& response);
  [[nodiscard]] Answer control(const std::string& route, const nlohmann::json& body);
  [[nodiscard]] Answer change_faults(const nlohmann::json& body);
  [[nodiscard]] Answer change_world(const std::string& route, const nlohmann::json& body);
  [[nodiscard]] nlohmann::json log_to_json() const;
  void reset();
  void close_port_if_due();

  Options options_;
  std::unique_ptr<ReadingApi> api_;
  std::function<void(Milliseconds)> refuse_;
  std::mutex mutex_;
  std::condition_variable changed_;
  FaultBook faults_;
  std::deque<Line> log_;
  std::uint64_t forgotten_ = 0;  ///< lines that a reset took away
  std::map<std::string, std::size_t> hits_;
  std::size_t held_ = 0;
  std::uint64_t releases_ = 0;
  bool stopping_ = false;
};

}  // namespace toksync::sandbox
