// The `data` of successful answers, decoded by kind of call. Used by the provider; each function says
// what makes an answer unreadable as a whole, everything less is tolerated.
#pragma once

#include <string>

#include "api/json.hpp"
#include "base/error.hpp"
#include "model/answer.hpp"
#include "model/call.hpp"
#include "model/stored_record.hpp"

namespace toksync::api::toksta {

/// The `data` and `meta` of an answer with `success: true`.
struct Content {
  JsonValue data;
  JsonValue meta;
};

/// The payload, or in a few words why the answer cannot be used.
using Decoded = tl::expected<Payload, std::string>;

inline tl::unexpected<std::string> unusable(std::string reason) { return tl::unexpected(std::move(reason)); }

[[nodiscard]] Decoded decode_content(const Call& call, const Content& content);

/// Unusable without an array of creators. Entries without an id are kept in meta_json as "unreadable".
[[nodiscard]] Decoded decode_search(bool is_paged_by_cursor, const Content& content);

/// What a start asked for, as far as its answer refers to it.
struct StartContext {
  std::string_view id_prefix;  ///< of the job ids: "content-fit:"
  const std::vector<std::string>& creator_ids;
};
/// Unusable when it says that jobs were created and does not tell which, each by an id of its own.
[[nodiscard]] Decoded decode_start(const StartContext& context, const Content& content);
/// Unusable without a job id.
[[nodiscard]] Decoded decode_thought_leaders_start(const Content& content);

/// Unusable without results of either level of detail.
[[nodiscard]] Decoded decode_enrichments(const ReadEnrichments& call, const Content& content);
[[nodiscard]] Decoded decode_content_matches(const ReadContentMatches& call, const Content& content);
[[nodiscard]] Decoded decode_content_posts(const ReadContentPosts& call, const Content& content);
[[nodiscard]] Decoded decode_audience_matches(const ReadAudienceMatches& call, const Content& content);
[[nodiscard]] Decoded decode_audience_details(const ReadAudienceDetails& call, const Content& content);
/// Unusable without a job.
[[nodiscard]] Decoded decode_thought_leaders(const Content& content);
/// Never unusable: the job's results tell how it ended.
[[nodiscard]] Decoded decode_cancellation(const Content& content);
[[nodiscard]] Decoded decode_usage(const Content& content);
/// Unusable without an array of lists. Entries without an id are left out.
[[nodiscard]] Decoded decode_creator_lists(const Content& content);
/// Unusable without the id of a list.
[[nodiscard]] Decoded decode_creator_list(const Content& content);
/// Unusable without any data: then nobody knows what was done.
[[nodiscard]] Decoded decode_saved_to_list(const Content& content);
/// Unusable without results. Those of whom it says nothing stand in no record.
[[nodiscard]] Decoded decode_hit_posts(const Content& content);
/// Unusable when it is about nobody, or about somebody else.
[[nodiscard]] Decoded decode_creator_detail(const ReadCreator& call, const Content& content);

/// A creator as searches and details show one; nothing without an id.
[[nodiscard]] std::optional<FoundCreator> decode_creator(const JsonValue& value);
/// A list of keywords as JSON; a text alone is a list of one.
[[nodiscard]] std::string keyword_matches(const JsonValue& value);

/// As Provider::decode_record.
[[nodiscard]] tl::expected<StoredRecord, std::string> decode_record(RecordKind kind, std::string_view raw_json);

/// A number of credits, a fraction rounded up.
[[nodiscard]] std::optional<Credits> credits_of(const JsonValue& value);
/// The same for credits that were charged; nothing when they are negative or absurdly many.
[[nodiscard]] std::optional<Credits> charge_of(const JsonValue& value);

}  // namespace toksync::api::toksta
