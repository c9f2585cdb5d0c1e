// Days of the mirrors' worlds, which move on when they are told to, and the spellings of moments that the APIs use.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace toksync::sandbox {

/// A day in UTC.
using Day = std::chrono::sys_days;
using Days = std::chrono::days;

/// Reads "2026-05-28" and nothing longer.
[[nodiscard]] std::optional<Day> read_day(std::string_view text);
/// The day that `today` of the options names, else the real one.
[[nodiscard]] Day first_day(const std::string& today);
/// A moment in the first hour of the day, by the number: early, so that it is over for whoever works that day.
[[nodiscard]] WallTime moment_of(Day day, std::uint64_t number);
/// "2026-05-28T00:06:00.123456+00:00", with as many digits of the fraction as asked for.
[[nodiscard]] std::string with_offset(WallTime time, int digits);
/// The Monday of the day's week, and the first day of its month.
[[nodiscard]] Day monday_of(Day day);
[[nodiscard]] Day month_start_of(Day day);

}  // namespace toksync::sandbox
