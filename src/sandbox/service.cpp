#include "sandbox/service.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sandbox/odd_records.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr Milliseconds client_check{20};

WallTime now() { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

/// Whole seconds until then, rounded up, at least one.
std::int64_t seconds_until(WallTime then) {
  return std::max<std::int64_t>(1, std::chrono::ceil<Seconds>(then - now()).count());
}

bool among(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// A query as a JSON object of the types the schema wants, where they can be read as such.
json query_of(const HttpRequest& request, const Schema& schema) {
  json query = json::object();
  for (const auto& [name, value] : request.params) {
    const auto field =
        std::find_if(schema.begin(), schema.end(), [&n = name](const Field& one) { return one.name == n; });
    std::int64_t number = 0;
    const char* end = value.data() + value.size();
    const bool integer = field != schema.end() && field->type == Type::integer &&
                         std::from_chars(value.data(), end, number).ptr == end && !value.empty();
    query[name] = integer ? json(number) : json(value);
  }
  return query;
}

/// The body of a request, or null when it is no JSON object.
json body_of(const HttpRequest& request) {
  json body = json::parse(request.body, nullptr, false);
  return body.is_object() ? body : json(nullptr);
}

Reply invalid_request(const std::vector<Problem>& problems) {
  json fields = json::object();
  for (const Problem& problem : problems) fields[problem.field].push_back(problem.message);
  return failure(400, "VALIDATION_ERROR", problems.front().message, {{"fields", fields}});
}

std::optional<Reply> body_refusal(const HttpRequest& request, const json& body) {
  const bool is_json = request.get_header_value("Content-Type").starts_with("application/json");
  if (!is_json) return bad_request("Content-Type must be application/json");
  if (body.is_null()) return bad_request("Request body must be valid JSON");
  return std::nullopt;
}

}  // namespace

Service::Service(const Options& options, std::function<void(Milliseconds)> refuse)
    : options_(options), refuse_(std::move(refuse)), state_(options_) {
  for (const std::string& spec : options_.faults) {
    if (auto fault = parse_fault(spec)) state_.faults.add(*std::move(fault));
  }
}

void Service::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void Service::answer(const HttpRequest& request, HttpResponse& response, Connection& connection) {
  if (request.path.starts_with("/sandbox/")) return answer_control(request, response);
  Exchange exchange = begin(request, response, connection);
  answer_api(exchange);
  close_port_if_due();
}

Service::Exchange Service::begin(const HttpRequest& request, HttpResponse& response, Connection& connection) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++state_.next_number;
  Exchange exchange{request,
                    response,
                    connection,
                    state_.log.size(),
                    fmt::format("req_{:012d}", number),
                    fmt::format("{:032x}", number * 0x9e3779b97f4a7c15ULL),
                    false,
                    std::nullopt};
  const auto question = request.target.find('?');
  const std::string query = question == std::string::npos ? "" : request.target.substr(question + 1);
  state_.log.push_back({request.method, request.path, query, exchange.request_id, body_of(request), "", 0, now()});
  state_.settle_finished(now());
  return exchange;
}

void Service::answer_api(Exchange& exchange) {
  Lock lock(mutex_);
  if (const auto refusal = admit(exchange)) return send(exchange, *refusal);
  const auto fault = state_.faults.meet(exchange.request.method, exchange.request.path);
  if (fault && exchange.number < state_.log.size()) state_.log[exchange.number].fault = fault->kind;
  if (fault && !fault->after_work() && fail_before(*fault, exchange, lock)) return;
  Reply reply = work(exchange, lock);
  if (fault && fault->after_work() && fail_after(*fault, exchange, reply, lock)) return;
  send(exchange, reply);
}

std::optional<Reply> Service::admit(Exchange& exchange) {
  std::string id;
  const Operation* operation = find_operation(options_.api, exchange.request.method, exchange.request.path, id);
  if (operation != nullptr && operation->open) return std::nullopt;
  if (!exchange.request.path.starts_with("/v1/")) return not_found("Route not found");
  const std::string header = exchange.request.get_header_value("Authorization");
  const std::string key = header.starts_with("Bearer ") ? header.substr(7) : "";
  exchange.workspace = among(options_.workspace_keys, key);
  if (!exchange.workspace && !among(options_.api_keys, key)) {
    return failure(401, "UNAUTHORIZED", key.empty() ? "Missing API key" : "Invalid or revoked API key");
  }
  exchange.rate = state_.limiter.count(key, now());
  if (!exchange.rate->allowed) return failure(429, "RATE_LIMITED", "Rate limit exceeded");
  return std::nullopt;
}

