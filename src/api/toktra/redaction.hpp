// Takes personal fields out of a record of Toktra. Used by the provider before anything else looks at the record.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "api/json.hpp"
#include "base/secret.hpp"

namespace toksync::api::toktra {

/// The kinds of fields that are replaced by keyed hashes.
struct Redaction {
  bool emails = false;
  bool names = false;
  Secret key;
};

/// The record as JSON. With `emails`, each email address in any text of it, or in the name of a member, is its hash,
/// and so is whatever stands in a member that is called an email. With `names`, so are names of people, and the title
/// and the message of an alert as a whole: they are free text, in which nobody finds a name with certainty.
[[nodiscard]] std::string redacted(const Redaction& redaction, std::string_view resource, const JsonValue& record);

}  // namespace toksync::api::toktra
