// What the answers to billable requests mean for the ledger and for each creator asked for. Pure
// functions; used by Buyer.
#pragma once

#include <span>

#include "engine/context.hpp"

namespace toksync::engine {

/// What was charged: the body's word, else the header's, else the price table's (interface, section 4).
[[nodiscard]] store::Charge charge_of(std::optional<Credits> body, std::optional<Credits> header, Credits by_table);

/// What a start's answer means for one creator.
struct StartOutcome {
  enum class Kind { started, free, refused };
  Kind kind = Kind::free;
  std::string external_id;
  std::optional<store::Charge> charge;
  std::string code, message;
};

/// One outcome for each creator asked for, in their order. What the answer says was charged is spread over the jobs
/// that it charges for.
[[nodiscard]] std::vector<StartOutcome> outcomes_of(const StartedJobs& started,
                                                    std::span<const std::string> creator_ids, StageName family,
                                                    Credits unit_price, std::optional<Credits> header_cost);

/// False when the answer names a job and not whose it is: then it tells too little to go by.
[[nodiscard]] bool tells_whose_jobs(const StartedJobs& started, std::span<const std::string> creator_ids);

/// The outcome of a start that is about no creator: its one job, whose charge comes with its end.
[[nodiscard]] StartOutcome started_topic_job(const StartedJobs& started);

[[nodiscard]] store::AcceptedJob accepted_job(JobKey job, const StartOutcome& outcome);

/// "POST /v1/creators/enrich: 402 INSUFFICIENT_CREDITS: out of credits (request req_1)".
[[nodiscard]] std::string describe(const Answered& answered);

/// What a 403 means and what can be done about it, for a person. `needs_workspace`: it was about a list or a campaign
/// of the account.
[[nodiscard]] std::string_view explain_forbidden(bool needs_workspace);

}  // namespace toksync::engine
