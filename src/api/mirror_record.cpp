#include "api/mirror_record.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/digest.hpp"
#include "base/time.hpp"

namespace toksync::api {
namespace {

constexpr std::size_t kHashDigits = 24;

std::string rewritten_value(std::string_view name, const JsonValue& value, const MemberRule& rule);

std::string rewritten_object(const JsonValue& object, const MemberRule& rule) {
  JsonObjectWriter writer;
  for (const auto& [name, value] : object.members()) {
    const auto fate = rule(name, value);
    if (std::holds_alternative<DropMember>(fate)) continue;
    const auto* const replaced = std::get_if<ReplaceMember>(&fate);
    const bool is_renamed = replaced != nullptr && !replaced->name.empty();
    writer.add(is_renamed ? std::string_view(replaced->name) : name,
               replaced != nullptr ? replaced->json : rewritten_value(name, value, rule));
  }
  return writer.finish();
}

std::string rewritten_array(std::string_view name, const JsonValue& array, const MemberRule& rule) {
  std::string items = "[";
  for (const auto& item : array.items()) {
    const auto fate = rule(name, item);
    if (std::holds_alternative<DropMember>(fate)) continue;
    if (items.size() > 1) items += ',';
    const auto* const replaced = std::get_if<ReplaceMember>(&fate);
    items += replaced != nullptr ? replaced->json : rewritten_value(name, item, rule);
  }
  return items + "]";
}

std::string rewritten_value(std::string_view name, const JsonValue& value, const MemberRule& rule) {
  if (value.is_object()) return rewritten_object(value, rule);
  return value.is_array() ? rewritten_array(name, value, rule) : std::string(value.raw());
}

/// Of "a.b|c" the first that is known.
JsonValue find_field(const JsonValue& record, std::string_view field) {
  while (!field.empty()) {
    auto path = field.substr(0, field.find('|'));
    field.remove_prefix(std::min(field.size(), path.size() + 1));
    auto value = record;
    while (!path.empty()) {
      const auto name = path.substr(0, path.find('.'));
      path.remove_prefix(std::min(path.size(), name.size() + 1));
      value = value[name];
    }
    if (value.is_known()) return value;
  }
  return {};
}

template <typename Found>
MirrorValue value_or_null(std::optional<Found> found) {
  if (!found) return std::monostate{};
  return MirrorValue{std::move(*found)};
}

MirrorValue time_of(const OptionalText& text) {
  const auto time = text ? from_iso8601(*text) : std::nullopt;
  if (!time) return std::monostate{};
  return to_iso8601(*time);
}

MirrorValue flag_of(std::optional<bool> flag) {
  if (!flag) return std::monostate{};
  return std::int64_t{*flag ? 1 : 0};
}

MirrorValue read_value(const JsonValue& value, FieldKind kind) {
  if (kind == FieldKind::text_or_empty && !value.is_known()) return std::string{};
  if (!value.is_known()) return std::monostate{};
  switch (kind) {
    case FieldKind::text:
    case FieldKind::text_or_empty: return value_or_null(value.text());
    case FieldKind::integer: return value_or_null(value.count());
    case FieldKind::number: return value_or_null(value.number());
    case FieldKind::boolean: return flag_of(value.boolean());
    case FieldKind::time: return time_of(value.text());
    case FieldKind::json: return std::string(value.raw());
  }
  return std::monostate{};
}

MirrorValue column_value(const MirrorColumn& column, const JsonValue& record, const RecordPlace& place) {
  if (column.field == kSliceField) return std::string(place.slice);
  if (column.field == kDayField) return std::string(place.day);
  return read_value(find_field(record, column.field), column.kind);
}

/// An empty text tells no record from another either.
bool is_nothing(const MirrorColumn& column, const MirrorValue& value) {
  if (column.kind == FieldKind::text_or_empty) return false;
  const auto* const text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::holds_alternative<std::monostate>(value);
  return text->empty() && !column.field.starts_with('@');
}

/// The first byte of a letter of Latin, Greek, Cyrillic, Hebrew or Arabic beyond ASCII: UTF-8 in two bytes, but for the
/// signs below U+00C0.
bool begins_wide_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0xC3U && byte <= 0xDFU;
}

bool is_domain_letter(std::string_view text, std::size_t place) {
  const char c = text[place];
  const bool goes_on = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
  if (goes_on) return place > 0 && begins_wide_letter(text[place - 1]);
  return begins_wide_letter(c) || std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
}

bool is_address_letter(std::string_view text, std::size_t place) {
  return is_domain_letter(text, place) || std::string_view{"_%+'~"}.find(text[place]) != std::string_view::npos;
}

bool is_punctuation(char c) { return c == '.' || c == '-' || c == '\''; }

/// Where an address around that "@" begins and ends; equal when there is none.
std::pair<std::size_t, std::size_t> address_around(std::string_view text, std::size_t at) {
  auto begin = at;
  while (begin > 0 && is_address_letter(text, begin - 1)) --begin;
  while (begin < at && is_punctuation(text[begin])) ++begin;
  auto end = at + 1;
  while (end < text.size() && is_domain_letter(text, end)) ++end;
  while (end > at + 1 && is_punctuation(text[end - 1])) --end;
  const bool is_whole = begin < at && end > at + 1;
  return is_whole ? std::pair{begin, end} : std::pair{at, at};
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

}  // namespace

std::string rewritten_json(const JsonValue& value, const MemberRule& rule) { return rewritten_value("", value, rule); }

std::string keyed_hash(const Secret& key, std::string_view text) {
  return "~" + hmac_sha256_hex(key.reveal(), text).substr(0, kHashDigits);
}

std::string without_addresses(const Secret& key, std::string_view text) {
  std::string clean;
  std::size_t copied = 0;
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const auto [begin, end] = address_around(text, at);
    if (begin == end || begin < copied) continue;
    clean += text.substr(copied, begin - copied);
    clean += keyed_hash(key, in_lower_case(text.substr(begin, end - begin)));
    copied = end;
  }
  return clean.append(text.substr(copied));
}

tl::expected<MirrorRow, std::string> read_row(const MirrorResource& resource, std::string_view record,
                                              const RecordPlace& place) {
  const auto first = record.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || record[first] != '{') {
    return tl::unexpected(std::string("a record is no object"));
  }
  const auto document = JsonDocument::parse(record);
  if (!document) return tl::unexpected(document.error().cause);
  const auto root = document->root();
  MirrorRow row{{}, std::string(record)};
  for (const auto& column : resource.columns) {
    row.values.push_back(column_value(column, root, place));
    const bool is_key = row.values.size() <= static_cast<std::size_t>(resource.keys);
    if (!is_key || !is_nothing(column, row.values.back())) continue;
    return tl::unexpected("a record has no " + std::string(column.field));
  }
  return row;
}

}  // namespace toksync::api
