#include "model/stage_name.hpp"

#include "model/enum_names.hpp"

namespace toksync {
namespace {

constexpr EnumNames<StageName, 5> kNames{{{StageName::search, "search"},
                                          {StageName::enrich, "enrich"},
                                          {StageName::content_match, "content_match"},
                                          {StageName::audience_match, "audience_match"},
                                          {StageName::thought_leaders, "thought_leaders"}}};

}  // namespace

std::string_view to_string(StageName stage) { return name_of(kNames, stage); }
std::optional<StageName> stage_from_string(std::string_view text) { return value_of(kNames, text); }

}  // namespace toksync
