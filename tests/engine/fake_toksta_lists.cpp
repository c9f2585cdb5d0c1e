// The lists of creators in the account's workspace.
#include <algorithm>

#include <fmt/format.h>

#include "fake_toksta.hpp"

namespace toksync::engine::test {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostInAddition = 100;

int number_of(const std::string& creator_id) { return std::stoi(creator_id.substr(24)); }

std::size_t parameter(const std::string& url, const std::string& name, std::size_t otherwise) {
  const auto at = url.find(name + "=");
  return at == std::string::npos ? otherwise : std::stoul(url.substr(at + name.size() + 1));
}

}  // namespace

Json FakeToksta::list_record(const CreatorList& list) const {
  Json record{{"id", list.id}, {"name", list.name}, {"is_private", true}};
  if (list_totals_are_told) record["creator_counts"] = {{"total", list.creator_ids.size()}};
  return record;
}

FakeToksta::Reply FakeToksta::read_lists(const http::Request& request) const {
  Reply reply;
  reply.data["creator_lists"] = Json::array();
  if (!has_workspace) return reply;
  const auto first = parameter(request.url, "offset", 0);
  const auto last = std::min(lists.size(), first + parameter(request.url, "limit", 50));
  for (auto i = first; i < last; ++i) reply.data["creator_lists"].push_back(list_record(lists[i]));
  return reply;
}

FakeToksta::Reply FakeToksta::create_list(const Json& body) {
  if (!has_workspace) return failure(403, "FORBIDDEN", "SaaS workspace entitlement required");
  lists.push_back({fmt::format("{:08}-cccc-4000-8000-000000000000", ++last_id_), body.at("name").get<std::string>()});
  Reply reply;
  reply.status = 201;
  reply.data["creator_list"] = list_record(lists.back());
  return reply;
}

FakeToksta::Reply FakeToksta::add_to_list(const std::string& path, const Json& body) {
  if (!has_workspace) return failure(403, "FORBIDDEN", "SaaS workspace entitlement required");
  const auto list = std::ranges::find_if(
      lists, [&](const CreatorList& one) { return path == "/v1/creator-lists/" + one.id + "/creators"; });
  if (list == lists.end()) return failure(404, "NOT_FOUND", "Creator list not found");
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  if (ids.empty() || ids.size() > kMostInAddition) return failure(400, "VALIDATION_ERROR", "1 to 100 creators");
  const auto is_taken = [&](const std::string& id) { return !not_taken_by_lists.contains(number_of(id)); };
  if (!std::ranges::all_of(ids, is_taken)) return failure(400, "VALIDATION_ERROR", "one of them is not welcome");
  list->creator_ids.insert(list->creator_ids.end(), ids.begin(), ids.end());
  Reply reply;
  reply.data = {{"list_id", list->id},
                {"creator_source", "public"},
                {"requested_count", ids.size()},
                {"added_count", ids.size()}};
  if (list_totals_are_told) reply.data["total_items"] = list->creator_ids.size();
  return reply;
}

}  // namespace toksync::engine::test
