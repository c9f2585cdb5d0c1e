#include <string>

#include <doctest/doctest.h>

#include "base/time.hpp"

namespace toksync {
namespace {

using namespace std::chrono_literals;

WallTime at(std::int64_t milliseconds) { return WallTime{Milliseconds{milliseconds}}; }

TEST_CASE("a wall time is written as ISO 8601 in UTC, to the second") {
  CHECK(to_iso8601(at(0)) == "1970-01-01T00:00:00Z");
  CHECK(to_iso8601(at(1'779'959'160'000)) == "2026-05-28T09:06:00Z");
  CHECK(to_iso8601(at(1'779'959'160'999)) == "2026-05-28T09:06:00Z");
  CHECK(to_iso8601(at(1'709'164'800'000)) == "2024-02-29T00:00:00Z");
  CHECK(to_iso8601(at(253'402'300'799'000)) == "9999-12-31T23:59:59Z");
}

TEST_CASE("a time before 1970 is rounded down, not towards 1970") {
  CHECK(to_iso8601(at(-1'000)) == "1969-12-31T23:59:59Z");
  CHECK(to_iso8601(at(-1)) == "1969-12-31T23:59:59Z");
}

TEST_CASE("ISO 8601 times are read in the spellings that APIs use") {
  const auto moment = at(1'779'959'160'000);
  CHECK(from_iso8601("2026-05-28T09:06:00Z") == moment);
  CHECK(from_iso8601("2026-05-28T09:06:00z") == moment);
  CHECK(from_iso8601("2026-05-28 09:06:00Z") == moment);
  CHECK(from_iso8601("2026-05-28T11:06:00+02:00") == moment);
  CHECK(from_iso8601("2026-05-28T11:06:00+0200") == moment);
  CHECK(from_iso8601("2026-05-28T03:36:00-05:30") == moment);
  CHECK(from_iso8601("2026-05-27T23:59:00-09:07") == moment);
  CHECK(from_iso8601("2026-05-28") == at(1'779'926'400'000));
}

TEST_CASE("a fraction of a second counts to the millisecond") {
  CHECK(from_iso8601("1970-01-01T00:00:00.5Z") == at(500));
  CHECK(from_iso8601("1970-01-01T00:00:00.123Z") == at(123));
  CHECK(from_iso8601("1970-01-01T00:00:00.123999Z") == at(123));
  CHECK(from_iso8601("1970-01-01T00:00:00.001000000000000Z") == at(1));
  CHECK(from_iso8601("1970-01-01T00:00:00.25+00:00") == at(250));
}

TEST_CASE("a leap second is the next second") {
  CHECK(from_iso8601("2016-12-31T23:59:60Z") == from_iso8601("2017-01-01T00:00:00Z"));
}

TEST_CASE("an offset does not lead out of the years of four digits") {
  CHECK(from_iso8601("0000-01-01T00:00:00+00:00").has_value());
  CHECK_FALSE(from_iso8601("0000-01-01T00:00:00+00:01").has_value());
  CHECK(from_iso8601("9999-12-31T23:59:59Z").has_value());
  CHECK_FALSE(from_iso8601("9999-12-31T23:59:60Z").has_value());
  CHECK_FALSE(from_iso8601("9999-12-31T23:59:59-00:01").has_value());
}

TEST_CASE("a leap day exists in leap years only") {
  CHECK(from_iso8601("2024-02-29").has_value());
  CHECK(from_iso8601("2000-02-29").has_value());
  CHECK_FALSE(from_iso8601("2026-02-29").has_value());
  CHECK_FALSE(from_iso8601("1900-02-29").has_value());
}

TEST_CASE("what is no time is not read") {
  for (const char* const text : {"",
                                 " ",
                                 "now",
                                 "2026",
                                 "2026-05",
                                 "2026-5-28",
                                 "2026-13-01",
                                 "2026-00-10",
                                 "2026-04-31",
                                 "26-05-28",
                                 "2026-05-28T",
                                 "2026-05-28T09",
                                 "2026-05-28T09:06",
                                 "2026-05-28T09:06:00",
                                 "2026-05-28T24:00:00Z",
                                 "2026-05-28T09:60:00Z",
                                 "2026-05-28T09:06:61Z",
                                 "2026-05-28T9:06:00Z",
                                 "2026-05-28T09:06:00.Z",
                                 "2026-05-28T09:06:00.Z5",
                                 "2026-05-28T09:06:00+2",
                                 "2026-05-28T09:06:00+24:00",
                                 "2026-05-28T09:06:00+02:60",
                                 "2026-05-28T09:06:00Z ",
                                 " 2026-05-28T09:06:00Z",
                                 "2026-05-28T09:06:00ZZ",
                                 "2026-05-28x09:06:00Z",
                                 "-026-05-28",
                                 "2026-05-28T-9:06:00Z",
                                 "2026/05/28"}) {
    CAPTURE(text);
    CHECK_FALSE(from_iso8601(text).has_value());
  }
}

TEST_CASE("what is written is read as the same second") {
  for (std::int64_t moment = -62'135'596'800'000; moment < 253'402'300'000'000; moment += 86'399'987'000 * 11) {
    CAPTURE(moment);
    CHECK(from_iso8601(to_iso8601(at(moment))) == at(moment));
  }
}

TEST_CASE("the day and the month of a time are those of the calendar in UTC") {
  CHECK(day_of(from_iso8601("2026-06-01T00:00:00+02:00").value()) == "2026-05-31");
  CHECK(month_of(at(1'779'959'160'000)) == "2026-05");
  CHECK(month_of(from_iso8601("2026-06-01T00:00:00+02:00").value()) == "2026-05");
  CHECK(month_of(from_iso8601("2026-12-31T23:59:59Z").value()) == "2026-12");
}

TEST_CASE("durations are an integer and a unit") {
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("12h") == 12h);
  CHECK(parse_duration("30d") == std::chrono::days{30});
  CHECK(parse_duration("007d") == std::chrono::days{7});
}

TEST_CASE("what is no duration is not read") {
  for (const char* const text : {"", "s", "5", "5 m", " 5m", "5m ", "-5m", "-0s", "+5m", "1.5h", "5M", "5w", "1h30m",
                                 "never", "99999999999999999999d", "0x5s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a duration is a century at most") {
  CHECK(parse_duration("36525d").has_value());
  CHECK_FALSE(parse_duration("36526d").has_value());
  CHECK(parse_duration("3155760000s") == parse_duration("36525d"));
  CHECK_FALSE(parse_duration("3155760001s").has_value());
}

TEST_CASE("a duration is written in its largest whole unit") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(60s) == "1m");
  CHECK(format_duration(90min) == "90m");
  CHECK(format_duration(2h) == "2h");
  CHECK(format_duration(24h) == "1d");
  CHECK(format_duration(25h) == "25h");
}

TEST_CASE("every duration that is written is read again") {
  for (std::int64_t seconds = 0; seconds < 3'155'760'000; seconds = seconds * 3 + 7) {
    CAPTURE(seconds);
    CHECK(parse_duration(format_duration(Seconds{seconds})) == Seconds{seconds});
  }
}

TEST_CASE("durations for people are as exact as their size asks for") {
  CHECK(describe_duration(0ms) == "0 ms");
  CHECK(describe_duration(999ms) == "999 ms");
  CHECK(describe_duration(1000ms) == "1.0 s");
  CHECK(describe_duration(12'349ms) == "12.3 s");
  CHECK(describe_duration(59'999ms) == "59.9 s");
  CHECK(describe_duration(60s) == "1 min 0 s");
  CHECK(describe_duration(250s) == "4 min 10 s");
  CHECK(describe_duration(3599s) == "59 min 59 s");
  CHECK(describe_duration(1h) == "1 h 0 min");
  CHECK(describe_duration(125min) == "2 h 5 min");
  CHECK(describe_duration(49h) == "49 h 0 min");
}

}  // namespace
}  // namespace toksync
