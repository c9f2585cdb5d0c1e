// The operations of the API, one function each; operations.cpp says which request leads where.
#pragma once

#include "sandbox/reply.hpp"
#include "sandbox/state.hpp"

namespace toksync::sandbox {

using Handler = Reply (*)(Call& call);

// Probes and the list of endpoints (probes.cpp)
Reply health(Call& call);
Reply ready(Call& call);
Reply version(Call& call);
Reply list_endpoints(Call& call);

// Search (search.cpp)
Reply search_creators(Call& call);
Reply discover_creators(Call& call);
Reply get_creator(Call& call);
Reply search_result_posts(Call& call);

// Enrichment (enrichment.cpp)
Reply start_enrichment(Call& call);
Reply enrichment_results(Call& call);
/// The fields of `enrichment` in a creator's detail.
[[nodiscard]] nlohmann::json enrichment_of(const Call& call, std::size_t creator);

// Content match and audience match (content_match.cpp, audience_match.cpp)
Reply start_content_match(Call& call);
Reply content_match_results(Call& call);
Reply content_match_posts(Call& call);
Reply start_audience_match(Call& call);
Reply audience_match_results(Call& call);
Reply audience_match_details(Call& call);

// Thought leaders (thought_leaders.cpp) and the jobs they are (discovery_jobs.cpp)
Reply start_thought_leaders(Call& call);
Reply job_status(Call& call);
Reply job_results(Call& call);
Reply bulk_job_results(Call& call);
Reply cancel_job(Call& call);

// Account (account.cpp)
Reply account_usage(Call& call);

// Campaigns and lists of a workspace (workspace.cpp)
Reply list_campaigns(Call& call);
Reply create_campaign(Call& call);
Reply get_campaign(Call& call);
Reply list_creator_lists(Call& call);
Reply create_creator_list(Call& call);
Reply add_to_creator_list(Call& call);

// The partner API's own ways (partner.cpp): one job a request, and one place to read it
Reply start_partner_enrichment(Call& call);
Reply start_partner_content_match(Call& call);
Reply start_partner_audience_match(Call& call);
Reply partner_job(Call& call);

/// The 402 of every billable operation.
[[nodiscard]] inline Reply too_few_credits(const Call& call, std::int64_t needed) {
  const char* code = call.options.api == Api::partner ? "CREDIT_LIMIT_EXCEEDED" : "INSUFFICIENT_CREDITS";
  return failure(402, code, "Insufficient credits for this operation.",
                 {{"required", needed}, {"remaining", call.state.account.balance()}});
}

}  // namespace toksync::sandbox
