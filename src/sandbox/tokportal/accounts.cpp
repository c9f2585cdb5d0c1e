// Accounts, their bans and their Coverage.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/tokportal/handlers.hpp"

namespace toksync::sandbox::tokportal {
namespace {

using nlohmann::json;

constexpr std::int64_t reveal_price = 150;
constexpr std::int64_t most_report_rows = 1000;
constexpr Days appeal_takes{2};
constexpr Days resolution_takes{4};

/// A value that must never reach a disk: tests look for the beginning of it.
std::string secret_of(const Account& account, const char* what) {
  return fmt::format("SECRET-DO-NOT-STORE-{}-{}", what, account.number);
}

std::string profile_url_of(const Account& account) {
  return fmt::format("https://www.{}.com/@{}", account.platform, account.username);
}

/// Some records carry what older versions of the API told, under every name that was seen.
void add_secrets(json& row, const Account& account) {
  row["tokmail_email"] = secret_of(account, "mail") + "@tokmail.example";
  if (account.number % 7 == 1) {
    row["password"] = secret_of(account, "password");
    row["social_credentials"] = {{"email", secret_of(account, "social") + "@mail.example"},
                                 {"password", secret_of(account, "social-password")}};
  }
  if (account.number % 7 == 4) {
    row["connection"] = {
        {"version", 1},
        {"token", secret_of(account, "token")},
        {"history", {{{"verification_code", secret_of(account, "code")}, {"reason_code", "renewed"}}}}};
    row["credentials"] = {secret_of(account, "credentials")};
    row["signing_secret"] = secret_of(account, "signing");
    row["upload_url"] = "https://uploads.example/" + secret_of(account, "upload");
  }
}

json account_to_json(const World& world, const Account& account, bool detail) {
  Dice dice(hash_of("profile " + account.id, world.seed()));
  const WallTime created = moment_of(account.created, dice.next());
  // It changes now and then, when somebody edits the profile.
  const auto edits = (world.today() - account.created).count() / 30;
  const WallTime updated = created + Days{edits * 30};
  const bool plain = dice.chance(0.2);
  json row = {
      {"id", account.id},
      {"platform", account.platform},
      {"username", account.username},
      {"visible_name", fmt::format("{} ✨ {}", account.username, edits)},
      {"biography", plain ? json(nullptr) : json("Line one\n\"quoted\" line two 👋")},
      {"profile_picture_url", plain ? json(nullptr) : json("https://cdn.tokportal.example/" + account.id + ".jpg")},
      {"country", account.country},
      {"link_in_bio", nullptr},
      {"profile_url", profile_url_of(account)},
      {"banned", is_banned(world, account)},
      {"created_at", to_iso8601(created)},
      // With thousandths, as some answers have it.
      {"updated_at", to_iso8601(updated).substr(0, 19) + ".000Z"}};
  if (detail) row["bundle_id"] = account.bundle_id;
  add_secrets(row, account);
  return row;
}

bool country_fits(const Visit& visit, const std::string& country) {
  const auto plain = [](const std::string& code) { return code == "USA" ? std::string("US") : code; };
  return !visit.has("country") || plain(visit.text("country")) == plain(country);
}

std::string ban_status(const Ban& ban, Day today) {
  if (today - ban.reported < appeal_takes) return ban.hash % 3 == 0 ? "no_appeal_banned" : "appeal_pending";
  if (ban.hash % 3 == 0) return "no_appeal_banned";
  return ban.hash % 3 == 1 ? "appeal_accepted" : "appeal_refused";
}

std::string resolution_of(const Ban& ban, Day today) {
  const std::string status = ban_status(ban, today);
  if (status == "appeal_pending" || status == "appeal_accepted") return "";
  if (today - ban.reported < resolution_takes) return "pending";
  return std::array{"refund", "remake", "no_remake"}[ban.hash / 3 % 3];
}

/// Without an appeal it is decided at once.
Day decided_on(const Ban& ban) { return ban.hash % 3 == 0 ? ban.reported : ban.reported + appeal_takes; }

/// The last day on which something happened to it.
Day changed_on(const Ban& ban, Day today) {
  const std::string resolution = resolution_of(ban, today);
  if (!resolution.empty() && resolution != "pending") return ban.reported + resolution_takes;
  return today < decided_on(ban) ? ban.reported : decided_on(ban);
}

/// One of two moments of the day, so that several bans have the same one.
WallTime ban_moment(const Ban& ban, Day day) { return moment_of(day, ban.hash % 2 * 100 + 60); }

json ban_to_json(const Ban& ban, Day today) {
  const std::string resolution = resolution_of(ban, today);
  const bool resolved = !resolution.empty() && resolution != "pending";
  const bool decided = ban_status(ban, today) != "appeal_pending";
  json outcome = nullptr;
  if (resolved) {
    outcome = {{"resolution", resolution},
               {"reason_code", "platform_policy"},
               {"refund_credits", resolution == "refund" ? json(25) : json(nullptr)},
               {"resolved_at", with_offset(ban_moment(ban, ban.reported + resolution_takes), 6)}};
  }
  return {{"id", ban.id},
          {"account_id", ban.account_id},
          {"username", ban.username},
          {"platform", ban.platform},
          {"bundle_id", ban.bundle_id},
          {"order_id", fmt::format("ord_{:08x}", ban.hash & 0xffffffffU)},
          {"status", ban_status(ban, today)},
          {"reported_at", with_offset(ban_moment(ban, ban.reported), 6)},
          {"decided_at", decided ? json(with_offset(ban_moment(ban, decided_on(ban)), 6)) : json(nullptr)},
          {"updated_at", with_offset(ban_moment(ban, changed_on(ban, today)), 6)},
          {"resolution", outcome}};
}

json coverage_to_json(const World& world, const Account& account) {
  const bool fee = account.number % 3 == 0;
  return {{"account_id", account.id},
          {"username", account.username},
          {"platform", account.platform},
          {"country", account.country},
          {"profile_url", profile_url_of(account)},
          {"dashboard_url", "https://app.tokportal.example/accounts/" + account.id},
          {"coverage_fee_required", fee},
          {"coverage_on_now", !account.removed && (!fee || (world.today() - account.created).count() % 30 < 25)},
          {"hidden", account.removed}};
}

Answer no_account(const std::string& code = "ACCOUNT_NOT_FOUND") {
  return error_answer({404, code, "Account not found", nullptr, ""});
}

}  // namespace

bool is_banned(const World& world, const Account& account) {
  return std::any_of(world.bans().begin(), world.bans().end(), [&](const Ban& ban) {
    const std::string status = ban_status(ban, world.today());
    return ban.account_id == account.id && status != "appeal_pending" && status != "appeal_accepted";
  });
}

// The newest first: the order is not documented, and this one moves every row when an account comes.
Answer list_accounts(Call& call) {
  std::vector<const Account*> chosen;
  for (const Account& account : call.world.accounts()) {
    const bool banned = is_banned(call.world, account);
    const bool wanted = call.visit.wants("platform", account.platform) && country_fits(call.visit, account.country) &&
                        call.visit.wants("banned", banned ? "true" : "false");
    if (!account.removed && wanted) chosen.push_back(&account);
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const Account* a, const Account* b) { return a->created > b->created; });
  return page_answer(call.visit, chosen.size(),
                     [&](std::size_t index) { return account_to_json(call.world, *chosen[index], false); });
}

