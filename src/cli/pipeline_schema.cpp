#include "cli/pipeline_schema.hpp"

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "cli/print/json.hpp"
#include "pipeline/apis.hpp"
#include "pipeline/format.hpp"

namespace toksync::cli {
namespace {

using pipeline::KeySpec;
using pipeline::Kind;

constexpr const char* kDuration = "^[0-9]+[smhd]$";
constexpr const char* kAge = "^([0-9]+[smhd]|never)$";

Json number_of(double value) {
  const auto whole = std::llround(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

Json numeric(const char* type, const pipeline::Range& range) {
  Json schema{{"type", type}};
  if (std::isfinite(range.least)) schema["minimum"] = number_of(range.least);
  if (std::isfinite(range.most)) schema["maximum"] = number_of(range.most);
  return schema;
}

Json integer(const KeySpec& spec) {
  if (spec.choices.empty()) return numeric("integer", spec.range);
  auto values = Json::array();
  for (const auto choice : spec.choices) values.push_back(Json::parse(choice));
  return {{"enum", std::move(values)}};
}

/// Any text may be, or hold, the name of an environment variable in place of what is allowed.
Json or_variable(Json schema) {
  return {{"anyOf", Json::array({std::move(schema), {{"$ref", "#/definitions/variable"}}})}};
}

Json text(const KeySpec& spec) {
  if (!spec.choices.empty()) {
    auto values = Json::array();
    for (const auto choice : spec.choices) values.push_back(choice);
    return or_variable({{"enum", std::move(values)}});
  }
  if (spec.form == nullptr) return {{"type", "string"}, {"minLength", 1}};
  return or_variable({{"type", "string"}, {"pattern", spec.form->pattern}});
}

Json texts(const KeySpec& spec) { return {{"type", "array"}, {"minItems", 1}, {"items", text(spec)}}; }

Json reference(std::string_view table) { return {{"$ref", fmt::format("#/definitions/{}", table)}}; }

Json object_of(std::string_view table);

Json value_of(const KeySpec& spec) {
  switch (spec.kind) {
    case Kind::table: {
      const auto path = pipeline::content_path(spec);
      return path == "keyword_sets" ? object_of(path) : reference(path);
    }
    case Kind::boolean: return {{"type", "boolean"}};
    case Kind::integer: return integer(spec);
    case Kind::number: return numeric("number", spec.range);
    case Kind::text: return text(spec);
    case Kind::prose: return {{"type", "string"}};
    case Kind::texts:
    case Kind::words: return texts(spec);
    case Kind::text_or_texts: return {{"anyOf", Json::array({text(spec), texts(spec)})}};
    case Kind::duration: return or_variable({{"type", "string"}, {"pattern", kDuration}});
    case Kind::age: return or_variable({{"type", "string"}, {"pattern", kAge}});
  }
  return {};
}

std::string description_of(const KeySpec& spec) {
  std::string text{spec.meaning};
  if (!spec.search_kind.empty()) text += fmt::format(" Only with kind = \"{}\".", spec.search_kind);
  if (spec.kind != Kind::table) text += fmt::format(" Allowed is {}.", pipeline::allowed_values(spec));
  return text;
}

/// What draft-07 lets stand beside a reference, it ignores: so the reference goes into a list of one.
Json property_of(const KeySpec& spec) {
  auto schema = value_of(spec);
  Json property{{"description", description_of(spec)}};
  if (!spec.fallback.empty()) property["default"] = Json::parse(spec.fallback);
  if (schema.contains("$ref")) {
    property["allOf"] = Json::array({std::move(schema)});
  } else {
    property.update(schema);
  }
  return property;
}

Json object_of(std::string_view table) {
  Json object{{"type", "object"}, {"additionalProperties", false}};
  auto required = Json::array();
  for (const auto& spec : pipeline::pipeline_format()) {
    if (spec.table != table) continue;
    if (spec.key == "*") {
      object["patternProperties"][std::string{spec.form->pattern}] = property_of(spec);
      object["minProperties"] = 1;
    } else {
      object["properties"][std::string{spec.key}] = property_of(spec);
    }
    if (spec.required) required.push_back(spec.key);
  }
  if (!required.empty()) object["required"] = std::move(required);
  return object;
}

/// Some APIs have mirrors, and the others keyword sets.
Json what_apis_need() {
  auto with_mirrors = Json::array();
  for (const auto& api : pipeline::kApis) {
    if (api.has_mirrors) with_mirrors.push_back(api.name);
  }
  const auto must_have = [](const char* key) { return Json{{"required", Json::array({key})}}; };
  auto source = must_have("api");
  source["properties"]["api"]["enum"] = std::move(with_mirrors);
  auto is_mirror = must_have("source");
  is_mirror["properties"]["source"] = std::move(source);
  return {{"if", std::move(is_mirror)}, {"then", must_have("mirror")}, {"else", must_have("keyword_sets")}};
}

}  // namespace

std::string pipeline_schema() {
  auto schema = object_of("");
  Json document{{"$schema", "http://json-schema.org/draft-07/schema#"},
                {"title", "toksync pipeline"},
                {"description", "Made by toksync schema; toksync check has the last word."}};
  document.update(schema);
  document.update(what_apis_need());
  auto& definitions = document["definitions"];
  definitions["variable"] = {{"type", "string"},
                             {"pattern", "[$][{][A-Za-z_][A-Za-z0-9_]*[}]"},
                             {"description", "The value of an environment variable."}};
  std::set<std::string_view> described{"", "keyword_sets"};
  for (const auto& spec : pipeline::pipeline_format()) {
    if (described.insert(spec.table).second) definitions[std::string{spec.table}] = object_of(spec.table);
  }
  return document.dump(2) + "\n";
}

}  // namespace toksync::cli
