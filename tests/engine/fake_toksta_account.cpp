// The account of FakeToksta: what is charged, given back and told, and what others do with it.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/time.hpp"
#include "fake_toksta.hpp"

namespace toksync::engine::test {

Credits FakeToksta::billed() const {
  Credits sum = 0;
  for (const auto& line : bill_) sum += line.credits;
  return sum;
}

Credits FakeToksta::billed(std::string_view operation) const {
  Credits sum = 0;
  for (const auto& line : bill_) sum += line.operation == operation ? line.credits : 0;
  return sum;
}

Credits FakeToksta::held_since(WallTime begin) const {
  Credits sum = 0;
  for (const auto& line : bill_) sum += line.at > begin ? line.held : 0;
  return sum;
}

int FakeToksta::count(std::string_view operation) const {
  return static_cast<int>(std::ranges::count(bill_, operation, &BillLine::operation));
}

std::vector<BillLine> FakeToksta::bought_twice() const {
  auto lines = bill_;
  std::erase_if(lines, [](const BillLine& line) { return line.operation.ends_with("search"); });
  const auto work_of = [](const BillLine& line) { return std::tie(line.operation, line.about, line.criteria); };
  std::ranges::sort(lines, {}, work_of);
  std::vector<BillLine> twice;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (work_of(lines[i]) == work_of(lines[i - 1])) twice.push_back(lines[i]);
  }
  return twice;
}

Credits FakeToksta::used(std::string_view operation) const {
  Credits sum = 0;
  for (const auto& use : uses_) sum += use.operation == operation ? use.credits : 0;
  return sum;
}

Credits FakeToksta::price(const std::string& operation, Credits by_table) const {
  const auto factor = price_factors.find(operation);
  if (factor == price_factors.end()) return by_table;
  return std::lround(static_cast<double>(by_table) * factor->second);
}

bool FakeToksta::pay(Credits credits) {
  if (!balance) return true;
  if (*balance < credits) return false;
  *balance -= credits;
  if (credits > 0 && !others_act_) lowest_balance_ = std::min(lowest_balance_.value_or(*balance), *balance);
  return true;
}

std::size_t FakeToksta::charge(BillLine line, Use use) {
  use.month = month_of(use.at);
  uses_.push_back(std::move(use));
  if (!others_act_) bill_.push_back(std::move(line));
  return bill_.size() - 1;
}

void FakeToksta::refund(const std::string& operation, WallTime paid_at, Credits credits, WallTime now) {
  uses_.push_back({now, month_of(paid_at), operation, 0, -credits});
  if (balance) *balance += credits;
}

void FakeToksta::pass(WallTime now) {
  while (!events_.empty() && events_.begin()->first <= now) {
    const auto event = events_.extract(events_.begin());
    event.mapped()(*this, event.key());
  }
}

void FakeToksta::others_spend(WallTime at, const std::string& operation, Credits credits) {
  has_others_ = true;
  events_.emplace(at, [operation, credits](FakeToksta& toksta, WallTime now) {
    toksta.uses_.push_back({now, month_of(now), operation, 1, credits});
    if (toksta.balance) *toksta.balance -= credits;
  });
}

void FakeToksta::others_send(WallTime at, const std::string& path, const Json& body) {
  has_others_ = true;
  events_.emplace(at, [path, body](FakeToksta& toksta, WallTime now) {
    toksta.others_act_ = true;
    (void)toksta.post(path, body, {now, now});
    toksta.others_act_ = false;
  });
}

void FakeToksta::top_up(WallTime at, Credits credits) {
  events_.emplace(at, [credits](FakeToksta& toksta, WallTime) {
    if (toksta.balance) *toksta.balance += credits;
  });
}

FakeToksta::Json FakeToksta::operations(const std::string& month, WallTime now) const {
  auto operations = Json::object();
  for (const auto& use : uses_) {
    if (use.month != month || use.at + usage_lag > now) continue;
    auto& sums = operations[use.operation];
    if (sums.is_null()) sums = {{"calls", 0}, {"credits_charged", 0}, {"overage_amount_usd", 0}};
    sums["calls"] = sums.at("calls").get<int>() + use.calls;
    sums["credits_charged"] = sums.at("credits_charged").get<Credits>() + use.credits;
  }
  return operations;
}

FakeToksta::Reply FakeToksta::usage(const http::Request& request, WallTime now) const {
  if (!usage_is_allowed) return failure(403, "FORBIDDEN", "this key may not read the account's usage");
  static const std::string parameter = "?month=";
  const auto asked = request.url.find(parameter);
  const auto month = asked == std::string::npos ? month_of(now) : request.url.substr(asked + parameter.size());
  const auto by_operation = operations(month, now);
  int calls = 0;
  Credits charged = 0;
  for (const auto& sums : by_operation) {
    calls += sums.at("calls").get<int>();
    charged += sums.at("credits_charged").get<Credits>();
  }
  Reply reply;
  reply.data = {{"period", month}, {"total_calls", calls}};
  if (total_is_told) reply.data["total_credits_charged"] = charged;
  if (operations_are_told) reply.data["operations"] = by_operation;
  if (!balance) return reply;
  auto told = *balance;
  for (const auto& use : uses_) told += use.at + balance_lag > now ? use.credits : 0;
  for (const auto& [id, job] : jobs_) {
    const bool is_reserved = job.family == "leaders" && !job.ended;
    told += is_reserved && !balance_counts_reservations ? job.reserved : 0;
  }
  reply.data["remaining_credits"] = told;
  return reply;
}

}  // namespace toksync::engine::test
