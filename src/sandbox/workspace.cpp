#include <algorithm>

#include "sandbox/handlers.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::int64_t default_page = 50;

Reply no_workspace() { return forbidden("SaaS workspace entitlement required"); }

json or_null(const json& body, const char* name) { return body.value(name, json(nullptr)); }
json or_empty(const json& body, const char* name) { return body.value(name, json::array()); }

/// A page of a collection; a dedicated key sees none of it.
Reply page_of(const Call& call, const std::map<std::string, json>& all, const char* name) {
  const auto limit = call.integer("limit", default_page);
  const auto offset = call.integer("offset", 0);
  json page = json::array();
  std::int64_t at = 0;
  for (const auto& [id, item] : all) {
    const bool shown = call.workspace && at >= offset && at < offset + limit;
    if (shown) page.push_back(item);
    ++at;
  }
  Reply reply = success({{name, page}});
  const auto total = call.workspace ? static_cast<std::int64_t>(all.size()) : 0;
  reply.meta = {{"limit", limit}, {"offset", offset}, {"total", total}};
  return reply;
}

json campaign_from(const json& body, const std::string& id, const std::string& now) {
  return {{"id", id},
          {"name", body["name"]},
          {"product_id", or_null(body, "product_id")},
          {"product_name", or_null(body, "product_name")},
          {"target_regions", or_empty(body, "target_regions")},
          {"target_audience", or_null(body, "target_audience")},
          {"target_job_titles", or_empty(body, "target_job_titles")},
          {"target_platforms", or_empty(body, "target_platforms")},
          {"target_companies", or_empty(body, "target_companies")},
          {"content_keywords", body["content_keywords"]},
          {"target_audience_criteria", body["target_audience_criteria"]},
          {"search_country", body.value("search_country", "us")},
          {"creator_regions", or_empty(body, "creator_regions")},
          {"created_at", now},
          {"updated_at", now}};
}

void count_members(json& list, std::size_t count) {
  list["creator_counts"] = {{"public_creators", count}, {"private_creators", 0}, {"total", count}};
}

}  // namespace

Reply list_campaigns(Call& call) { return page_of(call, call.state.campaigns, "campaigns"); }

Reply create_campaign(Call& call) {
  if (!call.workspace) return no_workspace();
  const std::string id = call.state.new_id();
  call.state.campaigns[id] = campaign_from(call.body, id, to_iso8601(call.now));
  return success({{"campaign", call.state.campaigns[id]}}, 201);
}

Reply get_campaign(Call& call) {
  if (!call.workspace) return no_workspace();
  const auto found = call.state.campaigns.find(call.id);
  if (found == call.state.campaigns.end()) return not_found("Campaign not found");
  return success({{"campaign", found->second}});
}

Reply list_creator_lists(Call& call) { return page_of(call, call.state.lists, "creator_lists"); }

Reply create_creator_list(Call& call) {
  if (!call.workspace) return no_workspace();
  const std::string id = call.state.new_id();
  const auto members = call.texts("public_creator_ids");
  auto& saved = call.state.list_members[id];
  saved.insert(members.begin(), members.end());
  json list = {{"id", id},
               {"name", call.body["name"]},
               {"description", or_null(call.body, "description")},
               {"is_private", call.body.value("is_private", true)},
               {"tags", or_empty(call.body, "tags")},
               {"platform", or_null(call.body, "platform")},
               {"created_at", to_iso8601(call.now)},
               {"updated_at", to_iso8601(call.now)}};
  count_members(list, saved.size());
  call.state.lists[id] = list;
  return success({{"creator_list", list}}, 201);
}

Reply add_to_creator_list(Call& call) {
  if (!call.workspace) return no_workspace();
  const auto found = call.state.lists.find(call.id);
  if (found == call.state.lists.end()) return not_found("Creator list not found");
  const auto ids = call.texts("creator_ids");
  auto& saved = call.state.list_members[call.id];
  const std::size_t before = saved.size();
  // The contract counts those added apart from those requested: whoever is in the list already is not added.
  saved.insert(ids.begin(), ids.end());
  call.state.added_again[call.id] += static_cast<std::int64_t>(ids.size() - (saved.size() - before));
  count_members(found->second, saved.size());
  found->second["updated_at"] = to_iso8601(call.now);
  return success({{"list_id", call.id},
                  {"creator_source", call.text("creator_source", "public")},
                  {"requested_count", ids.size()},
                  {"added_count", saved.size() - before},
                  {"total_items", saved.size()}});
}

}  // namespace toksync::sandbox
