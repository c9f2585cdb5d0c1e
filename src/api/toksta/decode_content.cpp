// Which decoder reads the answer to which call.
#include "api/toksta/decode.hpp"

namespace toksync::api::toksta {
namespace {

Decoded decode(const DiscoverySearch&, const Content& content) { return decode_search(false, content); }
Decoded decode(const DatabaseSearch&, const Content& content) { return decode_search(true, content); }
Decoded decode(const StartEnrichment& call, const Content& content) {
  return decode_start({"enrichment:", call.creator_ids}, content);
}
Decoded decode(const StartContentMatch& call, const Content& content) {
  return decode_start({"content-fit:", call.creator_ids}, content);
}
Decoded decode(const StartAudienceMatch& call, const Content& content) {
  return decode_start({"audience-fit:", call.creator_ids}, content);
}
Decoded decode(const StartThoughtLeaders&, const Content& content) { return decode_thought_leaders_start(content); }
Decoded decode(const ReadEnrichments& call, const Content& content) { return decode_enrichments(call, content); }
Decoded decode(const ReadContentMatches& call, const Content& content) { return decode_content_matches(call, content); }
Decoded decode(const ReadContentPosts& call, const Content& content) { return decode_content_posts(call, content); }
Decoded decode(const ReadAudienceMatches& call, const Content& content) {
  return decode_audience_matches(call, content);
}
Decoded decode(const ReadAudienceDetails& call, const Content& content) {
  return decode_audience_details(call, content);
}
Decoded decode(const ReadThoughtLeaders&, const Content& content) { return decode_thought_leaders(content); }
Decoded decode(const ReadUsage&, const Content& content) { return decode_usage(content); }
Decoded decode(const CancelThoughtLeaders&, const Content& content) { return decode_cancellation(content); }
Decoded decode(const ReadHitPosts&, const Content& content) { return decode_hit_posts(content); }
Decoded decode(const ReadCreator& call, const Content& content) { return decode_creator_detail(call, content); }
Decoded decode(const ReadCreatorLists&, const Content& content) { return decode_creator_lists(content); }
Decoded decode(const CreateCreatorList&, const Content& content) { return decode_creator_list(content); }
Decoded decode(const SaveToCreatorList&, const Content& content) { return decode_saved_to_list(content); }

}  // namespace

Decoded decode_content(const Call& call, const Content& content) {
  return std::visit([&content](const auto& one) { return decode(one, content); }, call);
}

}  // namespace toksync::api::toksta
