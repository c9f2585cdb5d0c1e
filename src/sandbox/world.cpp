#include "sandbox/world.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sandbox/dice.hpp"
#include "sandbox/text.hpp"
#include "sandbox/words.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr double unknown_metric = 0.02;
constexpr std::size_t youtube_every = 12;
// The moment the newest creator was last refreshed: fixed, so that the same seed gives the same records.
constexpr WallTime newest_update{Milliseconds{1'779'275'040'000}};

std::size_t pick_topic(Dice& dice) {
  const auto& all = topics();
  const int total = std::accumulate(all.begin(), all.end(), 0, [](int sum, const Topic& t) { return sum + t.weight; });
  int left = static_cast<int>(dice.below(static_cast<std::size_t>(total)));
  std::size_t index = 0;
  while (left >= all[index].weight) left -= all[index++].weight;
  return index;
}

/// "Søren O'Connor" becomes "s-ren-o-connor": what is not ASCII falls out, as in most real handles.
std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char letter : lower(name)) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (plain) slug += letter;
    if (!plain && !slug.empty() && slug.back() != '-') slug += '-';
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string bio_of(Dice& dice, const Topic& topic, const Topic& second) {
  const std::string_view title = dice.pick(topic.titles);
  const std::string_view company = dice.pick(companies());
  const std::string_view a = dice.pick(topic.phrases);
  const std::string_view b = dice.pick(topic.phrases);
  const std::string_view c = dice.pick(second.phrases);
  switch (dice.below(7)) {
    case 0: return fmt::format("{} at {}. I write about {} and {}.", title, company, a, b);
    case 1: return fmt::format("{} | {} | {} | {}", title, a, b, c);
    case 2: return fmt::format("🚀 {} @ {} · helping teams win with {} · {} nerd", title, company, a, c);
    case 3:
      return fmt::format("\"{} is a team sport.\" {} at {}.\nPosts on {}, {} and life 🌱", a, title, company, b, c);
    case 4: return fmt::format("Former {}, now building {} for {}. Newsletter: {}\\{}.", title, a, company, b, c);
    case 5: return fmt::format("{} years in {}. {} at {}. DMs open 👋🏽", dice.between(3, 25), a, title, company);
    default: return fmt::format("{}. {}, {}, {}. Views my own.", title, a, b, c);
  }
}

template <typename Value>
std::optional<Value> perhaps(Dice& dice, Value value) {
  if (dice.chance(unknown_metric)) return std::nullopt;
  return value;
}

double rounded(double value) { return std::round(value * 100.0) / 100.0; }

Metrics metrics_of(Dice& dice, bool brand) {
  const double followers = std::clamp(dice.log_normal(brand ? 60'000.0 : 17'000.0, 1.25), 180.0, 4'000'000.0);
  const double rate = std::clamp(dice.log_normal(2.2, 0.6), 0.05, 19.0);
  const double engaged = std::max(1.0, followers * rate / 100.0 * dice.log_normal(0.45, 0.3));
  Metrics metrics;
  metrics.followers_count = perhaps(dice, static_cast<std::int64_t>(followers));
  metrics.engagement_rate = perhaps(dice, rounded(rate));
  metrics.avg_posts_per_month = perhaps(dice, std::round(std::clamp(dice.log_normal(11.0, 0.6), 1.0, 90.0)));
  metrics.avg_views_per_post = perhaps(dice, static_cast<std::int64_t>(followers * dice.log_normal(0.32, 0.4)));
  metrics.shares_per_post = perhaps(dice, static_cast<std::int64_t>(engaged * 0.03));
  metrics.comments_per_post = perhaps(dice, static_cast<std::int64_t>(engaged * 0.09));
  metrics.reactions_per_post = perhaps(dice, static_cast<std::int64_t>(engaged * 0.88));
  return metrics;
}

std::vector<std::string> some_of(Dice& dice, const std::vector<std::string_view>& from) {
  std::vector<std::string> chosen;
  for (const std::string_view value : from) {
    if (chosen.empty() || dice.chance(0.7)) chosen.emplace_back(value);
  }
  return chosen;
}

std::vector<std::string> languages_of(Dice& dice) {
  static const std::vector<std::string_view> others = {"de", "fr", "es", "pt", "nl", "it", "sv", "hi", "ja"};
  std::vector<std::string> languages;
  if (dice.chance(0.86)) languages.emplace_back("en");
  if (languages.empty() || dice.chance(0.15)) languages.emplace_back(dice.pick(others));
  return languages;
}

