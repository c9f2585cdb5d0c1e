#include <doctest/doctest.h>

#include "api/decoding.hpp"
#include "api/headers.hpp"

namespace toksync::api::toksta {
namespace {

const Call kRead = ReadUsage{"2026-05"};

Answer with_headers(Headers headers) { return decode(kRead, 200, "{}", std::move(headers)); }

TEST_CASE("request and trace ids come from the headers, or else from the envelope") {
  const auto from_headers = decode(kRead, 200, enveloped("{}", R"({"request_id":"req_body"})"),
                                   {{"x-request-id", "req_header"}, {"x-trace-id", "trace_header"}});
  CHECK(from_headers.request_id == "req_header");
  CHECK(from_headers.trace_id == "trace_header");
  const auto from_body = decode(kRead, 404, R"({"success":false,"error":{},"meta":{"request_id":"r","trace_id":"t"}})");
  CHECK(from_body.http_status == 404);
  CHECK(from_body.request_id == "r");
  CHECK(from_body.trace_id == "t");
  CHECK(with_headers({{"x-request-id", std::string(1000, 'r')}}).request_id == std::string(200, 'r') + "…");
  CHECK(with_headers({{"x-request-id", "a\x1b[2Jb"}, {"x-trace-id", kKey}}).request_id == "a [2Jb");
  CHECK(with_headers({{"x-trace-id", "for " + kKey}}).trace_id == "for ***");
  CHECK(decode(kRead, 404, R"({"success":false,"meta":{"request_id":"r\nERROR forged"}})").request_id ==
        "r ERROR forged");
  CHECK(decode(kRead, 502, "<html>").request_id.empty());
}

TEST_CASE("the rate limit is read as far as it makes sense") {
  const auto full =
      with_headers({{"x-ratelimit-limit", "60"}, {"x-ratelimit-remaining", "59"}, {"x-ratelimit-reset", "1780272042"}});
  CHECK(full.rate_limit.limit == 60);
  CHECK(full.rate_limit.remaining == 59);
  CHECK(full.rate_limit.reset_in == Milliseconds{42'000});

  const auto none = with_headers({});
  CHECK_FALSE(none.rate_limit.limit);
  CHECK_FALSE(none.rate_limit.remaining);
  CHECK_FALSE(none.rate_limit.reset_in);

  const auto odd =
      with_headers({{"x-ratelimit-limit", "many"}, {"x-ratelimit-remaining", "-1"}, {"x-ratelimit-reset", "soon"}});
  CHECK_FALSE(odd.rate_limit.limit);
  CHECK_FALSE(odd.rate_limit.remaining);
  CHECK_FALSE(odd.rate_limit.reset_in);
}

TEST_CASE("the reset is a Unix time, in milliseconds too, or a delay, and never far away") {
  struct Case {
    const char* reset;
    std::optional<Milliseconds> delay;
  };
  for (const auto& [reset, delay] :
       {Case{"1780272000", Milliseconds{0}}, Case{"1780271000", Milliseconds{0}}, Case{"30", Milliseconds{30'000}},
        Case{"0", Milliseconds{0}}, Case{"1780272001500", Milliseconds{1500}},
        Case{"1999999999", Milliseconds{3'600'000}}, Case{"1e300", std::nullopt}}) {
    CAPTURE(reset);
    CHECK(with_headers({{"x-ratelimit-reset", reset}}).rate_limit.reset_in == delay);
  }
}

TEST_CASE("delays are measured by the server's clock when it tells it") {
  const auto answer = with_headers({{"date", "Mon, 01 Jun 2026 02:00:00 GMT"}, {"x-ratelimit-reset", "1780279220"}});
  CHECK(answer.rate_limit.reset_in == Milliseconds{20'000});
  const auto dated =
      with_headers({{"date", "Mon, 01 Jun 2026 02:00:00 GMT"}, {"retry-after", "Mon, 01 Jun 2026 02:00:07 GMT"}});
  CHECK(dated.retry_after == Seconds{7});
}

TEST_CASE("Retry-After is seconds or a date, within an hour") {
  struct Case {
    const char* value;
    std::optional<Seconds> delay;
  };
  for (const auto& [value, delay] :
       {Case{"12", Seconds{12}}, Case{"0", Seconds{0}}, Case{"1.2", Seconds{2}}, Case{"99999999999", Seconds{3600}},
        Case{"-5", std::nullopt}, Case{"soon", std::nullopt}, Case{"", std::nullopt}, Case{"nan", std::nullopt},
        Case{"Mon, 01 Jun 2026 00:00:30 GMT", Seconds{30}}, Case{"Sun, 31 May 2026 23:00:00 GMT", Seconds{0}},
        Case{"Mon, 01 Jun 2026 00:00:30 CET", std::nullopt}}) {
    CAPTURE(value);
    CHECK(with_headers({{"retry-after", value}}).retry_after == delay);
  }
}

TEST_CASE("the credit cost is a whole number, rounded up") {
  CHECK(with_headers({{"x-toksta-credit-cost", "3"}}).credit_cost == 3);
  CHECK(with_headers({{"x-toksta-credit-cost", "2.1"}}).credit_cost == 3);
  CHECK(with_headers({{"x-toksta-credit-cost", "0"}}).credit_cost == 0);
  CHECK_FALSE(with_headers({{"x-toksta-credit-cost", "-1"}}).credit_cost);
  CHECK_FALSE(with_headers({{"x-toksta-credit-cost", "free"}}).credit_cost);
  CHECK_FALSE(with_headers({{"x-toksta-credit-cost", "1e30"}}).credit_cost);
  CHECK_FALSE(with_headers({}).credit_cost);
}

TEST_CASE("an HTTP date is read in its usual form only") {
  CHECK(parse_http_date("Mon, 01 Jun 2026 00:00:00 GMT") == kNow);
  CHECK_FALSE(parse_http_date("2026-06-01T00:00:00Z"));
  CHECK_FALSE(parse_http_date("Mon, 01 Jun 2026 00:00:00 GMT and more"));
  CHECK_FALSE(parse_http_date(""));
  CHECK_FALSE(parse_http_date(std::string_view("Mon, 01 Jun 2026 00:00:00 GMT\0", 30)));
}

}  // namespace
}  // namespace toksync::api::toksta
