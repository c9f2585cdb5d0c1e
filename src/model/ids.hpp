// Row keys as types of their own, so that a job cannot be mistaken for a creator. Every room uses them.
#pragma once

#include <cstdint>

namespace toksync {

enum class CreatorKey : std::int64_t {};   ///< a row of `creators`
enum class JobKey : std::int64_t {};       ///< a row of `jobs`
enum class IntentKey : std::int64_t {};    ///< one billable request, with one job or many
enum class RunKey : std::int64_t {};       ///< a row of `runs`
enum class StageKey : std::int64_t {};     ///< a row of `stages`: (run, keyword set, stage)
enum class CriteriaKey : std::int64_t {};  ///< what a job was asked to look for

template <typename Key>
[[nodiscard]] constexpr std::int64_t raw(Key key) {
  return static_cast<std::int64_t>(key);
}

}  // namespace toksync
