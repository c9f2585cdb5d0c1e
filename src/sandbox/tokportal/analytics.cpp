// Analytics: of the portfolio, of an account, of its posts. Which fields a post has is not documented; the assumed
// ones are told, with the id under several names and sometimes under none.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/tokportal/handlers.hpp"

namespace toksync::sandbox::tokportal {
namespace {

using nlohmann::json;

constexpr std::size_t dashboard_rows = 20;
constexpr double fresh_days = 7.0;

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : std::round(static_cast<double>(part) * 10'000.0 / static_cast<double>(whole)) / 100.0;
}

Reactions& operator+=(Reactions& sum, const Reactions& more) {
  sum.views += more.views;
  sum.likes += more.likes;
  sum.comments += more.comments;
  sum.shares += more.shares;
  sum.bookmarks += more.bookmarks;
  return sum;
}

Reactions total_of(const World& world, const Account& account) {
  Reactions sum;
  for (const Post& post : world.posts_of(account, world.today())) sum += World::reactions(post, world.today());
  return sum;
}

std::int64_t engagement(const Reactions& one) { return one.likes + one.comments + one.shares + one.bookmarks; }

bool has_analytics(const Account& account, Day today) { return account.scraped && account.created < today; }

std::string post_url(const Account& account, const Post& post) {
  return fmt::format("https://www.{}.com/@{}/video/{}", account.platform, account.username, post.hash >> 1U);
}

std::string caption_of(const Post& post) {
  if (post.number % 5 == 2) return fmt::format("Say \"hi\", she said,\nand so did {} people", post.number);
  return fmt::format("Day {} of doing the thing, again #fyp", post.number);
}

json access_block() { return {{"level", "full"}, {"planTier", "farmer"}, {"reason", "full_access"}}; }

std::string csv_field(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) result += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return result + "\"";
}

}  // namespace

json post_to_json(const Account& account, const Post& post, Day today) {
  const Reactions sum = World::reactions(post, today);
  json row = {{"platform", account.platform},
              {"url", post_url(account, post)},
              {"caption", caption_of(post)},
              {"views", sum.views},
              {"likes", sum.likes},
              {"comments", sum.comments},
              {"shares", sum.shares},
              {"bookmarks", sum.bookmarks},
              {"engagement_rate", percent(engagement(sum), sum.views)},
              {"published_at", to_iso8601(moment_of(post.published, post.hash))}};
  if (post.hash % 23 != 0) row[post.hash % 17 == 0 ? "video_id" : "id"] = uuid_of(post.hash);
  return row;
}

std::vector<const Account*> chosen_accounts(const Call& call) {
  std::vector<const Account*> chosen;
  for (const Account& account : call.world.accounts()) {
    const bool wanted = call.visit.wants("account", account.id) && call.visit.wants("platform", account.platform) &&
                        call.visit.wants("country", account.country);
    if (wanted && !account.removed && has_analytics(account, call.world.today())) chosen.push_back(&account);
  }
  return chosen;
}

// The only answer without an envelope.
Answer analytics_dashboard(Call& call) {
  Reactions sum;
  std::size_t posts = 0;
  json rows = json::array();
  const auto accounts = chosen_accounts(call);
  for (const Account* account : accounts) {
    const Reactions of_account = total_of(call.world, *account);
    sum += of_account;
    posts += call.world.posts_of(*account, call.world.today()).size();
    if (rows.size() < dashboard_rows) rows.push_back({{"account_id", account->id}, {"views", of_account.views}});
  }
  return {200,
          {{"tier", "full"},
           {"access", access_block()},
           {"totals",
            {{"account_count", accounts.size()},
             {"views", sum.views},
             {"impressions", sum.views},
             {"tracked_posts", posts}}},
           {"accounts", rows},
           {"facets", {{"platforms", {"tiktok", "instagram", "youtube"}}}},
           {"contract", {{"version", "analytics.v2"}}}},
          "",
          {}};
}

