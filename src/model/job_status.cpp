#include "model/job_status.hpp"

#include "model/enum_names.hpp"

namespace toksync {
namespace {

constexpr EnumNames<JobStatus, 9> kNames{{{JobStatus::intent, "intent"},
                                          {JobStatus::sent, "sent"},
                                          {JobStatus::queued, "queued"},
                                          {JobStatus::running, "running"},
                                          {JobStatus::succeeded, "succeeded"},
                                          {JobStatus::failed, "failed"},
                                          {JobStatus::canceled, "canceled"},
                                          {JobStatus::expired, "expired"},
                                          {JobStatus::ambiguous, "ambiguous"}}};

}  // namespace

std::string_view to_string(JobStatus status) { return name_of(kNames, status); }
std::optional<JobStatus> job_status_from_string(std::string_view text) { return value_of(kNames, text); }

bool is_final(JobStatus status) {
  return status == JobStatus::succeeded || status == JobStatus::failed || status == JobStatus::canceled ||
         status == JobStatus::expired;
}

}  // namespace toksync
