// Which creators a search finds, and in which order.
#pragma once

#include "sandbox/state.hpp"

namespace toksync::sandbox {

/// Whether the creator passes every filter of the API; a value that is unknown does not pass a bound on it.
[[nodiscard]] bool passes(const Creator& creator, const nlohmann::json& filters);

/// The LinkedIn creators that answer the keywords, best first. `mode`: auto, strict, balanced or broad.
[[nodiscard]] const Ranking& rank(State& state, const std::vector<std::string>& keywords, const std::string& mode,
                                  const nlohmann::json& filters);

/// The creators of a database search, sorted as asked for; unknown values last.
[[nodiscard]] const std::vector<std::size_t>& sorted_search(State& state, const nlohmann::json& body);

}  // namespace toksync::sandbox
