#include <algorithm>
#include <cmath>

#include "api/toksta/decode.hpp"
#include "api/toksta/record.hpp"

namespace toksync::api::toksta {
namespace {

constexpr double kMostCredits = 9.0e15;
// Far beyond any account, and a million of them can still be added up.
constexpr std::int64_t kMostCharged = 1'000'000'000'000;

std::optional<Credits> whole_credits(const JsonValue& value, double (*round)(double)) {
  if (!value.is_known()) return std::nullopt;
  const auto credits = value.number();
  if (!credits || std::fabs(*credits) > kMostCredits) return std::nullopt;
  return static_cast<Credits>(round(*credits));
}

double round_down(double value) { return std::floor(value); }
double round_up(double value) { return std::ceil(value); }

// What is left is rounded down: part of a credit buys nothing.
std::optional<Credits> remaining_in(const JsonValue& object, const Names& names) {
  for (const auto name : names) {
    if (const auto credits = whole_credits(object[name], round_down)) return credits;
  }
  return std::nullopt;
}

// No place is promised: the contract's example has no balance, the guide says there is one
// (contracts/toksta.md, "Credits").
std::optional<Credits> reported_balance(const JsonValue& data) {
  constexpr Names kNames{"remaining_credits", "credits_remaining", "credit_balance",   "credits_balance",
                         "balance",           "available_credits", "credits_available"};
  constexpr Names kNestedNames{"remaining", "balance",           "available",        "remaining_credits",
                               "credits",   "credits_remaining", "available_credits"};
  if (const auto balance = remaining_in(data, kNames)) return balance;
  for (const auto name : {"credits", "balance", "credit_balance", "account"}) {
    if (const auto balance = remaining_in(data[name], kNestedNames)) return balance;
  }
  return std::nullopt;
}

std::int64_t calls_of(const JsonValue& value) {
  return std::clamp<std::int64_t>(value.count().value_or(0), 0, kMostCharged);
}

std::optional<Credits> balance_of(const JsonValue& data) {
  if (const auto balance = reported_balance(data)) return balance;
  const auto allocated = whole_credits(data["allocated_credits"], round_down);
  const auto charged = charge_of(data["total_credits_charged"]);
  if (!allocated || !charged) return std::nullopt;
  return *allocated - *charged;
}

}  // namespace

std::optional<Credits> credits_of(const JsonValue& value) { return whole_credits(value, round_up); }

std::optional<Credits> charge_of(const JsonValue& value) {
  const auto credits = credits_of(value);
  return credits && *credits >= 0 && *credits <= kMostCharged ? credits : std::nullopt;
}

Decoded decode_usage(const Content& content) {
  const auto data = content.data["usage"].is_object() ? content.data["usage"] : content.data;
  Usage usage{.period = data["period"].text().value_or(""),
              .total_calls = calls_of(data["total_calls"]),
              .balance = balance_of(data),
              .raw_json = std::string(content.data.raw())};
  Credits charged_by_operations = 0;
  for (const auto& [name, operation] : data["operations"].members()) {
    const auto charged = charge_of(operation["credits_charged"]).value_or(0);
    usage.operations[std::string(name)] = {calls_of(operation["calls"]), charged};
    charged_by_operations += charged;
  }
  const auto total = charge_of(data["total_credits_charged"]);
  usage.charges_are_told = total || data["operations"].is_object();
  if (!usage.charges_are_told && !usage.balance) return unusable("the answer holds no usage");
  usage.total_credits_charged = total.value_or(charged_by_operations);
  return usage;
}

}  // namespace toksync::api::toksta
