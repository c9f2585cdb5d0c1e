// Credits, the profile of the key's owner, and what rarely changes.
#include <algorithm>

#include "sandbox/tokportal/handlers.hpp"

namespace toksync::sandbox::tokportal {

using nlohmann::json;

Answer current_user(Call& call) {
  return data_answer({{"email", "owner@example.com"},
                      {"credits", call.world.balance()},
                      {"plan", "pro"},
                      {"created_at", "2025-09-15T10:30:00Z"}});
}

Answer credit_balance(Call& call) {
  const WallTime updated = moment_of(call.world.today(), 300);
  return data_answer(
      {{"total_credits", call.world.balance()},
       {"expiring_within_7_days", 638},
       {"upcoming_expirations",
        {{{"amount", 638}, {"expires_at", with_offset(updated + Days{6}, 3)}, {"source", "farmer_topup"}}}},
       {"last_updated", with_offset(updated, 3)}});
}

// date_from on or after, date_to with the whole day; the newest first.
Answer credit_history(Call& call) {
  const auto window = window_of(call.visit, "date_from", "date_to", {Day{}, call.world.today() + Days{1}});
  if (!window) return invalid(window.error().cause);
  std::vector<const Transaction*> chosen;
  for (const Transaction& one : call.world.transactions()) {
    if (one.at >= window->from && one.at < window->to + Days{1}) chosen.push_back(&one);
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const Transaction* a, const Transaction* b) { return a->at > b->at; });
  return page_answer(call.visit, chosen.size(), [&](std::size_t index) -> json {
    const Transaction& one = *chosen[index];
    return {{"id", one.id},
            {"type", one.type},
            {"amount", one.amount},
            {"description", one.category + " on request"},
            {"breakdown", {{one.category, std::abs(one.amount)}}},
            {"balance_after", one.balance_after},
            {"created_at", to_iso8601(one.at)}};
  });
}

Answer credit_costs(Call& /*call*/) {
  return data_answer(
      {{"costs", {{"account_creation", 25}, {"video_upload", 2}, {"video_edit", 3}, {"advanced_warming", 7}}}});
}

Answer list_countries(Call& /*call*/) {
  return data_answer({{{"code", "US"}, {"name", "United States"}},
                      {{"code", "GB"}, {"name", "United Kingdom"}},
                      {{"code", "DE"}, {"name", "Germany"}},
                      {{"code", "FR"}, {"name", "France"}}},
                     {{"videos_only_countries", {"CA", "AU"}}});
}

// The row of a platform is not documented.
Answer list_platforms(Call& /*call*/) {
  return data_answer({{{"id", "tiktok"}, {"name", "TikTok"}}, {{"id", "instagram"}, {"name", "Instagram"}}});
}

}  // namespace toksync::sandbox::tokportal
