#include "sandbox/tokportal/world.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/words.hpp"

namespace toksync::sandbox::tokportal {
namespace {

constexpr int ledger_days = 60;
constexpr std::size_t ban_every = 12;        // accounts
constexpr std::size_t old_id_every = 40;     // accounts with an id of the older kind
constexpr std::size_t busy_every = 20;       // accounts with more posts than a page holds
constexpr std::size_t unscraped_every = 10;  // accounts without analytics
constexpr std::array countries = {"US", "US", "US", "GB", "DE", "FR", "USA"};
constexpr std::array platforms = {"tiktok", "tiktok", "tiktok", "instagram", "youtube"};

std::string username_of(Dice& dice, std::size_t number) {
  std::string name;
  for (const char letter : std::string(dice.pick(first_names()))) {
    if (letter >= 'A' && letter <= 'Z') name += static_cast<char>(letter - 'A' + 'a');
    if (letter >= 'a' && letter <= 'z') name += letter;
  }
  return fmt::format("{}.{}{}", name, dice.pick(std::array{"daily", "creates", "vibes", "clips"}), number);
}

}  // namespace

World::World(std::uint64_t seed, std::size_t accounts, Day today) : seed_(seed), today_(today) {
  for (std::size_t number = 0; number < accounts; ++number) {
    const std::uint64_t hash = hash_of(fmt::format("age {}", number), seed);
    add_account(today - Days{10 + hash % 290}, "");
    if (number % ban_every == ban_every - 1) add_ban(accounts_.back(), today - Days{hash % 10});
  }
  for (std::size_t extra = 0; extra < accounts / 5; ++extra) {
    const std::uint64_t hash = hash_of(fmt::format("extra bundle {}", extra), seed);
    add_bundle(nullptr, today - Days{hash % 12}, hash);
  }
  for (Day day = today - Days{ledger_days}; day <= today; day += Days{1}) spend_day(day, false);
}

void World::add_account(Day created, const std::string& bundle_id) {
  const std::size_t number = accounts_.size();
  Dice dice(hash_of(fmt::format("account {}", number), seed_));
  const std::string uuid = uuid_of(dice.next());
  Account account;
  account.number = number;
  account.id = number % old_id_every == 7 ? "acc_" + uuid.substr(0, 8) : uuid;
  account.platform = dice.pick(platforms);
  account.country = dice.pick(countries);
  account.username = username_of(dice, number);
  account.created = created;
  account.scraped = number % unscraped_every != unscraped_every - 1;
  account.bundle_id = bundle_id;
  accounts_.push_back(account);
  if (!bundle_id.empty()) return;
  add_bundle(&account, created, dice.next());
  accounts_.back().bundle_id = bundles_.back().id;
}

void World::add_bundle(const Account* account, Day created, std::uint64_t hash) {
  Bundle bundle;
  bundle.number = next_bundle_++;
  bundle.id = uuid_of(hash_of(fmt::format("bundle {}", bundle.number), seed_));
  bundle.type = std::array{"account_and_videos", "account_and_videos", "account_only", "videos_only"}[hash % 4];
  bundle.videos = bundle.type == "account_only" ? 0 : static_cast<int>(3 + hash / 4 % 10);
  bundle.platform = account != nullptr ? account->platform : "tiktok";
  bundle.country = account != nullptr ? account->country : "US";
  if (account != nullptr) bundle.account_id = account->id;
  bundle.created = created;
  bundles_.push_back(std::move(bundle));
}

void World::add_ban(const Account& account, Day reported) {
  const std::uint64_t hash = hash_of("ban " + account.id, seed_);
  bans_.push_back({uuid_of(hash), account.id, account.username, account.platform, account.bundle_id, hash, reported});
}

void World::book(Day day, std::uint64_t hash, std::int64_t amount, const std::string& category) {
  balance_ += amount;
  const bool debit = amount < 0;
  const std::string id = fmt::format("txn_{:016x}", hash_of(fmt::format("{} {}", hash, transactions_.size()), seed_));
  transactions_.push_back({id,
                           debit                  ? "debit"
                           : category == "refund" ? "refund"
                                                  : "credit",
                           category, amount, balance_, moment_of(day, hash)});
}

void World::spend_day(Day day, bool late) {
  Dice dice(hash_of("credits " + day_of(day), seed_));
  // Booked a day late, with the date of the day before: whoever asks from the newest entry on only misses it.
  if (late) book(day - Days{1}, dice.next(), -dice.between(1, 9), "video_edit");
  for (std::int64_t left = dice.between(0, 3); left > 0; --left) {
    const std::string category = dice.pick(std::array{"account_creation", "video_upload", "advanced_warming"});
    book(day, dice.next(), -dice.between(2, 60), category);
  }
  if (dice.chance(0.15)) book(day, dice.next(), dice.between(200, 900), dice.chance(0.3) ? "refund" : "farmer_topup");
}

const Account* World::find_account(const std::string& id) const {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                  [&](const Account& account) { return account.id == id && !account.removed; });
  return found == accounts_.end() ? nullptr : &*found;
}

