// One job of the partner API is the work of one request on many creators. The engine's jobs are of one creator each: in
// its database their id is "<job id>#<creator id>", which says all that reading a result takes. Jobs of thought leaders
// are about no creator, and keep the id they came with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toksync::api::toksta_partner {

struct WorkId {
  std::string_view job, creator;
};

[[nodiscard]] inline std::string join(const WorkId& id) { return std::string(id.job).append("#").append(id.creator); }

/// Creators' ids are UUIDs, so that the last "#" is ours, whatever a job's id is made of.
[[nodiscard]] inline WorkId split(std::string_view id) {
  const auto mark = id.rfind('#');
  return mark == std::string_view::npos ? WorkId{id, {}} : WorkId{id.substr(0, mark), id.substr(mark + 1)};
}

/// The job that all of these belong to (Ways::reads_by_start); empty when none of them has an id.
[[nodiscard]] inline std::string_view job_of(const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    if (const auto job = split(id).job; !job.empty()) return job;
  }
  return {};
}

}  // namespace toksync::api::toksta_partner
