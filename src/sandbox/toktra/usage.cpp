// What is used of which model: the part of World that invents GET /usage, and lets the days go by.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/toktra/world.hpp"

namespace toksync::sandbox::toktra {
namespace {

struct Model {
  const char* provider;
  const char* name;
  double price;  ///< dollars per million tokens
};
constexpr std::array models = {Model{"openai", "gpt-4", 30.0}, Model{"anthropic", "claude-3-opus", 40.0},
                               Model{"openai", "gpt-4o-mini", 0.6}, Model{"google", "gemini-1.5-pro", 7.0}};
// How many days the figures are estimates, before they are reconciled with the provider's.
constexpr Days estimated_for{3};
constexpr std::array working_hours = {9, 11, 14, 16};

double cents(double value) { return std::round(value * 100.0) / 100.0; }

/// How the labels of other than days look is not documented: the hour's moment, the week's Monday, YYYY-MM.
std::string label_of(const std::string& granularity, Day day) {
  if (granularity == "weekly") return day_of(monday_of(day));
  return granularity == "monthly" ? day_of(day).substr(0, 7) : day_of(day);
}

Usage& operator+=(Usage& sum, const Usage& more) {
  sum.email = more.email;
  sum.requests += more.requests;
  sum.input_tokens += more.input_tokens;
  sum.output_tokens += more.output_tokens;
  sum.cost = cents(sum.cost + more.cost);
  return sum;
}

/// A share of a day's use, by the hour; the last hour has the rest.
Usage hour_of(const Usage& day, std::size_t hour) {
  const auto part = [hour](std::int64_t whole) {
    const auto hours = static_cast<std::int64_t>(working_hours.size());
    return hour + 1 < working_hours.size() ? whole / hours : whole - whole / hours * (hours - 1);
  };
  return {day.email, part(day.requests), part(day.input_tokens), part(day.output_tokens),
          cents(day.cost / static_cast<double>(working_hours.size()))};
}

}  // namespace

std::string World::name_of(const Combination& one) const {
  return fmt::format("{} {} {}", day_of(one.day), one.user == nullptr ? "" : one.user->id, models[one.model].name);
}

std::optional<Usage> World::usage_of(const Combination& one) const {
  const std::string name = name_of(one);
  Dice dice(hash_of("usage " + name, seed_));
  const bool weekend = std::chrono::weekday{one.day}.iso_encoding() > 5;
  const bool used = dice.chance(weekend ? 0.08 : one.model == 0 ? 0.6 : 0.2);
  if (!used || vanished_.contains(name)) return std::nullopt;
  if (one.user != nullptr && one.user->created > one.day) return std::nullopt;
  const auto requests = 1 + static_cast<std::int64_t>(dice.log_normal(20.0, 0.9));
  double input = static_cast<double>(requests) * dice.log_normal(800.0, 0.4);
  if (today_ - one.day < estimated_for) input *= 0.8 + 0.4 * Dice(hash_of(name + day_of(today_), seed_)).unit();
  const double output = input * dice.log_normal(0.5, 0.3);
  return Usage{one.user == nullptr ? "" : one.user->email, requests, std::llround(input), std::llround(output),
               cents((input + output) * models[one.model].price / 1e6)};
}

template <typename Visitor>
void World::visit_day(Day day, const UsageQuery& query, const Visitor& visitor) const {
  for (std::size_t model = 0; model < models.size(); ++model) {
    if (!query.model.empty() && query.model != models[model].name) continue;
    const auto visit_one = [&](const User* user) {
      if (const auto usage = usage_of({day, user, model})) visitor(Combination{day, user, model}, *usage);
    };
    // Some use is nobody's.
    if (query.user_id.empty()) visit_one(nullptr);
    for (const User& user : users_) {
      if (query.user_id.empty() || query.user_id == user.id) visit_one(&user);
    }
  }
}

std::vector<UsageRow> World::usage(const UsageQuery& query) const {
  std::map<UsageKey, Usage> rows;
  const auto add = [&](const Combination& one, const Usage& usage) {
    UsageKey key{label_of(query.granularity, one.day), one.user == nullptr ? "" : one.user->id,
                 models[one.model].provider, models[one.model].name};
    if (query.granularity != "hourly") {
      rows[key] += usage;
      return;
    }
    for (std::size_t hour = 0; hour < working_hours.size(); ++hour) {
      key.period = fmt::format("{}T{:02}:00:00Z", day_of(one.day), working_hours[hour]);
      rows[key] += hour_of(usage, hour);
    }
  };
  for (Day day = query.from; day <= std::min(query.to, today_); day += Days{1}) visit_day(day, query, add);
  std::vector<UsageRow> list;
  list.reserve(rows.size());
  for (auto& [key, usage] : rows) list.push_back({key, std::move(usage)});
  return list;
}

void World::advance() {
  today_ += Days{1};
  Dice dice(hash_of("day " + day_of(today_), seed_));
  std::vector<std::string> recent;
  visit_day(today_ - Days{2}, {},
            [&](const Combination& one, const Usage& /*usage*/) { recent.push_back(name_of(one)); });
  if (!recent.empty()) vanished_.insert(dice.pick(recent));
  if (!users_.empty()) remove("users", std::string(dice.pick(users_).id));
  add_user(today_);
  for (std::int64_t left = dice.between(1, 4); left > 0; --left) add_alert(today_);
}

}  // namespace toksync::sandbox::toktra
