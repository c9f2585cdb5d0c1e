// The odd_records fault: answers that are valid JSON and hold what a client hopes never to see.
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

namespace toksync::sandbox {

/// Spoils the records in an answer's data, each in another way; `turn` goes on from answer to answer, so
/// that answers of one record meet every way in time.
void make_odd(nlohmann::json& data, std::uint64_t& turn);

}  // namespace toksync::sandbox
