#include "pipeline/effective.hpp"

#include <optional>

#include <fmt/format.h>

#include "model/stage_config.hpp"
#include "pipeline/format.hpp"

namespace toksync::pipeline {
namespace {

const std::string* text_at(const Table& table, std::string_view key) {
  const auto* const entry = find_usable(table, key);
  return entry == nullptr ? nullptr : std::get_if<std::string>(&entry->node.value);
}

bool is_enabled(const Table& stage) {
  const auto* const entry = find_usable(stage, "enabled");
  return entry == nullptr || std::get<bool>(entry->node.value);
}

/// True when the key stays in the merged [search] table.
bool keep_search_key(const Entry& entry, std::string_view kind, const Table& own, Complaints& complaints) {
  const auto* const spec = find_spec("search", entry.key);
  if (spec == nullptr || spec->search_kind.empty() || spec->search_kind == kind) return true;
  const bool is_inherited = find(own, entry.key) == nullptr;
  if (is_inherited && find(own, "kind") != nullptr) return false;
  complaints.add(entry.at, entry.path,
                 fmt::format("not used by kind = \"{}\", only by kind = \"{}\"", kind, spec->search_kind));
  return false;
}

void drop_keys_of_other_kind(Table& merged, const Table& own, Complaints& complaints) {
  const auto* const kind_entry = find(merged, "kind");
  if (kind_entry != nullptr && kind_entry->node.refused) return;
  const auto* const chosen = text_at(merged, "kind");
  const std::string kind = chosen == nullptr ? std::string{to_string(SearchConfig{}.kind)} : *chosen;
  std::erase_if(merged, [&](const Entry& entry) { return !keep_search_key(entry, kind, own, complaints); });
}

/// The stage's entry with the merged table, or nothing when it does not run. A value that is no table was
/// complained about already and counts as an empty one.
std::optional<Entry> effective_stage(const Table& document, const Table& set, StageName stage, Complaints& complaints) {
  const auto key = to_string(stage);
  const auto* const common = find(document, key);
  const auto* const own = find(set, key);
  if (common == nullptr && own == nullptr) return std::nullopt;
  auto merged = merge(table_at(document, key), table_at(set, key));
  if (!is_enabled(merged)) return std::nullopt;
  if (stage == StageName::search) drop_keys_of_other_kind(merged, table_at(set, key), complaints);
  const auto& nearer = own == nullptr ? *common : *own;
  return Entry{nearer.key, nearer.path, nearer.at, Node{std::move(merged), nearer.node.at, {}, false}};
}

}  // namespace

std::vector<EffectiveSet> effective_sets(const Table& document, Complaints& complaints) {
  if (auto common = table_at(document, "search"); find(common, "kind") != nullptr) {
    drop_keys_of_other_kind(common, table_at(document, "search"), complaints);
  }
  std::vector<EffectiveSet> sets;
  for (const auto& entry : table_at(document, "keyword_sets")) {
    if (!std::holds_alternative<Table>(entry.node.value)) continue;
    EffectiveSet set{entry, {}};
    for (const auto stage : kAllStages) {
      if (auto found = effective_stage(document, set.content(), stage, complaints)) {
        set.stages.emplace(stage, std::move(*found));
      }
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace toksync::pipeline
