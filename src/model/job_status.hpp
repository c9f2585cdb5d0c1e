// The states of a job, as the `jobs` table spells them (interface, section 6).
#pragma once

#include <optional>
#include <string_view>

namespace toksync {

enum class JobStatus {
  intent,  ///< committed, and surely not sent yet
  sent,    ///< about to be sent, or sent and not answered
  queued,  ///< accepted by the API
  running,
  succeeded,
  failed,
  canceled,   ///< canceled at the API, or never sent and given back
  expired,    ///< finished, but its result is past retention
  ambiguous,  ///< sent, and nobody knows whether it arrived
};

[[nodiscard]] std::string_view to_string(JobStatus status);
[[nodiscard]] std::optional<JobStatus> job_status_from_string(std::string_view text);

/// succeeded, failed, canceled or expired.
[[nodiscard]] bool is_final(JobStatus status);

}  // namespace toksync
