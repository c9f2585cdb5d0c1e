#include "pipeline/rules.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "pipeline/apis.hpp"
#include "pipeline/format.hpp"

namespace toksync::pipeline {
namespace {

/// contracts/toksta.md, "Thought leaders".
constexpr std::size_t kLeaderKeywords = 5;

std::optional<double> number_at(const Entry& entry) {
  if (const auto* const integer = std::get_if<std::int64_t>(&entry.node.value)) return static_cast<double>(*integer);
  if (const auto* const number = std::get_if<double>(&entry.node.value)) return *number;
  return std::nullopt;
}

/// The measure that an entry of a select table looks at: "content_score" of min_content_score and of
/// order_by = "content_score".
std::string_view measure_of(const Entry& entry) {
  const std::string_view key{entry.key};
  if (key.starts_with("min_") || key.starts_with("max_")) return key.substr(4);
  const auto* const text = std::get_if<std::string>(&entry.node.value);
  return key == "order_by" && text != nullptr ? std::string_view{*text} : std::string_view{};
}

void check_pairs(const Table& table, Complaints& complaints) {
  for (const auto& low : table) {
    if (low.node.refused || !low.key.starts_with("min_")) continue;
    const auto* const high = find_usable(table, "max_" + low.key.substr(4));
    if (high == nullptr || *number_at(low) <= *number_at(*high)) continue;
    const auto& later = std::max(low.node.at, high->node.at) == low.node.at ? low : *high;
    complaints.add(later.node.at, later.path,
                   fmt::format("{} = {} is above {} = {}, nothing can pass", low.key, describe(low.node), high->key,
                               describe(high->node)));
  }
}

class SetRules {
 public:
  SetRules(const EffectiveSet& set, const KeywordSet& built, Platform platform, Complaints& complaints)
      : set_(set), built_(built), platform_(platform), complaints_(complaints) {}

  void apply() const {
    check_keywords();
    check_audience();
    check_platform();
    for (const auto& [stage, entry] : set_.stages) {
      check_pairs(table_at(set_.stage(stage), "filters"), complaints_);
      check_pairs(table_at(set_.stage(stage), "select"), complaints_);
      check_select(stage);
    }
  }

 private:
  /// How many keywords the set's stages need, and for which stage.
  [[nodiscard]] std::pair<std::size_t, std::string_view> keywords_needed() const {
    if (built_.thought_leaders) return {kLeaderKeywords, "thought_leaders"};
    if (built_.content_match && !names_campaign(StageName::content_match)) return {1, "content_match"};
    if (built_.search && built_.search->kind == SearchKind::discovery) return {1, "a discovery search"};
    return {0, ""};
  }

  /// Also by an id that was refused: one complaint is enough.
  [[nodiscard]] bool names_campaign(StageName stage) const { return find(set_.stage(stage), "campaign_id") != nullptr; }

  void check_keywords() const {
    const auto* const entry = find(set_.content(), "keywords");
    if (entry != nullptr && entry->node.refused) return;
    const auto [needed, stage] = keywords_needed();
    if (built_.keywords.size() >= needed) return;
    if (entry == nullptr) {
      complaints_.add(set_.entry.at, set_.entry.path + ".keywords",
                      fmt::format("missing, {} needs at least {}", stage, needed));
    } else {
      complaints_.add(entry->node.at, entry->path,
                      fmt::format("found {}, {} needs at least {}", built_.keywords.size(), stage, needed));
    }
  }

  void check_audience() const {
    if (!built_.audience_match || names_campaign(StageName::audience_match)) return;
    if (find(set_.content(), "audience") != nullptr) return;
    complaints_.add(set_.entry.at, set_.entry.path + ".audience",
                    "missing, audience_match needs at least one audience criterion, or a campaign_id");
  }

