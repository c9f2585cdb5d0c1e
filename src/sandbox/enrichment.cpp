#include <algorithm>

#include <fmt/format.h>

#include "sandbox/dice.hpp"
#include "sandbox/handlers.hpp"
#include "sandbox/prices.hpp"
#include "sandbox/selection.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr auto fresh_for = std::chrono::days(30);

/// Creators of a selection by what an enrichment has to do about them.
struct Sorted {
  std::vector<std::size_t> to_buy;
  json missing = json::array();
  std::int64_t already = 0;
};

bool can_be_enriched(const Creator& creator) { return creator.platform == "linkedin" && creator.profile_url; }

bool is_fresh(const Timing& timing, WallTime now) { return timing.succeeded(now) && now - timing.done < fresh_for; }

Sorted sort_by_need(const Call& call, const Selection& selection) {
  Sorted sorted;
  for (const std::size_t index : selection.creators) {
    const Creator& creator = call.state.world.at(index);
    const auto known = call.state.enrichments.find(index);
    const bool exists = known != call.state.enrichments.end();
    if (!can_be_enriched(creator)) {
      sorted.missing.push_back({{"creator_id", creator.id}, {"creator_name", creator.name}});
    } else if (exists && is_fresh(known->second, call.now)) {
      ++sorted.already;
    } else {
      sorted.to_buy.push_back(index);
    }
  }
  for (const std::string& id : selection.unknown)
    sorted.missing.push_back({{"creator_id", id}, {"creator_name", nullptr}});
  return sorted;
}

json start_one(Call& call, std::size_t index) {
  const Creator& creator = call.state.world.at(index);
  call.state.account.charge({"profile_enrichment", "enrich:" + creator.id, prices_of(call.options.api).enrich});
  call.state.enrichments[index] = call.state.timing_of(call.options, call.now, creator.id, 1.0, call.job_outcome());
  return {{"job_id", "enrichment:" + creator.id},
          {"creator_id", creator.id},
          {"creator_name", creator.name},
          {"profile_url", creator.profile_url.value_or("")},
          {"status", "queued"}};
}

/// Medians of an enriched profile: near the metrics of the search, with a value where those have none.
json medians_of(const World& world, std::size_t index) {
  const Creator& creator = world.at(index);
  const Metrics& metrics = creator.metrics;
  Dice dice(hash_of("medians " + creator.id, world.seed()));
  const auto reactions = metrics.reactions_per_post.value_or(dice.between(5, 300));
  return {{"followers_count", metrics.followers_count.value_or(dice.between(500, 30'000)) + dice.between(0, 400)},
          {"engagement_rate", metrics.engagement_rate.value_or(1.5)},
          {"median_posts_per_month", metrics.avg_posts_per_month.value_or(8.0)},
          {"median_reactions_per_post", reactions},
          {"median_comments_per_post", metrics.comments_per_post.value_or(reactions / 10)},
          {"median_shares_per_post", metrics.shares_per_post ? json(*metrics.shares_per_post) : json(nullptr)}};
}

json summary_of(const Call& call, std::size_t index, const Timing& timing) {
  const Creator& creator = call.state.world.at(index);
  const json medians = medians_of(call.state.world, index);
  return {{"creator_id", creator.id},
          {"name", creator.name},
          {"profile_url", creator.profile_url.value_or("")},
          {"followers_count", medians["followers_count"]},
          {"median_posts_per_month", medians["median_posts_per_month"]},
          {"engagement_rate", medians["engagement_rate"]},
          {"enriched_at", to_iso8601(timing.done)}};
}

json full_record_of(const Call& call, std::size_t index, const Timing& timing) {
  json record = to_json(call.state.world.at(index));
  record["creator_id"] = record["id"];
  record.update(summary_of(call, index, timing));
  record.update(medians_of(call.state.world, index));
  record["headline"] = record["bio"];
  record["is_enriched"] = true;
  return record;
}

}  // namespace

json enrichment_of(const Call& call, std::size_t creator) {
  const auto known = call.state.enrichments.find(creator);
  if (known == call.state.enrichments.end() || !known->second.succeeded(call.now)) return {{"is_enriched", false}};
  json enrichment = medians_of(call.state.world, creator);
  enrichment["is_enriched"] = true;
  enrichment["enriched_at"] = to_iso8601(known->second.done);
  return enrichment;
}

Reply start_enrichment(Call& call) {
  const auto selection = select_creators(call);
  if (!selection) return selection.error();
  if (selection->creators.empty()) return not_found("No creators found for the selection");
  const Sorted sorted = sort_by_need(call, *selection);
  const auto cost = prices_of(call.options.api).enrich * static_cast<std::int64_t>(sorted.to_buy.size());
  if (!call.state.account.can_afford(cost)) return too_few_credits(call, cost);
  json jobs = json::array();
  for (const std::size_t index : sorted.to_buy) jobs.push_back(start_one(call, index));
  json data = {{"creators_requested", selection->requested()},
               {"selection", selection->summary()},
               {"jobs_created", jobs.size()},
               {"already_enriched_count", sorted.already},
               {"missing_linkedin_profiles", sorted.missing},
               {"jobs", jobs}};
  Reply reply;
  reply.status = jobs.empty() ? 200 : 202;
  if (jobs.empty()) data["all_complete"] = true;
  if (!jobs.empty()) data["task_id"] = "run_" + call.state.new_id().substr(0, 8);
  if (!jobs.empty()) {
    data["credits"] = {{"required", cost}, {"deducted", cost}, {"remaining", call.state.account.balance()}};
  }
  reply.data = std::move(data);
  reply.cost = cost;
  return reply;
}

Reply enrichment_results(Call& call) {
  const auto selection = select_creators(call);
  if (!selection) return selection.error();
  Reply reply;
  json summaries = json::array();
  json records = json::array();
  std::int64_t pending = 0;
  for (const std::size_t index : selection->creators) {
    const auto known = call.state.enrichments.find(index);
    if (known == call.state.enrichments.end() || known->second.outcome == Outcome::missing) continue;
    const Timing& timing = known->second;
    if (timing.succeeded(call.now)) {
      summaries.push_back(summary_of(call, index, timing));
      if (call.full()) records.push_back(full_record_of(call, index, timing));
    } else if (!timing.finished(call.now)) {
      ++pending;
      const bool ends = timing.outcome != Outcome::stuck;
      const WallTime next = ends ? timing.done : WallTime::max();
      reply.ready_at = std::min(next, reply.ready_at.value_or(WallTime::max()));
    }
  }
  reply.data = {{"creators_requested", selection->requested()},
                {"completed", summaries.size()},
                {"pending", pending},
                {"selection", selection->summary()},
                {"results_summary", summaries}};
  if (call.full()) reply.data["results"] = records;
  reply.meta = {{"detail_level", call.text("detail_level", "summary")},
                {"wait_seconds", call.integer("wait_seconds", 0)}};
  return reply;
}

}  // namespace toksync::sandbox
