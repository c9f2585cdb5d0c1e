#include "sandbox/calendar.hpp"

#include <fmt/format.h>

namespace toksync::sandbox {

std::optional<Day> read_day(std::string_view text) {
  const auto time = text.size() == 10 ? from_iso8601(text) : std::nullopt;
  if (!time) return std::nullopt;
  return std::chrono::floor<Days>(*time);
}

Day first_day(const std::string& today) {
  return read_day(today).value_or(std::chrono::floor<Days>(std::chrono::system_clock::now()));
}

WallTime moment_of(Day day, std::uint64_t number) { return WallTime{day} + Seconds{number % 3600}; }

std::string with_offset(WallTime time, int digits) {
  const std::string whole = to_iso8601(time);
  const auto milliseconds = (time.time_since_epoch() % Seconds{1}).count();
  const std::string fraction = fmt::format("{:03}{:03}", milliseconds, milliseconds).substr(0, digits);
  return whole.substr(0, whole.size() - 1) + "." + fraction + "+00:00";
}

Day monday_of(Day day) { return day - (std::chrono::weekday{day} - std::chrono::Monday); }

Day month_start_of(Day day) {
  const std::chrono::year_month_day date{day};
  return Day{date.year() / date.month() / 1};
}

}  // namespace toksync::sandbox
