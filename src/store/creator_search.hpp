// Whom a person means who names creators: one by one, by a condition in SQL, or everybody. Only reads. Used by `cli`.
#pragma once

#include <span>

#include "store/store.hpp"

namespace toksync::store {

/// Enough to tell two creators apart.
struct KnownCreator {
  CreatorKey key{};
  std::string creator_id;
  OptionalText platform, handle, name, profile_url;
};

/// These creators, in their order.
[[nodiscard]] std::vector<KnownCreator> known_creators(Store& store, std::span<const CreatorKey> creators);

/// Those whom each text means: the creator with that id; otherwise those with that handle or address of a profile,
/// however it is written; otherwise, `by_name`, those of that name. Nobody, or several.
[[nodiscard]] std::vector<std::vector<KnownCreator>> find_creators(Store& store, std::span<const std::string> texts,
                                                                   bool by_name = false);

/// By followers, the most first, as far as known.
[[nodiscard]] std::vector<CreatorKey> all_creators(Store& store);

/// Those who fulfil a condition on the columns of the relation `creators`, or of these and what `shortlist` adds to
/// them for the keyword sets of this pipeline. What is no such condition is an Error of kind usage.
[[nodiscard]] Expected<std::vector<CreatorKey>> creators_where(Store& store, const std::string& condition,
                                                               const std::string& pipeline);

}  // namespace toksync::store
