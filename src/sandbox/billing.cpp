#include "sandbox/billing.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace toksync::sandbox {

using nlohmann::json;

namespace {
constexpr double overage_usd_per_credit = 0.02;
}

void Account::book(const Purchase& purchase) {
  balance_ -= purchase.credits;
  Total& total = operations_[purchase.operation];
  ++total.calls;
  total.credits += purchase.credits;
  Work& work = works_[purchase.work];
  work.operation = purchase.operation;
  work.credits += purchase.credits;
  ++work.count;
}

void Account::charge(const Purchase& purchase) { book(purchase); }

void Account::charge_others(const std::string& operation, std::int64_t credits) {
  others_[operation] += credits;
  balance_ -= credits;
}

void Account::reserve(const Purchase& purchase) {
  book(purchase);
  reserved_ += purchase.credits;
}

void Account::settle(const Purchase& reserved, std::int64_t charged) {
  const std::int64_t refund = reserved.credits - charged;
  reserved_ -= reserved.credits;
  refunded_ += refund;
  balance_ += refund;
  operations_[reserved.operation].credits -= refund;
  works_[reserved.work].credits -= refund;
}

json Account::bill() const {
  json by_operation = json::object();
  std::int64_t taken = 0;
  for (const auto& [name, total] : operations_) {
    by_operation[name] = {{"calls", total.calls}, {"credits", total.credits}};
    taken += total.credits;
  }
  json work = json::array();
  for (const auto& [key, item] : works_) {
    work.push_back({{"operation", item.operation}, {"key", key}, {"credits", item.credits}, {"count", item.count}});
  }
  return {{"credits_charged", taken - reserved_}, {"credits_reserved", reserved_},
          {"credits_refunded", refunded_},        {"balance", balance_},
          {"by_operation", by_operation},         {"work", work}};
}

double Account::overage_usd() const {
  return static_cast<double>(std::max<std::int64_t>(0, -balance_)) * overage_usd_per_credit;
}

json Account::usage(const std::string& month, bool current, bool with_balance) const {
  json operations = json::object();
  Total sum;
  for (const auto& [name, total] : operations_) {
    if (!current) break;
    operations[name] = {{"calls", total.calls}, {"credits_charged", total.credits}, {"overage_amount_usd", 0}};
    sum.calls += total.calls;
    sum.credits += total.credits;
  }
  for (const auto& [name, credits] : others_) {
    if (!current) break;
    json& operation = operations[name];
    if (operation.is_null()) operation = {{"calls", 0}, {"credits_charged", 0}, {"overage_amount_usd", 0}};
    operation["credits_charged"] = operation["credits_charged"].get<std::int64_t>() + credits;
    sum.credits += credits;
  }
  json data = {{"period", month},
               {"total_calls", sum.calls},
               {"total_credits_charged", sum.credits},
               {"total_overage_usd", current ? overage_usd() : 0.0},
               {"plan_source", "dedicated_api"},
               {"subscription_plan", "API_BUILD"},
               {"subscription_status", "active"},
               {"operations", operations}};
  if (with_balance) {
    data["allocated_credits"] = initial_;
    data["remaining_credits"] = balance_;
    data["credit_value_usd"] = 0.01;
    data["enforce_credit_limits"] = !overage_;
  }
  return data;
}

}  // namespace toksync::sandbox
