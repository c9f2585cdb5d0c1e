// The part of Service that fails on purpose.
#include <fmt/format.h>

#include "sandbox/odd_records.hpp"
#include "sandbox/service.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr double bytes_per_megabyte = 1e6;
constexpr std::size_t filler_bytes = 65'536;
constexpr Milliseconds between_fillers{2};

/// Puts the request's headers wherever a client may keep or show what it reads.
void echo(const HttpRequest& request, Reply& reply) {
  const json headers = headers_of(request);
  reply.meta["x_request_headers"] = headers;
  if (reply.failed()) return;
  for (const char* list : {"creators", "results_summary", "results"}) {
    if (!reply.data.contains(list)) continue;
    for (json& record : reply.data[list]) record["x_request_headers"] = headers;
  }
}

std::optional<Reply> envelope_answer(const Fault& fault) {
  if (fault.kind == "429") {
    Reply limited = failure(429, "RATE_LIMITED", "Rate limit exceeded");
    limited.retry_after = static_cast<std::int64_t>(fault.number("retry_after", 1.0));
    return limited;
  }
  if (fault.kind == "500_before" || fault.kind == "500_after") {
    return failure(500, "INTERNAL_ERROR", "Unexpected server error");
  }
  if (fault.kind == "503_refused") return failure(503, "SERVICE_UNAVAILABLE", "The service is not available");
  if (fault.kind != "error") return std::nullopt;
  return failure(static_cast<int>(fault.number("status", 500.0)), fault.text("code", "INTERNAL_ERROR"),
                 fault.text("message", "Failed on request"));
}

}  // namespace

bool Service::fail_before(const Fault& fault, Exchange& exchange, Lock& lock) {
  if (fault.kind == "echo_page") {
    Wire page = gateway_page(static_cast<int>(fault.number("status", 502.0)));
    page.body += headers_of(exchange.request).dump();
    send(exchange, page);
  } else if (const auto wire = gateway_answer(fault.kind)) {
    send(exchange, *wire);
  } else if (const auto reply = envelope_answer(fault)) {
    send(exchange, *reply);
  } else if (fault.kind == "lost_request") {
    lose(exchange);
  } else if (fault.kind == "hold_before") {
    if (hold(exchange, lock)) return false;
    lose(exchange);
  } else if (fault.kind == "others") {
    state_.account.charge_others(fault.text("operation", "others"),
                                 static_cast<std::int64_t>(fault.number("credits", 1.0)));
    return false;
  } else {
    const auto seconds = std::chrono::duration<double>(fault.number("seconds", 1.0));
    changed_.wait_for(lock, seconds, [this] { return stopping_; });
    return false;
  }
  return true;
}

bool Service::fail_after(const Fault& fault, Exchange& exchange, Reply& reply, Lock& lock) {
  if (fault.kind == "odd_records") {
    if (!reply.failed()) make_odd(reply.data, odd_turn_);
    return false;
  }
  if (fault.kind == "echo") {
    echo(exchange.request, reply);
    exchange.request_id += " " + exchange.request.get_header_value("Authorization");
    return false;
  }
  if (fault.kind == "huge_body") {
    const double bytes = fault.number("megabytes", 100.0) * bytes_per_megabyte;
    if (!reply.failed()) reply.data["padding"] = std::string(static_cast<std::size_t>(bytes), 'x');
    return false;
  }
  if (fault.kind == "hold_after" && hold(exchange, lock)) return false;
  if (const auto wire = gateway_answer(fault.kind)) {
    send(exchange, *wire);
  } else if (const auto envelope = envelope_answer(fault)) {
    send(exchange, *envelope);
  } else if (fault.kind == "truncated") {
    truncate(exchange, render(exchange, reply));
  } else if (fault.kind == "trickle") {
    trickle(exchange, render(exchange, reply), lock);
  } else if (fault.kind == "endless") {
    pour(exchange, render(exchange, reply), lock);
  } else if (fault.kind == "malformed") {
    Wire wire_of_reply = render(exchange, reply);
    wire_of_reply.body.replace(wire_of_reply.body.size() / 2, std::string::npos, "]]}\"");
    send(exchange, wire_of_reply);
  } else if (fault.kind == "not_json") {
    send(exchange, Wire{200, "text/html", "<html><body>Welcome to the captive portal</body></html>", {}});
  } else {
    lose(exchange);
  }
  return true;
}

void Service::truncate(Exchange& exchange, const Wire& wire) {
  exchange.connection.write(head_of(wire, length_of(wire)) + wire.body.substr(0, wire.body.size() / 2));
  note_status(exchange, wire.status);
  exchange.connection.break_off();
}

void Service::trickle(Exchange& exchange, const Wire& wire, Lock& lock) {
  const std::string bytes = head_of(wire, length_of(wire)) + wire.body;
  for (std::size_t sent = 0; sent < bytes.size() && !stopping_ && !exchange.connection.client_gone(); ++sent) {
    exchange.connection.write(bytes.data() + sent, 1);
    changed_.wait_for(lock, Seconds{1}, [this] { return stopping_; });
  }
  lose(exchange);
}

void Service::pour(Exchange& exchange, const Wire& wire, Lock& lock) {
  const std::string filler(filler_bytes, ' ');
  std::string bytes = head_of(wire, "Connection: close") + wire.body.substr(0, wire.body.size() - 1);
  for (bool listens = true; listens && !stopping_; bytes = filler) {
    // Writing waits for the client, and other requests must not wait with it.
    lock.unlock();
    listens = exchange.connection.write(bytes) > 0;
    lock.lock();
    changed_.wait_for(lock, between_fillers);
  }
  lose(exchange);
}

}  // namespace toksync::sandbox
