// Stored points of a metric, by day or week. How a point looks is not documented: {date, value} is assumed, and that
// from and to are days in UTC, both in.
#include <algorithm>
#include <array>
#include <map>

#include "sandbox/tokportal/handlers.hpp"

namespace toksync::sandbox::tokportal {
namespace {

using nlohmann::json;

constexpr Days usual_window{29};
constexpr Days longest_window{400};

bool among(const std::string& value, std::initializer_list<const char*> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::int64_t metric_of(const Reactions& one, const std::string& metric) {
  if (metric == "views") return one.views;
  if (metric == "likes") return one.likes;
  return metric == "comments" ? one.comments : one.shares;
}

std::int64_t value_of(const World& world, const std::vector<const Account*>& accounts, const std::string& metric,
                      Day day) {
  std::int64_t sum = 0;
  for (const Account* account : accounts) {
    if (account->created > day) continue;
    if (metric == "followers") sum += world.followers(*account, day);
    if (metric == "followers") continue;
    for (const Post& post : world.posts_of(*account, day)) sum += metric_of(World::reactions(post, day), metric);
  }
  return sum;
}

}  // namespace

Answer analytics_series(Call& call) {
  const auto given = [&](const char* name, const char* otherwise) {
    return call.visit.has(name) ? call.visit.text(name) : std::string(otherwise);
  };
  const std::string metric = given("metric", "views");
  const std::string granularity = given("granularity", "day");
  const std::string mode = given("mode", "cumulative");
  if (!among(metric, {"views", "likes", "comments", "shares", "followers"})) return invalid("metric is unknown");
  if (!among(granularity, {"day", "week"})) return invalid("granularity must be day or week");
  if (!among(mode, {"cumulative", "gained", "snapshot"})) return invalid("mode is unknown");
  const Day today = call.world.today();
  auto window = window_of(call.visit, "from", "to", {today - usual_window, today});
  if (!window) return invalid(window.error().cause);
  window->to = std::min(window->to, today);
  window->from = std::max(window->from, window->to - longest_window);
  const auto accounts = chosen_accounts(call);
  // Of a week the last day counts.
  std::map<Day, Day> ends;
  for (Day day = window->from; day <= window->to; day += Days{1})
    ends[granularity == "week" ? monday_of(day) : day] = day;
  json points = json::array();
  for (const auto& [bucket, end] : ends) {
    std::int64_t value = value_of(call.world, accounts, metric, end);
    if (mode == "gained") value -= value_of(call.world, accounts, metric, bucket - Days{1});
    points.push_back({{"date", day_of(bucket)}, {"value", value}});
  }
  return data_answer(std::move(points), {{"metric", metric}, {"granularity", granularity}, {"mode", mode}});
}

}  // namespace toksync::sandbox::tokportal
