#include "sandbox/findings.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sandbox/dice.hpp"
#include "sandbox/text.hpp"
#include "sandbox/words.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::int64_t post_number_base = 7'190'000'000'000'000'000;

Dice dice_for(const World& world, const std::string& about, std::size_t creator,
              const std::vector<std::string>& criteria) {
  return Dice(hash_of(about + world.at(creator).id + joined_sorted(criteria), world.seed()));
}

int clamped_score(double value) { return static_cast<int>(std::lround(std::clamp(value, 0.0, 100.0))); }

std::string label_of(int score) {
  if (score >= 70) return "Strong fit";
  return score >= 45 ? "Moderate fit" : "Weak fit";
}

std::string title_of(Dice& dice, const std::string& topic) {
  switch (dice.below(6)) {
    case 0: return "Why " + topic + " wins";
    case 1: return fmt::format("{} lessons from a year of {}", dice.between(3, 12), topic);
    case 2: return "Unpopular opinion: " + topic + " is not what you think 🤔";
    case 3: return "How we rebuilt our approach to " + topic;
    case 4: return "\"" + topic + "\" – a short guide\nfor busy people";
    default: return "What nobody tells you about " + topic;
  }
}

std::string content_type_of(Dice& dice) {
  static const std::vector<std::string_view> types = {"text", "image", "video", "carousel"};
  return std::string(dice.pick(types));
}