Answer get_account(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  return account == nullptr ? no_account() : data_answer(account_to_json(call.world, *account, true));
}

Answer account_bundles(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  if (account == nullptr) return no_account();
  std::vector<const Bundle*> found;
  for (const Bundle& bundle : call.world.bundles()) {
    if (bundle.account_id == account->id) found.push_back(&bundle);
  }
  return page_answer(call.visit, found.size(),
                     [&](std::size_t index) { return bundle_to_json(*found[index], call.world.today()); });
}

Answer managed_subscription(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  if (account == nullptr || account->number % 3 != 0) return no_account("MANAGED_SUBSCRIPTION_NOT_FOUND");
  const auto age = (call.world.today() - account->created).count();
  const Day end = account->created + Days{(age / 30 + 1) * 30};
  const bool expired = age % 30 >= 25;
  return data_answer({{"status", expired ? "expired" : "active"},
                      {"recorded_status", "active"},
                      {"period_expired", expired},
                      {"current_period_end", to_iso8601(WallTime{end})},
                      {"reactivation_quote",
                       {{"credits", 25}, {"current_period_end", to_iso8601(WallTime{end})}, {"lock_version", 3}}}});
}

Answer list_bans(Call& call) {
  const Day today = call.world.today();
  const auto since = from_iso8601(call.visit.text("since"));
  if (call.visit.has("since") && !since) return invalid("since must be an ISO 8601 moment");
  std::vector<const Ban*> chosen;
  for (const Ban& ban : call.world.bans()) {
    const bool recent = !since || ban_moment(ban, changed_on(ban, today)) >= *since;
    const bool wanted = call.visit.wants("status", ban_status(ban, today)) &&
                        call.visit.wants("resolution", resolution_of(ban, today)) &&
                        call.visit.wants("account_id", ban.account_id);
    if (recent && wanted) chosen.push_back(&ban);
  }
  std::stable_sort(chosen.begin(), chosen.end(), [today](const Ban* a, const Ban* b) {
    return ban_moment(*a, changed_on(*a, today)) > ban_moment(*b, changed_on(*b, today));
  });
  return page_answer(call.visit, chosen.size(), [&](std::size_t index) { return ban_to_json(*chosen[index], today); });
}

// How to get more than `limit` rows is not documented: there is no way here either.
Answer coverage_report(Call& call) {
  const auto limit = call.visit.integer("limit", most_report_rows);
  if (!limit || *limit < 1 || *limit > most_report_rows) return invalid("limit must be from 1 to 1000");
  const bool hidden = !call.visit.has("include_hidden") || call.visit.text("include_hidden") != "false";
  json rows = json::array();
  for (const Account& account : call.world.accounts()) {
    if (static_cast<std::int64_t>(rows.size()) >= *limit) break;
    if (!account.removed || hidden) rows.push_back(coverage_to_json(call.world, account));
  }
  return data_answer(std::move(rows), {{"credits_charged", 0}});
}

Answer reveal_credentials(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  if (account == nullptr) return no_account("SAVED_ACCOUNT_NOT_FOUND");
  json data = {{"credentials", {{"password", secret_of(*account, "revealed")}}}};
  call.world.charge(reveal_price, "credential_reveal");
  call.world.remove_account(call.ids[0]);
  return data_answer(std::move(data), {{"credits_charged", reveal_price}});
}

Answer verification_code(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  if (account == nullptr) return no_account("SAVED_ACCOUNT_NOT_FOUND");
  json data = {{"verification_code", secret_of(*account, "code")}};
  call.world.charge(reveal_price, "verification_code");
  call.world.remove_account(call.ids[0]);
  return data_answer(std::move(data), {{"credits_charged", reveal_price}});
}

}  // namespace toksync::sandbox::tokportal
