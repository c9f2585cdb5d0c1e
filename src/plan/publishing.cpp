#include "plan/publishing.hpp"

#include <algorithm>

namespace toksync::plan {
namespace {

/// At most, by what the file says.
std::size_t creators_at_most(const pipeline::Pipeline& pipeline) {
  int creators = 0;
  for (const auto& set : pipeline.keyword_sets) {
    if (set.search) creators += std::min(pipeline.publish.value().top, set.search->max_creators);
  }
  return static_cast<std::size_t>(creators);
}

}  // namespace

store::WantedList wanted_list(const pipeline::Pipeline& pipeline) {
  const auto& publish = pipeline.publish.value();
  return {pipeline.source.base_url, publish.list, publish.list_id};
}

store::ShortlistPart published_part(const pipeline::Pipeline& pipeline) {
  const auto& publish = pipeline.publish.value();
  store::ShortlistPart part{pipeline.name, {}, publish.top, publish.min_score};
  for (const auto& set : pipeline.keyword_sets) part.keyword_sets.push_back(set.name);
  return part;
}

std::int64_t publishing_requests(const pipeline::Pipeline& pipeline, store::Store& store) {
  if (!pipeline.publish) return 0;
  const auto list = store::find_list(store, wanted_list(pipeline));
  const auto key = list ? std::optional(list->key) : std::nullopt;
  auto shortlist = store::shortlisted(store, published_part(pipeline));
  const bool is_known = !shortlist.empty();
  const auto creators =
      is_known ? store::not_published(store, key, std::move(shortlist)).size() : creators_at_most(pipeline);
  if (creators == 0) return 0;
  const bool is_to_be_made = !pipeline.publish->list_id && !(list && list->list_id);
  const auto additions = (creators + kMostInAddition - 1) / kMostInAddition;
  return 1 + (is_to_be_made ? 1 : 0) + static_cast<std::int64_t>(additions);
}

}  // namespace toksync::plan
