// Bundles and their video slots.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/tokportal/handlers.hpp"

namespace toksync::sandbox::tokportal {
namespace {

using nlohmann::json;

constexpr int days_between_videos = 3;
constexpr Days review_takes{2};
constexpr std::array stages = {"draft", "pending_setup", "published", "published_priority", "accepted", "in_review"};

Day published_on(const Bundle& bundle, int position) { return bundle.created + Days{position * days_between_videos}; }

std::string status_of(const Bundle& bundle, Day today) {
  if (bundle.number % 17 == 16) return "cancelled";
  if (bundle.account_id) return today > published_on(bundle, bundle.videos) + review_takes ? "completed" : "accepted";
  const auto age = static_cast<std::size_t>(std::max<std::int64_t>(0, (today - bundle.created).count()));
  return stages[std::min(age / 2, stages.size() - 1)];
}

std::string video_status(const Bundle& bundle, int position, Day today) {
  if (!bundle.account_id) return (today - bundle.created).count() > position ? "configured" : "pending";
  const Day published = published_on(bundle, position);
  if (today >= published + review_takes) return "finalized";
  if (today >= published)
    return (bundle.number + static_cast<std::size_t>(position)) % 9 == 0 ? "pending_corrections" : "in_review";
  return "published";
}

json video_to_json(const Bundle& bundle, int position, Day today) {
  const std::uint64_t hash = hash_of(fmt::format("{} {}", bundle.id, position));
  const std::string status = video_status(bundle, position, today);
  const bool live = status == "finalized";
  const std::string type = std::array{"video", "video", "carousel", "story"}[hash % 4];
  json row = {
      {"position", position},
      {"bundle_id", bundle.id},
      {"status", status},
      {"video_type", type},
      {"name", fmt::format("Slot {}", position)},
      {"description", hash % 5 == 0 ? json(nullptr) : json("Caption with #tags")},
      {"external_ref", nullptr},
      {"target_publish_date", day_of(published_on(bundle, position))},
      {"target_publish_start_date", nullptr},
      {"target_publish_end_date", nullptr},
      {"video_url", "https://cdn.tokportal.example/v/" + uuid_of(hash)},
      {"carousel_images", json::array()},
      {"instagram_content_type", bundle.platform == "instagram" ? json("reel") : json(nullptr)},
      {"platform_url", live ? json(fmt::format("https://www.{}.com/v/{}", bundle.platform, hash)) : json(nullptr)},
      {"finalized_at",
       live ? json(to_iso8601(moment_of(published_on(bundle, position) + review_takes, hash))) : json(nullptr)}};
  // Which of the two names a list has is not documented; both occur.
  row[bundle.number % 2 == 0 ? "video_id" : "id"] = uuid_of(hash);
  return row;
}

Answer no_bundle() { return error_answer({404, "BUNDLE_NOT_FOUND", "Bundle not found", nullptr, ""}); }

}  // namespace

json bundle_to_json(const Bundle& bundle, Day today) {
  const std::string status = status_of(bundle, today);
  const bool published = status != "draft" && status != "pending_setup" && status != "cancelled";
  int configured = 0;
  for (int position = 1; position <= bundle.videos; ++position) {
    if (video_status(bundle, position, today) != "pending") ++configured;
  }
  json row = {{"id", bundle.id},
              {"platform", bundle.platform},
              {"country", bundle.country},
              {"status", status},
              {"title", fmt::format("Campaign {}", bundle.number)},
              {"external_ref", bundle.number % 4 == 0 ? json(fmt::format("crm-{}", bundle.number)) : json(nullptr)},
              {"videos_quantity", bundle.videos},
              {"review_mode", "auto"},
              {"created_at", to_iso8601(moment_of(bundle.created, bundle.number))},
              {"is_published", published},
              {"account_configured", published},
              {"videos_configured_count", configured},
              {"account_status", bundle.account_id ? "finalized"
                                 : published       ? "published"
                                                   : "pending"},
              {"saved_account_id", bundle.account_id ? json(*bundle.account_id) : json(nullptr)}};
  // The older name of the field still occurs.
  row[bundle.number % 25 == 24 ? "type" : "bundle_type"] = bundle.type;
  return row;
}

Answer list_bundles(Call& call) {
  const Day today = call.world.today();
  std::vector<json> rows;
  for (const Bundle& bundle : call.world.bundles()) {
    json row = bundle_to_json(bundle, today);
    const bool wanted = call.visit.wants("status", row["status"]) && call.visit.wants("bundle_type", bundle.type) &&
                        call.visit.wants("platform", bundle.platform) &&
                        call.visit.wants("account_status", row["account_status"]) &&
                        call.visit.wants("external_ref", row["external_ref"].is_null() ? "" : row["external_ref"]);
    if (wanted) rows.push_back(std::move(row));
  }
  std::reverse(rows.begin(), rows.end());
  return page_answer(call.visit, rows.size(), [&](std::size_t index) { return rows[index]; });
}

Answer get_bundle(Call& call) {
  const Bundle* bundle = call.world.find_bundle(call.ids[0]);
  return bundle == nullptr ? no_bundle() : data_answer(bundle_to_json(*bundle, call.world.today()));
}

Answer bundle_videos(Call& call) {
  const Bundle* bundle = call.world.find_bundle(call.ids[0]);
  if (bundle == nullptr) return no_bundle();
  json rows = json::array();
  for (int position = 1; position <= bundle->videos; ++position) {
    rows.push_back(video_to_json(*bundle, position, call.world.today()));
  }
  return data_answer(std::move(rows));
}

}  // namespace toksync::sandbox::tokportal
