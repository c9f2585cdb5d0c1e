// The part of ReadingService that fails on purpose.
#include <array>

#include "sandbox/reading_service.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr double bytes_per_megabyte = 1e6;
constexpr const char* unknown_value = "quantum_entangled";

/// Whose values are from a list that the API may lengthen.
constexpr std::array listed_fields = {"status",      "platform",    "type",       "severity",      "role",
                                      "action",      "provider",    "currency",   "country",       "video_type",
                                      "review_mode", "bundle_type", "resolution", "account_status"};

void set_new_values(json& row) {
  for (const char* name : listed_fields) {
    if (row.contains(name) && row[name].is_string()) row[name] = unknown_value;
  }
}

void add_unknown_fields(json& row) {
  row["x_experimental"] = {{"nested", {1, 2.5, nullptr, {{"deep", true}}}}, {"text", "\"quoted\" \\ 🤖"}};
  row["x_number"] = 1e300;
}

/// What clients fear, by turns: nulls, long texts, a NUL, SQL, numbers beyond 32 bits.
void make_odd(json& row, std::size_t turn) {
  for (auto& [name, value] : row.items()) {
    if (name == "id" || name.ends_with("_id") || value.is_null()) continue;
    if (value.is_number_integer() && turn % 4 == 3) value = 5'000'000'000;
    if (!value.is_string() || name == "period" || name.ends_with("_at")) continue;
    if (turn % 4 == 0) value = nullptr;
    if (turn % 4 == 1) value = std::string("before\0after", 12);
    if (turn % 4 == 2) value = "Robert'); DROP TABLE creators; --";
  }
}

void echo(const HttpRequest& request, json& row) { row["x_request_headers"] = headers_of(request); }

/// Changes every row of the answer, or the record that it is.
template <typename Change>
void change_rows(json& body, const char* rows_name, const Change& change) {
  if (!body.is_object()) return;
  json& rows = body.contains(rows_name) ? body[rows_name] : body;
  if (rows.is_object()) return change(rows, 0);
  std::size_t turn = 0;
  for (json& row : rows) {
    if (row.is_object()) change(row, turn++);
  }
}

}  // namespace

std::optional<Answer> ReadingService::failed_answer(const Fault& fault) const {
  if (fault.kind == "429") return api_->limited(fault);
  if (fault.kind == "500_before") return api_->failure({500, "INTERNAL_ERROR", "Unexpected server error", nullptr, ""});
  if (fault.kind == "503_refused") {
    return api_->failure({503, "SERVICE_UNAVAILABLE", "The service is not available", nullptr, ""});
  }
  if (fault.kind != "error") return std::nullopt;
  return api_->failure({static_cast<int>(fault.number("status", 500.0)), fault.text("code", "INTERNAL_ERROR"),
                        fault.text("message", "Failed on request"), nullptr, fault.text("shape", "")});
}

bool ReadingService::fail_before(const Fault& fault, Exchange& exchange, Lock& lock) {
  if (fault.kind == "echo_page") {
    Wire page = gateway_page(static_cast<int>(fault.number("status", 502.0)));
    page.body += headers_of(exchange.visit.request).dump();
    send(exchange, page);
  } else if (const auto wire = gateway_answer(fault.kind)) {
    send(exchange, *wire);
  } else if (auto answer = failed_answer(fault)) {
    send(exchange, *std::move(answer));
  } else if (fault.kind == "lost_request") {
    lose(exchange);
  } else if (fault.kind == "hold_before") {
    if (hold(exchange, lock)) return false;
    lose(exchange);
  } else if (fault.kind == "advance") {
    api_->advance(static_cast<int>(fault.number("days", 1.0)));
    return false;
  } else if (fault.kind == "forget_cursors") {
    static_cast<void>(api_->forget("cursors"));
    return false;
  } else if (fault.kind == "forget_tokens") {
    static_cast<void>(api_->forget("tokens"));
    auto refusal = api_->admit(exchange.visit);
    if (!refusal) return false;
    send(exchange, *std::move(refusal));
  } else {
    wait(fault.number("seconds", 1.0), lock);
    return false;
  }
  return true;
}

bool ReadingService::fail_after(const Fault& fault, Exchange& exchange, Answer& answer, Lock& lock) {
  const char* const rows = api_->rows_name();
  if (fault.kind == "hold_after" && hold(exchange, lock)) return false;
  if (const auto wire = gateway_answer(fault.kind)) {
    send(exchange, *wire);
  } else if (auto failed = failed_answer(fault)) {
    send(exchange, *std::move(failed));
  } else if (fault.kind == "truncated") {
    truncate(exchange, render(exchange, std::move(answer)));
  } else if (fault.kind == "malformed") {
    Wire spoiled = render(exchange, std::move(answer));
    spoiled.body.replace(spoiled.body.size() / 2, std::string::npos, "]]}\"");
    send(exchange, spoiled);
  } else if (fault.kind == "not_json") {
    send(exchange, Wire{200, "text/html", "<html><body>Welcome to the captive portal</body></html>", {}});
  } else if (fault.kind == "lost_answer" || fault.kind == "hold_after") {
    lose(exchange);
  } else if (answer.status < 400) {
    if (fault.kind == "unknown_fields") {
      if (answer.body.is_object()) answer.body["x_sibling"] = {{"added", true}};
      change_rows(answer.body, rows, [](json& row, std::size_t) { add_unknown_fields(row); });
    } else if (fault.kind == "new_values") {
      change_rows(answer.body, rows, [](json& row, std::size_t) { set_new_values(row); });
    } else if (fault.kind == "odd_records") {
      change_rows(answer.body, rows, make_odd);
    } else if (fault.kind == "echo") {
      const HttpRequest& request = exchange.visit.request;
      change_rows(answer.body, rows, [&request](json& row, std::size_t) { echo(request, row); });
    } else if (fault.kind == "huge_body") {
      answer.body["padding"] =
          std::string(static_cast<std::size_t>(fault.number("megabytes", 100.0) * bytes_per_megabyte), 'x');
    } else if (fault.kind == "no_data") {
      if (answer.body.contains(rows)) answer.body = json(answer.body[rows]);
    } else {
      api_->spoil(fault, exchange.visit, answer);
    }
    return false;
  } else {
    return false;
  }
  return true;
}

}  // namespace toksync::sandbox
