#include "plan/backfill.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/digest.hpp"
#include "stages/stage.hpp"

namespace toksync::plan {
namespace {

constexpr std::array kBackfilled{StageName::enrich, StageName::content_match, StageName::audience_match};

bool contains(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

bool runs(const KeywordSet& set, StageName stage) { return !stages::stage(stage).purchases(set).empty(); }

/// Keeps the stage, without what it would choose by, or drops it.
template <typename Config>
void narrow(std::optional<Config>& config, StageName stage, const store::Backfill& backfill) {
  if (!contains(backfill.stages, stage)) config.reset();
  if (!config) return;
  config->select = {};
  if (backfill.ignores_freshness) config->refresh_after = Seconds{0};
}

}  // namespace

Expected<store::Backfill> make_backfill(const pipeline::Pipeline& pipeline, const BackfillOrder& order) {
  for (const auto stage : order.scope.stages) {
    if (contains(kBackfilled, stage)) continue;
    return unexpected(ErrorKind::usage, fmt::format("--stage {}", to_string(stage)),
                      "a backfill is about creators that are given: it runs enrich, content_match and audience_match",
                      "toksync run --stage " + std::string{to_string(stage)} + " runs that stage");
  }
  if (const auto checked = check_scope(pipeline, order.scope); !checked) return tl::unexpected(checked.error());
  store::Backfill backfill{.ignores_freshness = order.ignores_freshness, .chosen_by = order.chosen_by};
  const auto& stages = order.scope.stages;
  const auto& keyword_sets = order.scope.keyword_sets;
  for (const auto& set : pipeline.keyword_sets) {
    if (!keyword_sets.empty() && !keyword_sets.contains(set.name)) continue;
    const auto wanted = [&](StageName stage) { return (stages.empty() || stages.contains(stage)) && runs(set, stage); };
    if (std::ranges::any_of(kBackfilled, wanted)) backfill.keyword_sets.push_back(set.name);
    for (const auto stage : kBackfilled) {
      if (wanted(stage) && !contains(backfill.stages, stage)) backfill.stages.push_back(stage);
    }
  }
  if (backfill.stages.empty()) {
    return unexpected(ErrorKind::usage, "backfill " + pipeline.name, "the pipeline has nothing to apply to creators",
                      "it needs a table [enrich], [content_match] or [audience_match]");
  }
  std::ranges::sort(backfill.stages);
  std::vector<std::string_view> names;
  for (const auto stage : backfill.stages) names.push_back(to_string(stage));
  backfill.sha256 =
      sha256_hex(fmt::format("{}\n{}\n{}\n{}\n{}", pipeline.sha256, fmt::join(names, ","),
                             fmt::join(backfill.keyword_sets, ","), backfill.ignores_freshness, backfill.chosen_by));
  return backfill;
}

pipeline::Pipeline for_backfill(pipeline::Pipeline pipeline, const store::Backfill& backfill) {
  std::erase_if(pipeline.keyword_sets, [&](const auto& set) { return !contains(backfill.keyword_sets, set.name); });
  pipeline.publish.reset();  // the next run has the whole shortlist
  for (auto& set : pipeline.keyword_sets) {
    set.search.reset();
    set.thought_leaders.reset();
    narrow(set.enrich, StageName::enrich, backfill);
    narrow(set.content_match, StageName::content_match, backfill);
    narrow(set.audience_match, StageName::audience_match, backfill);
  }
  return pipeline;
}

}  // namespace toksync::plan
