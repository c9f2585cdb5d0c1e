// Reads in a refusal how many ids the API takes in one request. A pure function; used wherever a request with several
// ids can be refused: by Buyer, Collector and Settler.
#pragma once

#include <cstddef>
#include <optional>

#include "model/answer.hpp"

namespace toksync::engine {

struct IdLimit {
  std::size_t most = 1;
  bool is_told = false;  ///< by the refusal; otherwise half of what was refused is supposed to pass
};

/// The limit, when the refusal of a request with `ids` ids (at least two) is about their number, so that fewer may
/// pass. A number counts as told when words such as "at most" stand before it, and nothing says that it is about
/// something else, such as the length of a text.
[[nodiscard]] std::optional<IdLimit> id_limit(const Failure& failure, int http_status, std::size_t ids);

}  // namespace toksync::engine