std::string post_url_of(Dice& dice, const Creator& creator) {
  return fmt::format("https://www.linkedin.com/posts/{}_activity-{}", creator.handle,
                     post_number_base + dice.between(0, 99'999'999'999'999'999));
}

WallTime posted_at(Dice& dice, const Creator& creator) {
  return creator.updated_at - std::chrono::minutes(dice.between(60, 90L * 24 * 60));
}

/// The posts differ in what they are called and how well they match, best first.
std::vector<int> falling_scores(Dice& dice, int best, int count) {
  std::vector<int> scores;
  for (int index = 0; index < count; ++index) {
    scores.push_back(std::clamp(best - index * 3 + static_cast<int>(dice.below(3)), 1, 100));
  }
  return scores;
}

int engagers_analyzed(const std::string& depth) {
  if (depth == "comprehensive") return 600;
  return depth == "deep_dive" ? 300 : 100;
}

std::string engager_name(Dice& dice) {
  return fmt::format("{} {}.", dice.pick(first_names()), static_cast<char>('A' + dice.below(26)));
}

}  // namespace

ContentFinding content_finding(const World& world, std::size_t creator, const std::vector<std::string>& topics,
                               int posts) {
  Dice dice = dice_for(world, "content", creator, topics);
  ContentFinding finding;
  const double fit = std::sqrt(relevance(world.at(creator).words, topics));
  finding.score = clamped_score(18.0 + 72.0 * fit + 11.0 * dice.normal());
  finding.analyzed = dice.chance(0.1) ? posts - static_cast<int>(dice.between(1, 4)) : posts;
  finding.matching = static_cast<int>(finding.analyzed * finding.score / 100.0 * (0.7 + 0.3 * dice.unit()));
  finding.label = label_of(finding.score);
  return finding;
}

AudienceFinding audience_finding(const World& world, const Analysis& analysis) {
  Dice dice = dice_for(world, "audience", analysis.creator, analysis.criteria);
  const Creator& creator = world.at(analysis.creator);
  AudienceFinding finding;
  const double fit = std::sqrt(relevance(creator.words, analysis.criteria));
  finding.score = clamped_score(45.0 + 30.0 * fit + 16.0 * dice.normal());
  finding.analyzed = engagers_analyzed(analysis.depth);
  finding.matching = finding.analyzed * finding.score / 100 * 2 / 3;
  finding.companies = std::max(1, finding.matching * 2 / 3);
  finding.summary = fmt::format("Audience skews {} {}.", finding.score >= 60 ? "senior" : "mixed",
                                creator.target_audiences.empty() ? "professionals" : creator.target_audiences.front());
  return finding;
}

json matched_posts(const World& world, std::size_t creator, const std::vector<std::string>& topics, int limit) {
  Dice dice = dice_for(world, "posts", creator, topics);
  const int best = clamped_score(70.0 + 25.0 * dice.unit());
  json posts = json::array();
  for (const int score : falling_scores(dice, best, limit)) {
    const std::string topic = topics.empty() ? "the topic" : dice.pick(topics);
    posts.push_back({{"title", title_of(dice, topic)},
                     {"post_url", post_url_of(dice, world.at(creator))},
                     {"posted_date", day_of(posted_at(dice, world.at(creator)))},
                     {"content_type", content_type_of(dice)},
                     {"match_score", score},
                     {"keyword_matches", json::array({topic})},
                     {"match_reason", "Directly discusses " + topic + "."}});
  }
  return posts;
}

json evidence_posts(const World& world, std::size_t creator, const std::vector<std::string>& keywords, int limit) {
  Dice dice = dice_for(world, "evidence", creator, keywords);
  json posts = json::array();
  for (const int score : falling_scores(dice, 30, limit)) {
    const std::string keyword = keywords.empty() ? "the topic" : dice.pick(keywords);
    posts.push_back({{"post_url", post_url_of(dice, world.at(creator))},
                     {"posted_at", to_iso8601(posted_at(dice, world.at(creator)))},
                     {"keyword_matches", json::array({keyword})},
                     {"relevance_score", score},
                     {"snippet", title_of(dice, keyword) + "..."},
                     {"reactions", dice.between(5, 900)},
                     {"comments", dice.between(0, 90)},
                     {"shares", dice.between(0, 30)}});
  }
  return posts;
}

json top_engagers(const World& world, const Analysis& analysis, int limit) {
  Dice dice = dice_for(world, "engagers", analysis.creator, analysis.criteria);
  const int count = std::min(limit, audience_finding(world, analysis).matching);
  json engagers = json::array();
  for (int index = 0; index < count; ++index) {
    const std::string title(dice.pick(engager_titles()));
    const std::string company(dice.pick(companies()));
    const std::string name = engager_name(dice);
    engagers.push_back({{"name", name},
                        {"job_title", title},
                        {"company", company},
                        {"headline", title + " at " + company},
                        {"linkedin_url", fmt::format("https://www.linkedin.com/in/engager-{:x}/", dice.next() >> 24U)},
                        {"engagement_count", std::max<std::int64_t>(1, 9 - index + dice.between(0, 2))}});
  }
  return engagers;
}

json top_companies(const World& world, const Analysis& analysis) {
  Dice dice = dice_for(world, "companies", analysis.creator, analysis.criteria);
  const AudienceFinding finding = audience_finding(world, analysis);
  const std::size_t first = dice.below(companies().size());
  json list = json::array();
  for (int index = 0; index < 5 && index < finding.companies; ++index) {
    const int count = std::max(1, finding.matching / (8 + 4 * index));
    const double share = 100.0 * count / std::max(1, finding.matching);
    list.push_back({{"name", companies()[(first + static_cast<std::size_t>(index)) % companies().size()]},
                    {"count", count},
                    {"percentage", std::round(share * 10.0) / 10.0}});
  }
  return list;
}

json job_titles(const World& world, const Analysis& analysis) {
  Dice dice = dice_for(world, "titles", analysis.creator, analysis.criteria);
  const AudienceFinding finding = audience_finding(world, analysis);
  const std::size_t first = dice.below(engager_titles().size());
  json list = json::array();
  for (int index = 0; index < 6 && index < finding.matching; ++index) {
    list.push_back({{"title", engager_titles()[(first + static_cast<std::size_t>(index)) % engager_titles().size()]},
                    {"count", std::max(1, finding.matching / (5 + 3 * index))}});
  }
  return list;
}

json geography(const World& world, const Analysis& analysis) {
  Dice dice = dice_for(world, "geography", analysis.creator, analysis.criteria);
  json list = json::array();
  for (int index = 0; index < 3; ++index) {
    list.push_back({{"location", dice.pick(locations())}, {"percentage", 40 - 11 * index}});
  }
  return list;
}

}  // namespace toksync::sandbox
