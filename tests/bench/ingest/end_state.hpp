// What a contestant of bench_ingest left behind, so that all of them are seen to have done the same work.
#pragma once

#include <string>

namespace toksync::bench {

/// Digests of what the relations creators, creator_tags, creator_metrics and search_hits hold, whatever tables they
/// stand on, and the numbers of their rows. Equal texts are equal end states.
[[nodiscard]] std::string end_state(const std::string& path);

/// The same of the raw records alone: byte for byte.
[[nodiscard]] std::string raw_bytes(const std::string& path);

}  // namespace toksync::bench
