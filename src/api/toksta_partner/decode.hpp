// The answers of the partner API, decoded. Used by its provider.
#pragma once

#include "api/toksta/decode.hpp"

namespace toksync::api::toksta_partner {

/// Unusable is a start without its one job id, and a job that has ended without saying what it found.
[[nodiscard]] toksta::Decoded decode_content(const Call& call, const toksta::Content& content);

/// What an answer of "not found" means for a question about a job: the API does not know it, or no longer. Nothing for
/// other calls.
[[nodiscard]] std::optional<Payload> no_such_job(const Call& call);

/// As Provider::decode_record.
[[nodiscard]] tl::expected<StoredRecord, std::string> decode_record(RecordKind kind, std::string_view raw_json);

/// The answer to a start about these creators.
[[nodiscard]] toksta::Decoded decode_start(const std::vector<std::string>& creator_ids, const toksta::Content& content);
[[nodiscard]] toksta::Decoded decode_usage(const toksta::Content& content);

}  // namespace toksync::api::toksta_partner
