// Lists of creators in the account's workspace.
#include "api/toksta/decode.hpp"

namespace toksync::api::toksta {
namespace {

OptionalCount not_negative(const JsonValue& value) {
  const auto count = value.count();
  return count && *count >= 0 ? count : std::nullopt;
}

// The contract shows a whole list in the answer to its creation only. Assumption: those of a collection look the same.
CreatorList list_of(const JsonValue& value) {
  return {value["id"].text().value_or(""), value["name"].text().value_or(""),
          not_negative(value["creator_counts"]["total"])};
}

}  // namespace

Decoded decode_creator_lists(const Content& content) {
  const auto lists = content.data["creator_lists"];
  if (!lists.is_array()) return unusable("the answer holds no lists");
  CreatorListPage page{.lists = {}, .total = not_negative(content.meta["total"])};
  for (const auto& value : lists.items()) {
    auto list = list_of(value);
    if (!list.id.empty()) page.lists.push_back(std::move(list));
  }
  return page;
}

Decoded decode_creator_list(const Content& content) {
  auto list = list_of(content.data["creator_list"].is_object() ? content.data["creator_list"] : content.data);
  if (list.id.empty()) return unusable("the answer names no list");
  return list;
}

Decoded decode_saved_to_list(const Content& content) {
  if (!content.data.is_object()) return unusable("the answer does not say what was added");
  return SavedToList{not_negative(content.data["added_count"]), not_negative(content.data["total_items"])};
}

}  // namespace toksync::api::toksta
