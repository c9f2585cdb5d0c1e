#include "api/toksta_partner/requests.hpp"

#include "api/percent.hpp"
#include "api/toksta_partner/work_ids.hpp"

namespace toksync::api::toksta_partner {
namespace {

toksta::Message job(std::string_view id) { return {http::Method::get, "/v1/jobs/" + path_part(id), {}, {}}; }

toksta::Message message(const ReadEnrichments& call) { return job(job_of(call.creator_ids)); }
// Nothing can be looked for by creator; who asks all the same (toksync doctor) asks for a job of that name.
template <typename Read>
toksta::Message analyses(const Read& call) {
  return job(job_of(call.job_ids.empty() ? call.creator_ids : call.job_ids));
}

toksta::Message message(const ReadContentMatches& call) { return analyses(call); }
toksta::Message message(const ReadContentPosts& call) { return job(job_of(call.job_ids)); }
toksta::Message message(const ReadAudienceMatches& call) { return analyses(call); }
toksta::Message message(const ReadAudienceDetails& call) { return job(job_of(call.job_ids)); }
toksta::Message message(const ReadThoughtLeaders& call) {
  return job(call.job_ids.empty() ? "" : call.job_ids.front());
}
// That jobs can be canceled as in v1 is an assumption.
toksta::Message message(const CancelThoughtLeaders& call) {
  return {http::Method::post, "/v1/jobs/" + path_part(call.job_id) + "/cancel", {}, "{}"};
}
// Searches, starts and the usage are asked for as in v1.
template <typename Other>
toksta::Message message(const Other& call) {
  return toksta::message_for(call);
}

}  // namespace

toksta::Message message_for(const Call& call) {
  return std::visit([](const auto& one) { return message(one); }, call);
}

}  // namespace toksync::api::toksta_partner
