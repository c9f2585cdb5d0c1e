#include "sandbox/reading_service.hpp"

#include <fmt/format.h>

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr Milliseconds client_check{20};

WallTime now() { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

}  // namespace

ReadingService::ReadingService(const Options& options, std::unique_ptr<ReadingApi> api,
                               std::function<void(Milliseconds)> refuse)
    : options_(options), api_(std::move(api)), refuse_(std::move(refuse)) {
  for (const std::string& spec : options_.faults) {
    if (auto fault = parse_fault(spec, options_.api)) faults_.add(*std::move(fault));
  }
}

void ReadingService::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void ReadingService::answer(const HttpRequest& request, HttpResponse& response, Connection& connection) {
  if (request.path.starts_with("/sandbox/")) return answer_control(request, response);
  {
    Lock lock(mutex_);
    Exchange exchange = begin(request, response, connection);
    answer_api(exchange, lock);
  }
  close_port_if_due();
}

ReadingService::Exchange ReadingService::begin(const HttpRequest& request, HttpResponse& response,
                                               Connection& connection) {
  const std::uint64_t number = forgotten_ + log_.size();
  const std::string id = fmt::format("req_{:012d}", number + 1);
  const auto question = request.target.find('?');
  const std::string query = question == std::string::npos ? "" : request.target.substr(question + 1);
  // Bodies are not told: the only one that a reader sends holds a secret.
  const json told = {{"method", request.method}, {"path", request.path}, {"query", query},
                     {"request_id", id},         {"body", nullptr},      {"at_ms", now().time_since_epoch().count()}};
  log_.push_back({told, 0, ""});
  ++hits_[api_->route_of(request)];
  return {{request, now(), id, "", std::nullopt}, response, connection, number};
}

void ReadingService::answer_api(Exchange& exchange, Lock& lock) {
  if (auto refusal = api_->admit(exchange.visit)) return send(exchange, *std::move(refusal));
  const auto fault = faults_.meet(exchange.visit.request.method, exchange.visit.request.path);
  Line* line = line_of(exchange);
  if (fault && line != nullptr) line->fault = fault->kind;
  if (fault && !fault->after_work() && fail_before(*fault, exchange, lock)) return;
  Answer answer = api_->work(exchange.visit);
  if (fault && fault->after_work() && fail_after(*fault, exchange, answer, lock)) return;
  send(exchange, std::move(answer));
}

bool ReadingService::hold(Exchange& exchange, Lock& lock) {
  const std::uint64_t seen = releases_;
  ++held_;
  bool gone = false;
  while (!gone && !stopping_ && releases_ == seen) {
    changed_.wait_for(lock, client_check);
    gone = exchange.connection.client_gone();
  }
  --held_;
  return !gone && !stopping_;
}

void ReadingService::wait(double seconds, Lock& lock) {
  changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stopping_; });
}

ReadingService::Line* ReadingService::line_of(const Exchange& exchange) {
  const std::uint64_t index = exchange.number - forgotten_;
  return exchange.number < forgotten_ || index >= log_.size() ? nullptr : &log_[index];
}

Wire ReadingService::render(const Exchange& exchange, Answer answer) const {
  api_->sign(exchange.visit, answer);
  Wire wire;
  wire.status = answer.status;
  wire.headers = std::move(answer.headers);
  if (!answer.csv.empty()) wire.type = "text/csv; charset=utf-8";
  wire.body = answer.csv.empty() ? answer.body.dump() : std::move(answer.csv);
  return wire;
}

void ReadingService::send(Exchange& exchange, const Wire& wire) {
  if (Line* line = line_of(exchange)) line->status = wire.status;
  exchange.response.status = wire.status;
  for (const auto& [name, value] : wire.headers) exchange.response.set_header(name, value);
  exchange.response.set_content(wire.body, wire.type);
}

void ReadingService::truncate(Exchange& exchange, const Wire& wire) {
  exchange.connection.write(head_of(wire, length_of(wire)) + wire.body.substr(0, wire.body.size() / 2));
  if (Line* line = line_of(exchange)) line->status = wire.status;
  exchange.connection.break_off();
}

void ReadingService::lose(Exchange& exchange) { exchange.connection.break_off(); }

void ReadingService::close_port_if_due() {
  std::optional<double> seconds;
  {
    const std::lock_guard lock(mutex_);
    seconds = faults_.due_refusal();
  }
  if (seconds) refuse_(Milliseconds{static_cast<Milliseconds::rep>(*seconds * 1000.0)});
}

}  // namespace toksync::sandbox
