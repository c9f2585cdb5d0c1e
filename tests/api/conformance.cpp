#include "api/conformance.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/random.hpp"

namespace toksync::api::conformance {
namespace {

using nlohmann::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

Outcome answer(int status, std::string body, Headers headers = {}) {
  return http::Response{status, std::move(headers), std::move(body)};
}

Failure failure_of(const Exchange& exchange, const Outcome& outcome) {
  auto understood = exchange.understand(outcome);
  REQUIRE_MESSAGE(understood.failure.has_value(), "understood as an answer: " << understood.answer);
  return *understood.failure;
}

std::string text_of(const Understanding& understood) {
  if (!understood.failure) return understood.answer;
  return understood.failure->code + " " + understood.failure->message;
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The document with a key in every text of it that is shown to people.
std::string with_key_in_messages(std::string text, const std::string& key) {
  json document = json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("error")) return text;
  document["error"] = {{"code", "BAD_" + key}, {"message", "the key " + key + " is wrong"}};
  return document.dump();
}

void visit_objects(json& value, const std::function<void(json&)>& visit) {
  // What a visit adds is not visited.
  if (value.is_structured()) {
    for (auto& member : value) visit_objects(member, visit);
  }
  if (value.is_object()) visit(value);
}

struct Expected {
  int status;
  FailureKind kind;
  bool may_be_charged;
};

}  // namespace

void check_secrets(const Subject& subject) {
  REQUIRE(subject.api_key.size() > 8);
  for (const auto& exchange : subject.exchanges) {
    CAPTURE(exchange.name);
    const auto request = exchange.request();
    CHECK((request.bearer.reveal() == subject.api_key) != (request.api_key.reveal() == subject.api_key));
    CHECK(request.url.starts_with(subject.host + "/"));
    CHECK(request.path.starts_with("/"));
    for (const auto& text : {request.url, request.path, request.body}) CHECK_FALSE(holds(text, subject.api_key));
    for (const auto& [name, value] : request.headers) {
      CHECK_FALSE(holds(value, subject.api_key));
      CHECK(name != "Authorization");
    }
    for (const int status : {200, 400, 401, 404, 500, 502}) {
      for (const auto& body : {"<html>Bearer " + subject.api_key + "</html>", "\"" + subject.api_key + "\"",
                               with_key_in_messages(subject.refusals.front().body, subject.api_key)}) {
        CAPTURE(body);
        CHECK_FALSE(holds(text_of(exchange.understand(answer(status, body))), subject.api_key));
      }
    }
    const http::TransportFailure broken{"CONNECTION_LOST", "after Authorization: Bearer " + subject.api_key, true};
    CHECK_FALSE(holds(text_of(exchange.understand(broken)), subject.api_key));
  }
}

void check_requests(const Subject& subject) {
  for (const auto& exchange : subject.exchanges) {
    CAPTURE(exchange.name);
    const auto first = exchange.request();
    const auto again = exchange.request();
    CHECK(first.url == again.url);
    CHECK(first.body == again.body);
    CHECK(first.headers == again.headers);
    CHECK(first.exactly_once == exchange.is_billable);
    CHECK(first.timeout > Milliseconds{0});
    CHECK(first.body.empty() == (first.method == http::Method::get));
    if (!first.body.empty()) CHECK(json::accept(first.body));
  }
}

void check_classification(const Subject& subject) {
  for (const auto& exchange : subject.exchanges) {
    CAPTURE(exchange.name);
    const bool billable = exchange.is_billable;
    const auto good = exchange.understand(answer(exchange.good_status, exchange.good_body));
    REQUIRE_MESSAGE(!good.failure, (good.failure ? good.failure->message : ""));
    CHECK_FALSE(good.answer.empty());
    for (const auto& [status, body, kind] : subject.refusals) {
      CAPTURE(status);
      const auto understood = exchange.understand(answer(status, body));
      if (status == 404 && exchange.may_be_missing) {
        CHECK_FALSE(understood.failure.has_value());
        continue;
      }
      REQUIRE(understood.failure.has_value());
      CHECK(understood.failure->kind == kind);
      CHECK_FALSE(understood.failure->may_be_charged);
      CHECK_FALSE(understood.failure->code.empty());
    }
    for (const auto& [status, body, kind] : subject.refusals) {
      if (kind != FailureKind::rate_limited) continue;
      CHECK(exchange.understand(answer(status, body, {{"retry-after", "7"}})).retry_after == Seconds{7});
      CHECK_FALSE(exchange.understand(answer(status, body, {{"retry-after", "soon"}})).retry_after.has_value());
    }
    // Without a word of the API, something in between answered.
    for (const auto& [status, kind, may_be_charged] :
         {Expected{401, FailureKind::unauthorized, false}, Expected{403, FailureKind::forbidden, false},
          Expected{404, FailureKind::rejected, false}, Expected{429, FailureKind::rate_limited, false},
          Expected{500, FailureKind::unavailable, true}, Expected{502, FailureKind::unavailable, true},
          Expected{503, FailureKind::unavailable, true}, Expected{504, FailureKind::unavailable, true}}) {
      for (const auto* const body : {"", "<html><h1>Bad Gateway</h1></html>", "upstream\0 down"}) {
        CAPTURE(status);
        const auto failure = failure_of(exchange, answer(status, body));
        CHECK(failure.kind == kind);
        CHECK(failure.may_be_charged == (billable && may_be_charged));
      }
    }
    // Good only on the outside.
    for (const auto& body :
         {std::string(), std::string("null"), std::string("<html>welcome</html>"),
          exchange.good_body.substr(0, exchange.good_body.size() / 2), subject.refusals.front().body}) {
      CAPTURE(body);
      const auto failure = failure_of(exchange, answer(200, body));
      CHECK(failure.kind == FailureKind::unreadable);
      CHECK(failure.may_be_charged == billable);
    }
    const auto before = failure_of(exchange, http::TransportFailure{"CONNECT_FAILED", "refused", false});
    CHECK(before.kind == FailureKind::not_sent);
    CHECK_FALSE(before.may_be_charged);
    for (const auto* const code : {"TIMEOUT", "CONNECTION_LOST"}) {
      const auto after = failure_of(exchange, http::TransportFailure{code, "in the middle", true});
      CHECK(after.kind == FailureKind::unavailable);
      CHECK(after.code == code);
      CHECK(after.may_be_charged == billable);
    }
  }
}

void check_newcomers(const Subject& subject) {
  for (const auto& exchange : subject.exchanges) {
    CAPTURE(exchange.name);
    const auto usual = exchange.understand(answer(exchange.good_status, exchange.good_body));
    auto more = json::parse(exchange.good_body);
    visit_objects(more, [](json& object) { object["new_in_2031"] = {{"nested", json::array({1, "x", nullptr})}}; });
    CHECK(exchange.understand(answer(exchange.good_status, more.dump())).answer == usual.answer);
    for (const auto& name : exchange.enumerations) {
      CAPTURE(name);
      for (const auto& value : {json("never_heard_of"), json(nullptr), json(7), json::object(), json::array()}) {
        auto other = json::parse(exchange.good_body);
        std::size_t changed = 0;
        visit_objects(other, [&](json& object) {
          if (object.contains(name)) ++changed, object[name] = value;
        });
        REQUIRE(changed > 0);
        const auto understood = exchange.understand(answer(exchange.good_status, other.dump()));
        CHECK((!understood.failure || understood.failure->kind == FailureKind::unreadable));
      }
    }
  }
}

void check_robustness(const Subject& subject) {
  Random random(20260601);
  const auto below = [&random](std::size_t bound) {
    return static_cast<std::size_t>(random.unit() * static_cast<double>(bound));
  };
  constexpr std::string_view kHard = "{}[]\",:\\u0\x80\xFF\xF0\x01 9e-.#";
  const auto survives = [](const Exchange& exchange, int status, std::string body) {
    const auto understood = exchange.understand(answer(status, std::move(body)));
    if (understood.failure) CHECK_FALSE(understood.failure->code.empty());
  };
  for (const auto& exchange : subject.exchanges) {
    CAPTURE(exchange.name);
    const auto& body = exchange.good_body;
    for (std::size_t length = 0; length < body.size(); ++length) {
      const auto failure = failure_of(exchange, answer(exchange.good_status, body.substr(0, length)));
      CHECK(failure.kind == FailureKind::unreadable);
      CHECK(failure.may_be_charged == exchange.is_billable);
    }
    for (std::size_t at = 0; at < body.size(); ++at) {
      auto damaged = body;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << below(8)));
      survives(exchange, exchange.good_status, std::move(damaged));
    }
    for (int round = 0; round < 150; ++round) {
      auto damaged = body;
      for (auto changes = below(8); changes > 0; --changes) damaged[below(damaged.size())] = kHard[below(kHard.size())];
      const auto from = below(damaged.size());
      if (round % 3 == 0) damaged.erase(from, below(20));
      if (round % 3 == 1) damaged.insert(from, damaged.substr(from, below(20)));
      survives(exchange, round % 5 == 0 ? 500 : exchange.good_status, std::move(damaged));
    }
    // The answer to one question is no danger to the reader of another.
    for (const auto& other : subject.exchanges) survives(exchange, 200, other.good_body);
    survives(exchange, 200, std::string(200'000, '['));
  }
}

void check(const Subject& subject) {
  check_secrets(subject);
  check_requests(subject);
  check_classification(subject);
  check_newcomers(subject);
  check_robustness(subject);
}

}  // namespace toksync::api::conformance
