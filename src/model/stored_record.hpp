// The raw records that the database keeps as they came, and what they say when they are read again. `store`
// hands them out, `api` reads them, `cli` brings the two together (toksync reprocess).
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

#include "model/answer.hpp"

namespace toksync {

enum class RecordKind {
  creator,           ///< a CreatorRecord, as a search found it
  enrichment,        ///< an EnrichmentRecord
  content_match,     ///< a ContentMatchRecord
  content_posts,     ///< a ContentEvidence
  audience_match,    ///< an AudienceMatchRecord
  audience_details,  ///< AudienceDetails
  thought_leader,    ///< a ThoughtLeader
  hit_posts,         ///< a HitEvidence
  creator_detail,    ///< a CreatorDetail
};

inline constexpr std::array kRecordKinds{
    RecordKind::creator,        RecordKind::enrichment,     RecordKind::content_match,
    RecordKind::content_posts,  RecordKind::audience_match, RecordKind::audience_details,
    RecordKind::thought_leader, RecordKind::hit_posts,      RecordKind::creator_detail};

/// "content_posts".
[[nodiscard]] std::string_view to_string(RecordKind kind);

using StoredRecord = std::variant<CreatorRecord, EnrichmentRecord, ContentMatchRecord, ContentEvidence,
                                  AudienceMatchRecord, AudienceDetails, ThoughtLeader, HitEvidence, CreatorDetail>;

/// Reads one record; what is wrong with it, in a few words, when it cannot be read.
using RecordReader = std::function<tl::expected<StoredRecord, std::string>(RecordKind kind, std::string_view raw_json)>;

}  // namespace toksync
