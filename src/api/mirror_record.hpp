// Reads one record of a mirrored list: secrets out, personal fields hashed, then its columns. Used by the mirror
// providers, which say what is secret and what is personal.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "api/json.hpp"
#include "base/secret.hpp"
#include "model/mirror.hpp"

namespace toksync::api {

/// What becomes of a member of an object, wherever in a record it stands.
struct KeepMember {};
struct DropMember {};
struct ReplaceMember {
  std::string json;
  std::string name{};  ///< empty: it keeps its name
};
using MemberFate = std::variant<KeepMember, DropMember, ReplaceMember>;
using MemberRule = std::function<MemberFate(std::string_view name, const JsonValue& value)>;

/// The value with every member of every object in it as the rule says. What stands in an array is asked about under the
/// name of the array.
[[nodiscard]] std::string rewritten_json(const JsonValue& value, const MemberRule& rule);

/// "~" and 24 hex digits: equal texts give equal ones, so that they still join, and without the key nobody finds out
/// whose they are by trying (HMAC-SHA256, cut to 96 bits).
[[nodiscard]] std::string keyed_hash(const Secret& key, std::string_view text);
/// The text with each email address in it as the keyed hash of the address in lower case.
[[nodiscard]] std::string without_addresses(const Secret& key, std::string_view text);

/// Where a record stands, for the columns that it does not say itself.
struct RecordPlace {
  std::string_view slice, day;
};

/// The row of a record that is clean already; or why there is none: a key is missing.
[[nodiscard]] tl::expected<MirrorRow, std::string> read_row(const MirrorResource& resource, std::string_view record,
                                                            const RecordPlace& place);

}  // namespace toksync::api
