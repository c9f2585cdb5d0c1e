// Reading JSON tolerantly, held against a strict reader: what nlohmann::json accepts is accepted here with the
// same content, what is accepted here is JSON once it is mended, and mending changes nothing the second time.
#include <cstdint>

#include "api/json.hpp"
#include "fuzz/property.hpp"
#include "fuzz/strict_json.hpp"

namespace toksync::fuzz {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 128;

std::size_t depth_of(const Json& json) {
  std::size_t depth = 0;
  if (json.is_structured()) {
    for (const auto& child : json) depth = std::max(depth, depth_of(child) + 1);
  }
  return depth;
}

/// Names may be repeated: both sides are asked for the first of each.
void check_same(const api::JsonValue& value, const Json& json) {
  require(value.is_object() == json.is_object() && value.is_array() == json.is_array() &&
              value.is_text() == json.is_string(),
          "a value is of the same kind");
  require(value.is_known() == !json.is_null(), "null is null");
  if (json.is_string()) require(value.text() == json.get<std::string>(), "a text is the same");
  if (json.is_boolean()) require(value.boolean() == json.get<bool>(), "a truth is the same");
  if (json.is_number_integer() && !json.is_number_unsigned()) {
    require(value.count() == json.get<std::int64_t>(), "a whole number is the same");
  }
  if (json.is_number()) require(value.number() == json.get<double>(), "a number is the same");
  if (!json.is_array()) return;
  const auto items = value.items();
  require(items.size() == json.size(), "an array is as long");
  for (std::size_t i = 0; i < items.size(); ++i) check_same(items[i], json[i]);
}

void check_members(const api::JsonValue& value, const Json& json) {
  for (const auto& [name, member] : value.members()) {
    require(json.contains(std::string(name)), "a member is there");
    // Of a repeated name the last is nlohmann's, so only single ones are compared.
    std::size_t repeated = 0;
    for (const auto& [other, unused] : value.members()) repeated += other == name ? 1 : 0;
    if (repeated == 1) check_same(member, json[std::string(name)]);
  }
}

void check_document(std::string_view text) {
  const auto document = api::JsonDocument::parse(text);
  const auto mended = api::mended_json(text);
  if (may_hold_huge_number(mended)) return;
  const auto strict = strictly(mended);
  const bool is_structured = !strict.is_discarded() && strict.is_structured();
  if (!document) {
    require(!is_structured || depth_of(strict) > kDeepest, "what is JSON once it is mended is read");
    return;
  }
  require(is_structured, "what is read is JSON once it is mended");
  require(Json::accept(document->root().raw()), "the raw text of what is read is JSON");
  check_same(document->root(), strictly(document->root().raw()));
  if (strict.is_object()) check_members(document->root(), strict);
}

void check_writing(std::string_view text) {
  const auto valid = api::valid_utf8(text);
  require(api::valid_utf8(valid) == valid, "valid UTF-8 stays as it is");
  const auto parsed = strictly(api::quoted_json(valid));
  require(parsed.is_string() && parsed.get<std::string>() == valid, "a quoted text reads as the text");
}

void check_mending(std::string_view text) {
  const auto mended = api::mended_json(text);
  require(api::mended_json(mended) == mended, "what is mended stays as it is");
  // In a string everything is mended; what stands between the values is not for mending.
  if (text.find('"') != std::string_view::npos) return;
  require(Json::accept('"' + mended + '"'), "a mended text makes a JSON string");
}

}  // namespace
}  // namespace toksync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  toksync::fuzz::check_document(text);
  toksync::fuzz::check_writing(text);
  toksync::fuzz::check_mending(text);
  return 0;
}
