// Which creators a request is about: creator_ids, or what an earlier discovery search found. Shared by
// every handler that takes a selection.
#pragma once

#include <optional>

#include <tl/expected.hpp>

#include "sandbox/reply.hpp"
#include "sandbox/state.hpp"

namespace toksync::sandbox {

struct Selection {
  std::vector<std::size_t> creators;  ///< without duplicates, in the order asked for
  std::vector<std::string> unknown;   ///< ids that no creator has
  std::vector<std::string> keywords;  ///< of the searches behind result sets
  std::string source;                 ///< "creator_ids", "result_set_id" or "result_set_ids"

  [[nodiscard]] std::size_t requested() const { return creators.size() + unknown.size(); }
  [[nodiscard]] nlohmann::json summary() const { return {{"source", source}, {"selected_count", requested()}}; }
};

/// The answer to a request that lists more ids under that key than --max-ids allows.
[[nodiscard]] std::optional<Reply> refuse_too_many(const Call& call, const char* key);

[[nodiscard]] bool has_selection(const Call& call);

/// The selection, or the answer to a request without a usable one.
[[nodiscard]] tl::expected<Selection, Reply> select_creators(const Call& call);

}  // namespace toksync::sandbox
