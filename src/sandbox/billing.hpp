// The account and its bill. Every credit that the sandbox takes is booked here, under the operation that
// the usage answer names and under the work that was bought, so that a double purchase shows.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace toksync::sandbox {

/// One thing bought: `operation` as in the usage answer, `work` its identity, e.g. "enrich:<creator>".
struct Purchase {
  std::string operation;
  std::string work;
  std::int64_t credits = 0;
};

class Account {
 public:
  Account(std::int64_t balance, bool overage) : initial_(balance), balance_(balance), overage_(overage) {}

  /// Whether that much can be charged or reserved now.
  [[nodiscard]] bool can_afford(std::int64_t credits) const { return overage_ || credits <= balance_; }
  void charge(const Purchase& purchase);
  /// What somebody else with the same account spends: in its usage and balance, on nobody's bill here.
  void charge_others(const std::string& operation, std::int64_t credits);
  /// Takes credits that settle() turns into a charge and a refund. The usage answer counts them as charged.
  void reserve(const Purchase& purchase);
  /// Ends a reservation of `reserved.credits`: `charged` of them stay charged.
  void settle(const Purchase& reserved, std::int64_t charged);
  void set_balance(std::int64_t balance) { initial_ = balance_ = balance; }

  [[nodiscard]] std::int64_t balance() const { return balance_; }
  /// GET /sandbox/bill.
  [[nodiscard]] nlohmann::json bill() const;
  /// The usage answer's data for a month; `current` tells whether that is the month of now.
  [[nodiscard]] nlohmann::json usage(const std::string& month, bool current, bool with_balance) const;

 private:
  struct Total {
    std::int64_t calls = 0;
    std::int64_t credits = 0;
  };
  struct Work {
    std::string operation;
    std::int64_t credits = 0;
    std::int64_t count = 0;
  };
  void book(const Purchase& purchase);
  [[nodiscard]] double overage_usd() const;

  std::int64_t initial_;
  std::int64_t balance_;
  bool overage_;
  std::int64_t reserved_ = 0;
  std::int64_t refunded_ = 0;
  std::map<std::string, Total> operations_;
  std::map<std::string, std::int64_t> others_;  ///< credits by operation
  std::map<std::string, Work> works_;
};

}  // namespace toksync::sandbox
