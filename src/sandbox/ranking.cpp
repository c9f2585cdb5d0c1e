#include "sandbox/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "sandbox/dice.hpp"
#include "sandbox/text.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;
using Value = std::optional<double>;

constexpr std::size_t cached_queries = 64;
constexpr double strict_relevance = 0.35;
constexpr double balanced_relevance = 0.12;
constexpr std::size_t enough_for_balanced = 20;

template <typename Number>
Value as_double(const std::optional<Number>& number) {
  return number ? Value(static_cast<double>(*number)) : std::nullopt;
}

/// A metric by its name in filters, without min_ or max_.
Value filtered_metric(const Metrics& metrics, const std::string& name) {
  if (name == "followers") return as_double(metrics.followers_count);
  if (name == "engagement") return metrics.engagement_rate;
  if (name == "posts_per_month") return metrics.avg_posts_per_month;
  if (name == "reactions_per_post") return as_double(metrics.reactions_per_post);
  if (name == "comments_per_post") return as_double(metrics.comments_per_post);
  return as_double(metrics.shares_per_post);
}

bool shares_one(const std::vector<std::string>& have, const json& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const json& value) {
    return std::any_of(have.begin(), have.end(),
                       [&](const std::string& one) { return lower(one) == lower(value.get<std::string>()); });
  });
}

bool lives_in_one(const Creator& creator, const json& wanted) {
  const std::string place = lower(creator.location.value_or(""));
  return std::any_of(wanted.begin(), wanted.end(), [&](const json& value) {
    return place.find(lower(value.get<std::string>())) != std::string::npos;
  });
}

bool passes_one(const Creator& creator, const std::string& name, const json& wanted) {
  if (name == "hide_brands") return !wanted.get<bool>() || !creator.is_brand;
  if (wanted.is_array() && wanted.empty()) return true;
  if (name == "content_categories") return shares_one(creator.content_categories, wanted);
  if (name == "target_audiences") return shares_one(creator.target_audiences, wanted);
  if (name == "languages") return shares_one(creator.languages, wanted);
  if (name == "locations") return lives_in_one(creator, wanted);
  if (!wanted.is_number()) return true;
  const Value value = filtered_metric(creator.metrics, name.substr(4));
  if (!value) return false;
  return name.starts_with("min_") ? *value >= wanted.get<double>() : *value <= wanted.get<double>();
}

/// 0 to 99: mostly relevance, a little taste that differs from creator to creator.
int score_of(const State& state, std::size_t index, double relevance, const std::string& criteria) {
  Dice dice(hash_of(criteria + state.world.at(index).id, state.world.seed()));
  const double shaped = 1.0 - (1.0 - relevance) * (1.0 - relevance);
  return static_cast<int>(std::lround(88.0 * shaped + 11.0 * dice.unit()));
}

struct Candidate {
  std::size_t creator = 0;
  double relevance = 0.0;
};

std::vector<Candidate> candidates_of(const State& state, const std::vector<std::string>& keywords,
                                     const json& filters) {
  std::vector<std::string> phrases;
  for (const std::string& keyword : keywords) phrases.push_back(words_of(keyword));
  std::vector<Candidate> found;
  for (std::size_t index = 0; index < state.world.creators().size(); ++index) {
    const Creator& creator = state.world.at(index);
    if (creator.platform != "linkedin" || !passes(creator, filters)) continue;
    double sum = 0.0;
    for (const std::string& phrase : phrases) sum += relevance(creator.words, phrase);
    if (sum > 0.0) found.push_back({index, sum / static_cast<double>(phrases.size())});
  }
  return found;
}

std::string mode_used(const std::string& mode, const std::vector<Candidate>& candidates) {
  if (mode != "auto") return mode;
  const auto good = std::count_if(candidates.begin(), candidates.end(),
                                  [](const Candidate& one) { return one.relevance >= balanced_relevance; });
  return static_cast<std::size_t>(good) >= enough_for_balanced ? "balanced" : "broad";
}

