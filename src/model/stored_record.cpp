#include "model/stored_record.hpp"

#include "model/enum_names.hpp"

namespace toksync {
namespace {

constexpr EnumNames<RecordKind, 9> kNames{{{RecordKind::creator, "creator"},
                                           {RecordKind::enrichment, "enrichment"},
                                           {RecordKind::content_match, "content_match"},
                                           {RecordKind::content_posts, "content_posts"},
                                           {RecordKind::audience_match, "audience_match"},
                                           {RecordKind::audience_details, "audience_details"},
                                           {RecordKind::thought_leader, "thought_leader"},
                                           {RecordKind::hit_posts, "hit_posts"},
                                           {RecordKind::creator_detail, "creator_detail"}}};

}  // namespace

std::string_view to_string(RecordKind kind) { return name_of(kNames, kind); }

}  // namespace toksync
