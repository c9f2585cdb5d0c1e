#include "base/time.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace toksync {
namespace {

using std::chrono::floor;

std::optional<int> read_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool skip(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> read_date(std::string_view& text) {
  const auto year = read_digits(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = read_digits(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = read_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

std::optional<Milliseconds> read_fraction(std::string_view& text) {
  if (!skip(text, '.')) return Milliseconds{0};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  int value = 0;
  int scale = 100;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return Milliseconds{value};
}

std::optional<std::chrono::minutes> read_offset(std::string_view& text) {
  if (skip(text, 'Z') || skip(text, 'z')) return std::chrono::minutes{0};
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '+' ? 1 : -1;
  text.remove_prefix(1);
  const auto hours = read_digits(text, 2);
  skip(text, ':');
  const auto minutes = read_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
}

constexpr WallTime kFirstTime = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr WallTime kEndOfTime = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

}  // namespace

std::string to_iso8601(WallTime time) {
  const auto days = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{floor<Seconds>(time - days)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::optional<WallTime> from_iso8601(std::string_view text) {
  const auto date = read_date(text);
  if (!date) return std::nullopt;
  if (text.empty()) return WallTime{*date};
  if (!skip(text, 'T') && !skip(text, ' ')) return std::nullopt;
  const auto hour = read_digits(text, 2);
  if (!hour || !skip(text, ':')) return std::nullopt;
  const auto minute = read_digits(text, 2);
  if (!minute || !skip(text, ':')) return std::nullopt;
  const auto second = read_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto fraction = read_fraction(text);
  const auto offset = read_offset(text);
  if (!fraction || !offset || !text.empty()) return std::nullopt;
  const auto time = WallTime{*date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + Seconds{*second} +
                    *fraction - *offset;
  // The offset, or a leap second, may lead out of the years that four digits can tell.
  return time >= kFirstTime && time < kEndOfTime ? std::optional{time} : std::nullopt;
}

std::string day_of(WallTime time) { return to_iso8601(time).substr(0, 10); }

std::string month_of(WallTime time) { return to_iso8601(time).substr(0, 7); }

std::optional<Seconds> parse_duration(std::string_view text) {
  if (text.size() < 2 || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t value = 0;
  const auto* const end = text.data() + text.size() - 1;
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end) return std::nullopt;
  for (const auto& unit : kUnits) {
    if (unit.letter != text.back()) continue;
    // A century bounds every sum with a wall time well inside its range.
    if (value > 36525LL * 86400 / unit.seconds) return std::nullopt;
    return Seconds{value * unit.seconds};
  }
  return std::nullopt;
}

std::string format_duration(Seconds duration) {
  for (const auto& unit : kUnits) {
    if (duration.count() != 0 && duration.count() % unit.seconds == 0) {
      return fmt::format("{}{}", duration.count() / unit.seconds, unit.letter);
    }
  }
  return fmt::format("{}s", duration.count());
}

std::string describe_duration(Milliseconds duration) {
  const auto ms = duration.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
  const auto seconds = ms / 1000;
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace toksync
