#include "sandbox/selection.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace toksync::sandbox {
namespace {

using Found = std::vector<std::size_t>;

void append_new(Found& into, const Found& from) {
  std::set<std::size_t> seen(into.begin(), into.end());
  for (const std::size_t creator : from) {
    if (seen.insert(creator).second) into.push_back(creator);
  }
}

tl::expected<Selection, Reply> by_ids(const Call& call) {
  Selection selection;
  selection.source = "creator_ids";
  const auto ids = call.texts("creator_ids");
  if (auto refusal = refuse_too_many(call, "creator_ids")) return tl::unexpected(std::move(*refusal));
  std::set<std::string> seen;
  for (const std::string& id : ids) {
    if (!seen.insert(id).second) continue;
    const auto creator = call.state.world.find(id);
    if (creator) {
      append_new(selection.creators, {*creator});
    } else {
      selection.unknown.push_back(id);
    }
  }
  return selection;
}

Found ranks_of(const Found& set, const nlohmann::json& ranks) {
  Found chosen;
  for (const nlohmann::json& rank : ranks) {
    const auto index = rank.get<std::size_t>();
    if (index <= set.size()) chosen.push_back(set[index - 1]);
  }
  return chosen;
}

tl::expected<Selection, Reply> by_result_sets(const Call& call) {
  Selection selection;
  const bool single = call.body.contains("result_set_id");
  selection.source = single ? "result_set_id" : "result_set_ids";
  const auto names = single ? std::vector<std::string>{call.text("result_set_id", "")} : call.texts("result_set_ids");
  for (const std::string& name : names) {
    const auto set = call.state.result_sets.find(name);
    if (set == call.state.result_sets.end()) return tl::unexpected(not_found("Result set not found: " + name));
    append_new(selection.creators, set->second.creators);
    selection.keywords.insert(selection.keywords.end(), set->second.keywords.begin(), set->second.keywords.end());
  }
  if (single && call.body.contains("ranks")) selection.creators = ranks_of(selection.creators, call.body["ranks"]);
  const auto top =
      static_cast<std::size_t>(call.integer("top_n", static_cast<std::int64_t>(selection.creators.size())));
  selection.creators.resize(std::min(selection.creators.size(), top));
  return selection;
}

}  // namespace

std::optional<Reply> refuse_too_many(const Call& call, const char* key) {
  const auto most = call.options.max_ids;
  if (most == 0 || call.texts(key).size() <= most) return std::nullopt;
  return invalid(fmt::format("{} must contain at most {} item(s)", key, most));
}

bool has_selection(const Call& call) {
  return call.body.contains("creator_ids") || call.body.contains("result_set_id") ||
         call.body.contains("result_set_ids");
}

tl::expected<Selection, Reply> select_creators(const Call& call) {
  if (!has_selection(call)) {
    return tl::unexpected(invalid("Provide one of creator_ids, result_set_id or result_set_ids"));
  }
  auto selection = call.body.contains("creator_ids") ? by_ids(call) : by_result_sets(call);
  if (selection && selection->requested() == 0) return tl::unexpected(invalid("The selection holds no creators"));
  return selection;
}

}  // namespace toksync::sandbox
