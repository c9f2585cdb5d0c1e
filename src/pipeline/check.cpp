#include "pipeline/check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/secret.hpp"
#include "pipeline/format.hpp"
#include "pipeline/near_miss.hpp"
#include "pipeline/value_check.hpp"

namespace toksync::pipeline {
namespace {

std::vector<std::string_view> keys_of(std::string_view table) {
  std::vector<std::string_view> keys;
  for (const auto& spec : pipeline_format()) {
    if (spec.table == table) keys.push_back(spec.key);
  }
  return keys;
}

/// The row of a key of that name in another table, the own subtables first.
const KeySpec* find_elsewhere(std::string_view table, std::string_view key) {
  const auto rows = pipeline_format();
  const auto inside = std::ranges::find_if(
      rows, [&](const KeySpec& spec) { return spec.key == key && !table.empty() && spec.table.starts_with(table); });
  if (inside != rows.end()) return &*inside;
  const auto anywhere = std::ranges::find(rows, key, &KeySpec::key);
  return anywhere == rows.end() ? nullptr : &*anywhere;
}

std::string place_in_words(std::string_view table) {
  if (table.empty()) return "at the top of the file, above the first [table]";
  if (table == "keyword_sets.*") return "in [keyword_sets.NAME]";
  return fmt::format("in [{}]", table);
}

std::string hint_for(std::string_view table, std::string_view key, std::span<const std::string_view> known) {
  if (const auto meant = nearest(key, known)) return fmt::format(", did you mean \"{}\"?", *meant);
  if (const auto* const other = find_elsewhere(table, key)) {
    return fmt::format(", it belongs {}", place_in_words(other->table));
  }
  return "";
}

class FormatCheck {
 public:
  explicit FormatCheck(Complaints& complaints) : complaints_(complaints) {}

  /// `spec_path` names the rows that describe the table.
  void apply(Table& table, std::string_view spec_path, const std::string& path, Position at) {
    std::erase_if(table, [&](const Entry& entry) { return complain_if_unknown(entry, spec_path); });
    for (auto& entry : table) apply(entry, *find_spec(spec_path, entry.key));
    for (const auto& spec : pipeline_format()) {
      if (spec.table != spec_path || !spec.required || find(table, spec.key) != nullptr) continue;
      const auto full = path.empty() ? std::string{spec.key} : fmt::format("{}.{}", path, spec.key);
      complaints_.add(at, full, fmt::format("missing, required is {}", allowed_values(spec)));
    }
  }

 private:
  void apply(Entry& entry, const KeySpec& spec) {
    const bool is_named_freely = spec.key == "*";
    if (is_named_freely && spec.form->problem(entry.key)) {
      complaints_.add(entry.at, entry.path,
                      fmt::format("found {}, allowed is {}", quoted(entry.key), spec.form->words));
    }
    check_value(spec, entry.node, entry.path, complaints_);
    if (auto* const inner = std::get_if<Table>(&entry.node.value); inner != nullptr && spec.kind == Kind::table) {
      apply(*inner, content_path(spec), entry.path, entry.at);
    }
  }

  bool complain_if_unknown(const Entry& entry, std::string_view spec_path) {
    if (find_spec(spec_path, entry.key) != nullptr) return false;
    if (looks_like_api_key(entry.key)) return true;
    const auto known = keys_of(spec_path);
    complaints_.add(
        entry.at, entry.path,
        fmt::format("unknown key{} (allowed here: {})", hint_for(spec_path, entry.key, known), fmt::join(known, ", ")));
    return true;
  }

  Complaints& complaints_;
};

}  // namespace

void check_against_format(Table& document, Complaints& complaints) {
  FormatCheck{complaints}.apply(document, "", "", {1, 1});
}

}  // namespace toksync::pipeline