const Bundle* World::find_bundle(const std::string& id) const {
  const auto found = std::find_if(bundles_.begin(), bundles_.end(), [&](const Bundle& one) { return one.id == id; });
  return found == bundles_.end() ? nullptr : &*found;
}

std::vector<Post> World::posts_of(const Account& account, Day day) const {
  const std::uint64_t hash = hash_of("posts " + account.id, seed_);
  const bool busy = account.number % busy_every == 3;
  const std::size_t most = busy ? 260 : 4 + hash % 22;
  // A busy account has more than a page of 100 from the start, however young it is.
  const int head_start = busy ? 110 : 0;
  std::vector<Post> posts;
  for (std::size_t number = 0; number < most; ++number) {
    const int gap = static_cast<int>(1 + hash / 32 % 5);
    const int later = std::max(0, static_cast<int>(number) - head_start) * (busy ? 1 : gap);
    const Day published = account.created + Days{later};
    if (published > day) break;
    posts.push_back({number, hash_of(fmt::format("post {} {}", account.id, number), seed_), published});
  }
  return posts;
}

Reactions World::reactions(const Post& post, Day day) {
  const auto age = static_cast<double>((day - post.published).count());
  if (age < 0) return {};
  Dice dice(post.hash);
  const double views = dice.log_normal(9'000.0, 1.2) * (1.0 - std::exp(-(age + 1.0) / 6.0)) + age;
  const auto share_of_views = [&](double median) { return std::llround(views * dice.log_normal(median, 0.3)); };
  return {std::llround(views), share_of_views(0.07), share_of_views(0.005), share_of_views(0.012),
          share_of_views(0.007)};
}

std::int64_t World::followers(const Account& account, Day day) const {
  const auto age = static_cast<double>((day - account.created).count());
  Dice dice(hash_of("followers " + account.id, seed_));
  const double start = dice.log_normal(3'000.0, 1.0);
  const double wobble = Dice(hash_of("wobble " + account.id + day_of(day), seed_)).normal() * 3.0;
  return std::max<std::int64_t>(0, std::llround(start + dice.log_normal(40.0, 0.8) * age + wobble));
}

void World::take_one_away() {
  std::vector<std::size_t> present;
  for (const Account& account : accounts_) {
    if (!account.removed) present.push_back(account.number);
  }
  if (present.empty()) return add_account(today_, "");
  Dice dice(hash_of("leaver " + day_of(today_), seed_));
  const std::size_t leaver = dice.pick(present);
  accounts_[leaver].removed = true;
  // Every other time it is made anew: another account id, the same bundle.
  accounts_[leaver].remade = today_.time_since_epoch().count() % 2 != 0;
  if (!accounts_[leaver].remade) return add_account(today_, "");
  const std::string bundle_id = accounts_[leaver].bundle_id;
  add_account(today_, bundle_id);
  const auto bundle =
      std::find_if(bundles_.begin(), bundles_.end(), [&](const Bundle& one) { return one.id == bundle_id; });
  if (bundle != bundles_.end()) bundle->account_id = accounts_.back().id;
}

void World::advance() {
  today_ += Days{1};
  take_one_away();
  spend_day(today_, true);
  Dice dice(hash_of("ban of " + day_of(today_), seed_));
  const Account& victim = dice.pick(accounts_);
  const bool banned =
      std::any_of(bans_.begin(), bans_.end(), [&](const Ban& ban) { return ban.account_id == victim.id; });
  if (!banned && !victim.removed) add_ban(victim, today_);
}

bool World::remove_account(const std::string& id) {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const Account& account) {
    return !account.removed && (id.empty() || account.id == id);
  });
  if (found == accounts_.end()) return false;
  found->removed = true;
  return true;
}

bool World::remove_bundle(const std::string& id) {
  const auto found = std::find_if(bundles_.begin(), bundles_.end(),
                                  [&](const Bundle& bundle) { return id.empty() || bundle.id == id; });
  if (found == bundles_.end()) return false;
  bundles_.erase(found);
  return true;
}

void World::charge(std::int64_t credits, const std::string& category) {
  book(today_, hash_of(category, seed_), -credits, category);
}

}  // namespace toksync::sandbox::tokportal
