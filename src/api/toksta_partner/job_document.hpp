// A job of the partner API as its document tells it: how it ended, and what it found for whom. The contract says little
// of these documents ("until completed, partial or failed; partial still has results"), so they are read tolerantly:
// states in several spellings, results under several names, as a list or by creator. Used by decode.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.hpp"
#include "model/job_status.hpp"

namespace toksync::api::toksta_partner {

enum class JobState { going_on, completed, partial, failed, canceled, expired };

/// The job's `status` in other words; a state that is not known is not final.
[[nodiscard]] JobState parse_state(std::string_view spelling);

struct JobDocument {
  JsonValue job;  ///< its members
  JobState state = JobState::going_on;
  JsonValue results;  ///< a list; or an object, by creator or for a single one; absent when it carries none
  JsonValue errors;   ///< the list of those that failed, where there is one

  /// What it found for that creator; absent when there is nothing. A result that names nobody is that of the only one.
  [[nodiscard]] JsonValue result_of(std::string_view creator_id, bool is_only_one) const;
  /// What it says of that creator's failure; absent when it says nothing.
  [[nodiscard]] JsonValue error_of(std::string_view creator_id) const;
};

/// The document in the `data` of an answer to a question about `job_id`; nothing when it is none, or of another job.
[[nodiscard]] std::optional<JobDocument> read_job_document(const JsonValue& data, std::string_view job_id);

}  // namespace toksync::api::toksta_partner
