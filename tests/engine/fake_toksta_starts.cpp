// What FakeToksta does for credits: searches and starts.
#include <algorithm>

#include <fmt/format.h>

#include "fake_toksta.hpp"

namespace toksync::engine::test {
namespace {

using Json = nlohmann::json;

int number_of(const std::string& creator_id) { return std::stoi(creator_id.substr(24)); }

Credits content_price(int posts) { return posts == 10 ? 3 : posts == 20 ? 5 : 8; }
Credits audience_price(const std::string& depth) { return depth == "quick_scan" ? 10 : depth == "deep_dive" ? 20 : 30; }
Credits leader_price(const std::string& mode) { return mode == "broad" ? 1 : mode == "balanced" ? 2 : 3; }

Json found_creator(int number) {
  return {{"id", FakeToksta::creator_id(number)},
          {"name", fmt::format("Creator {}", number)},
          {"platform", "linkedin"},
          {"languages", {"en"}},
          {"metrics", {{"followers_count", 1000 * (number + 1)}, {"engagement_rate", 1.5}}},
          {"score", 100 - number % 100},
          {"match_rank", 90}};
}

}  // namespace

FakeToksta::Reply FakeToksta::search(const Json& body, bool by_cursor, Moment moment) {
  const auto key = by_cursor ? body.value("query", std::string()) : body.at("keywords").at(0).get<std::string>();
  const auto& found = found_by[key];
  const auto limit = static_cast<std::size_t>(std::min(body.at("limit").get<int>(), largest_page));
  const auto first = by_cursor ? std::stoul(body.value("cursor", std::string("0")))
                               : static_cast<std::size_t>(body.at("offset").get<int>());
  const std::string operation = by_cursor ? "creator_search" : "creator_discovery_search_per_100";
  const auto cost = price(operation, 1);
  if (!pay(cost)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  charge({by_cursor ? "/v1/creators/search" : "/v1/creators/discovery-search", std::to_string(first), key, cost, cost,
          moment.arrived},
         {moment.now, {}, operation, 1, cost});
  Reply reply;
  reply.data["creators"] = Json::array();
  const auto last = std::min(found.size(), first + limit);
  for (auto i = first; i < last; ++i) reply.data["creators"].push_back(found_creator(found[i]));
  if (by_cursor && last < found.size()) reply.meta["next_cursor"] = std::to_string(last);
  if (charges_are_told) reply.cost = cost;
  return reply;
}

FakeToksta::Reply FakeToksta::enrich(const Json& body, Moment moment) {
  static const std::string operation = "profile_enrichment";
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  if (most_ids && ids.size() > static_cast<std::size_t>(*most_ids)) {
    return too_many_ids("creator_ids", *most_ids);
  }
  Json jobs = Json::array();
  Json missing = Json::array();
  std::vector<int> paid;
  int already = 0;
  for (const auto& id : ids) {
    const auto number = number_of(id);
    if (without_profile.contains(number)) {
      missing.push_back({{"creator_id", id}, {"message", "no LinkedIn profile"}});
    } else if (is_enriched(number, moment.arrived)) {
      ++already;
    } else {
      paid.push_back(number);
      jobs.push_back({{"job_id", "enrichment:" + id}, {"creator_id", id}, {"status", "queued"}});
    }
  }
  const auto each = price(operation, 1);
  const auto cost = each * static_cast<Credits>(paid.size());
  if (!pay(cost)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  for (const auto number : paid) {
    enriched_[number].push_back({moment.now, moment.now + job_time_for("enrichment", number)});
    charge({"/v1/creators/enrich", creator_id(number), "", each, each, moment.arrived},
           {moment.now, {}, operation, 1, each});
  }
  Reply reply;
  reply.status = paid.empty() ? 200 : 202;
  reply.data = {{"jobs_created", paid.size()},
                {"all_complete", paid.empty()},
                {"already_enriched_count", already},
                {"missing_linkedin_profiles", missing},
                {"jobs", jobs}};
  if (charges_are_told) reply.data["credits"] = {{"required", cost}, {"deducted", cost}};
  return reply;
}

bool FakeToksta::is_enriched(int creator, WallTime now) const {
  const auto found = enriched_.find(creator);
  if (found == enriched_.end()) return false;
  return std::ranges::any_of(found->second, [&](const Enrichment& one) {
    return one.started_at <= now && (!enriched_for || now - one.ready_at < *enriched_for);
  });
}

FakeToksta::Reply FakeToksta::analyze(const Json& body, const std::string& family, Moment moment) {
  const bool content = family == "content-fit";
  const std::string operation = content ? "content_match" : "audience_match";
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  if (most_ids && ids.size() > static_cast<std::size_t>(*most_ids)) {
    return too_many_ids("creator_ids", *most_ids);
  }
  if (body.contains("campaign_id") == body.contains(content ? "topic_keywords" : "target_audience_criteria")) {
    return failure(400, "VALIDATION_ERROR", "either criteria or a campaign");
  }
  if (body.contains("campaign_id")) {
    if (!has_workspace) return failure(403, "FORBIDDEN", "SaaS workspace entitlement required");
    if (!campaigns.contains(body.at("campaign_id").get<std::string>())) return failure(404, "NOT_FOUND", "no campaign");
  }
  const auto by_table = content ? content_price(body.at("posts_to_analyze").get<int>())
                                : audience_price(body.at("analysis_depth").get<std::string>());
  const auto each = price(operation, by_table);
  auto criteria = body;
  criteria.erase("creator_ids");
  const auto criteria_text = criteria.dump();
  Json jobs = Json::array();
  Json failures = Json::array();
  Json job_ids = Json::array();
  std::vector<std::string> paid;
  for (const auto& id : ids) {
    if (without_profile.contains(number_of(id))) {
      failures.push_back({{"creator_id", id}, {"code", "NO_PROFILE"}, {"message", "no profile"}});
    } else {
      paid.push_back(id);
    }
  }
  const auto cost = each * static_cast<Credits>(paid.size());
  if (!pay(cost)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  for (const auto& id : paid) {
    const auto job = fmt::format("{:08}-aaaa-4000-8000-000000000000", ++last_id_);
    jobs_[job] = {.family = family,
                  .creator_id = id,
                  .creator = number_of(id),
                  .started_at = moment.now,
                  .ready_at = moment.now + job_time_for(family, number_of(id)),
                  .request = criteria};
    latest_[{family, id}] = job;
    charge({content ? "/v1/creators/content-match" : "/v1/creators/audience-match", id, criteria_text, each, each,
            moment.arrived},
           {moment.now, {}, operation, 1, each});
    job_ids.push_back(family + ":" + job);
    jobs.push_back({{"job_id", family + ":" + job},
                    {"analysis_id", job},
                    {"creator_id", id},
                    {"status", "pending"},
                    {"cached", false}});
  }
  Reply reply;
  reply.status = 202;
  reply.data = {{"jobs_created", paid.size()}, {"job_ids", job_ids}, {"jobs", jobs}, {"failures", failures}};
  if (charges_are_told) reply.cost = cost;
  return reply;
}

FakeToksta::Reply FakeToksta::find_leaders(const Json& body, Moment moment) {
  const auto now = moment.now;
  static const std::string operation = "thought_leaders";
  const auto mode = body.at("mode").get<std::string>();
  const auto candidates = body.at("max_candidates_to_analyze").get<int>();
  const auto each = price(operation, leader_price(mode));
  const auto cost = each * candidates;
  if (!pay(cost)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  const auto id = fmt::format("{:08}-bbbb-4000-8000-000000000000", ++last_id_);
  Job job{.family = "leaders", .started_at = now, .request = body, .reserved = cost};
  job.ready_at = now + job_time_for(job.family, job.creator);
  job.each = each;
  job.analyzed = std::min(candidates, analyzed.value_or(candidates));
  job.by_others = others_act_;
  job.bill_line = charge({"/v1/creators/thought-leaders", body.at("keywords").dump(),
                          fmt::format("{} of {}", mode, candidates), each * job.analyzed, cost, moment.arrived},
                         {now, {}, operation, 1, cost});
  events_.emplace(job.ready_at, [id](FakeToksta& toksta, WallTime then) { toksta.end_leaders(id, then); });
  jobs_[id] = std::move(job);
  Reply reply;
  reply.status = 202;
  reply.data = {{"job_id", id}, {"job_type", "thought_leaders"}, {"status", "queued"}};
  if (charges_are_told) reply.cost = cost;
  return reply;
}

void FakeToksta::end_leaders(const std::string& id, WallTime now) {
  auto& job = jobs_.at(id);
  if (job.ended || now < job.ready_at || never_ending.contains(0)) return;
  job.ended = true;
  settle_leaders(job, now);
}

void FakeToksta::settle_leaders(const Job& job, WallTime now) {
  const auto charged = job.each * job.analyzed;
  if (!job.by_others) bill_.at(job.bill_line).credits = bill_.at(job.bill_line).held = charged;
  refund("thought_leaders", job.started_at, job.reserved - charged, now);
}

int FakeToksta::candidates_done(const Job& job, WallTime now) {
  if (job.ended || job.canceled || now >= job.ready_at) return job.analyzed;
  const auto whole = (job.ready_at - job.started_at).count();
  return static_cast<int>(job.analyzed * (now - job.started_at).count() / std::max<std::int64_t>(1, whole));
}

FakeToksta::Reply FakeToksta::cancel(const std::string& id, WallTime now) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second.family != "leaders") return failure(404, "NOT_FOUND", "no such job");
  auto& job = found->second;
  end_leaders(id, now);
  auto reply = leader_job(id, now);
  auto& told = reply.data["job"];
  told["canceled"] = !job.ended;
  told["reason"] = job.ended ? "already_terminal" : "cancel_applied";
  if (job.ended) return reply;
  job.analyzed = candidates_done(job, now);
  job.ended = job.canceled = true;
  job.ready_at = now;
  settle_leaders(job, now);
  told.update(leader_job(id, now).data["job"]);
  return reply;
}

}  // namespace toksync::engine::test
