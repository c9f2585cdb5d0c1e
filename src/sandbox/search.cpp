#include <algorithm>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/findings.hpp"
#include "sandbox/handlers.hpp"
#include "sandbox/prices.hpp"
#include "sandbox/ranking.hpp"
#include "sandbox/selection.hpp"
#include "sandbox/text.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::size_t profiles_per_credit = 100;
constexpr std::size_t least_page_that_moves = 5;
constexpr std::int64_t default_page = 50;

std::string query_hash(json body) {
  body.erase("cursor");
  body.erase("limit");
  return sha256_hex(body.dump()).substr(0, 12);
}

/// The offset in a cursor, which is good for the query it was given for only.
std::optional<std::size_t> offset_of(const std::string& cursor, const std::string& hash) {
  if (cursor.empty()) return 0;
  const std::string prefix = "cur_" + hash + "_";
  if (!cursor.starts_with(prefix)) return std::nullopt;
  const std::string digits = cursor.substr(prefix.size());
  const bool number = !digits.empty() && digits.size() < 10 &&
                      std::all_of(digits.begin(), digits.end(), [](char one) { return one >= '0' && one <= '9'; });
  return number ? std::optional<std::size_t>(std::stoul(digits)) : std::nullopt;
}

std::string work_of(const Call& call) { return "search:" + sha256_hex(call.path + call.body.dump()).substr(0, 16); }

std::string platform_of(const Call& call) { return call.text("platform", "linkedin"); }

/// Where a page of a moving ranking begins: some pages repeat the last creator of the page before, and
/// lose one at their own end.
std::size_t moved(const Call& call, std::size_t offset, std::size_t limit) {
  if (!call.options.shuffle_pages || offset == 0 || limit < least_page_that_moves) return offset;
  const auto keywords = joined_sorted(call.texts("keywords"));
  return hash_of(fmt::format("page {} {}", offset, keywords), call.state.world.seed()) % 2 == 0 ? offset - 1 : offset;
}

json ranked_json(const State& state, const Ranked& ranked) {
  json creator = to_json(state.world.at(ranked.creator));
  creator["score"] = ranked.score;
  creator["match_rank"] = ranked.score;
  return creator;
}

std::string remember_result_set(Call& call, const std::vector<std::size_t>& creators) {
  const std::string name = "rs_" + sha256_hex(call.body.dump()).substr(0, 20);
  call.state.result_sets[name] = {creators, call.texts("keywords")};
  return name;
}

json pagination_of(std::size_t limit, std::size_t offset, std::size_t returned, std::size_t total) {
  const bool more = offset + limit < total;
  return {{"limit", limit}, {"offset", offset}, {"returned", returned},
          {"total", total}, {"has_more", more}, {"next_offset", more ? json(offset + limit) : json(nullptr)}};
}

json identity_of(const Creator& creator) {
  const json all = to_json(creator);
  return {{"id", all["id"]},
          {"name", all["name"]},
          {"handle", all["handle"]},
          {"platform", all["platform"]},
          {"profile_url", all["profile_url"]}};
}

json evidence_of(const Call& call, std::size_t index, const std::vector<std::string>& keywords) {
  const World& world = call.state.world;
  const int matched = content_finding(world, index, keywords, 10).matching;
  const int limit = std::min(matched, static_cast<int>(call.integer("posts_limit_per_creator", 3)));
  json result = {{"creator", identity_of(world.at(index))},
                 {"cached_post_count", 42},
                 {"matched_posts_count", matched},
                 {"matched_keywords", matched > 0 ? json(keywords) : json::array()},
                 {"evidence_posts", evidence_posts(world, index, keywords, limit)}};
  if (call.full()) result["creator"] = to_json(world.at(index));
  return result;
}

}  // namespace

