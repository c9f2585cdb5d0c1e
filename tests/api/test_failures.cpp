#include <doctest/doctest.h>

#include "api/decoding.hpp"

namespace toksync::api {
namespace {

const Call kStart = StartEnrichment{{"c1"}};
const Call kRead = ReadEnrichments{{"c1"}};

std::string error_envelope(std::string_view code, std::string_view message = "no") {
  return R"({"success":false,"error":{"code":")" + std::string(code) + R"(","message":")" + std::string(message) +
         R"("},"meta":{"request_id":"req_8","trace_id":"tr_8"}})";
}

struct Case {
  int status;
  FailureKind kind;
  bool may_be_charged;
};

TEST_CASE("the API's own refusals") {
  for (const auto& [status, kind, may_be_charged] :
       {Case{400, FailureKind::rejected, false}, Case{401, FailureKind::unauthorized, false},
        Case{402, FailureKind::no_credits, false}, Case{403, FailureKind::forbidden, false},
        Case{404, FailureKind::rejected, false}, Case{405, FailureKind::rejected, false},
        Case{408, FailureKind::unavailable, true}, Case{409, FailureKind::rejected, true},
        Case{413, FailureKind::rejected, false}, Case{418, FailureKind::rejected, true},
        Case{422, FailureKind::rejected, true}, Case{429, FailureKind::rate_limited, false},
        Case{500, FailureKind::unavailable, true}, Case{501, FailureKind::rejected, false},
        Case{502, FailureKind::unavailable, true}, Case{503, FailureKind::unavailable, false},
        Case{504, FailureKind::unavailable, true}}) {
    CAPTURE(status);
    const auto found = failure(kStart, status, error_envelope("SOME_CODE", "some words"));
    CHECK(found.kind == kind);
    CHECK(found.may_be_charged == may_be_charged);
    CHECK(found.code == "SOME_CODE");
    CHECK(found.message == "some words");
    CHECK_FALSE(failure(kRead, status, error_envelope("SOME_CODE")).may_be_charged);
  }
}

TEST_CASE("answers without the envelope come from something in between") {
  for (const auto& [status, kind, may_be_charged] :
       {Case{301, FailureKind::rejected, true}, Case{400, FailureKind::rejected, true},
        Case{401, FailureKind::unauthorized, false}, Case{402, FailureKind::no_credits, true},
        Case{403, FailureKind::forbidden, false}, Case{404, FailureKind::rejected, false},
        Case{405, FailureKind::rejected, false}, Case{408, FailureKind::unavailable, true},
        Case{413, FailureKind::rejected, false}, Case{429, FailureKind::rate_limited, false},
        Case{499, FailureKind::rejected, true}, Case{500, FailureKind::unavailable, true},
        Case{501, FailureKind::unavailable, true}, Case{502, FailureKind::unavailable, true},
        Case{503, FailureKind::unavailable, true}, Case{504, FailureKind::unavailable, true}}) {
    for (const auto* const body :
         {"", "<html>\n<h1>Bad\tGateway</h1>", R"({"message":"Service Unavailable"})",
          R"({"statusCode":404,"error":"Not Found","message":"Route not found"})", R"({"success":true,"data":{}})"}) {
      CAPTURE(status);
      CAPTURE(body);
      const auto found = failure(kStart, status, body);
      CHECK(found.kind == kind);
      CHECK(found.may_be_charged == may_be_charged);
      CHECK(found.code == "HTTP_" + std::to_string(status));
      CHECK_FALSE(failure(kRead, status, body).may_be_charged);
    }
  }
}

TEST_CASE("a 2xx that cannot be used is unreadable, and may have been charged") {
  const auto good = enveloped(R"({"jobs_created":0,"jobs":[]})");
  REQUIRE(decode(kStart, 200, good).payload.has_value());
  for (const auto& body : {std::string(), std::string("null"), std::string("[]"), std::string("<html>hello</html>"),
                           good.substr(0, good.size() - 1), good.substr(0, good.size() / 2), enveloped("null"),
                           enveloped("[]"), std::string(R"({"success":true})"), enveloped(R"({"jobs_created":2})")}) {
    CAPTURE(body);
    const auto found = failure(kStart, 202, body);
    CHECK(found.kind == FailureKind::unreadable);
    CHECK(found.code == "UNREADABLE_ANSWER");
    CHECK(found.may_be_charged);
  }
  CHECK_FALSE(failure(kRead, 200, "<html>").may_be_charged);
}

TEST_CASE("what an answer about people says is in no error") {
  const auto person = enveloped(R"({"creators":[{"id":"x","name":"Nora Example","handle":"nora-example"}])");
  for (const auto& body : {person, person + "}", "\n" + person.substr(0, person.size() - 9)}) {
    const auto found = failure(kRead, 200, body);
    CHECK(found.code == "UNREADABLE_ANSWER");
    CHECK(found.message.find("ora") == std::string::npos);
    CHECK(found.message.find(std::to_string(body.size()) + " bytes of JSON") != std::string::npos);
  }
}