  void check_platform() const {
    if (platform_ != Platform::youtube) return;
    for (const auto& [stage, entry] : set_.stages) {
      if (stage != StageName::search) {
        complaints_.add(entry.at, entry.path, "works on LinkedIn only, but source.platform is \"youtube\"");
      } else if (built_.search->kind == SearchKind::discovery) {
        const auto* const kind = find(set_.stage(stage), "kind");
        if (kind != nullptr && kind->node.refused) continue;
        complaints_.add(kind == nullptr ? entry.at : kind->node.at, kind == nullptr ? entry.path : kind->path,
                        "a discovery search finds LinkedIn creators only; source.platform \"youtube\" needs "
                        "kind = \"database\"");
      }
    }
  }

  /// Why the stage cannot select by that measure.
  [[nodiscard]] std::optional<std::string> objection(StageName stage, std::string_view measure) const {
    const bool is_score = measure == "content_score" || measure == "audience_score";
    if (measure == "score" && built_.search && built_.search->kind == SearchKind::database) {
      return "a database search gives no score";
    }
    if (!is_score) return std::nullopt;
    if (stage == StageName::enrich) return "the stages that find the scores come after enrich";
    if (stage == StageName::content_match) {
      return measure == "content_score" ? "that is the score it is about to buy"
                                        : "audience_match does not come before it";
    }
    if (measure == "audience_score") return "that is the score it is about to buy";
    if (!built_.content_match) return "no content_match stage runs for this keyword set";
    return std::nullopt;
  }

  void check_select(StageName stage) const {
    for (const auto& entry : table_at(set_.stage(stage), "select")) {
      if (entry.node.refused) continue;
      const auto measure = measure_of(entry);
      const auto reason = objection(stage, measure);
      if (!reason) continue;
      const auto at = entry.key == "order_by" ? entry.node.at : entry.at;
      complaints_.add(at, entry.path, fmt::format("{} cannot select by {}: {}", to_string(stage), measure, *reason));
    }
  }

