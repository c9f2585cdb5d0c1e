#include <algorithm>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/findings.hpp"
#include "sandbox/handlers.hpp"
#include "sandbox/prices.hpp"
#include "sandbox/ranking.hpp"
#include "sandbox/text.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr double latency_factor = 3.0;

/// The request's own bounds joined to its filters, as search filters.
json filters_of(const Call& call) {
  json filters = call.body.value("filters", json::object());
  filters["min_followers"] = call.body.value("min_followers", 30'000.0);
  filters["min_reactions_per_post"] = call.body.value("min_reactions_per_post", 50.0);
  filters["hide_brands"] = call.body.value("hide_brands", true);
  if (call.body.contains("location")) filters["locations"] = json::array({call.text("location", "")});
  if (call.body.contains("language")) filters["languages"] = json::array({call.text("language", "")});
  return filters;
}

json row_of(const Call& call, const Ranked& ranked, std::int64_t place, bool& approved) {
  const auto keywords = call.texts("keywords");
  const auto posts = static_cast<int>(call.integer("posts_to_analyze", 10));
  const ContentFinding finding = content_finding(call.state.world, ranked.creator, keywords, posts);
  approved = finding.score >= call.body.value("min_content_match_score", 60.0);
  const Creator& creator = call.state.world.at(ranked.creator);
  return {{"creator_id", creator.id},
          {"creator_name", creator.name},
          {"status", approved ? "approved" : "rejected"},
          {"search_rank", place},
          {"relevance_score", ranked.score / 100.0},
          {"relevance_reasoning", approved ? "Strong topical match." : "Recent posts are about other things."},
          {"score", ranked.score},
          {"match_rank", ranked.score},
          {"content_match_score", finding.score},
          {"matching_posts", finding.matching},
          {"posts_analyzed", finding.analyzed}};
}

/// How many candidates the job looks at: all it may, or fewer where the search runs dry or the job has
/// found enough early.
std::size_t candidates_analyzed(const Call& call, const std::string& work, std::size_t found) {
  const auto most =
      std::min<std::size_t>(found, static_cast<std::size_t>(call.integer("max_candidates_to_analyze", 100)));
  Dice dice(hash_of("candidates of " + work, call.state.world.seed()));
  return dice.chance(0.4) ? most - most / 5 : most;
}

DiscoveryJob job_of(Call& call, const std::string& mode, const Purchase& reserved) {
  DiscoveryJob job;
  job.id = call.state.new_id();
  job.reserved = reserved;
  job.price_per_creator = prices_of(call.options.api).of_thought_leaders(mode);
  job.requested = call.integer("count", 10);
  job.tells_analyzed = hash_of("tells " + reserved.work) % 4 != 0;
  job.timing = call.state.timing_of(call.options, call.now, job.id, latency_factor, call.job_outcome());
  const Ranking& ranking = rank(call.state, call.texts("keywords"), mode, filters_of(call));
  const std::size_t count = candidates_analyzed(call, reserved.work, ranking.creators.size());
  for (std::size_t at = 0; at < count; ++at) {
    bool approved = false;
    job.rows.push_back(row_of(call, ranking.creators[at], static_cast<std::int64_t>(at) + 1, approved));
    job.approved.push_back(approved);
  }
  return job;
}

}  // namespace

Reply start_thought_leaders(Call& call) {
  const std::string mode = call.text("mode", "balanced");
  const std::int64_t cost =
      prices_of(call.options.api).of_thought_leaders(mode) * call.integer("max_candidates_to_analyze", 100);
  if (!call.state.account.can_afford(cost)) return too_few_credits(call, cost);
  const std::string work = "thought_leaders:" + joined_sorted(call.texts("keywords")) + ":" + mode;
  DiscoveryJob job = job_of(call, mode, {"thought_leaders", work, cost});
  call.state.account.reserve(job.reserved);
  Reply reply = success({{"job_id", job.id}, {"job_type", "thought_leaders"}, {"status", "queued"}}, 202);
  reply.cost = cost;
  const std::string id = job.id;
  call.state.discovery.emplace(id, std::move(job));
  return reply;
}

}  // namespace toksync::sandbox
