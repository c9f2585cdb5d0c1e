// What a pipeline publishes of its shortlist, and where to, in the terms of the store. Used by `engine` to publish and
// by plan/estimate to count the requests of it; they cost no credits.
#pragma once

#include "pipeline/pipeline.hpp"
#include "store/store.hpp"

namespace toksync::plan {

/// The API takes so many creators in one addition to a list (contract).
inline constexpr std::size_t kMostInAddition = 100;

/// Of a pipeline with [publish].
[[nodiscard]] store::WantedList wanted_list(const pipeline::Pipeline& pipeline);
[[nodiscard]] store::ShortlistPart published_part(const pipeline::Pipeline& pipeline);

/// How many requests publishing takes: for whom the newest shortlist has now, or, before the first search, for as many
/// as [publish] may choose. 0 without [publish].
[[nodiscard]] std::int64_t publishing_requests(const pipeline::Pipeline& pipeline, store::Store& store);

}  // namespace toksync::plan