double least_relevance(const std::string& mode) {
  if (mode == "strict") return strict_relevance;
  return mode == "balanced" ? balanced_relevance : 0.0;
}

Ranking compute_ranking(const State& state, const std::vector<std::string>& keywords, const std::string& mode,
                        const json& filters) {
  const auto candidates = candidates_of(state, keywords, filters);
  Ranking ranking{{}, mode_used(mode, candidates)};
  const std::string criteria = joined_sorted(keywords);
  for (const Candidate& candidate : candidates) {
    if (candidate.relevance < least_relevance(ranking.mode)) continue;
    ranking.creators.push_back({candidate.creator, score_of(state, candidate.creator, candidate.relevance, criteria)});
  }
  std::stable_sort(ranking.creators.begin(), ranking.creators.end(),
                   [](const Ranked& left, const Ranked& right) { return left.score > right.score; });
  return ranking;
}

Value sort_metric(const Creator& creator, const std::string& field) {
  const Metrics& metrics = creator.metrics;
  if (field == "engagement_rate") return metrics.engagement_rate;
  if (field == "avg_posts_per_month") return metrics.avg_posts_per_month;
  if (field == "avg_views_per_post") return as_double(metrics.avg_views_per_post);
  if (field == "shares_per_post") return as_double(metrics.shares_per_post);
  if (field == "comments_per_post") return as_double(metrics.comments_per_post);
  if (field == "reactions_per_post") return as_double(metrics.reactions_per_post);
  if (field == "updated_at") return static_cast<double>(creator.updated_at.time_since_epoch().count());
  return as_double(metrics.followers_count);
}

bool matches_query(const Creator& creator, const std::string& query_words) {
  return query_words.size() < 2 || relevance(creator.words, query_words) > 0.0;
}

std::vector<std::size_t> compute_search(const State& state, const json& body) {
  const std::string platform = body.value("platform", "linkedin");
  const std::string query = words_of(body.value("query", ""));
  const std::string field = body.value("sort_by", "followers_count");
  const bool ascending = body.value("sort_order", "desc") == "asc";
  const json filters = body.value("filters", json::object());
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < state.world.creators().size(); ++index) {
    const Creator& creator = state.world.at(index);
    if (creator.platform == platform && passes(creator, filters) && matches_query(creator, query))
      found.push_back(index);
  }
  const auto before = [&](std::size_t left, std::size_t right) {
    if (field == "name") {
      const int order = state.world.at(left).name.compare(state.world.at(right).name);
      return ascending ? order < 0 : order > 0;
    }
    const Value a = sort_metric(state.world.at(left), field);
    const Value b = sort_metric(state.world.at(right), field);
    if (!a || !b) return a.has_value() && !b.has_value();
    return ascending ? *a < *b : *a > *b;
  };
  std::stable_sort(found.begin(), found.end(), before);
  return found;
}

}  // namespace

bool passes(const Creator& creator, const json& filters) {
  const auto& items = filters.items();
  return std::all_of(items.begin(), items.end(),
                     [&](const auto& item) { return passes_one(creator, item.key(), item.value()); });
}

const Ranking& rank(State& state, const std::vector<std::string>& keywords, const std::string& mode,
                    const json& filters) {
  const std::string key = json{keywords, mode, filters}.dump();
  if (state.rankings.size() >= cached_queries) state.rankings.clear();
  const auto [place, is_new] = state.rankings.try_emplace(key);
  if (is_new) place->second = compute_ranking(state, keywords, mode, filters);
  return place->second;
}

const std::vector<std::size_t>& sorted_search(State& state, const json& body) {
  json criteria = body;
  criteria.erase("cursor");
  criteria.erase("limit");
  if (state.searches.size() >= cached_queries) state.searches.clear();
  const auto [place, is_new] = state.searches.try_emplace(criteria.dump());
  if (is_new) place->second = compute_search(state, body);
  return place->second;
}

}  // namespace toksync::sandbox
