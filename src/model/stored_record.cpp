#include "model/stored_record.hpp"

#include "model/enum_names.hpp"

namespace toksync {
namespace {

constexpr EnumNames<RecordKind, 7> kNames{{{RecordKind::creator, "creator"},
                                           {RecordKind::enrichment, "enrichment"},
                                           {RecordKind::content_match, "content_match"},
                                           {RecordKind::content_posts, "content_posts"},
                                           {RecordKind::audience_match, "audience_match"},
                                           {RecordKind::audience_details, "audience_details"},
                                           {RecordKind::thought_leader, "thought_leader"}}};

}  // namespace

std::string_view to_string(RecordKind kind) { return name_of(kNames, kind); }

}  // namespace toksync
