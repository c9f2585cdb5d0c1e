#include "sandbox/odd_records.hpp"

#include <array>
#include <string>

#include <nlohmann/json.hpp>

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::size_t long_text = 200'000;
constexpr std::int64_t beyond_32_bits = 5'000'000'000;
constexpr const char* unknown_state = "reticulating";

void lose_names(json& record) {
  for (const char* name : {"name", "creator_name", "bio", "location", "profile_url", "title"}) {
    if (record.contains(name)) record[name] = nullptr;
  }
}

void lose_metrics(json& record) {
  for (const char* name : {"metrics", "followers_count", "engagement_rate", "match_score", "content_match_score"}) {
    record.erase(name);
  }
}

void add_unknown_fields(json& record) {
  record["x_experimental"] = {{"nested", {1, 2.5, nullptr, {{"deep", true}}}}, {"text", "\"quoted\" \\ 🤖"}};
  record["x_number"] = 1e300;
}

void lengthen(json& record) {
  const char* name = record.contains("bio") ? "bio" : "notes";
  record[name] = std::string(long_text, 'b');
}

void add_nul(json& record) {
  for (const char* name : {"name", "creator_name", "bio", "title"}) {
    if (record.contains(name)) record[name] = std::string("before\0after", 12);
  }
}

void enlarge(json& record) {
  if (record.contains("metrics")) {
    record["metrics"]["followers_count"] = beyond_32_bits;
    record["metrics"]["avg_views_per_post"] = beyond_32_bits * 4;
  }
  if (record.contains("followers_count")) record["followers_count"] = beyond_32_bits;
}

void repeat_tags(json& record) {
  for (const char* name : {"content_categories", "target_audiences", "languages", "keyword_matches"}) {
    if (record.contains(name)) record[name] = {"same", "same", "other"};
  }
}

void lose_state(json& record) {
  if (!record.contains("status")) return;
  record["status"] = unknown_state;
  record["source_status"] = unknown_state;
  if (record.contains("match_score")) record["match_score"] = nullptr;
  if (record.contains("is_terminal")) record["is_terminal"] = false;
}

void speak_sql(json& record) {
  for (const char* name : {"name", "creator_name", "title"}) {
    if (record.contains(name)) record[name] = "Robert'); DROP TABLE creators; --";
  }
  if (record.contains("bio")) record["bio"] = "\"; DELETE FROM credit_ledger_rows; /* ${HOME} %s ?1 :name";
}

void spoil(json& record, std::uint64_t turn) {
  static constexpr std::array ways = {&lose_names, &lose_metrics, &add_unknown_fields, &lengthen, &add_nul,
                                      &enlarge,    &repeat_tags,  &lose_state,         &speak_sql};
  ways[turn % ways.size()](record);
}

}  // namespace

void make_odd(json& data, std::uint64_t& turn) {
  data["x_unknown"] = json::array({1, "two", nullptr});
  for (const char* list : {"creators", "results_summary", "results"}) {
    if (!data.contains(list) || !data[list].is_array()) continue;
    for (json& record : data[list]) spoil(record, turn++);
  }
  if (data.contains("job")) spoil(data["job"], turn++);
  if (data.contains("creator")) spoil(data["creator"], turn++);
}

}  // namespace toksync::sandbox