TEST_CASE("a 2xx that says success: false is unreadable with the API's code") {
  const auto found = failure(kStart, 200, error_envelope("INTERNAL_ERROR", "it broke"));
  CHECK(found.kind == FailureKind::unreadable);
  CHECK(found.code == "INTERNAL_ERROR");
  CHECK(found.message == "it broke");
  CHECK(found.may_be_charged);
}

TEST_CASE("an envelope that says less than usual is still the envelope") {
  CHECK(failure(kStart, 503, R"({"success":false})").may_be_charged == false);
  CHECK(failure(kStart, 503, R"({"success":false,"error":"overloaded"})").message == "overloaded");
  CHECK(failure(kStart, 503, R"({"error":{"code":"BUSY"}})").code == "BUSY");
  CHECK(failure(kStart, 503, R"({"success":false,"error":null})").code == "UNKNOWN");
  CHECK(failure(kStart, 503, R"({"success":false,"error":{"code":" \n"}})").code == "UNKNOWN");
}

TEST_CASE("what is missing from a request stands in the message") {
  const auto found = failure(kStart, 400,
                             R"({"success":false,"error":{"code":"VALIDATION_ERROR","message":"Too many ids",
                                "details":{"max":25}},"meta":{"request_id":"r"}})");
  CHECK(found.message == R"(Too many ids {"max":25})");
}

TEST_CASE("messages are one bounded line without keys, whoever wrote them") {
  const auto long_one = failure(kStart, 500, error_envelope("X", std::string(5000, 'm')));
  CHECK(long_one.message.size() < 510);
  const auto accents = failure(kStart, 500, error_envelope("X", [] {
                                 std::string text = "x";
                                 for (int i = 0; i < 400; ++i) text += "\xC3\xA9";
                                 return text;
                               }()));
  CHECK(accents.message.ends_with("\xC3\xA9\xE2\x80\xA6"));
  const auto html = failure(kStart, 502, "<html>\r\n\t <b>Bad</b>\n\n" + kKey + " caf\xE9 " + std::string(9000, 'x'));
  CHECK(html.message.starts_with("status 502 without the API's envelope: <html> <b>Bad</b> *** caf\xEF\xBF\xBD x"));
  CHECK(html.message.size() < 300);
  for (const auto& body : {error_envelope("X", "key " + kKey + " is wrong"), error_envelope(kKey), kKey,
                           std::string(480, 'x') + " " + kKey}) {
    const auto found = failure(kStart, 401, body);
    CHECK(found.message.find("tk_test_") == std::string::npos);
    CHECK(found.code.find("tk_test_") == std::string::npos);
  }
  const auto provider = make_provider("toksta", {"http://127.0.0.1:9", Secret("hunter2"), Milliseconds{1}});
  const auto odd_key = (*provider)->decode(kStart, http::Response{500, {}, "your key hunter2 is odd"}, kNow);
  CHECK(odd_key.payload.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("a redirect is refused, and says so") {
  CHECK(failure(kRead, 302, "").message == "redirect (302) that is not followed: no body");
}

TEST_CASE("transport failures: what surely did not arrive was not charged") {
  struct Lost {
    const char* code;
    bool may_have_arrived;
    FailureKind kind;
  };
  const auto provider = make_test_provider();
  for (const auto& [code, may_have_arrived, kind] :
       {Lost{"DNS_FAILED", false, FailureKind::not_sent}, Lost{"CONNECT_FAILED", false, FailureKind::not_sent},
        Lost{"TLS_FAILED", false, FailureKind::not_sent}, Lost{"REFUSED_URL", false, FailureKind::rejected},
        Lost{"REFUSED_HEADER", false, FailureKind::rejected}, Lost{"TIMEOUT", true, FailureKind::unavailable},
        Lost{"CONNECTION_LOST", true, FailureKind::unavailable}, Lost{"TOO_LARGE", true, FailureKind::unreadable}}) {
    CAPTURE(code);
    const http::TransportFailure lost{code, "words about " + kKey, may_have_arrived};
    const auto start = provider->decode(kStart, lost, kNow);
    REQUIRE_FALSE(start.payload.has_value());
    CHECK(start.http_status == 0);
    CHECK(start.payload.error().kind == kind);
    CHECK(start.payload.error().code == code);
    CHECK(start.payload.error().message == "words about ***");
    CHECK(start.payload.error().may_be_charged == may_have_arrived);
    CHECK_FALSE(provider->decode(kRead, lost, kNow).payload.error().may_be_charged);
  }
}

}  // namespace
}  // namespace toksync::api