Answer analytics_contract(Call& /*call*/) {
  return data_answer({{"contract", {{"version", "analytics.v2"}}},
                      {"access", access_block()},
                      {"metrics", {{"views", {{"meaning", "Plays that the platform reports"}}}}},
                      {"freshness", {{"posts_hours", 24}, {"accounts_hours", 24}}},
                      {"redaction", json::array()}});
}

Answer account_analytics(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  if (account == nullptr) return error_answer({404, "ACCOUNT_NOT_FOUND", "Account not found", nullptr, ""});
  const Day today = call.world.today();
  // The status of this error is not documented; 404 is assumed.
  if (!has_analytics(*account, today)) {
    return error_answer({404, "ANALYTICS_NOT_FOUND", "Nothing has been collected for this account yet", nullptr, ""});
  }
  const Reactions sum = total_of(call.world, *account);
  const auto posts = static_cast<std::int64_t>(call.world.posts_of(*account, today).size());
  const auto age = static_cast<double>((today - account->created).count());
  return data_answer({{"account_id", account->id},
                      {"followers_count", call.world.followers(*account, today)},
                      {"following_count", static_cast<std::int64_t>(account->number % 400)},
                      {"total_videos_tracked", posts},
                      {"total_views", sum.views},
                      {"total_likes", sum.likes},
                      {"total_comments", sum.comments},
                      {"total_shares", sum.shares},
                      {"total_bookmarks", sum.bookmarks},
                      {"average_engagement_rate", percent(engagement(sum), sum.views)},
                      {"average_video_views", posts == 0 ? 0 : sum.views / posts},
                      {"weekly_post_average", std::round(static_cast<double>(posts) / age * fresh_days * 10.0) / 10.0},
                      {"scraped_at", to_iso8601(moment_of(today, account->number))}});
}

Answer account_videos(Call& call) {
  const Account* account = call.world.find_account(call.ids[0]);
  if (account == nullptr) return error_answer({404, "ACCOUNT_NOT_FOUND", "Account not found", nullptr, ""});
  const Day today = call.world.today();
  if (!has_analytics(*account, today)) {
    return error_answer({404, "ANALYTICS_NOT_FOUND", "Nothing has been collected for this account yet", nullptr, ""});
  }
  auto posts = call.world.posts_of(*account, today);
  std::reverse(posts.begin(), posts.end());
  if (call.visit.text("sort_by") == "views") {
    const bool ascending = call.visit.text("sort_order") == "asc";
    std::stable_sort(posts.begin(), posts.end(), [&](const Post& a, const Post& b) {
      const auto views_a = World::reactions(a, today).views;
      const auto views_b = World::reactions(b, today).views;
      return ascending ? views_a < views_b : views_a > views_b;
    });
  }
  return page_answer(call.visit, posts.size(),
                     [&](std::size_t index) { return post_to_json(*account, posts[index], today); });
}

// The names of the columns are not documented: those of the JSON are taken.
Answer export_videos(Call& call) {
  const Day today = call.world.today();
  const auto window = window_of(call.visit, "from", "to", {Day{}, today});
  if (!window) return invalid(window.error().cause);
  std::string csv =
      "id,account_id,platform,url,caption,views,likes,comments,shares,bookmarks,engagement_rate,published_at\n";
  for (const Account* account : chosen_accounts(call)) {
    for (const Post& post : call.world.posts_of(*account, today)) {
      if (post.published < window->from || post.published > window->to) continue;
      const Reactions sum = World::reactions(post, today);
      csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", uuid_of(post.hash), account->id, account->platform,
                         post_url(*account, post), csv_field(caption_of(post)), sum.views, sum.likes, sum.comments,
                         sum.shares, sum.bookmarks, percent(engagement(sum), sum.views),
                         to_iso8601(moment_of(post.published, post.hash)));
    }
  }
  return {200, nullptr, csv, {}};
}

Answer refresh_analytics(Call& /*call*/) { return data_answer({{"status", "queued"}}); }

}  // namespace toksync::sandbox::tokportal
