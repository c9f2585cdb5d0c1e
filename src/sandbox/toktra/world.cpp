#include "sandbox/toktra/world.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sandbox/dice.hpp"
#include "sandbox/words.hpp"

namespace toksync::sandbox::toktra {
namespace {

using nlohmann::json;

constexpr std::array departments = {"Engineering", "Marketing", "Sales", "Support", "Finance"};
constexpr std::size_t alerts_at_start = 142;
constexpr std::size_t policies_at_start = 12;
constexpr const char* organization = "0rg1b2c3-0000-0000-0000-000000000001";

/// Some ids look like UUIDs and are none, as in the vendor's own samples.
std::string id_of(const char* prefix, std::uint64_t number) { return prefix + uuid_of(number).substr(2); }

std::string ascii_of(std::string_view text) {
  std::string plain;
  for (const char letter : text) {
    if (letter >= 'A' && letter <= 'Z') plain += static_cast<char>(letter - 'A' + 'a');
    if (letter >= 'a' && letter <= 'z') plain += letter;
  }
  return plain;
}

double cents(double value) { return std::round(value * 100.0) / 100.0; }

Day period_start(const std::string& period, Day today) {
  if (period == "daily") return today;
  if (period == "weekly") return monday_of(today);
  const std::chrono::year_month_day date{today};
  if (period == "annual") return Day{date.year() / 1 / 1};
  if (period == "monthly") return month_start_of(today);
  const unsigned month = (static_cast<unsigned>(date.month()) - 1) / 3 * 3 + 1;
  return Day{date.year() / std::chrono::month{month} / 1};
}

template <typename Value>
json nullable(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

}  // namespace

World::World(std::uint64_t seed, std::size_t users, Day today) : seed_(seed), today_(today) {
  for (std::size_t number = 0; number < users; ++number) {
    add_user(today - Days{5 + hash_of(fmt::format("joined {}", number), seed) % 700});
  }
  add_policies();
  add_budgets();
  for (std::size_t number = 0; number < alerts_at_start; ++number) {
    add_alert(today - Days{hash_of(fmt::format("alert day {}", number), seed) % 60});
  }
}

void World::add_user(Day created) {
  const std::size_t number = next_user_++;
  Dice dice(hash_of(fmt::format("user {}", number), seed_));
  const std::string first(dice.pick(first_names()));
  const std::string last(dice.pick(last_names()));
  User user;
  user.number = number;
  user.id = number % 10 == 4 ? id_of("u1", dice.next()) : uuid_of(dice.next());
  user.name = first + " " + last;
  user.email = fmt::format("{}.{}{}@acme.example", ascii_of(first), ascii_of(last), number);
  if (!dice.chance(0.1)) user.department = dice.pick(departments);
  user.role = dice.chance(0.05) ? "admin" : "member";
  user.created = created;
  users_.push_back(std::move(user));
}

void World::add_alert(Day created) {
  const std::size_t number = next_alert_++;
  Dice dice(hash_of(fmt::format("alert {}", number), seed_));
  Alert alert;
  alert.number = number;
  alert.id = id_of("al", dice.next());
  alert.type = dice.pick(std::array{"policy_violation", "budget_exceeded", "anomaly_detected", "security_event"});
  if (alert.type != "budget_exceeded" && !users_.empty()) alert.user = dice.below(users_.size());
  if (alert.type == "policy_violation") alert.policy_id = dice.pick(policies_)["id"];
  alert.created = created;
  alert.hash = dice.next();
  alerts_.push_back(std::move(alert));
}

void World::add_budgets() {
  static constexpr std::array periods = {"monthly", "monthly", "quarterly", "weekly", "daily", "annual"};
  for (std::size_t number = 0; number < periods.size() + 2; ++number) {
    Budget budget;
    budget.number = number;
    budget.id = id_of("b1", hash_of(fmt::format("budget {}", number), seed_));
    const bool whole = number % departments.size() == departments.size() - 1;
    if (!whole) budget.department = ascii_of(departments[number % departments.size()]);
    budget.period = periods[number % periods.size()];
    budget.name = fmt::format("{} {}", whole ? "Everybody" : departments[number % departments.size()], budget.period);
    budget.amount = static_cast<std::int64_t>(1000 * (number + 1));
    budget.currency = number == 3 ? "EUR" : "USD";
    budget.hard_cap = number % 2 == 0;
    budgets_.push_back(std::move(budget));
  }
}

void World::add_policies() {
  static constexpr std::array actions = {"allow", "block", "alert", "require_approval"};
  for (std::size_t number = 0; number < policies_at_start; ++number) {
    const std::uint64_t hash = hash_of(fmt::format("policy {}", number), seed_);
    json policy = {{"id", id_of("p1", hash)},
                   {"org_id", organization},
                   {"name", fmt::format("Policy {}", number)},
                   {"model", number % 3 == 0 ? json(nullptr) : json("gpt-4")},
                   {"action", actions[number % actions.size()]},
                   {"conditions", {{"department", {{"not_in", {"engineering"}}}}}},
                   {"enabled", number % 5 != 4},
                   {"created_at", to_iso8601(moment_of(today_ - Days{400}, hash))},
                   {"updated_at", to_iso8601(moment_of(today_ - Days{100}, hash))}};
    if (number % 2 == 0) policy["description"] = "Keeps \"secrets\" in,\nand costs down";
    policies_.push_back(std::move(policy));
  }
}

double World::spent_by(const Budget& budget) const {
  double spent = 0.0;
  for (Day day = period_start(budget.period, today_); day <= today_; day += Days{1}) {
    Dice dice(hash_of(budget.id + day_of(day), seed_));
    spent += static_cast<double>(budget.amount) / 200.0 * (0.5 + dice.unit());
  }
  return cents(spent);
}

std::string World::status_of(const User& user) const {
  const std::uint64_t hash = hash_of("status " + user.id, seed_);
  if (hash % 40 == 0) return "suspended";
  // Somebody turns inactive now and then.
  return static_cast<std::int64_t>(hash / 64 % 900) < (today_ - user.created).count() / 4 ? "inactive" : "active";
}

std::string World::severity_of(const Alert& alert) {
  return std::array{"low", "medium", "high", "critical"}[alert.hash / 16 % 4];
}

std::string World::status_of(const Alert& alert) const {
  const auto age = (today_ - alert.created).count();
  const auto open_for = static_cast<std::int64_t>(alert.hash % 30);
  if (age > open_for) return "resolved";
  return age * 2 > open_for ? "acknowledged" : "open";
}

json World::to_json(const User& user) const {
  const std::uint64_t hash = hash_of("activity " + user.id, seed_);
  const bool never = hash % 12 == 0;
  const bool active = status_of(user) == "active";
  const Day last = active ? today_ - Days{1} : user.created + Days{2};
  return {{"id", user.id},
          {"org_id", organization},
          {"email", user.email},
          {"name", user.name},
          {"department", nullable(user.department)},
          {"role", user.role},
          {"status", status_of(user)},
          {"last_active_at", never ? json(nullptr) : json(to_iso8601(moment_of(last, hash)))},
          {"created_at", to_iso8601(moment_of(user.created, hash))},
          {"updated_at", to_iso8601(moment_of(active ? today_ - Days{1} : user.created, hash))}};
}

json World::to_json(const Budget& budget) const {
  const double spent = spent_by(budget);
  return {{"id", budget.id},
          {"org_id", organization},
          {"name", budget.name},
          {"department", nullable(budget.department)},
          {"amount", static_cast<double>(budget.amount)},
          {"spent", spent},
          {"remaining", cents(static_cast<double>(budget.amount) - spent)},
          {"currency", budget.currency},
          {"period", budget.period},
          {"hard_cap", budget.hard_cap},
          {"created_at", "2025-01-01T08:00:00Z"},
          {"updated_at", to_iso8601(moment_of(today_, budget.number))}};
}

json World::to_json(const Alert& alert) const {
  const User* user = alert.user && *alert.user < users_.size() ? &users_[*alert.user] : nullptr;
  const std::string who = user == nullptr ? "The organization" : user->email;
  const bool resolved = status_of(alert) == "resolved";
  const Day end = alert.created + Days{static_cast<std::int64_t>(alert.hash % 30) + 1};
  json metadata = {{"model", "gpt-4"}, {"provider", "openai"}, {"token_count", 4200}};
  if (alert.type == "budget_exceeded") metadata = {{"budget_id", budgets_[alert.hash % budgets_.size()].id}};
  return {{"id", alert.id},
          {"org_id", organization},
          {"type", alert.type},
          {"severity", severity_of(alert)},
          {"status", status_of(alert)},
          {"title", fmt::format("{}: {}", alert.type, who)},
          {"message", fmt::format("{} caused an alert of type {}", who, alert.type)},
          {"user_id", user == nullptr ? json(nullptr) : json(user->id)},
          {"policy_id", nullable(alert.policy_id)},
          {"metadata", metadata},
          {"created_at", to_iso8601(moment_of(alert.created, alert.hash))},
          {"resolved_at", resolved ? json(to_iso8601(moment_of(end, alert.hash))) : json(nullptr)}};
}

bool World::remove(const std::string& resource, const std::string& id) {
  const auto take = [&id](auto& rows, const auto& id_of_row) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return id.empty() || id_of_row(row) == id; });
    if (found == rows.end()) return false;
    rows.erase(found);
    return true;
  };
  const auto id_of_row = [](const auto& row) { return row.id; };
  // Alerts know their users by place, so a user leaves none for another.
  if (resource == "users") {
    const auto found =
        std::find_if(users_.begin(), users_.end(), [&](const User& user) { return id.empty() || user.id == id; });
    if (found == users_.end()) return false;
    const auto index = static_cast<std::size_t>(found - users_.begin());
    for (Alert& alert : alerts_) {
      if (alert.user && *alert.user == index) alert.user.reset();
      if (alert.user && *alert.user > index) --*alert.user;
    }
    users_.erase(found);
    return true;
  }
  if (resource == "budgets") return take(budgets_, id_of_row);
  if (resource == "alerts") return take(alerts_, id_of_row);
  return resource == "policies" && take(policies_, [](const json& row) { return row["id"].get<std::string>(); });
}

}  // namespace toksync::sandbox::toktra