void name_person_or_brand(Creator& creator, Dice& dice, std::size_t index) {
  if (creator.is_brand) {
    static const std::vector<std::string_view> endings = {"HQ", "Media", "Software", "Academy", "Weekly", "Labs"};
    creator.name = fmt::format("{} {}", dice.pick(companies()), dice.pick(endings));
  } else {
    creator.name = fmt::format("{} {}", dice.pick(first_names()), dice.pick(last_names()));
  }
  creator.handle = fmt::format("{}-{:x}", slug_of(creator.name), index + 0x1a0);
}

std::string profile_url_of(const Creator& creator) {
  if (creator.platform == "youtube") return "https://www.youtube.com/@" + creator.handle;
  return fmt::format("https://www.linkedin.com/{}/{}/", creator.is_brand ? "company" : "in", creator.handle);
}

std::string searchable_words(const Creator& creator) {
  std::string text = creator.name + " " + creator.bio.value_or("");
  for (const std::string& category : creator.content_categories) text += " " + category;
  return words_of(text);
}

Creator invent(std::uint64_t seed, std::size_t index) {
  Dice dice(hash_of(fmt::format("creator {}", index), seed));
  Creator creator;
  creator.id = uuid_of(dice.next());
  creator.topic = pick_topic(dice);
  const Topic& topic = topics()[creator.topic];
  creator.is_brand = dice.chance(0.08);
  creator.platform = index % youtube_every == youtube_every - 1 ? "youtube" : "linkedin";
  name_person_or_brand(creator, dice, index);
  if (!dice.chance(0.01)) creator.bio = bio_of(dice, topic, topics()[pick_topic(dice)]);
  if (!dice.chance(0.04)) creator.location = std::string(dice.pick(locations()));
  if (!dice.chance(0.05)) creator.avatar_url = fmt::format("https://media.licdn.com/dms/image/{}.jpg", creator.handle);
  if (!dice.chance(0.02)) creator.profile_url = profile_url_of(creator);
  creator.content_categories = some_of(dice, topic.categories);
  creator.target_audiences = some_of(dice, topic.audiences);
  creator.languages = languages_of(dice);
  creator.metrics = metrics_of(dice, creator.is_brand);
  creator.updated_at = newest_update - std::chrono::minutes(dice.between(0, 60L * 24 * 60));
  creator.created_at = creator.updated_at - std::chrono::hours(dice.between(24, 24L * 300));
  creator.words = searchable_words(creator);
  return creator;
}

template <typename Value>
json nullable(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

}  // namespace

World::World(std::uint64_t seed, std::size_t count) : seed_(seed) {
  creators_.reserve(count);
  by_id_.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    creators_.push_back(invent(seed, index));
    by_id_.emplace(creators_.back().id, index);
  }
}

std::optional<std::size_t> World::find(const std::string& id) const {
  const auto found = by_id_.find(lower(id));
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

json to_json(const Metrics& metrics) {
  json result = {{"followers_count", nullable(metrics.followers_count)},
                 {"engagement_rate", nullable(metrics.engagement_rate)},
                 {"avg_posts_per_month", nullable(metrics.avg_posts_per_month)},
                 {"avg_views_per_post", nullable(metrics.avg_views_per_post)},
                 {"comments_per_post", nullable(metrics.comments_per_post)},
                 {"reactions_per_post", nullable(metrics.reactions_per_post)}};
  if (metrics.shares_per_post) result["shares_per_post"] = *metrics.shares_per_post;
  return result;
}

json to_json(const Creator& creator) {
  return {{"id", creator.id},
          {"name", creator.name},
          {"bio", nullable(creator.bio)},
          {"location", nullable(creator.location)},
          {"avatar_url", nullable(creator.avatar_url)},
          {"content_categories", creator.content_categories},
          {"target_audiences", creator.target_audiences},
          {"languages", creator.languages},
          {"platform", creator.platform},
          {"handle", creator.handle},
          {"profile_url", nullable(creator.profile_url)},
          {"metrics", to_json(creator.metrics)},
          {"updated_at", to_iso8601(creator.updated_at)}};
}

}  // namespace toksync::sandbox
