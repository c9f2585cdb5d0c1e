// The world of the stand-in for Toktra: people of one organization, what they use of which model, budgets, alerts and
// policies. All of it follows from the seed and the world's day; advance() is what makes things happen.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/calendar.hpp"

namespace toksync::sandbox::toktra {

struct User {
  std::size_t number = 0;
  std::string id;
  std::string email;
  std::string name;
  std::optional<std::string> department;
  std::string role;
  Day created;
};

struct Budget {
  std::size_t number = 0;
  std::string id;
  std::string name;
  std::optional<std::string> department;
  std::int64_t amount = 0;
  std::string currency;
  std::string period;
  bool hard_cap = false;
};

struct Alert {
  std::size_t number = 0;
  std::string id;
  std::string type;
  std::optional<std::size_t> user;  ///< index; none for alerts of the system
  std::optional<std::string> policy_id;
  Day created;
  std::uint64_t hash = 0;
};

/// A row of usage, by its key: one user, one model, one bucket.
struct UsageKey {
  std::string period;
  std::string user_id;  ///< empty: nobody's
  std::string provider;
  std::string model;

  auto operator<=>(const UsageKey&) const = default;
};

struct Usage {
  std::string email;
  std::int64_t requests = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  double cost = 0.0;
};

struct UsageRow {
  UsageKey key;
  Usage usage;
};

/// What GET /usage asks for.
struct UsageQuery {
  std::string granularity;
  Day from;
  Day to;
  std::string user_id;  ///< empty: all
  std::string model;    ///< likewise
};

class World {
 public:
  World(std::uint64_t seed, std::size_t users, Day today);

  [[nodiscard]] Day today() const { return today_; }
  [[nodiscard]] const std::vector<User>& users() const { return users_; }
  [[nodiscard]] const std::vector<Budget>& budgets() const { return budgets_; }
  [[nodiscard]] const std::vector<Alert>& alerts() const { return alerts_; }
  [[nodiscard]] const std::vector<nlohmann::json>& policies() const { return policies_; }
  /// By key.
  [[nodiscard]] std::vector<UsageRow> usage(const UsageQuery& query) const;
  [[nodiscard]] nlohmann::json to_json(const User& user) const;
  [[nodiscard]] nlohmann::json to_json(const Budget& budget) const;
  [[nodiscard]] nlohmann::json to_json(const Alert& alert) const;
  [[nodiscard]] std::string status_of(const User& user) const;
  [[nodiscard]] std::string status_of(const Alert& alert) const;
  [[nodiscard]] static std::string severity_of(const Alert& alert);

  /// A day passes: recent figures are revised and one combination vanishes, a user and alerts come, one user goes.
  void advance();
  bool remove(const std::string& resource, const std::string& id);

 private:
  /// One (user, model) of a day; nobody's use has no user.
  struct Combination {
    Day day;
    const User* user;
    std::size_t model;
  };

  void add_user(Day created);
  void add_alert(Day created);
  void add_budgets();
  void add_policies();
  [[nodiscard]] std::optional<Usage> usage_of(const Combination& one) const;
  /// What identifies a combination.
  [[nodiscard]] std::string name_of(const Combination& one) const;
  template <typename Visitor>
  void visit_day(Day day, const UsageQuery& query, const Visitor& visitor) const;
  [[nodiscard]] double spent_by(const Budget& budget) const;

  std::uint64_t seed_;
  Day today_;
  std::vector<User> users_;
  std::vector<Budget> budgets_;
  std::vector<Alert> alerts_;
  std::vector<nlohmann::json> policies_;
  std::set<std::string> vanished_;  ///< combinations that reconciling with the provider took away
  std::size_t next_user_ = 0;
  std::size_t next_alert_ = 0;
};

}  // namespace toksync::sandbox::toktra
