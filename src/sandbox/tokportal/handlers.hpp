// The operations of TokPortal's API, one function each; api.cpp says which request leads where.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sandbox/reading.hpp"
#include "sandbox/tokportal/world.hpp"

namespace toksync::sandbox::tokportal {

/// A valid, authenticated request.
struct Call {
  World& world;
  const Visit& visit;
  std::vector<std::string> ids;  ///< of the path
};

using Handler = Answer (*)(Call& call);

[[nodiscard]] Answer error_answer(const Failure& failure);
/// {"data": ...}, with siblings if there are any.
[[nodiscard]] Answer data_answer(nlohmann::json data, nlohmann::json siblings = nlohmann::json::object());
/// The page that is asked for, with its pagination, or a 400. `render` makes the row of an index.
template <typename Render>
[[nodiscard]] Answer page_answer(const Visit& visit, std::size_t total, const Render& render);
/// Days of `from` and `to`, both in; a value that is none is a 400.
struct Window {
  Day from;
  Day to;
};
[[nodiscard]] Expected<Window> window_of(const Visit& visit, const char* from, const char* to, Window otherwise);
[[nodiscard]] Answer invalid(const std::string& message);

// Accounts and bans (accounts.cpp)
Answer list_accounts(Call& call);
Answer get_account(Call& call);
Answer account_bundles(Call& call);
Answer managed_subscription(Call& call);
Answer list_bans(Call& call);
Answer coverage_report(Call& call);
Answer reveal_credentials(Call& call);
Answer verification_code(Call& call);

// Bundles and video slots (bundles.cpp)
Answer list_bundles(Call& call);
Answer get_bundle(Call& call);
Answer bundle_videos(Call& call);

// Credits, profile and reference (credits.cpp)
Answer current_user(Call& call);
Answer credit_balance(Call& call);
Answer credit_history(Call& call);
Answer credit_costs(Call& call);
Answer list_countries(Call& call);
Answer list_platforms(Call& call);

// Analytics (analytics.cpp, series.cpp)
Answer analytics_dashboard(Call& call);
Answer analytics_contract(Call& call);
Answer account_analytics(Call& call);
Answer account_videos(Call& call);
Answer analytics_series(Call& call);
Answer export_videos(Call& call);
Answer refresh_analytics(Call& call);

/// A bundle as lists and details show it (bundles.cpp).
[[nodiscard]] nlohmann::json bundle_to_json(const Bundle& bundle, Day today);
/// A post as lists show it, and the caption that makes CSV hard (analytics.cpp).
[[nodiscard]] nlohmann::json post_to_json(const Account& account, const Post& post, Day today);
/// Whether a ban is one: an appeal that is pending is not (accounts.cpp).
[[nodiscard]] bool is_banned(const World& world, const Account& account);
/// The accounts that repeatable `account`, `platform` and `country` leave (analytics.cpp).
[[nodiscard]] std::vector<const Account*> chosen_accounts(const Call& call);

struct PageAsked {
  std::int64_t page = 1;
  std::int64_t per_page = 25;
};
[[nodiscard]] Expected<PageAsked> page_asked(const Visit& visit);

template <typename Render>
Answer page_answer(const Visit& visit, std::size_t total, const Render& render) {
  const auto asked = page_asked(visit);
  if (!asked) return invalid(asked.error().cause);
  const auto size = static_cast<std::size_t>(asked->per_page);
  const std::size_t first = static_cast<std::size_t>(asked->page - 1) * size;
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t index = first; index < std::min(total, first + size); ++index) rows.push_back(render(index));
  // How many pages an empty list has is not documented; 0 is assumed.
  return data_answer(std::move(rows), {{"pagination",
                                        {{"page", asked->page},
                                         {"per_page", asked->per_page},
                                         {"total", total},
                                         {"total_pages", (total + size - 1) / size}}}});
}

}  // namespace toksync::sandbox::tokportal