Reply search_creators(Call& call) {
  const std::string hash = query_hash(call.body);
  const auto offset = offset_of(call.text("cursor", ""), hash);
  if (!offset) return bad_request("Invalid cursor");
  const std::int64_t price = prices_of(call.options.api).search;
  if (!call.state.account.can_afford(price)) return too_few_credits(call, price);
  const auto& found = sorted_search(call.state, call.body);
  const auto limit = static_cast<std::size_t>(call.integer("limit", default_page));
  const std::size_t end = std::min(found.size(), *offset + limit);
  json creators = json::array();
  for (std::size_t at = *offset; at < end; ++at) creators.push_back(to_json(call.state.world.at(found[at])));
  call.state.account.charge({"creator_search", work_of(call), price});
  Reply reply = success({{"creators", creators}});
  reply.cost = price;
  reply.meta["limit"] = limit;
  reply.meta["next_cursor"] = end < found.size() ? json(fmt::format("cur_{}_{}", hash, end)) : json(nullptr);
  return reply;
}

Reply discover_creators(Call& call) {
  const Ranking& ranking = rank(call.state, call.texts("keywords"), call.text("search_mode", "auto"),
                                call.body.value("filters", json::object()));
  const auto limit = static_cast<std::size_t>(call.integer("limit", default_page));
  const auto offset = static_cast<std::size_t>(call.integer("offset", 0));
  const std::size_t total = ranking.creators.size();
  const std::size_t begin = std::min(total, offset >= total ? total : moved(call, offset, limit));
  const std::size_t end = std::min(total, begin + limit);
  const auto hundreds = static_cast<std::int64_t>((end - begin + profiles_per_credit - 1) / profiles_per_credit);
  const std::int64_t cost = hundreds * prices_of(call.options.api).discovery;
  if (!call.state.account.can_afford(cost)) return too_few_credits(call, cost);
  json creators = json::array();
  std::vector<std::size_t> indices;
  for (std::size_t at = begin; at < end; ++at) {
    creators.push_back(ranked_json(call.state, ranking.creators[at]));
    indices.push_back(ranking.creators[at].creator);
  }
  call.state.account.charge({"creator_discovery_search_per_100", work_of(call), cost});
  Reply reply = success({{"creators", creators}});
  reply.cost = cost;
  reply.meta = {{"keywords_used", call.texts("keywords")},
                {"ranking_source", "rpc"},
                {"search_mode", ranking.mode},
                {"result_set_id", remember_result_set(call, indices)},
                {"pagination", pagination_of(limit, offset, end - begin, total)}};
  return reply;
}

Reply get_creator(Call& call) {
  const auto index = call.state.world.find(call.id);
  if (!index || call.state.world.at(*index).platform != platform_of(call)) return not_found("Creator not found");
  const Creator& creator = call.state.world.at(*index);
  json record = to_json(creator);
  record["created_at"] = to_iso8601(creator.created_at);
  record["enrichment"] = enrichment_of(call, *index);
  return success({{"creator", record}});
}

Reply search_result_posts(Call& call) {
  const bool from_search = call.body.contains("result_set_id") || call.body.contains("result_set_ids");
  auto keywords = call.texts("keywords");
  if (keywords.empty() && !from_search) return invalid("keywords is required unless a result set is given");
  const auto selection = select_creators(call);
  if (!selection) return selection.error();
  if (keywords.empty()) keywords = selection->keywords;
  json results = json::array();
  json unsupported = json::array();
  for (const std::size_t index : selection->creators) {
    const Creator& creator = call.state.world.at(index);
    const bool supported = creator.platform == "linkedin" && creator.profile_url;
    if (supported) results.push_back(evidence_of(call, index, keywords));
    if (!supported) unsupported.push_back({{"creator_id", creator.id}, {"reason", "no_linkedin_profile"}});
  }
  for (const std::string& id : selection->unknown) {
    unsupported.push_back({{"creator_id", id}, {"reason", "not_found"}});
  }
  return success({{"keywords_used", keywords},
                  {"selection", selection->summary()},
                  {"results", results},
                  {"unsupported_creators", unsupported},
                  {"detail_level", call.text("detail_level", "summary")},
                  {"posts_limit_per_creator", call.integer("posts_limit_per_creator", 3)}});
}

}  // namespace toksync::sandbox