Reply Service::work(Exchange& exchange, Lock& lock) {
  const HttpRequest& request = exchange.request;
  std::string id;
  const Operation* operation = find_operation(options_.api, request.method, request.path, id);
  if (operation == nullptr) return not_found("Route not found");
  const bool has_body = request.method == "POST";
  json body = has_body ? body_of(request) : query_of(request, operation->schema);
  if (has_body) {
    if (const auto refusal = body_refusal(request, body)) return *refusal;
  }
  const auto problems = problems_of(body, operation->schema, options_.lenient);
  if (!problems.empty()) return invalid_request(problems);
  Call call{state_, options_, now(), request.method, request.path, id, std::move(body), exchange.workspace};
  const WallTime deadline = call.now + options_.scaled(static_cast<double>(call.integer("wait_seconds", 0)));
  for (;;) {
    call.now = now();
    Reply reply = operation->handler(call);
    if (!reply.ready_at || call.now >= deadline || stopping_) return reply;
    changed_.wait_until(lock, std::min(*reply.ready_at, deadline));
  }
}

bool Service::hold(Exchange& exchange, Lock& lock) {
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

void Service::note_status(const Exchange& exchange, int status) {
  if (exchange.number < state_.log.size()) state_.log[exchange.number].status = status;
}

void Service::lose(Exchange& exchange) {
  note_status(exchange, 0);
  exchange.connection.break_off();
}

Wire Service::render(const Exchange& exchange, const Reply& reply) const {
  Wire wire;
  wire.status = reply.status;
  json meta = reply.meta;
  meta["request_id"] = exchange.request_id;
  meta["trace_id"] = exchange.trace_id;
  json document = {{"success", !reply.failed()}, {"meta", std::move(meta)}};
  document[reply.failed() ? "error" : "data"] = reply.failed() ? reply.error : reply.data;
  wire.body = (reply.bare ? reply.data : document).dump();
  wire.headers = {{"x-request-id", exchange.request_id}, {"x-trace-id", exchange.trace_id}};
  if (reply.cost && !options_.no_cost_header) {
    wire.headers.emplace_back("X-Toksta-Credit-Cost", std::to_string(*reply.cost));
  }
  if (exchange.rate) {
    const WallTime reset = exchange.rate->reset;
    wire.headers.emplace_back("X-RateLimit-Limit", std::to_string(exchange.rate->limit));
    wire.headers.emplace_back("X-RateLimit-Remaining", std::to_string(exchange.rate->remaining));
    wire.headers.emplace_back("X-RateLimit-Reset",
                              std::to_string(std::chrono::ceil<Seconds>(reset.time_since_epoch()).count()));
  }
  const auto window_end = exchange.rate ? std::optional(seconds_until(exchange.rate->reset)) : std::nullopt;
  const auto retry_after = reply.status == 429 && !reply.retry_after ? window_end : reply.retry_after;
  if (retry_after) wire.headers.emplace_back("Retry-After", std::to_string(*retry_after));
  return wire;
}

void Service::send(Exchange& exchange, const Reply& reply) { send(exchange, render(exchange, reply)); }

void Service::send(Exchange& exchange, const Wire& wire) {
  note_status(exchange, wire.status);
  exchange.response.status = wire.status;
  for (const auto& [name, value] : wire.headers) exchange.response.set_header(name, value);
  exchange.response.set_content(wire.body, wire.type);
}

void Service::close_port_if_due() {
  std::optional<double> seconds;
  {
    const std::lock_guard lock(mutex_);
    seconds = state_.faults.due_refusal();
  }
  if (seconds) refuse_(Milliseconds{static_cast<Milliseconds::rep>(*seconds * 1000.0)});
}

}  // namespace toksync::sandbox
