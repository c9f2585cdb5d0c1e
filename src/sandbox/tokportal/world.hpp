// The world of the stand-in for TokPortal: accounts, their posts, bundles, bans and credits. All of it follows from the
// seed and the world's day; advance() is what makes things happen. The handlers read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/calendar.hpp"

namespace toksync::sandbox::tokportal {

struct Account {
  std::size_t number = 0;  ///< of all there ever were; decides everything else
  std::string id;
  std::string bundle_id;
  std::string platform;
  std::string country;
  std::string username;
  Day created;
  bool remade = false;   ///< another account has taken its bundle over
  bool removed = false;  ///< hidden: only the Coverage report still has it
  bool scraped = true;   ///< has analytics from the day after its creation
};

struct Bundle {
  std::size_t number = 0;
  std::string id;
  std::string type;
  std::string platform;
  std::string country;
  std::optional<std::string> account_id;
  int videos = 0;
  Day created;
};

struct Ban {
  std::string id;
  std::string account_id;
  std::string username;
  std::string platform;
  std::string bundle_id;
  std::uint64_t hash = 0;
  Day reported;
};

struct Transaction {
  std::string id;
  std::string type;
  std::string category;
  std::int64_t amount = 0;
  std::int64_t balance_after = 0;
  WallTime at;
};

/// A post of an account.
struct Post {
  std::size_t number = 0;  ///< within the account
  std::uint64_t hash = 0;
  Day published;
};

/// What a post has gathered by a day.
struct Reactions {
  std::int64_t views = 0;
  std::int64_t likes = 0;
  std::int64_t comments = 0;
  std::int64_t shares = 0;
  std::int64_t bookmarks = 0;
};

class World {
 public:
  World(std::uint64_t seed, std::size_t accounts, Day today);

  [[nodiscard]] Day today() const { return today_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// All that ever were; the removed ones too.
  [[nodiscard]] const std::vector<Account>& accounts() const { return accounts_; }
  [[nodiscard]] const std::vector<Bundle>& bundles() const { return bundles_; }
  [[nodiscard]] const std::vector<Ban>& bans() const { return bans_; }
  /// The oldest first.
  [[nodiscard]] const std::vector<Transaction>& transactions() const { return transactions_; }
  [[nodiscard]] std::int64_t balance() const { return balance_; }
  /// Of those that can be asked for.
  [[nodiscard]] const Account* find_account(const std::string& id) const;
  [[nodiscard]] const Bundle* find_bundle(const std::string& id) const;

  /// The posts that an account has by a day, the oldest first.
  [[nodiscard]] std::vector<Post> posts_of(const Account& account, Day day) const;
  [[nodiscard]] static Reactions reactions(const Post& post, Day day);
  [[nodiscard]] std::int64_t followers(const Account& account, Day day) const;

  /// A day passes: an account comes, another goes or is made anew, credits are spent, one entry late.
  void advance();
  bool remove_account(const std::string& id);
  bool remove_bundle(const std::string& id);
  /// What a client must never cause; told by the control routes.
  void charge(std::int64_t credits, const std::string& category);

 private:
  void add_account(Day created, const std::string& bundle_id);
  void add_bundle(const Account* account, Day created, std::uint64_t hash);
  void add_ban(const Account& account, Day reported);
  void spend_day(Day day, bool late);
  void book(Day day, std::uint64_t hash, std::int64_t amount, const std::string& category);
  void take_one_away();

  std::uint64_t seed_;
  Day today_;
  std::vector<Account> accounts_;
  std::vector<Bundle> bundles_;
  std::vector<Ban> bans_;
  std::vector<Transaction> transactions_;
  std::int64_t balance_ = 20'000;
  std::size_t next_bundle_ = 0;
};

}  // namespace toksync::sandbox::tokportal