  const EffectiveSet& set_;
  const KeywordSet& built_;
  Platform platform_;
  Complaints& complaints_;
};

void check_key_sources(const Table& source, Complaints& complaints) {
  const auto* const variable = find(source, "api_key_env");
  const auto* const file = find(source, "api_key_file");
  if (variable == nullptr || file == nullptr) return;
  const auto& later = std::max(variable->at, file->at) == file->at ? *file : *variable;
  complaints.add(later.at, later.path, "api_key_env and api_key_file exclude each other");
}

void check_notify(const Table& document, Complaints& complaints) {
  const auto* const entry = find_usable(document, "notify");
  if (entry == nullptr) return;
  const auto& table = table_at(document, "notify");
  if (find(table, "command") != nullptr || find(table, "webhook") != nullptr) return;
  complaints.add(entry->at, entry->path, "nobody is told: a command or a webhook is needed");
}

bool gives_scores(const KeywordSet& set) { return set.content_match || set.audience_match || set.thought_leaders; }

void check_publish(const Table& document, const Pipeline& built, Complaints& complaints) {
  const auto* const entry = find_usable(document, "publish");
  if (entry == nullptr) return;
  const auto& table = table_at(document, "publish");
  const auto* const name = find(table, "list");
  const auto* const id = find(table, "list_id");
  if (name != nullptr && id != nullptr) {
    const auto& later = std::max(name->at, id->at) == id->at ? *id : *name;
    complaints.add(later.at, later.path, "list and list_id exclude each other: a list is named by one of them");
  }
  const auto& sets = built.keyword_sets;
  if (std::ranges::none_of(sets, [](const KeywordSet& set) { return set.search.has_value(); })) {
    complaints.add(entry->at, entry->path, "there is no shortlist to publish: no keyword set has a [search]");
  }
  const auto* const score = find_usable(table, "min_score");
  if (score == nullptr || std::ranges::any_of(sets, gives_scores)) return;
  complaints.add(score->at, score->path,
                 "nobody has a score: no content_match, audience_match or thought_leaders runs for any keyword set");
}

bool has_any_stage(const Table& table) {
  return std::ranges::any_of(table, [](const Entry& entry) { return stage_from_string(entry.key).has_value(); });
}

void check_presence(const Table& document, const std::vector<EffectiveSet>& sets, Complaints& complaints) {
  const auto* const named = find(document, "keyword_sets");
  if (named == nullptr) {
    complaints.add({1, 1}, "keyword_sets", "missing, required is one or more tables [keyword_sets.NAME]");
  } else if (!named->node.refused && table_at(document, "keyword_sets").empty()) {
    complaints.add(named->at, named->path, "found none, at least one [keyword_sets.NAME] is needed");
  }
  const bool runs = std::ranges::any_of(sets, [](const EffectiveSet& set) { return !set.stages.empty(); });
  const bool is_told = has_any_stage(document) ||
                       std::ranges::any_of(sets, [](const EffectiveSet& set) { return has_any_stage(set.content()); });
  if (!is_told) {
    complaints.add({1, 1}, "",
                   "no stage: at least one of [search], [enrich], [content_match], [audience_match] and "
                   "[thought_leaders] is needed");
  } else if (!runs && !sets.empty()) {
    complaints.add({1, 1}, "", "every stage is switched off by enabled = false");
  }
}

bool is_used_by(const KeySpec& spec, std::string_view api) {
  return spec.apis.empty() || std::ranges::find(spec.apis, api) != spec.apis.end();
}

/// Complains about every key that the pipeline's API does not use.
void check_apis(const Table& table, std::string_view spec_path, std::string_view api, Complaints& complaints) {
  for (const auto& entry : table) {
    const auto* const spec = find_spec(spec_path, entry.key);
    if (spec == nullptr) continue;
    if (!is_used_by(*spec, api)) {
      complaints.add(entry.at, entry.path,
                     fmt::format("not used by api = \"{}\", only by \"{}\"", api, fmt::join(spec->apis, "\" and \"")));
      continue;
    }
    if (spec->kind == Kind::table) check_apis(table_at(table, entry.key), content_path(*spec), api, complaints);
  }
}

void check_mirrors(const Table& document, const Pipeline& built, Complaints& complaints) {
  const auto& lists = table_at(document, "mirror");
  if (built.mirrors.empty()) {
    complaints.add({1, 1}, "mirror",
                   lists.empty() ? "missing, at least one table [mirror.NAME] is needed"
                                 : "every list is switched off by enabled = false");
  }
  const auto is_read = [&](std::string_view name) {
    return std::ranges::any_of(built.mirrors, [&](const MirrorConfig& mirror) { return mirror.resource == name; });
  };
  for (const auto& entry : lists) {
    const auto* const spec = find_spec("mirror", entry.key);
    if (spec == nullptr || spec->needs.empty() || !is_read(entry.key) || is_read(spec->needs)) continue;
    complaints.add(entry.at, entry.path,
                   fmt::format("needs [mirror.{}], whose rows it asks for one by one", spec->needs));
  }
}

void check_client(const Table& source, Complaints& complaints) {
  const auto* const id = find(source, "client_id_env");
  const auto* const secret = find(source, "client_secret_env");
  if ((id == nullptr) != (secret == nullptr)) {
    const auto& found = id == nullptr ? *secret : *id;
    complaints.add(found.at, found.path, "client_id_env and client_secret_env belong together");
  }
  const auto* key = find(source, "api_key_env");
  if (key == nullptr) key = find(source, "api_key_file");
  if (id != nullptr && key != nullptr) {
    complaints.add(key->at, key->path, "a client signs in without a key: it excludes client_id_env");
  }
}

}  // namespace

void check_rules(const Table& document, const std::vector<EffectiveSet>& sets, const Pipeline& built,
                 Complaints& complaints) {
  const auto* const api = find(table_at(document, "source"), "api");
  const bool is_known = api == nullptr || !api->node.refused;
  if (is_known) check_apis(document, "", built.source.api, complaints);
  if (find_api(built.source.api).has_mirrors) {
    check_mirrors(document, built, complaints);
    check_key_sources(table_at(document, "source"), complaints);
    check_client(table_at(document, "source"), complaints);
    return check_notify(document, complaints);
  }
  if (is_known) check_presence(document, sets, complaints);
  check_key_sources(table_at(document, "source"), complaints);
  check_notify(document, complaints);
  check_publish(document, built, complaints);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    SetRules{sets[i], built.keyword_sets[i], built.source.platform, complaints}.apply();
  }
}

}  // namespace toksync::pipeline
