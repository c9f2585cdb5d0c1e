// Wall-clock times as ISO 8601 UTC text, and durations as the pipeline file writes them ("30d").
// Used by every room; nothing here reads a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace toksync {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;
/// A moment of civil time, to the millisecond.
using WallTime = std::chrono::sys_time<Milliseconds>;
/// A moment of the steady clock, for waiting and measuring.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Milliseconds>;

/// "2026-05-28T09:06:00Z"; milliseconds are dropped.
[[nodiscard]] std::string to_iso8601(WallTime time);

/// Reads "2026-05-28T09:06:00Z", with or without a fraction, `Z` or a numeric offset; a date alone is
/// its midnight. Nothing else is accepted, nor a moment outside the years 0000 to 9999 in UTC.
[[nodiscard]] std::optional<WallTime> from_iso8601(std::string_view text);

/// "2026-05-28", the calendar day in UTC.
[[nodiscard]] std::string day_of(WallTime time);

/// "2026-05", the calendar month in UTC.
[[nodiscard]] std::string month_of(WallTime time);

/// Reads an integer with `s`, `m`, `h` or `d`: "90s", "5m", "12h", "30d".
[[nodiscard]] std::optional<Seconds> parse_duration(std::string_view text);

/// The shortest exact spelling that parse_duration reads: "90s", "5m", "30d".
[[nodiscard]] std::string format_duration(Seconds duration);

/// For people: "450 ms", "12.3 s", "4 min 10 s", "2 h 5 min".
[[nodiscard]] std::string describe_duration(Milliseconds duration);

}  // namespace toksync
