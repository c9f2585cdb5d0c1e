// The paid work of a run in memory: one entry for each (family, criteria, creator) that is not settled, shared by all
// units that want it, so that it is bought once. What is settled is known to the store only: there may be hundreds of
// thousands. Used by the engine's parts.
#pragma once

#include <cstdint>
#include <forward_list>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "engine/job_machine.hpp"
#include "model/ids.hpp"
#include "model/stage_name.hpp"
#include "plan/graph.hpp"

namespace toksync::engine {

/// What is bought. Thought leaders have no creator: key 0.
struct WorkId {
  StageName family{};
  CriteriaKey criteria{};
  CreatorKey creator{};
  friend bool operator==(const WorkId&, const WorkId&) = default;
};

struct WorkIdHash {
  std::size_t operator()(const WorkId& id) const {
    const auto mix = [](std::size_t seed, std::int64_t value) {
      return seed ^ (std::hash<std::int64_t>{}(value) + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U));
    };
    return mix(mix(static_cast<std::size_t>(id.family), raw(id.criteria)), raw(id.creator));
  }
};

/// The units that need a work. Lean, because it is one as a rule.
class Waiters {
 public:
  void add(plan::UnitIndex unit) {
    if (first_) {
      others_.push_front(static_cast<std::uint32_t>(unit));
    } else {
      first_ = static_cast<std::uint32_t>(unit);
    }
  }
  [[nodiscard]] bool empty() const { return !first_; }
  [[nodiscard]] std::vector<plan::UnitIndex> all() const {
    std::vector<plan::UnitIndex> units;
    if (first_) units.push_back(*first_);
    units.insert(units.end(), others_.begin(), others_.end());
    return units;
  }

 private:
  std::optional<std::uint32_t> first_;
  std::forward_list<std::uint32_t> others_;
};

struct Work {
  JobState state = JobState::planned;
  Waiters waiters;
  Milliseconds chain{0};  ///< the least time, since the run began, in which it could have got this far
};

class WorkRegistry {
 public:
  /// The entry, when this run knows the work and it is not settled.
  [[nodiscard]] Work* find(const WorkId& id) {
    const auto found = works_.find(id);
    return found == works_.end() ? nullptr : &found->second;
  }
  /// A new entry in that state.
  Work& add(const WorkId& id, JobState state) { return works_.insert_or_assign(id, Work{state, {}, {}}).first->second; }
  /// The work is settled.
  void remove(const WorkId& id) { works_.erase(id); }

 private:
  std::unordered_map<WorkId, Work, WorkIdHash> works_;
};

}  // namespace toksync::engine
